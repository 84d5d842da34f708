package settings

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/workspace"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

const slackPath = "/settings/slack"

// slackPages are the pages about Slack, shown as tabs once a workspace is connected and there are several.
var slackPages = []ui.TabView{{Label: "Workspaces", Href: slackPath}, {Label: "Channels", Href: slackChannelsPath}, {Label: "Announcements", Href: announcementsPath}}

// slackTabs are the tabs of slackPages with the one at href chosen.
func slackTabs(href string) []ui.TabView {
	tabs := slices.Clone(slackPages)
	for n := range tabs {
		tabs[n].Current = tabs[n].Href == href
	}
	return tabs
}

// slackView is what the organisation has of Slack.
type slackView struct {
	Configured bool
	// Operator is who can set the app up; AppAddress is where at Slack, and Socket says that it will be for Socket Mode.
	Operator   bool
	AppAddress string
	Socket     bool
	Workspaces []slackWorkspaceView
	Problem    string
	// Said is what came of a check.
	Said string
}

// live reports whether any workspace is connected.
func (v slackView) live() bool {
	return slices.ContainsFunc(v.Workspaces, func(w slackWorkspaceView) bool { return w.Active })
}

// slackWorkspaceView is one workspace.
type slackWorkspaceView struct {
	Team, Name, Host, Icon string
	Wide, Active           bool
	// Connected says who connected it and when, Ended why and when it ended.
	Connected, Ended string
	// Down says since when Slack does not answer, empty while it does.
	Down    string
	Missing []slack.Scope
	Scopes  []slackScopeView
	People  workspace.Crowd
	// Reading says that its people have not been read yet.
	Reading bool
	Joining ui.ChoiceView
}

// slackScopeView is a permission, and whether it is there.
type slackScopeView struct {
	slack.Scope
	Granted bool
}

func (w slackWorkspaceView) at() string { return slackPath + "/" + url.PathEscape(w.Team) }

func (w slackWorkspaceView) reconnect() string {
	return slackPath + "/connect?team=" + url.QueryEscape(w.Team)
}

func (w slackWorkspaceView) menu() []ui.MenuItem {
	return []ui.MenuItem{
		{Label: "Reconnect", Icon: "rotate-cw", Href: w.reconnect()},
		{Label: "Disconnect", Icon: "log-out", Href: w.at() + "/disconnect", Dialog: true, Danger: true, Apart: true},
	}
}

// peopleLine says how many people of Slack are in Muster.
func (w slackWorkspaceView) peopleLine() string {
	switch {
	case w.Reading && w.People.Total == 0:
		return "Muster is reading who is who"
	case w.People.Total == 0:
		return "Nobody is known yet"
	case w.People.Total == 1 && w.People.Matched == 1:
		return "Its only person is in Muster"
	case w.People.Matched == w.People.Total:
		return fmt.Sprintf("All %d people are in Muster", w.People.Total)
	default:
		return fmt.Sprintf("%d of %d people are in Muster", w.People.Matched, w.People.Total)
	}
}

// others says how many people who are not in Muster are not named.
func (w slackWorkspaceView) others() int {
	return w.People.Total - w.People.Matched - len(w.People.Unmatched)
}

// slackRoutes registers what Slack is connected by, for those who may.
func (p *Pages) slackRoutes(on func(string, page.Handler)) {
	guarded := func(pattern string, handle page.Handler) {
		on(pattern, func(w http.ResponseWriter, r *http.Request) error {
			if _, err := tenant.Require(r.Context(), authz.UpdateOrganisation); err != nil {
				return err
			}
			return handle(w, r)
		})
	}
	guarded("GET "+slackPath, func(w http.ResponseWriter, r *http.Request) error {
		return p.slack(w, r, http.StatusOK, slackView{})
	})
	guarded("GET "+slackPath+"/connect", p.connectSlack)
	guarded("GET "+workspace.InstalledPath, p.slackInstalled)
	guarded("GET "+slackChannelsPath, p.slackChannels)
	guarded("PUT "+slackChannelsPath, p.setSlackChannels)
	guarded("POST "+slackPath+"/{team}/check", p.checkSlack)
	guarded("PUT "+slackPath+"/{team}/joining", p.setSlackJoining)
	guarded("GET "+slackPath+"/{team}/disconnect", p.askToDisconnectSlack)
	guarded("DELETE "+slackPath+"/{team}", p.disconnectSlack)
}

