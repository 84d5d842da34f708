package scenario_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/domain/workspace"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/testing/scenario"
	"github.com/musterhq/muster/internal/testing/slackserver"
)

func TestPeopleOfSlackActAsThemselvesOrAreToldWhatToDo(t *testing.T) {
	t.Parallel()
	s := scenario.NewWithSlack(t)
	ben := s.Person("Ben", authz.Viewer)
	s.InSlack(scenario.Team, ben)
	s.ConnectSlack()
	act := func(u slackserver.User) (user.User, error) {
		t.Helper()
		ctx, who, err := s.App.Workspaces.Act(t.Context(), scenario.Team, u.ID)
		if err == nil {
			scope, err := tenant.From(ctx)
			if err != nil || scope.Organisation != s.Organisation || scope.Actor.ID != who.ID || scope.SeesPrivate {
				t.Errorf("%s acts as %+v, %v", u.Name, scope, err)
			}
			if scope.Permissions.Has(authz.CreateIncidents) != who.Role.Permissions().Has(authz.CreateIncidents) || scope.Permissions.Has(authz.ManageUsers) {
				t.Errorf("%s may do more or less than a %s", u.Name, who.Role)
			}
		}
		return who, err
	}
	refused := func(u slackserver.User, code string, words ...string) {
		t.Helper()
		_, err := act(u)
		if all := problem.All(err); err == nil || all[0].Kind != problem.Forbidden || all[0].Code != code {
			t.Errorf("%s: %v, want %s", u.Name, err, code)
			return
		}
		for _, word := range words {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s is told %q, without %q", u.Name, err, word)
			}
		}
	}
	inSlack := func(name, email string) slackserver.User {
		return s.Slack.User(scenario.Team, slackserver.User{Name: name, Email: email, TZ: "America/New_York"})
	}
	benThere, err := s.App.Workspaces.SlackUser(s.System(), scenario.Team, ben.ID)
	if err != nil {
		t.Fatal(err)
	}
	if who, err := act(slackserver.User{ID: benThere, Name: "Ben"}); err != nil || who.ID != ben.ID || who.Role != authz.Viewer {
		t.Errorf("Ben acts as %+v, %v", who, err)
	}

	// Somebody new joins as a responder, under their name and in their zone.
	dora := inSlack("Dora Marsh", "Dora@Example.test")
	who, err := act(dora)
	if err != nil || who.Name != "Dora Marsh" || who.Role != authz.Responder || who.Zone != "America/New_York" || who.Email != "dora@example.test" {
		t.Errorf("Dora acts as %+v, %v", who, err)
	}
	if again, err := act(dora); err != nil || again.ID != who.ID {
		t.Errorf("the second time Dora acts as %+v, %v", again, err)
	}
	if err := s.App.Users.Deactivate(s.Owner.Context(), who.ID); err != nil {
		t.Fatal(err)
	}
	refused(dora, "deactivated", "has ended", "Ask Ada")

	// Guests join only when they are invited.
	guest := s.Slack.User(scenario.Team, slackserver.User{Name: "Gus", Email: "gus@example.test", Guest: true})
	refused(guest, "guest", "Ask Ada, who connected Slack")
	if _, err := s.App.Users.Invite(s.Owner.Context(), user.Invite{Email: "gus@example.test", Role: authz.Viewer}); err != nil {
		t.Fatal(err)
	}
	if who, err := act(guest); err != nil || who.Role != authz.Viewer || who.State != user.StateActive {
		t.Errorf("the invited guest acts as %+v, %v", who, err)
	}

	// An account of another organisation is not taken over: its holder accepts by mail.
	began := s.Begin("Elsewhere", "Eve", "eve@example.test")
	eve := inSlack("Eve", "eve@example.test")
	refused(eve, "check_mail", "eve@example.test")
	s.Work()
	if got := s.Mails.Wait(t, 1); !strings.Contains(got[0].Subject, "invites you") {
		t.Errorf("mailed %+v", got)
	}
	if _, err := s.App.Users.Get(tenant.AsSystem(t.Context(), began.ID), began.Owner); err != nil {
		t.Error(err)
	}

	// Where people must be invited nobody joins.
	s.Owner.Put("/settings/slack/"+scenario.Team+"/joining", url.Values{"joining": {""}}).Is(http.StatusOK)
	refused(inSlack("Finn", "finn@example.test"), "not_here", "You are not in Muster yet", "Ask Ada")
	refused(inSlack("Nomail", ""), "not_here", "does not tell Muster your email address")
	refused(s.Slack.User(scenario.Team, slackserver.User{Name: "Helper", Bot: true}), "bot")
}

