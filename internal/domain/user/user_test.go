package user_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/testing/people"
)

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

func TestTheLastOwnerStays(t *testing.T) {
	h := people.New(t)
	o := h.Organisation(t, "Night shift", "Ada", "ada@example.com")
	ada := h.As(t, o.ID, o.Owner)
	want(t, h.Users.ChangeRole(ada, user.ChangeRole{User: o.Owner, Role: authz.Viewer}), "last_owner")
	want(t, h.Users.Deactivate(ada, o.Owner), "last_owner")
	ben := h.Enrol(t, o.ID, "ben@example.com", authz.Owner)
	asBen := h.As(t, o.ID, ben)
	// Two owners who remove each other at the same moment: one of them stays.
	var errs [2]error
	var both sync.WaitGroup
	both.Go(func() { errs[0] = h.Users.Deactivate(ada, ben) })
	both.Go(func() { errs[1] = h.Users.ChangeRole(asBen, user.ChangeRole{User: o.Owner, Role: authz.Viewer}) })
	both.Wait()
	codes := []string{codeOf(errs[0]), codeOf(errs[1])}
	slices.Sort(codes)
	if diff := cmp.Diff([]string{"", "last_owner"}, codes); diff != "" {
		t.Errorf("removing each other answers (-want +got)\n%s", diff)
	}
}

func TestOnlyOwnersMakeAndUnmakeOwners(t *testing.T) {
	h := people.New(t)
	o := h.Organisation(t, "Night shift", "Ada", "ada@example.com")
	second := h.Enrol(t, o.ID, "second@example.com", authz.Owner)
	admin := h.Enrol(t, o.ID, "admin@example.com", authz.Administrator)
	responder := h.Enrol(t, o.ID, "responder@example.com", authz.Responder)
	asAdmin, asResponder := h.As(t, o.ID, admin), h.As(t, o.ID, responder)
	h.Kinds()
	want(t, h.Users.ChangeRole(asAdmin, user.ChangeRole{User: responder, Role: authz.Owner}), "owners_only")
	want(t, h.Users.ChangeRole(asAdmin, user.ChangeRole{User: second, Role: authz.Viewer}), "owners_only")
	want(t, h.Users.Deactivate(asAdmin, second), "owners_only")
	_, err := h.Users.Invite(asAdmin, user.Invite{Email: "new@example.com", Role: authz.Owner})
	want(t, err, "owners_only")
	boss, err := h.Users.Invite(h.As(t, o.ID, second), user.Invite{Email: "boss@example.com", Role: authz.Owner})
	if err != nil {
		t.Fatal(err)
	}
	h.Kinds()
	_, err = h.Users.Invite(asAdmin, user.Invite{Email: "boss@example.com", Role: authz.Viewer})
	want(t, err, "owners_only")
	want(t, h.Users.RevokeInvitation(asAdmin, boss), "owners_only")
	want(t, h.Users.ChangeRole(asResponder, user.ChangeRole{User: responder, Role: authz.Administrator}), "missing_permission")
	want(t, h.Users.ChangeRole(asAdmin, user.ChangeRole{User: responder, Role: "king"}), "invalid_role")
	_, err = h.Users.Enrol(asAdmin, user.Enrol{Name: "Forced", Email: "forced@example.com", Role: authz.Viewer})
	want(t, err, "invite_instead")
	if kinds := h.Kinds(); len(kinds) != 0 {
		t.Errorf("what was refused published %v", kinds)
	}
	for range 2 { // the second time nothing changes
		if err := h.Users.ChangeRole(asAdmin, user.ChangeRole{User: responder, Role: authz.Viewer}); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"user.role_changed"}, h.Kinds()); diff != "" {
		t.Errorf("events (-want +got)\n%s", diff)
	}
}

func TestPeopleAreListedByNameInPages(t *testing.T) {
	h := people.New(t)
	o := h.Organisation(t, "Night shift", "Zoë", "zoe@example.com")
	for _, email := range []string{"ben@example.com", "anna@example.com", "Cem@example.com", "dora@example.org"} {
		h.Enrol(t, o.ID, email, authz.Viewer)
	}
	me := h.As(t, o.ID, o.Owner)
	if _, err := h.Users.Invite(me, user.Invite{Email: "emil@example.com", Role: authz.Viewer}); err != nil {
		t.Fatal(err)
	}
	var names []string
	cmd := user.List{Count: 2}
	for {
		page, err := h.Users.List(me, cmd)
		if err != nil {
			t.Fatal(err)
		}
		if page.Totals[user.StateActive] != 5 || page.Totals[user.StateInvited] != 1 {
			t.Errorf("totals are %v", page.Totals)
		}
		for _, u := range page.Users {
			names = append(names, u.Name)
		}
		if !page.More {
			break
		}
		cmd.After = page.Users[len(page.Users)-1].ID
	}
	if diff := cmp.Diff([]string{"anna", "ben", "Cem", "dora", "Emil", "Zoë"}, names); diff != "" {
		t.Errorf("names (-want +got)\n%s", diff)
	}
	for search, count := range map[string]int{"EXAMPLE.ORG": 1, "zoë": 1, "%": 0, "": 6} {
		page, err := h.Users.List(me, user.List{Search: search})
		if err != nil || len(page.Users) != count {
			t.Errorf("searching %q finds %d, %v", search, len(page.Users), err)
		}
	}
}

func TestProfile(t *testing.T) {
	h := people.New(t)
	o := h.Organisation(t, "Night shift", "Ada", "ada@example.com")
	me := h.As(t, o.ID, o.Owner)
	err := h.Users.ChangeProfile(me, user.ChangeProfile{Name: "", Zone: "Mars/Olympus"})
	if all := problem.All(err); len(all) != 2 || all[0].Field != "name" || all[1].Field != "zone" {
		t.Errorf("bad input answers %v", err)
	}
	h.Kinds()
	for range 2 {
		if err := h.Users.ChangeProfile(me, user.ChangeProfile{Name: "  آدا\tلوفلیس ", Zone: "Asia/Tehran"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Users.SetAvatar(me, "pictures/x.png"); err != nil {
		t.Fatal(err)
	}
	got, err := h.Users.Me(me)
	if err != nil || got.Name != "آدا لوفلیس" || got.Zone != "Asia/Tehran" || got.AvatarKey != "pictures/x.png" {
		t.Errorf("the profile is %+v, %v", got, err)
	}
	if diff := cmp.Diff([]string{"user.profile_changed", "user.profile_changed"}, h.Kinds()); diff != "" {
		t.Errorf("events (-want +got)\n%s", diff)
	}
}

func TestNameFromEmail(t *testing.T) {
	for email, name := range map[string]string{"ada.lovelace@x.example": "Ada Lovelace", "émile-zola+news@x.example": "Émile Zola", "--@x.example": "--@x.example"} {
		if got := user.NameFromEmail(email); got != name {
			t.Errorf("%s is called %q, want %q", email, got, name)
		}
	}
}
