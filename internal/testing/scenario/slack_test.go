package scenario_test

import (
	"net/http"
	"net/url"
	"slices"
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

func TestWorkspaceIsConnectedCheckedAndLeft(t *testing.T) {
	t.Parallel()
	s := scenario.NewWithSlack(t)
	ben := s.Person("Ben", authz.Responder)
	s.Owner.Get("/settings/slack").Is(http.StatusOK).Has("No workspace is connected", "Connect Slack")
	ben.Get("/settings/slack").Is(http.StatusForbidden)
	ben.Get("/settings/slack/connect").Is(http.StatusForbidden)
	inSlack := s.InSlack(scenario.Team, ben)
	s.Slack.User(scenario.Team, slackserver.User{Name: "Cleo", Email: "cleo@elsewhere.test"})
	s.ConnectSlack()

	s.Owner.Get("/settings/slack").Has("Connected by Ada", "2 of 3 people are in Muster", "Cleo", "cleo@elsewhere.test")
	if got, err := s.App.Workspaces.SlackUser(s.System(), scenario.Team, ben.ID); err != nil || got != inSlack {
		t.Errorf("Ben is %q in Slack, %v", got, err)
	}
	credentials, err := s.App.Workspaces.Token(s.System(), scenario.Team)
	if err != nil || credentials.Token != s.Slack.Installation(scenario.Team).BotToken || credentials.BotUser == "" || credentials.BotID == "" {
		t.Errorf("it is spoken to with %+v, %v", credentials, err)
	}
	if found, err := s.App.Workspaces.ByTeam(t.Context(), scenario.Team); err != nil || found != s.Organisation {
		t.Errorf("its organisation is %q, %v", found, err)
	}
	s.Owner.Post("/settings/slack/"+scenario.Team+"/check", nil).Is(http.StatusOK).Has("Night shift answers in")
	ben.Post("/settings/slack/"+scenario.Team+"/check", nil).Is(http.StatusForbidden)

	s.Owner.Get("/settings/slack/" + scenario.Team + "/disconnect").Has("Muster leaves the workspace")
	s.Owner.Delete("/settings/slack/"+scenario.Team).Is(http.StatusOK).Has("Disconnected here", "Connect again")
	if s.Slack.Installation(scenario.Team).Installed {
		t.Error("Slack was not told")
	}
	if _, err := s.App.Workspaces.Token(s.System(), scenario.Team); !problem.Is(err, problem.Conflict) {
		t.Errorf("after it was left the token is answered with %v", err)
	}
	if _, err := s.App.Workspaces.ByTeam(t.Context(), scenario.Team); !problem.Is(err, problem.NotFound) {
		t.Errorf("after it was left it is found: %v", err)
	}
	if got, err := s.App.Workspaces.SlackUser(s.System(), scenario.Team, ben.ID); err != nil || got != inSlack {
		t.Errorf("after it was left Ben is %q in Slack, %v", got, err)
	}
}

func TestMissingPermissionsAreNamedAndGrantedByReconnecting(t *testing.T) {
	t.Parallel()
	s := scenario.NewWithSlack(t)
	s.ConnectSlack()
	before, err := s.App.Workspaces.Get(s.System(), scenario.Team)
	if err != nil || len(before.Missing) > 0 {
		t.Fatalf("%+v, %v", before.Missing, err)
	}
	s.Slack.Scopes(scenario.Team, slices.DeleteFunc(slack.ScopeNames(), func(name string) bool { return name == "pins:read" })...)
	s.Owner.Post("/settings/slack/"+scenario.Team+"/check", nil).Has("1 permission is missing", "Pins in Slack do not reach the timeline", "pins:read", "Grant by reconnecting")
	s.Owner.Get("/settings/slack/connect?team=" + scenario.Team).Is(http.StatusOK).Has("Every permission that Muster needs is there")
	after, err := s.App.Workspaces.Get(s.System(), scenario.Team)
	if err != nil || after.ID != before.ID || len(after.Missing) > 0 {
		t.Errorf("after reconnecting: %+v, %v", after, err)
	}
}

func TestUninstalledAndRevokedWorkspacesAreSeenAndComeBackWithTheirPeople(t *testing.T) {
	t.Parallel()
	s := scenario.NewWithSlack(t)
	owner := s.ConnectSlack()
	// What is said too late, while the token works, changes nothing.
	if err := s.App.Workspaces.Revoked(s.System(), scenario.Team, string(workspace.Uninstalled)); err != nil {
		t.Fatal(err)
	}
	s.Owner.Get("/settings/slack").Has("Connected by Ada")

	s.Slack.Uninstall(scenario.Team)
	if err := s.App.Workspaces.Revoked(s.System(), scenario.Team, string(workspace.Uninstalled)); err != nil {
		t.Fatal(err)
	}
	s.Owner.Get("/settings/slack").Has("Muster was removed in Slack", "Connect again")
	s.Owner.Get("/settings/slack/connect").Is(http.StatusOK).Has("Connected by Ada")
	if got, err := s.App.Workspaces.SlackUser(s.System(), scenario.Team, s.Owner.ID); err != nil || got != owner {
		t.Errorf("Ada is %q, %v", got, err)
	}

	s.Slack.Revoke(scenario.Team)
	s.Owner.Post("/settings/slack/"+scenario.Team+"/check", nil).Has("does not let Muster into Night shift any more", "Slack ended Muster")
}

func TestOneWorkspaceBelongsToOneOrganisationAndOneOrganisationMayHaveSeveral(t *testing.T) {
	t.Parallel()
	s := scenario.NewWithSlack(t)
	owner := s.ConnectSlack()
	began := s.Begin("Elsewhere", "Eve", "eve@example.test")
	eve := s.PersonOf(began.ID, "Mallory", authz.Owner)
	eve.Get("/settings/slack/connect").Is(http.StatusConflict).Has("is connected to another organisation on this Muster")
	if !s.Slack.Installation(scenario.Team).Installed {
		t.Error("the other organisation's workspace was uninstalled")
	}
	for name, err := range map[string]error{
		"disconnects": s.App.Workspaces.Disconnect(eve.Context(), scenario.Team),
		"revokes":     s.App.Workspaces.Revoked(eve.Context(), scenario.Team, "token_revoked"),
	} {
		if !problem.Is(err, problem.NotFound) {
			t.Errorf("a stranger %s it: %v", name, err)
		}
	}
	if _, err := s.App.Workspaces.Check(eve.Context(), scenario.Team); !problem.Is(err, problem.NotFound) {
		t.Errorf("a stranger checks it: %v", err)
	}

	s.Slack.BareWorkspace("T0SECOND01", "Second")
	s.Slack.SignedIn(s.InSlack("T0SECOND01", s.Owner))
	s.Owner.Get("/settings/slack/connect").Is(http.StatusOK).Has("second.slack.com", "night-shift.slack.com")
	s.Work()
	second, err := s.App.Workspaces.SlackUser(s.System(), "T0SECOND01", s.Owner.ID)
	if err != nil || second == owner {
		t.Errorf("Ada is %q in the second workspace, %v", second, err)
	}

	// Once it is left another organisation may have it.
	s.Owner.Delete("/settings/slack/" + scenario.Team).Is(http.StatusOK)
	s.Slack.SignedIn(owner)
	eve.Get("/settings/slack/connect").Is(http.StatusOK).Has("Night shift", "Connected by")
}

// way walks to Slack and stops before the way back, which it returns.
func way(t *testing.T, s *scenario.Scenario, b *scenario.Browser, slackUser string) *url.URL {
	t.Helper()
	session, err := s.App.Auth.Sessions(b.Context())
	if err != nil {
		t.Fatal(err)
	}
	at, err := s.App.Workspaces.Begin(b.Context(), session[0].ID, "")
	if err != nil {
		t.Fatal(err)
	}
	back, err := s.Slack.Authorize(at, slackUser)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := url.Parse(back)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestWayBackFromSlackWorksOnceInItsOwnSessionAndInTime(t *testing.T) {
	t.Parallel()
	s := scenario.NewWithSlack(t)
	owner := s.InSlack(scenario.Team, s.Owner)
	clea := s.Person("Clea", authz.Administrator)
	back := way(t, s, s.Owner, owner)

	clea.Get(back.RequestURI()).Is(http.StatusConflict).Has("begun somewhere else")
	forged := back.Query()
	forged.Set("state", strings.Replace(forged.Get("state"), ".", "x.", 1))
	s.Owner.Get(back.Path + "?" + forged.Encode()).Is(http.StatusConflict).Has("begun somewhere else")
	s.Owner.Get(back.Path + "?code=" + back.Query().Get("code")).Is(http.StatusConflict)
	if all, err := s.App.Workspaces.All(s.System()); err != nil || len(all) > 0 {
		t.Fatalf("connected by a forged way back: %+v, %v", all, err)
	}
	s.Owner.Get(back.RequestURI()).Is(http.StatusOK).Has("Night shift", "Connected by")
	s.Owner.Get(back.RequestURI()).Is(http.StatusConflict).Has("was used already", "Connected by Ada")

	late := way(t, s, s.Owner, owner)
	s.Clock.Advance(16 * time.Minute)
	s.Owner.Get(late.RequestURI()).Is(http.StatusConflict).Has("more than 15 minutes ago")

	turned := way(t, s, s.Owner, "U0NOBODY")
	s.Owner.Get(turned.RequestURI()).Is(http.StatusConflict).Has("Nothing was connected: Muster was not allowed")

	away := way(t, s, s.Owner, owner)
	s.Slack.Down(true)
	s.Owner.Get(away.RequestURI()).Is(http.StatusServiceUnavailable).Has("Slack does not answer")
	s.Owner.Post("/settings/slack/"+scenario.Team+"/check", nil).Is(http.StatusServiceUnavailable).Has("Slack does not answer")
}

func TestOutageIsToldOnceAndShown(t *testing.T) {
	t.Parallel()
	s := scenario.NewWithSlack(t)
	s.ConnectSlack()
	began := s.Clock.Now()
	for range 3 {
		if err := s.App.Workspaces.Down(s.System(), scenario.Team, began, "timeouts"); err != nil {
			t.Fatal(err)
		}
		s.Clock.Advance(time.Minute)
	}
	w, err := s.App.Workspaces.Get(s.System(), scenario.Team)
	if err != nil || w.DownSince == nil || !w.DownSince.Equal(began) {
		t.Errorf("down since %v, %v", w.DownSince, err)
	}
	s.Owner.Get("/settings/slack").Has("Slack has not answered since")
	for range 2 {
		if err := s.App.Workspaces.Up(s.System(), scenario.Team); err != nil {
			t.Fatal(err)
		}
	}
	var told []string
	rows, err := s.App.DB.Pool().Query(t.Context(), "SELECT kind FROM muster.event WHERE kind IN ('workspace.went_down', 'workspace.came_back') ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var kind string
		if err := rows.Scan(&kind); err != nil {
			t.Fatal(err)
		}
		told = append(told, kind)
	}
	if want := []string{"workspace.went_down", "workspace.came_back"}; !slices.Equal(told, want) {
		t.Errorf("told %v", told)
	}
}

func TestPeopleSignInWithSlackIntoTheOrganisationOfTheirWorkspaceAlone(t *testing.T) {
	t.Parallel()
	s := scenario.NewWithSlack(t)
	ben := s.Person("Ben", authz.Responder)
	benInSlack := s.InSlack(scenario.Team, ben)
	s.ConnectSlack()
	visitor := s.Visitor()
	visitor.Get("/login").Has("Sign in with Slack")

	s.Slack.SignedIn(benInSlack)
	if got := visitor.Get("/login/slack?next=%2Fincidents").Is(http.StatusOK); got.Path != "/incidents" {
		t.Errorf("Ben lands on %s", got.Path)
	}
	visitor.Get("/me").Has("Ben")

	// The account is in two organisations, and Slack of one opens that one only.
	began := s.Begin("Elsewhere", "Eve", "eve@example.test")
	if _, err := s.App.Users.Enrol(tenant.AsSystem(t.Context(), began.ID), user.Enrol{Name: "Ben", Email: ben.Email, Role: authz.Owner}); err != nil {
		t.Fatal(err)
	}
	there, err := s.App.Organisations.Get(tenant.AsSystem(t.Context(), began.ID))
	if err != nil {
		t.Fatal(err)
	}
	visitor.Post("/organisation", url.Values{"organisation": {there.Slug}}).Is(http.StatusForbidden).Has("opens Night shift alone")
	visitor.Get("/?o=" + there.Slug).Is(http.StatusForbidden)
	visitor.Get("/me").Has("Night shift")
	visitor.Put("/me/password", url.Values{"new_password": {"a long enough password"}}).Has("let Muster mail you a link")
	if err := s.App.Users.Deactivate(s.Owner.Context(), ben.ID); err != nil {
		t.Fatal(err)
	}
	s.Visitor().Get("/login/slack").Is(http.StatusForbidden).Has("Your access to Muster has ended")

	// The way back is bound to the browser, and works once.
	cleo := s.Person("Cleo", authz.Responder)
	cleoInSlack := s.InSlack(scenario.Team, cleo)
	at, err := s.App.Workspaces.BeginSignIn("a secret of one browser")
	if err != nil {
		t.Fatal(err)
	}
	back, err := s.Slack.Authorize(at, cleoInSlack)
	if err != nil {
		t.Fatal(err)
	}
	s.Visitor().Get(strings.TrimPrefix(back, s.URL)).Is(http.StatusConflict).Has("begun somewhere else")
	parsed, err := url.Parse(back)
	if err != nil {
		t.Fatal(err)
	}
	cmd := workspace.SignIn{Binding: "a secret of one browser", State: parsed.Query().Get("state"), Code: parsed.Query().Get("code")}
	if opened, err := s.App.Workspaces.SignIn(t.Context(), cmd); err != nil || opened.Organisation != s.Organisation {
		t.Errorf("Cleo gets %+v, %v", opened, err)
	}
	if _, err := s.App.Workspaces.SignIn(t.Context(), cmd); !problem.Is(err, problem.Conflict) {
		t.Errorf("the second time: %v", err)
	}

	// A workspace that is not connected vouches for nobody.
	s.Slack.BareWorkspace("T0STRANGE1", "Strange")
	s.Slack.SignedIn(s.Slack.User("T0STRANGE1", slackserver.User{Name: "Ada", Email: s.Owner.Email}).ID)
	s.Visitor().Get("/login/slack").Is(http.StatusForbidden).Has("Your Slack workspace is not connected to Muster")
	s.Slack.SignedIn("")
	s.Visitor().Get("/login/slack").Is(http.StatusConflict).Has("You turned back in Slack")
}

func TestThereIsNoTraceOfSlackWhereItIsNotSetUp(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	if page := s.Visitor().Get("/login"); strings.Contains(page.Body, "Slack") {
		t.Error("the page to sign in names Slack")
	}
	if page := s.Visitor().Get("/login/slack"); page.Path != "/login" {
		t.Errorf("signing in with Slack leads to %s", page.Path)
	}
	if page := s.Owner.Get("/"); strings.Contains(page.Body, "Slack") {
		t.Error("the home page names Slack")
	}
	s.Owner.Get("/settings/slack").Is(http.StatusOK).Has("Muster has no app at Slack yet", "muster slack manifest", "MUSTER_SLACK_CLIENT_ID=")
	s.Owner.Get("/settings/slack/connect").Is(http.StatusConflict).Has("Whoever runs Muster sets it up")
}
