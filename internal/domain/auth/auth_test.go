package auth_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/account"
	"github.com/musterhq/muster/internal/domain/auth"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/testing/people"
)

const password = "correct horse battery"

func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return problem.All(err)[0].Code
}

func want(t *testing.T, err error, code string) {
	t.Helper()
	if codeOf(err) != code {
		t.Errorf("the answer is %v (%s), want %s", err, codeOf(err), code)
	}
}

func TestSignInWithPassword(t *testing.T) {
	h := people.New(t)
	o := h.Organisation(t, "Night shift", "Ada", "Ada@Example.com ")
	h.Password(t, o.ID, o.Owner, password)
	for _, wrong := range []auth.SignIn{{Email: "ada@example.com", Password: "wrong"}, {Email: "nobody@example.com", Password: password}} {
		_, err := h.Auth.SignIn(t.Context(), wrong)
		want(t, err, "wrong_password")
	}
	opened, err := h.Auth.SignIn(people.From(t.Context(), 1), auth.SignIn{Email: "ADA@example.com", Password: password, UserAgent: strings.Repeat("x", 999)})
	if err != nil {
		t.Fatal(err)
	}
	who, err := h.Auth.Authenticate(t.Context(), opened.Token)
	if err != nil {
		t.Fatal(err)
	}
	if who.User != o.Owner || who.Organisation != o.ID || who.Name != "Ada" || who.Role != authz.Owner || who.OrganisationSlug != "night-shift" || !who.Operator || who.Organisations != 1 {
		t.Errorf("the session shows %+v", who)
	}
	sessions, err := h.Auth.Sessions(tenant.With(t.Context(), who.Scope()))
	if err != nil || len(sessions) != 1 || sessions[0].Address != "192.0.2.1" || sessions[0].ID != opened.Session {
		t.Errorf("sessions are %+v, %v", sessions, err)
	}
}

func TestBrowserWithAnOddNameSignsIn(t *testing.T) {
	h := people.New(t)
	o := h.Organisation(t, "Night shift", "Ada", "ada@example.com")
	h.Password(t, o.ID, o.Owner, password)
	for _, agent := range []string{"Nav\xe9gateur", strings.Repeat("x", 299) + "é"} {
		if _, err := h.Auth.SignIn(t.Context(), auth.SignIn{Email: "ada@example.com", Password: password, UserAgent: agent}); err != nil {
			t.Errorf("%.20q cannot sign in: %v", agent, err)
		}
	}
}

func TestAttemptsAreLimitedPerEmailAndPerAddress(t *testing.T) {
	h := people.New(t)
	o := h.Organisation(t, "Night shift", "Ada", "ada@example.com")
	h.Password(t, o.ID, o.Owner, password)
	for n := range 10 {
		_, err := h.Auth.SignIn(people.From(t.Context(), n), auth.SignIn{Email: "ada@example.com", Password: "wrong"})
		want(t, err, "wrong_password")
	}
	h.Clock.Advance(5 * time.Minute)
	_, err := h.Auth.SignIn(people.From(t.Context(), 50), auth.SignIn{Email: "ada@example.com", Password: password})
	want(t, err, "too_many_attempts")
	if !problem.Is(err, problem.TooMany) || !strings.Contains(err.Error(), "in 10 minutes") {
		t.Errorf("the answer does not say when to try again: %v", err)
	}
	h.Clock.Advance(10 * time.Minute)
	for range 15 { // what succeeds is not counted
		if _, err := h.Auth.SignIn(people.From(t.Context(), 51), auth.SignIn{Email: "ada@example.com", Password: password}); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 10 {
		_, err := h.Auth.SignIn(people.From(t.Context(), 60), auth.SignIn{Email: fmt.Sprintf("guess%d@example.com", n), Password: "wrong"})
		want(t, err, "wrong_password")
	}
	_, err = h.Auth.SignIn(people.From(t.Context(), 60), auth.SignIn{Email: "ada@example.com", Password: password})
	want(t, err, "too_many_attempts")
}

func TestLinkIsMailedAndOpensOneSession(t *testing.T) {
	h := people.New(t)
	h.Organisation(t, "Night shift", "Ada", "ada@example.com")
	h.Work(t)
	if err := h.Auth.RequestLink(t.Context(), "nobody@example.com", ""); err != nil {
		t.Errorf("the answer tells that the address is unknown: %v", err)
	}
	if err := h.Auth.RequestLink(t.Context(), "ada@example.com", "/incidents/1"); err != nil {
		t.Fatal(err)
	}
	mails := h.Work(t)
	if len(mails) != 1 || mails[0].To != "ada@example.com" {
		t.Fatalf("mails: %+v", mails)
	}
	token := people.Token(people.LinkIn(t, mails[0]))
	for range 2 { // a mail scanner looks twice
		if email, err := h.Auth.LinkFor(t.Context(), token); err != nil || email != "ada@example.com" {
			t.Fatalf("looking at the link answers %q, %v", email, err)
		}
	}
	var opened, refused int
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			_, destination, err := h.Auth.SpendLink(t.Context(), token, "")
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil && destination == "/incidents/1":
				opened++
			case codeOf(err) == "link_used":
				refused++
			default:
				t.Errorf("spending answers %q, %v", destination, err)
			}
		})
	}
	all.Wait()
	if opened != 1 || refused != 7 {
		t.Errorf("the link opened %d sessions and was refused %d times", opened, refused)
	}
	_, err := h.Auth.LinkFor(t.Context(), token)
	want(t, err, "link_used")
}