func (p *Pages) slack(w http.ResponseWriter, r *http.Request, status int, v slackView) error {
	viewer, _ := page.ViewerOf(r.Context())
	v.Configured, v.Operator = p.Workspaces.Configured(), viewer.Operator
	if !v.Configured {
		var err error
		if v.AppAddress, v.Socket, err = p.Workspaces.AppAddress(); err != nil {
			return err
		}
	}
	all, err := p.Workspaces.All(r.Context())
	if err != nil {
		return err
	}
	crowds, err := p.Workspaces.Crowds(r.Context())
	if err != nil {
		return err
	}
	var installers []id.ID
	for _, one := range all {
		installers = append(installers, one.InstalledBy)
	}
	people, err := p.Users.ByID(r.Context(), installers...)
	if err != nil {
		return err
	}
	for _, one := range all {
		v.Workspaces = append(v.Workspaces, p.slackWorkspace(r.Context(), one, crowds[one.Team], people[one.InstalledBy].Name, viewer.Zone))
	}
	if r.Header.Get("HX-Region") != "" {
		return page.Part(w, r, http.StatusOK, slackRegion(v))
	}
	return p.show(w, r, status, "slack", "Slack", slackPage(v))
}

func (p *Pages) slackWorkspace(ctx context.Context, one workspace.Workspace, crowd workspace.Crowd, installer string, zone *time.Location) slackWorkspaceView {
	view := slackWorkspaceView{
		Team: one.Team, Name: one.Name, Wide: one.Wide, Active: one.State == workspace.Active, Missing: one.Missing, People: crowd, Reading: one.PeopleReadAt == nil,
		Connected: "Connected " + day(one.InstalledAt, zone), Joining: joiningChoice(one),
	}
	if installer != "" {
		view.Connected = "Connected by " + installer + " " + day(one.InstalledAt, zone)
	}
	if at, err := url.Parse(one.URL); err == nil {
		view.Host = at.Host
	}
	if one.IconKey != "" && p.Picture != nil {
		view.Icon = p.Picture(ctx, one.IconKey)
	}
	if one.DownSince != nil {
		view.Down = one.DownSince.In(zone).Format("15:04")
		if p.Clock.Now().Sub(*one.DownSince) > 12*time.Hour {
			view.Down = one.DownSince.In(zone).Format("2 January, 15:04")
		}
	}
	if one.RevokedAt != nil {
		view.Ended = ended(one.RevokedFor) + " " + day(*one.RevokedAt, zone)
	}
	for _, s := range slack.Scopes() {
		missing := slices.ContainsFunc(one.Missing, func(m slack.Scope) bool { return m.Name == s.Name })
		view.Scopes = append(view.Scopes, slackScopeView{Scope: s, Granted: !missing})
	}
	return view
}

func day(at time.Time, zone *time.Location) string {
	return "on " + at.In(zone).Format("2 January 2006")
}

func ended(reason workspace.Reason) string {
	switch reason {
	case workspace.Uninstalled:
		return "Muster was removed in Slack"
	case workspace.TokenGone:
		return "Slack ended Muster's access"
	default:
		return "Disconnected here"
	}
}

func joiningChoice(one workspace.Workspace) ui.ChoiceView {
	choice := ui.ChoiceView{Name: "joining", Label: "Whoever uses Muster in Slack for the first time becomes"}
	for _, o := range []ui.Option{
		{Value: string(authz.Responder), Label: "Responder"}, {Value: string(authz.Viewer), Label: "Viewer"}, {Value: "", Label: "Nothing: invite them"},
	} {
		o.Chosen = o.Value == string(one.Joining)
		choice.Options = append(choice.Options, o)
	}
	choice.Hint = "People are known by their confirmed address. Guests, and people of other companies in shared channels, must be invited in any case."
	return choice
}