func TestNamesAndZonesFollowSlackUntilPeopleSetTheirOwn(t *testing.T) {
	t.Parallel()
	s := scenario.NewWithSlack(t)
	s.ConnectSlack()
	dora := s.Slack.User(scenario.Team, slackserver.User{Name: "Dora Marsh", Email: "dora@example.test", TZ: "Europe/Oslo"})
	ctx, who, err := s.App.Workspaces.Act(t.Context(), scenario.Team, dora.ID)
	if err != nil {
		t.Fatal(err)
	}
	tell := func(name, zone string) user.User {
		t.Helper()
		p := slack.Profile{ID: dora.ID, Name: name, Zone: zone}
		if err := s.App.Workspaces.MemberChanged(s.System(), scenario.Team, p); err != nil {
			t.Fatal(err)
		}
		s.Work()
		now, err := s.App.Users.Get(s.System(), who.ID)
		if err != nil {
			t.Fatal(err)
		}
		return now
	}
	if now := tell("Dora Lund", "Asia/Tokyo"); now.Name != "Dora Lund" || now.Zone != "Asia/Tokyo" {
		t.Errorf("after Slack she is %s in %s", now.Name, now.Zone)
	}
	if err := s.App.Users.ChangeProfile(ctx, user.ChangeProfile{Name: "Captain Dora", Zone: "Asia/Tokyo"}); err != nil {
		t.Fatal(err)
	}
	if now := tell("D. Lund", "Europe/Paris"); now.Name != "Captain Dora" || now.Zone != "Europe/Paris" {
		t.Errorf("after her own choice she is %s in %s", now.Name, now.Zone)
	}
}

func TestPicturesFollowSlackAsOurOwnCopies(t *testing.T) {
	t.Parallel()
	s := scenario.NewWithSlack(t)
	shown := image.NewRGBA(image.Rect(0, 0, 192, 192))
	var file bytes.Buffer
	if err := png.Encode(&file, shown); err != nil {
		t.Fatal(err)
	}
	place := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/gone.png" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(file.Bytes())
	}))
	t.Cleanup(place.Close)
	ben := s.Person("Ben", authz.Responder)
	inSlack := s.Slack.User(scenario.Team, slackserver.User{Name: "Ben", Email: ben.Email, TZ: "Europe/Oslo", Avatar: place.URL + "/one.png"})
	s.ConnectSlack()
	key := func() string {
		t.Helper()
		s.Work()
		now, err := s.App.Users.Get(s.System(), ben.ID)
		if err != nil {
			t.Fatal(err)
		}
		return now.AvatarKey
	}
	tell := func(picture string) {
		t.Helper()
		err := s.App.Workspaces.MemberChanged(s.System(), scenario.Team, slack.Profile{ID: inSlack.ID, Name: "Ben", Zone: "Europe/Oslo", Avatar: place.URL + picture})
		if err != nil {
			t.Fatal(err)
		}
	}
	first := key()
	if first == "" {
		t.Fatal("Ben has no picture")
	}
	if at, err := s.App.Workspaces.Picture(s.System(), scenario.Team, ben.ID); err != nil || at != place.URL+"/one.png" {
		t.Errorf("at Slack it is %q, %v", at, err)
	}
	tell("/two.png")
	second := key()
	if second == "" || second == first {
		t.Errorf("after another picture it is %q", second)
	}
	if _, _, err := s.App.Blobs.Get(t.Context(), first); err == nil {
		t.Error("the old copy is still there")
	}
	tell("/gone.png")
	if got := key(); got != "" {
		t.Errorf("a picture that is gone is %q", got)
	}
	if err := s.App.Users.SetAvatar(ben.Context(), "people/own.png"); err != nil {
		t.Fatal(err)
	}
	tell("/three.png")
	if got := key(); got != "people/own.png" {
		t.Errorf("after his own choice it is %q", got)
	}
}

func TestAllPeopleAreReadEachDayPageByPage(t *testing.T) {
	t.Parallel()
	s := scenario.NewWithSlack(t)
	for n := range 230 {
		s.Slack.User(scenario.Team, slackserver.User{Name: fmt.Sprintf("Person %03d", n), Email: fmt.Sprintf("person%03d@example.test", n)})
	}
	s.ConnectSlack()
	crowd := func() workspace.Crowd {
		t.Helper()
		all, err := s.App.Workspaces.Crowds(s.Owner.Context())
		if err != nil {
			t.Fatal(err)
		}
		return all[scenario.Team]
	}
	if got := crowd(); got.Total != 231 || got.Matched != 1 || len(got.Unmatched) != 50 {
		t.Errorf("%d people, %d matched, %d named", got.Total, got.Matched, len(got.Unmatched))
	}
	if lists := len(s.Slack.Calls("users.list")); lists != 2 {
		t.Errorf("read in %d pages", lists)
	}
	// Who joins Muster later is matched there and then.
	late := s.Person("Person007", authz.Responder)
	if _, err := s.App.Workspaces.SlackUser(s.System(), scenario.Team, late.ID); err != nil {
		t.Errorf("Person 007: %v", err)
	}
	sweep := func() {
		t.Helper()
		if err := s.App.Workspaces.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.Work()
	}
	sweep()
	if lists := len(s.Slack.Calls("users.list")); lists != 2 {
		t.Errorf("on the same day read again: %d pages", lists)
	}
	s.Clock.Advance(25 * time.Hour)
	sweep()
	if lists := len(s.Slack.Calls("users.list")); lists != 4 {
		t.Errorf("a day later %d pages were read", lists)
	}
}