func TestLinkRunsOut(t *testing.T) {
	h := people.New(t)
	h.Organisation(t, "Night shift", "Ada", "ada@example.com")
	link, err := h.Auth.SignInLink(t.Context(), "ada@example.com", "")
	if err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(15 * time.Minute)
	_, _, err = h.Auth.SpendLink(t.Context(), people.Token(link), "")
	want(t, err, "link_used")
	_, err = h.Auth.SignInLink(t.Context(), "nobody@example.com", "")
	want(t, err, "not_found")
}

func TestDestinationStaysHere(t *testing.T) {
	for given, kept := range map[string]string{
		"/incidents/1?tab=room": "/incidents/1?tab=room", "": "", "//evil.example": "", "https://evil.example/": "", "/\\evil.example": "", "javascript:alert(1)": "", "incidents": "", "/a\nb": "",
	} {
		if got := auth.LocalPath(given); got != kept {
			t.Errorf("%q is kept as %q, want %q", given, got, kept)
		}
	}
}

func TestSessionSlidesAndEnds(t *testing.T) {
	h := people.New(t)
	h.Organisation(t, "Night shift", "Ada", "ada@example.com")
	token := h.SignIn(t, "ada@example.com").Token
	for range 4 {
		h.Clock.Advance(29 * 24 * time.Hour)
		if _, err := h.Auth.Authenticate(t.Context(), token); err != nil {
			t.Fatalf("a used session ended: %v", err)
		}
	}
	h.Clock.Advance(30 * 24 * time.Hour)
	_, err := h.Auth.Authenticate(t.Context(), token)
	want(t, err, "not_signed_in")
	if err := h.Auth.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestLastSeenIsWrittenOnceAMinute(t *testing.T) {
	h := people.New(t)
	o := h.Organisation(t, "Night shift", "Ada", "ada@example.com")
	token := h.SignIn(t, "ada@example.com").Token
	seen := func() time.Time {
		if _, err := h.Auth.Authenticate(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		sessions, err := h.Auth.Sessions(h.As(t, o.ID, o.Owner))
		if err != nil {
			t.Fatal(err)
		}
		return sessions[0].LastSeenAt
	}
	start := h.Clock.Now()
	h.Clock.Advance(59 * time.Second)
	if at := seen(); !at.Equal(start) {
		t.Errorf("written after 59 s, at %v", at)
	}
	now := h.Clock.Advance(time.Second)
	if at := seen(); !at.Equal(now) {
		t.Errorf("not written after a minute: %v, want %v", at, now)
	}
}

func TestRevokedSessionsDieAtOnce(t *testing.T) {
	h := people.New(t)
	o := h.Organisation(t, "Night shift", "Ada", "ada@example.com")
	h.Enrol(t, o.ID, "ben@example.com", authz.Responder)
	one, two, three := h.SignIn(t, "ada@example.com"), h.SignIn(t, "ada@example.com"), h.SignIn(t, "ada@example.com")
	stranger := h.SignIn(t, "ben@example.com")
	me := h.As(t, o.ID, o.Owner)
	want(t, h.Auth.RevokeSession(me, stranger.Session), "not_found")
	alive := func(opened auth.Opened) bool {
		_, err := h.Auth.Authenticate(t.Context(), opened.Token)
		return err == nil
	}
	if err := h.Auth.RevokeSession(me, one.Session); err != nil || alive(one) || !alive(two) {
		t.Errorf("revoking one: %v, alive %v %v", err, alive(one), alive(two))
	}
	if err := h.Auth.RevokeOthers(me, two.Session); err != nil || !alive(two) || alive(three) {
		t.Errorf("revoking the others: %v, alive %v %v", err, alive(two), alive(three))
	}
	if err := h.Auth.SignOut(t.Context(), two.Token); err != nil || alive(two) || !alive(stranger) {
		t.Errorf("signing out: %v, alive %v, stranger %v", err, alive(two), alive(stranger))
	}
	if err := h.Auth.SignOut(t.Context(), "unknown"); err != nil {
		t.Errorf("signing out twice: %v", err)
	}
}

func TestDeactivatedUserCannotAct(t *testing.T) {
	h := people.New(t)
	o := h.Organisation(t, "Night shift", "Ada", "ada@example.com")
	ben := h.Enrol(t, o.ID, "ben@example.com", authz.Responder)
	h.Password(t, o.ID, ben, password)
	opened := h.SignIn(t, "ben@example.com")
	h.Kinds()
	if err := h.Users.Deactivate(h.As(t, o.ID, o.Owner), ben); err != nil {
		t.Fatal(err)
	}
	if kinds := h.Kinds(); !slices.Equal(kinds, []string{"user.deactivated"}) {
		t.Errorf("events: %v", kinds)
	}
	_, err := h.Auth.Authenticate(t.Context(), opened.Token)
	want(t, err, "not_signed_in")
	_, err = h.Auth.SignIn(t.Context(), auth.SignIn{Email: "ben@example.com", Password: password})
	want(t, err, "no_organisation")
	_, err = h.Auth.SignInLink(t.Context(), "ben@example.com", "")
	want(t, err, "not_found")
	if err := h.Users.Reactivate(h.As(t, o.ID, o.Owner), ben); err != nil {
		t.Fatal(err)
	}
	_, err = h.Auth.Authenticate(t.Context(), opened.Token)
	want(t, err, "not_signed_in") // an old session does not come back
	if _, err := h.Auth.SignIn(t.Context(), auth.SignIn{Email: "ben@example.com", Password: password}); err != nil {
		t.Errorf("a reactivated user cannot sign in: %v", err)
	}
}

func TestInvitationOfSomebodyNew(t *testing.T) {
	h := people.New(t)
	o := h.Organisation(t, "Night shift", "Ada", "ada@example.com")
	owner := h.As(t, o.ID, o.Owner)
	invited, err := h.Users.Invite(owner, user.Invite{Email: "Grace.Hopper+x@example.com", Role: authz.Responder})
	if err != nil {
		t.Fatal(err)
	}
	first := h.Work(t)
	if len(first) != 1 || first[0].To != "grace.hopper+x@example.com" || !strings.Contains(first[0].Subject, "Ada") {
		t.Fatalf("mails: %+v", first)
	}
	if u, err := h.Users.Get(owner, invited); err != nil || u.Name != "Grace Hopper" || u.State != user.StateInvited {
		t.Errorf("the invited user is %+v, %v", u, err)
	}
	if err := h.Users.Resend(owner, invited); err != nil {
		t.Fatal(err)
	}
	second := h.Work(t)
	old, token := people.Token(people.LinkIn(t, first[0])), people.Token(people.LinkIn(t, second[0]))
	_, err = h.Users.Invitation(t.Context(), old)
	want(t, err, "revoked")
	shown, err := h.Users.Invitation(t.Context(), token)
	if err != nil || shown.OrganisationName != "Night shift" || shown.Role != authz.Responder || !shown.Account.Empty() {
		t.Fatalf("the invitation shows %+v, %v", shown, err)
	}
	_, err = h.Auth.Accept(t.Context(), user.Accept{Token: token, Name: " ", Password: "short"}, "")
	if all := problem.All(err); len(all) != 2 || all[0].Field != "name" || all[1].Field != "password" {
		t.Errorf("bad input answers %v", err)
	}
	opened, err := h.Auth.Accept(t.Context(), user.Accept{Token: token, Name: "Grace", Zone: "Europe/Madrid", Password: password}, "")
	if err != nil {
		t.Fatal(err)
	}
	who, err := h.Auth.Authenticate(t.Context(), opened.Token)
	if err != nil || who.User != invited || who.Name != "Grace" || who.Zone != "Europe/Madrid" || who.Operator {
		t.Errorf("the new session shows %+v, %v", who, err)
	}
	_, err = h.Auth.Accept(t.Context(), user.Accept{Token: token, Name: "Again"}, "")
	want(t, err, "accepted")
	if _, err := h.Auth.SignIn(t.Context(), auth.SignIn{Email: "grace.hopper+x@example.com", Password: password}); err != nil {
		t.Errorf("the password that was chosen does not work: %v", err)
	}
	_, err = h.Users.Invite(owner, user.Invite{Email: "grace.hopper+x@example.com", Role: authz.Viewer})
	want(t, err, "already_here")
}

func TestInvitationNeedsTheAccountThatHasTheAddress(t *testing.T) {
	h := people.New(t)
	home := h.Organisation(t, "Home", "Ada", "ada@example.com")
	away := h.Organisation(t, "Away", "Ben", "ben@example.com")
	if _, err := h.Users.Invite(h.As(t, away.ID, away.Owner), user.Invite{Email: "ada@example.com", Role: authz.Viewer}); err != nil {
		t.Fatal(err)
	}
	token := people.Token(people.LinkIn(t, h.Work(t)[0]))
	_, err := h.Auth.Accept(t.Context(), user.Accept{Token: token, Name: "Forwarded to Mallory"}, "")
	want(t, err, "sign_in_first")
	session := h.SignIn(t, "ada@example.com")
	who, err := h.Auth.Authenticate(t.Context(), session.Token)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := h.Auth.Accept(t.Context(), user.Accept{Token: token, SignedIn: who.Account}, "")
	if err != nil || opened.Organisation != away.ID {
		t.Fatalf("accepting opens %+v, %v", opened, err)
	}
	mine, err := h.Auth.Organisations(tenant.With(t.Context(), who.Scope()))
	if err != nil || len(mine) != 2 || mine[0].Name != "Away" || mine[1].Slug != "home" {
		t.Errorf("the organisations are %+v, %v", mine, err)
	}
	want(t, h.Auth.Switch(t.Context(), session.Token, "nowhere"), "not_found")
	if err := h.Auth.Switch(t.Context(), session.Token, "away"); err != nil {
		t.Fatal(err)
	}
	if who, err = h.Auth.Authenticate(t.Context(), session.Token); err != nil || who.Organisation != away.ID || who.Role != authz.Viewer || who.Organisations != 2 {
		t.Errorf("after switching the session shows %+v, %v", who, err)
	}
	stranger := h.SignIn(t, "ben@example.com")
	want(t, h.Auth.Switch(t.Context(), stranger.Token, "home"), "not_found")
	_, err = h.Users.Get(h.As(t, away.ID, away.Owner), home.Owner)
	want(t, err, "not_found")
}

func TestWhoLeftEveryOrganisationIsInvitedToAnother(t *testing.T) {
	h := people.New(t)
	left, next := h.Organisation(t, "Left", "Ada", "ada@example.com"), h.Organisation(t, "Next", "Ben", "ben@example.com")
	grace := h.Enrol(t, left.ID, "grace@example.com", authz.Responder)
	if err := h.Users.Deactivate(h.As(t, left.ID, left.Owner), grace); err != nil {
		t.Fatal(err)
	}
	h.Work(t)
	if _, err := h.Users.Invite(h.As(t, next.ID, next.Owner), user.Invite{Email: "grace@example.com", Role: authz.Viewer}); err != nil {
		t.Fatal(err)
	}
	token := people.Token(people.LinkIn(t, h.Work(t)[0]))
	opened, err := h.Auth.Accept(t.Context(), user.Accept{Token: token, Name: "Grace"}, "")
	if err != nil || opened.Organisation != next.ID {
		t.Fatalf("accepting answers %+v, %v", opened, err)
	}
	want(t, h.Auth.Switch(t.Context(), opened.Token, "left"), "not_found")
}

func TestInvitationRunsOutOrIsTakenBack(t *testing.T) {
	h := people.New(t)
	o := h.Organisation(t, "Night shift", "Ada", "ada@example.com")
	owner := h.As(t, o.ID, o.Owner)
	invited, err := h.Users.Invite(owner, user.Invite{Email: "grace@example.com", Role: authz.Responder})
	if err != nil {
		t.Fatal(err)
	}
	token := people.Token(people.LinkIn(t, h.Work(t)[0]))
	h.Clock.Advance(7 * 24 * time.Hour)
	_, err = h.Auth.Accept(t.Context(), user.Accept{Token: token, Name: "Grace"}, "")
	want(t, err, "expired")
	if err := h.Users.Resend(owner, invited); err != nil {
		t.Fatal(err)
	}
	token = people.Token(people.LinkIn(t, h.Work(t)[0]))
	if err := h.Users.RevokeInvitation(owner, invited); err != nil {
		t.Fatal(err)
	}
	_, err = h.Auth.Accept(t.Context(), user.Accept{Token: token, Name: "Grace"}, "")
	want(t, err, "revoked")
	if again, err := h.Users.Invite(owner, user.Invite{Email: "grace@example.com", Role: authz.Viewer}); err != nil || again != invited {
		t.Errorf("inviting again answers %s, %v", again, err)
	}
}

func TestForgottenPasswordIsReplacedAfterALink(t *testing.T) {
	h := people.New(t)
	o := h.Organisation(t, "Night shift", "Ada", "ada@example.com")
	h.Password(t, o.ID, o.Owner, "forgotten forever")
	me := h.As(t, o.ID, o.Owner)
	other := h.SignIn(t, "ada@example.com")
	h.Clock.Advance(15 * time.Minute)
	want(t, h.Accounts.ChangePassword(me, account.ChangePassword{Current: "wrong", New: password, Session: other.Session}), "wrong_password")
	fresh := h.SignIn(t, "ada@example.com")
	want(t, h.Accounts.ChangePassword(me, account.ChangePassword{New: "short", Session: fresh.Session}), "invalid_password")
	if err := h.Accounts.ChangePassword(me, account.ChangePassword{New: password, Session: fresh.Session}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Auth.Authenticate(t.Context(), fresh.Token); err != nil {
		t.Errorf("the session that changed it ended: %v", err)
	}
	_, err := h.Auth.Authenticate(t.Context(), other.Token)
	want(t, err, "not_signed_in")
	if _, err := h.Auth.SignIn(t.Context(), auth.SignIn{Email: "ada@example.com", Password: password}); err != nil {
		t.Errorf("the new password does not work: %v", err)
	}
}

// TestTablesOfControlAreClosed proves that the product's role reaches accounts through the named functions only.
func TestTablesOfControlAreClosed(t *testing.T) {
	h := people.New(t)
	if !h.DB.Isolated() {
		t.Skip("this PostgreSQL gives no right to create roles: the product works as the owner of the tables")
	}
	for _, table := range []string{"account", "membership", "session", "sign_in_link", "invitation", "setup_token", "attempt"} {
		err := h.DB.Control(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
			var count int
			return tx.QueryRow(ctx, "SELECT count(*) FROM control."+table).Scan(&count)
		})
		if err == nil || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("control.%s can be read: %v", table, err)
		}
	}
	var open int
	err := h.DB.Pool().QueryRow(t.Context(), `SELECT count(*) FROM pg_proc p WHERE pronamespace = 'control'::regnamespace AND prosecdef
		AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee = 0)`).Scan(&open)
	if err != nil || open != 0 {
		t.Errorf("%d functions are open to everybody, %v", open, err)
	}
}

// TestStrangersSeeNothing calls what takes an id with the ids of another organisation.
func TestStrangersSeeNothing(t *testing.T) {
	h := people.New(t)
	ours, theirs := h.Organisation(t, "Ours", "Ada", "ada@example.com"), h.Organisation(t, "Theirs", "Ben", "ben@example.com")
	invited, err := h.Users.Invite(h.As(t, theirs.ID, theirs.Owner), user.Invite{Email: "grace@example.com", Role: authz.Viewer})
	if err != nil {
		t.Fatal(err)
	}
	session := h.SignIn(t, "ben@example.com")
	me := h.As(t, ours.ID, ours.Owner)
	for name, call := range map[string]func(target id.ID) error{
		"Get": func(target id.ID) error { _, err := h.Users.Get(me, target); return err },
		"ChangeRole": func(target id.ID) error {
			return h.Users.ChangeRole(me, user.ChangeRole{User: target, Role: authz.Viewer})
		},
		"Deactivate":       func(target id.ID) error { return h.Users.Deactivate(me, target) },
		"Reactivate":       func(target id.ID) error { return h.Users.Reactivate(me, target) },
		"Resend":           func(target id.ID) error { return h.Users.Resend(me, target) },
		"RevokeInvitation": func(target id.ID) error { return h.Users.RevokeInvitation(me, target) },
		"List":             func(target id.ID) error { _, err := h.Users.List(me, user.List{After: target}); return err },
	} {
		for _, target := range []id.ID{theirs.Owner, invited} {
			if err := call(target); !problem.Is(err, problem.NotFound) {
				t.Errorf("%s of another organisation's user answers %v", name, err)
			}
		}
	}
	want(t, h.Auth.RevokeSession(me, session.Session), "not_found")
	if found, err := h.Users.ByID(me, theirs.Owner, ours.Owner); err != nil || len(found) != 1 {
		t.Errorf("ByID finds %v, %v", found, err)
	}
	if open, err := h.Users.OpenInvitations(me); err != nil || len(open) != 0 {
		t.Errorf("invitations of others are seen: %v, %v", open, err)
	}
}