func (p *Pages) connectSlack(w http.ResponseWriter, r *http.Request) error {
	viewer, _ := page.ViewerOf(r.Context())
	at, err := p.Workspaces.Begin(r.Context(), viewer.Session, r.FormValue("team"))
	if err != nil {
		return p.slackWrong(w, r, err)
	}
	http.Redirect(w, r, at, http.StatusSeeOther)
	return nil
}

// slackWrong shows what went wrong on the page itself.
func (p *Pages) slackWrong(w http.ResponseWriter, r *http.Request, err error) error {
	switch problem.KindOf(err) {
	case problem.Conflict, problem.Unavailable, problem.Invalid:
		return p.slack(w, r, page.Status(err), slackView{Problem: problem.All(err)[0].Message})
	default:
		return err
	}
}

func (p *Pages) slackInstalled(w http.ResponseWriter, r *http.Request) error {
	viewer, _ := page.ViewerOf(r.Context())
	query := r.URL.Query()
	made, err := p.Workspaces.Install(r.Context(), workspace.Install{Session: viewer.Session, State: query.Get("state"), Code: query.Get("code"), Refused: query.Get("error")})
	if err != nil {
		return p.slackWrong(w, r, err)
	}
	return page.Done(w, r, slackPath, made.Name+" is connected")
}

func (p *Pages) checkSlack(w http.ResponseWriter, r *http.Request) error {
	checked, err := p.Workspaces.Check(r.Context(), r.PathValue("team"))
	if err != nil {
		return p.slackWrong(w, r, err)
	}
	if checked.Workspace.State != workspace.Active {
		return p.slack(w, r, http.StatusOK, slackView{Problem: "Slack does not let Muster into " + checked.Workspace.Name + " any more. Connect it again."})
	}
	words := fmt.Sprintf("%s answers in %d ms, and every permission is there.", checked.Workspace.Name, max(1, checked.Took.Milliseconds()))
	if missing := len(checked.Workspace.Missing); missing > 0 {
		words = fmt.Sprintf("%s answers in %d ms. %s missing.", checked.Workspace.Name, max(1, checked.Took.Milliseconds()), permissions(missing, "is", "are"))
	}
	return p.slack(w, r, http.StatusOK, slackView{Said: words})
}

func permissions(count int, one, several string) string {
	if count == 1 {
		return "1 permission " + one
	}
	return fmt.Sprintf("%d permissions %s", count, several)
}

func (p *Pages) setSlackJoining(w http.ResponseWriter, r *http.Request) error {
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	if err := p.Workspaces.SetJoining(r.Context(), workspace.SetJoining{Team: r.PathValue("team"), Role: authz.Role(form.Value("joining"))}); err != nil {
		return p.slackWrong(w, r, err)
	}
	return page.Done(w, r, slackPath, "Saved")
}

func (p *Pages) askToDisconnectSlack(w http.ResponseWriter, r *http.Request) error {
	one, err := p.Workspaces.Get(r.Context(), r.PathValue("team"))
	if err != nil {
		return err
	}
	v := slackWorkspaceView{Team: one.Team, Name: one.Name}
	if page.Quiet(r) {
		return page.Part(w, r, http.StatusOK, slackDisconnectDialog(v))
	}
	return p.Frame.Show(w, r, page.Page{Title: "Disconnect " + one.Name, Section: "settings", Look: "app--form", Content: slackDisconnectPage(v)})
}

func (p *Pages) disconnectSlack(w http.ResponseWriter, r *http.Request) error {
	one, err := p.Workspaces.Get(r.Context(), r.PathValue("team"))
	if err != nil {
		return err
	}
	if err := p.Workspaces.Disconnect(r.Context(), one.Team); err != nil {
		return err
	}
	return page.Done(w, r, slackPath, one.Name+" is disconnected")
}

// setup is what whoever runs Muster puts into the environment.
func (v slackView) setup() string {
	lines := []string{"MUSTER_SLACK_CLIENT_ID=", "MUSTER_SLACK_CLIENT_SECRET="}
	if v.Socket {
		return strings.Join(append(lines, "MUSTER_SLACK_APP_TOKEN="), "\n")
	}
	return strings.Join(append(lines, "MUSTER_SLACK_SIGNING_SECRET="), "\n")
}
