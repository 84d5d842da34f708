// Package settings is the dashboard's area for what an organisation sets once: severities, statuses, roles, its name,
// who changed what, and how the reader is notified.
package settings

import (
	"context"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"github.com/musterhq/muster/internal/domain/announcement"
	"github.com/musterhq/muster/internal/domain/apikey"
	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/channel"
	"github.com/musterhq/muster/internal/domain/escalation"
	"github.com/musterhq/muster/internal/domain/export"
	"github.com/musterhq/muster/internal/domain/feature"
	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/hint"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/notification"
	"github.com/musterhq/muster/internal/domain/nudge"
	"github.com/musterhq/muster/internal/domain/organisation"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/subscription"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/domain/webhook"
	"github.com/musterhq/muster/internal/domain/workspace"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/settings/reference"
)

// Needs are what the area works with.
type Needs struct {
	Frame         *page.Frame
	Clock         clock.Clock
	Incidents     *incident.Service
	FollowUps     *followup.Service
	Forms         *form.Service
	Organisations *organisation.Service
	Rooms         *room.Service
	Audit         *audit.Service
	APIKeys       *apikey.Service
	Users         *user.Service
	Notifications *notification.Service
	Subscriptions *subscription.Service
	Escalations   *escalation.Service
	Nudges        *nudge.Service
	Features      *feature.Service
	Hints         *hint.Service
	Workspaces    *workspace.Service
	Channels      *channel.Service
	Announcements *announcement.Service
	Exports       *export.Service
	Webhooks      *webhook.Service
	// Reference is what the public API can do, for people.
	Reference func() reference.Reference
	// AuditKept is for how long the audit log is kept; 0 is for good.
	AuditKept time.Duration
	// Picture returns the address of a stored picture by its blob key.
	Picture func(ctx context.Context, key string) string
	// Browser names a browser by what it calls itself in requests, "Firefox on Android".
	Browser func(agent string) string
}

// Pages answers the requests of the area.
type Pages struct{ Needs }

// New returns the area.
func New(needs Needs) *Pages { return &Pages{needs} }

// Routes registers what needs a session.
func (p *Pages) Routes(mux *http.ServeMux) {
	on := func(pattern string, handle page.Handler) { mux.Handle(pattern, p.Frame.Handle(handle)) }

	on("GET /settings", p.first)
	p.listRoutes(on, severityList{p})
	p.listRoutes(on, statusList{p})
	p.listRoutes(on, roleList{p})
	p.listRoutes(on, typeList{p})
	p.listRoutes(on, fieldList{p})
	p.listRoutes(on, optionList{p})
	p.listRoutes(on, timestampList{p})
	p.listRoutes(on, durationList{p})
	p.listRoutes(on, priorityList{p})
	p.formRoutes(on)
	on("PUT /settings/types/{entry}/default", p.makeDefault)

	on("GET /settings/reactions", p.reactions)
	on("PUT /settings/reactions", p.setReactions)
	on("GET /settings/organisation", p.organisation)
	on("PUT /settings/organisation", p.changeOrganisation)
	on("GET "+auditPath, p.audit)
	p.downloadRoutes(on)
	p.exportRoutes(on)
	on("GET "+takeOverPath, p.takeOverForm)
	on("POST "+takeOverPath, p.takeOver)
	on("GET "+featuresPath, p.features)
	on("PUT "+featuresPath, p.useFeatures)

	on("GET "+nudgesPath, p.nudges)
	on("PUT "+nudgesPath, p.silence)
	on("GET "+nudgesPath+"/{nudge}", p.nudgeForm)
	on("PUT "+nudgesPath+"/{nudge}", p.changeNudge)
	on("DELETE "+nudgesPath+"/{nudge}", p.resetNudge)

	p.pagerRoutes(on)
	p.keyRoutes(on)
	p.webhookRoutes(on)
	p.slackRoutes(on)
	p.announcementRoutes(on)
	p.referenceRoutes(on)
	p.slackInviteRoutes(on)

	on("GET /me/subscriptions", p.subscriptionsPart)
	on("POST /me/subscriptions", p.subscribe)
	on("PUT /me/subscriptions/pace", p.setPace)
	on("PUT /me/subscriptions/{subscription}", p.adjustSubscription)
	on("DELETE /me/subscriptions/{subscription}", p.adjustSubscription)
	on("GET /settings/notifications", p.notifications)
	on("PUT /settings/notifications", p.prefer)
	on("POST /settings/notifications/test", p.tryNotifications)
	on("POST /me/devices", p.subscribeDevice)
	on("DELETE /me/devices", p.unsubscribeDevice)
}

// PublicRoutes registers what works for whoever holds an address that Muster wrote, without a session.
func (p *Pages) PublicRoutes(mux *http.ServeMux) {
	mux.Handle("GET /mail/end", p.Frame.Handle(p.askToEndMails))
	mux.Handle("POST /mail/end", p.Frame.Handle(p.endMails))
}

// section is one page of the settings and who may see it; no permission means everybody.
type section struct {
	Name, Label, Icon string
	needs             authz.Permission
	// Group is the heading under which it stands, About what it is for.
	Group, About string
}

func (s section) href() string { return "/settings/" + s.Name }

const (
	groupIncidents    = "Incidents"
	groupIntegrations = "Integrations"
	groupDevelopers   = "Developers"
	groupSecurity     = "Security and data"
	groupOrganisation = "Organisation"
	groupYours        = "Yours"
)

var sections = []section{
	{"severities", "Severities", "trending-up", authz.UpdateOrganisation, groupIncidents, "How bad an incident is"},
	{"statuses", "Statuses", "activity", authz.UpdateLifecycles, groupIncidents, "The steps that it goes through"},
	{"roles", "Roles", "user", authz.UpdateOrganisation, groupIncidents, "Who does what in it"},
	{"types", "Types", "layers", authz.UpdateOrganisation, groupIncidents, "Kinds of incidents that differ in what they ask"},
	{"fields", "Fields", "list", authz.UpdateOrganisation, groupIncidents, "What else you want to know of each"},
	{"forms", "Forms", "list-checks", authz.UpdateOrganisation, groupIncidents, "What is asked when, and what is needed"},
	{"timestamps", "Timestamps", "clock", authz.UpdateLifecycles, groupIncidents, "When things happened, and how long they took"},
	{"follow-up-priorities", "Follow-ups", "flag", authz.UpdateOrganisation, groupIncidents, "How soon what is left to do matters"},
	{"nudges", "Nudges", "bell", authz.UpdateOrganisation, groupIncidents, "Reminders in the room"},
	{"reactions", "Reactions", "smile-plus", authz.UpdateOrganisation, groupIncidents, "What an emoji under a message does"},
	{"slack", "Slack", "hash", authz.UpdateOrganisation, groupIntegrations, "Incident channels, commands and sign-in"},
	{"pagers", "Pagers", "phone-call", authz.UpdateOrganisation, groupIntegrations, "The pager that you have"},
	{"webhooks", "Webhooks", "webhook", authz.UpdateOrganisation, groupDevelopers, "Programs of yours that are told what happens"},
	{"api-keys", "API keys", "key", authz.ViewAPIKeys, groupDevelopers, "With which programs use Muster"},
	{"api-reference", "API reference", "file-text", authz.ViewAPIKeys, groupDevelopers, "What programs can do with Muster"},
	{"ip-allowlist", "IP allow-list", "shield", authz.UpdateSecurity, groupSecurity, "From where programs may use the API"},
	{"audit", "Audit log", "history", authz.ViewAudit, groupSecurity, "Who changed what, and when"},
	{"export", "Export", "download", authz.ManageOwners, groupSecurity, "Everything that you have here, in files"},
	{"organisation", "Organisation", "settings-2", authz.UpdateOrganisation, groupOrganisation, "Its name and time zone"},
	{"features", "What we use", "sliders-horizontal", authz.UpdateOrganisation, groupOrganisation, "What is shown and what is not"},
	{"notifications", "Notifications", "bell", "", groupYours, "How Muster reaches you"},
}

// visible lists the sections that the reader may see.
func visible(r *http.Request) []section {
	viewer, _ := page.ViewerOf(r.Context())
	var shown []section
	for _, s := range sections {
		if s.needs == "" || viewer.Permissions.Has(s.needs) {
			shown = append(shown, s)
		}
	}
	return shown
}

// first lists what there is to set; who may see one section only is led there.
func (p *Pages) first(w http.ResponseWriter, r *http.Request) error {
	shown := visible(r)
	if len(shown) == 1 {
		return page.Go(w, r, shown[0].href())
	}
	return p.Frame.Show(w, r, page.Page{Title: "Settings", Section: "settings", Content: index(shown)})
}

// show answers with a section beside the list of all.
func (p *Pages) show(w http.ResponseWriter, r *http.Request, status int, name, title string, content templ.Component) error {
	return p.Frame.ShowAs(w, r, status, page.Page{
		Title: title + " · Settings", Section: "settings", Content: shell(visible(r), name, content),
	})
}

// form answers with a form: alone for the dialog of the page that is open, else as a page of its own.
func (p *Pages) form(w http.ResponseWriter, r *http.Request, status int, v formView) error {
	if page.Quiet(r) {
		return page.Part(w, r, status, formDialog(v))
	}
	return p.Frame.ShowAs(w, r, status, page.Page{Title: v.Title, Section: "settings", Look: "app--form", Content: formPage(v)})
}
