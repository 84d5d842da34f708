package settings

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/domain/announcement"
	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

const announcementsPath = "/settings/announcements"

// announcementsView is the list of the rules.
type announcementsView struct {
	Rules []announcementRuleView
	// Connected says that there is a workspace to post in.
	Connected bool
}

// announcementRuleView is one rule in words.
type announcementRuleView struct {
	ID, Name, When, Places, Then string
	// Shut names the channels that take no posts.
	Shut            string
	On, First, Last bool
}

func (r announcementRuleView) at() string { return announcementsPath + "/" + r.ID }

func (r announcementRuleView) menu() []ui.MenuItem {
	power := ui.MenuItem{Label: "Switch off", Icon: "bell-off", Href: r.at() + "/enabled", Method: http.MethodDelete}
	if !r.On {
		power = ui.MenuItem{Label: "Switch on", Icon: "bell", Href: r.at() + "/enabled", Method: http.MethodPut}
	}
	return []ui.MenuItem{
		{Label: "Edit", Icon: "pencil", Href: r.at()},
		power,
		{Label: "Archive", Icon: "trash-2", Href: r.at(), Method: http.MethodDelete, Danger: true, Apart: true},
	}
}

// announcementFormView is the form of a rule.
type announcementFormView struct {
	Title, Action, Method, Save string
	// Shut says which channels take no posts, and what can be done; Again is where they are tried.
	Shut  []shutView
	Again string
	Form  *page.Form
	When  [2][2][]ui.Option
	// Places are the fields for channels, Listed the names to choose from; Partial says that Slack did not name them all.
	Places  []ui.FieldView
	Listed  []string
	Partial bool
	Modes   ui.ChoiceView
	Then    ui.ChoiceView
	Preview *announcementPreviewView
}

// shutView is a channel that takes no posts.
type shutView struct{ Says, Do, Since string }

// shut words why a channel takes no posts, and what somebody can do about it.
func shut(name string, refusal announcement.Refusal, zone *time.Location) shutView {
	v := shutView{Since: refusal.Since.In(zone).Format("2 Jan, 15:04")}
	switch refusal.Reason {
	case announcement.Outside:
		v.Says, v.Do = "Muster is not in #"+name+" and cannot join by itself.", "Invite it there: type /invite @Muster in the channel."
	case announcement.Hidden:
		v.Says, v.Do = "Slack shows Muster no channel #"+name+": it is private, or deleted.", "Invite Muster there with /invite @Muster, or choose another channel."
	case announcement.Restricted:
		v.Says, v.Do = "In #"+name+" only some may post.", "Let Muster post there, under the channel's settings in Slack, or choose another channel."
	case announcement.Archived:
		v.Says, v.Do = "#"+name+" is archived.", "Unarchive it in Slack, or choose another channel."
	default:
		v.Says, v.Do = "Slack refused a post in #"+name+".", "Choose another channel, or try again."
		if refusal.Reason != "" {
			v.Says = "Slack refused a post in #" + name + " (" + string(refusal.Reason) + ")."
		}
	}
	return v
}

// announcementPreviewView is what a rule would have announced.
type announcementPreviewView struct {
	Says string
	Past []announcedView
	More int
}

// announcedView is one incident of a preview.
type announcedView struct{ Reference, Name, When string }

// announcementRoutes registers the rules, for those who may.
func (p *Pages) announcementRoutes(on func(string, page.Handler)) {
	guarded := func(pattern string, handle page.Handler) {
		on(pattern, func(w http.ResponseWriter, r *http.Request) error {
			if _, err := tenant.Require(r.Context(), authz.UpdateOrganisation); err != nil {
				return err
			}
			return handle(w, r)
		})
	}
	guarded("GET "+announcementsPath, p.announcements)
	guarded("PUT "+announcementsPath+"/order", p.orderAnnouncements)
	guarded("GET "+announcementsPath+"/new", p.newAnnouncement)
	guarded("POST "+announcementsPath, p.saveAnnouncement)
	guarded("GET "+announcementsPath+"/{rule}", p.editAnnouncement)
	guarded("PUT "+announcementsPath+"/{rule}", p.saveAnnouncement)
	guarded("DELETE "+announcementsPath+"/{rule}", p.archiveAnnouncement)
	guarded("POST "+announcementsPath+"/{rule}/again", p.tryAnnouncement)
	guarded("PUT "+announcementsPath+"/{rule}/enabled", p.switchAnnouncement)
	guarded("DELETE "+announcementsPath+"/{rule}/enabled", p.switchAnnouncement)
}

var (
	modeNames = map[announcement.Mode]string{
		announcement.Post: "One post, kept up to date", announcement.Thread: "Each update in its thread too", announcement.Broadcast: "Each update in the thread and in the channel",
	}
	modeHints = map[announcement.Mode]string{
		announcement.Post:      "The post says where the incident stands and is edited in place. Nobody is notified of edits.",
		announcement.Thread:    "Those who follow the thread are notified of each update.",
		announcement.Broadcast: "Everybody in the channel sees each update. For channels that are there for it.",
	}
	modeTold = map[announcement.Mode]string{
		announcement.Post: "One post", announcement.Thread: "A post with updates in its thread", announcement.Broadcast: "A post, and updates in the channel",
	}
)

func (p *Pages) announcements(w http.ResponseWriter, r *http.Request) error {
	rules, err := p.Announcements.Rules(r.Context())
	if err != nil {
		return err
	}
	words, err := p.announcementConditions(r.Context())
	if err != nil {
		return err
	}
	workspaces, err := p.Workspaces.All(r.Context())
	if err != nil {
		return err
	}
	refusals, err := p.Announcements.Refusals(r.Context())
	if err != nil {
		return err
	}
	v := announcementsView{Connected: len(workspaces) > 0}
	for n, rule := range rules {
		one := announcementRuleView{
			ID: string(rule.ID), Name: rule.Name, When: "Every incident", Then: modeTold[rule.Mode], On: rule.Enabled, First: n == 0, Last: n == len(rules)-1,
		}
		if len(rule.Conditions) > 0 {
			one.When = "When " + worded(rule.Conditions, words)
		}
		for _, place := range rule.Places {
			one.Places += " #" + place.Name
			if _, refused := refusals[place.ID]; refused && rule.Enabled {
				one.Shut += " #" + place.Name
			}
		}
		if rule.Unmatched == announcement.Remove {
			one.Then += "; removed when the rule matches no more"
		}
		v.Rules = append(v.Rules, one)
	}
	if page.Quiet(r) {
		return page.Part(w, r, http.StatusOK, announcementRules(v))
	}
	return p.show(w, r, http.StatusOK, "slack", "Announcements", announcementsPage(v))
}

// announcementConditions lists what a rule can depend on.
func (p *Pages) announcementConditions(ctx context.Context) ([]ui.Option, error) {
	fields, err := p.Forms.Fields(ctx)
	if err != nil {
		return nil, err
	}
	all, err := p.conditions(ctx, editedForm{Form: form.Form{Moment: form.Update, Fields: fields}})
	if err != nil {
		return nil, err
	}
	types, err := p.Incidents.Types(ctx)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(o ui.Option) bool { return strings.HasPrefix(o.Value, string(form.Visibility)+"|") })
	if len(types) < 2 {
		return all, nil
	}
	for _, t := range types {
		one := form.Condition{Subject: string(form.Type), Operation: form.OneOf, Values: []string{string(t.ID)}}
		other := form.Condition{Subject: string(form.Type), Operation: form.NotOneOf, Values: one.Values}
		all = append(all, ui.Option{Value: conditionValue(one), Label: "Type is " + t.Name}, ui.Option{Value: conditionValue(other), Label: "Type is not " + t.Name})
	}
	return all, nil
}

// newAnnouncement begins with the rule that most have: what is bad, in one channel.
func (p *Pages) newAnnouncement(w http.ResponseWriter, r *http.Request) error {
	severities, err := p.Incidents.Severities(r.Context())
	if err != nil {
		return err
	}
	values := map[string]string{"mode": string(announcement.Thread), "unmatched": string(announcement.Leave), "enabled": "on"}
	if len(severities) > 1 {
		bad := severities[len(severities)/2]
		values["name"] = bad.Name + " or worse"
		values["when.0.0"] = conditionValue(form.Condition{Subject: string(form.Severity), Operation: form.AtLeast, Values: []string{string(bad.ID)}})
	}
	return p.showAnnouncement(w, r, http.StatusOK, announcement.Rule{}, page.NewForm(values), nil)
}

func (p *Pages) announcement(r *http.Request) (announcement.Rule, error) {
	wanted := id.ID(r.PathValue("rule"))
	if wanted.Empty() {
		return announcement.Rule{}, nil
	}
	rules, err := p.Announcements.Rules(r.Context())
	if err != nil {
		return announcement.Rule{}, err
	}
	for _, rule := range rules {
		if rule.ID == wanted {
			return rule, nil
		}
	}
	return announcement.Rule{}, problem.Missing("announcement rule")
}

func (p *Pages) editAnnouncement(w http.ResponseWriter, r *http.Request) error {
	rule, err := p.announcement(r)
	if err != nil {
		return err
	}
	values := map[string]string{"name": rule.Name, "mode": string(rule.Mode), "unmatched": string(rule.Unmatched), "version": strconv.Itoa(int(rule.Version))}
	if rule.Enabled {
		values["enabled"] = "on"
	}
	for n, place := range rule.Places {
		values[fmt.Sprintf("channel.%d", n)] = "#" + place.Name
	}
	for g, group := range rule.Conditions {
		for c, condition := range group {
			values[fmt.Sprintf("when.%d.%d", g, c)] = conditionValue(condition)
		}
	}
	return p.showAnnouncement(w, r, http.StatusOK, rule, page.NewForm(values), nil)
}

// spare is how many empty fields for channels there are at least, and fewest how many in all.
const (
	spare       = 1
	fewest      = 2
	mostInFront = 20
)

func (p *Pages) showAnnouncement(w http.ResponseWriter, r *http.Request, status int, rule announcement.Rule, f *page.Form, preview *announcementPreviewView) error {
	words, err := p.announcementConditions(r.Context())
	if err != nil {
		return err
	}
	places, whole, err := p.Channels.Places(r.Context())
	if err != nil {
		return err
	}
	v := announcementFormView{Title: rule.Name, Action: announcementsPath + "/" + string(rule.ID), Again: announcementsPath + "/" + string(rule.ID) + "/again", Method: http.MethodPut, Save: "Save", Form: f, Partial: !whole, Preview: preview}
	if rule.ID.Empty() {
		v.Title, v.Action, v.Method, v.Save = "Announce incidents", announcementsPath, "", "Announce"
	}
	viewer, _ := page.ViewerOf(r.Context())
	refusals, err := p.Announcements.Refusals(r.Context())
	if err != nil {
		return err
	}
	for _, place := range rule.Places {
		if refusal, refused := refusals[place.ID]; refused && rule.Enabled {
			v.Shut = append(v.Shut, shut(place.Name, refusal, viewer.Zone))
		}
	}
	for g := range v.When {
		for c := range v.When[g] {
			v.When[g][c] = chosen(words, f.Value(fmt.Sprintf("when.%d.%d", g, c)))
		}
	}
	for _, place := range places {
		v.Listed = append(v.Listed, "#"+place.Name)
	}
	named := 0
	for n := range mostInFront {
		if f.Value(fmt.Sprintf("channel.%d", n)) != "" {
			named = n + 1
		}
	}
	for n := range min(max(named+spare, fewest), mostInFront) {
		field := ui.FieldView{ID: fmt.Sprintf("channel-%d", n), Name: fmt.Sprintf("channel.%d", n), Label: fmt.Sprintf("Channel %d", n+1), Value: f.Value(fmt.Sprintf("channel.%d", n)), Placeholder: "#incidents"}
		if n == 0 {
			field.Error = f.Error("channels")
		}
		v.Places = append(v.Places, field)
	}
	v.Modes = ui.ChoiceView{Name: "mode", Label: "What is posted", Error: f.Error("mode")}
	for _, mode := range announcement.Modes() {
		v.Modes.Options = append(v.Modes.Options, ui.Option{Value: string(mode), Label: modeNames[mode], Hint: modeHints[mode], Chosen: string(mode) == f.Value("mode")})
	}
	v.Then = ui.ChoiceView{Name: "unmatched", Label: "When an incident matches no more", Error: f.Error("unmatched"), Options: []ui.Option{
		{Value: string(announcement.Leave), Label: "Its post stays", Hint: "It goes on saying how things stand, and nothing new is posted.", Chosen: f.Value("unmatched") == string(announcement.Leave)},
		{Value: string(announcement.Remove), Label: "Its post is removed", Hint: "With all that Muster said in its thread.", Chosen: f.Value("unmatched") == string(announcement.Remove)},
	}}
	return p.show(w, r, status, "slack", v.Title, announcementFormPage(v))
}

// saveAnnouncement keeps a rule, or shows what it would have announced where that is asked for.
func (p *Pages) saveAnnouncement(w http.ResponseWriter, r *http.Request) error {
	rule, err := p.announcement(r)
	if err != nil {
		return err
	}
	f, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	conditions := readGroups(f, "when")
	if f.Has("preview") {
		preview, err := p.previewAnnouncements(r, conditions)
		if err != nil {
			return err
		}
		return p.showAnnouncement(w, r, http.StatusOK, rule, f, preview)
	}
	var named []string
	for n := range mostInFront {
		named = append(named, f.Value(fmt.Sprintf("channel.%d", n)))
	}
	cmd := announcement.SaveRule{
		Rule: rule.ID, Name: f.Value("name"), Conditions: conditions, Mode: announcement.Mode(f.Value("mode")), Unmatched: announcement.Unmatched(f.Value("unmatched")),
		Enabled: f.Has("enabled"), Version: int32(number(f.Value("version"))), //nolint:gosec // compared alone
	}
	if cmd.Places, err = p.Channels.Find(r.Context(), unchanged(named, rule)); err == nil {
		_, err = p.Announcements.SaveRule(r.Context(), cmd)
	}
	if err != nil {
		if !f.Take(err) {
			return err
		}
		return p.showAnnouncement(w, r, page.Status(err), rule, f, nil)
	}
	return page.Done(w, r, announcementsPath, "Saved")
}

// unchanged names channels that the rule has already by their ids: they stay although Slack may be away, or may not show
// them.
func unchanged(named []string, rule announcement.Rule) []string {
	for n, name := range named {
		at := slices.IndexFunc(rule.Places, func(p announcement.Place) bool { return "#"+p.Name == strings.TrimSpace(name) })
		if at >= 0 {
			named[n] = rule.Places[at].ID
		}
	}
	return named
}

// mostPreviewed is how many incidents a preview names.
const mostPreviewed = 8

func (p *Pages) previewAnnouncements(r *http.Request, conditions form.Groups) (*announcementPreviewView, error) {
	preview, err := p.Announcements.Preview(r.Context(), conditions)
	if err != nil {
		return nil, err
	}
	viewer, _ := page.ViewerOf(r.Context())
	v := &announcementPreviewView{Says: fmt.Sprintf("%d of %d incidents of the last 30 days would have been announced.", len(preview.Past), preview.Of)}
	switch {
	case preview.Of == 0:
		v.Says = "There was no incident in the last 30 days that a rule could announce."
	case len(preview.Past) == 0:
		v.Says = fmt.Sprintf("None of %d incidents of the last 30 days would have been announced.", preview.Of)
	}
	for n, one := range preview.Past {
		if n == mostPreviewed {
			v.More = len(preview.Past) - n
			break
		}
		v.Past = append(v.Past, announcedView{Reference: one.Reference, Name: one.Name, When: one.DeclaredAt.In(viewer.Zone).Format("2 Jan")})
	}
	return v, nil
}

func (p *Pages) orderAnnouncements(w http.ResponseWriter, r *http.Request) error {
	f, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	rules, err := p.Announcements.Rules(r.Context())
	if err != nil {
		return err
	}
	order := make([]id.ID, len(rules))
	for n, rule := range rules {
		order[n] = rule.ID
	}
	moved := id.ID(f.Value("entry"))
	from := slices.Index(order, moved)
	if from < 0 {
		return problem.Missing("announcement rule")
	}
	to := from + 1
	if at, err := strconv.Atoi(f.Value("to")); err == nil {
		to = at
	} else if f.Value("move") == "up" {
		to = from - 1
	}
	to = min(max(to, 0), len(order)-1)
	order = slices.Insert(slices.Delete(order, from, from+1), to, moved)
	if err := p.Announcements.OrderRules(r.Context(), announcement.OrderRules{Rules: order}); err != nil {
		return err
	}
	return page.Done(w, r, announcementsPath, fmt.Sprintf("%s is now %d of %d", rules[from].Name, to+1, len(order)))
}

func (p *Pages) archiveAnnouncement(w http.ResponseWriter, r *http.Request) error {
	rule, err := p.announcement(r)
	if err != nil {
		return err
	}
	if err := p.Announcements.ArchiveRule(r.Context(), announcement.ArchiveRule{Rule: rule.ID}); err != nil {
		return err
	}
	return page.Done(w, r, announcementsPath, rule.Name+" is archived")
}

// tryAnnouncement posts again what the channels of a rule refused.
func (p *Pages) tryAnnouncement(w http.ResponseWriter, r *http.Request) error {
	rule, err := p.announcement(r)
	if err != nil {
		return err
	}
	channels := make([]string, len(rule.Places))
	for n, place := range rule.Places {
		channels[n] = place.ID
	}
	if err := p.Announcements.Reachable(r.Context(), channels...); err != nil {
		return err
	}
	return page.Done(w, r, announcementsPath, "What waits is posted again")
}

func (p *Pages) switchAnnouncement(w http.ResponseWriter, r *http.Request) error {
	rule, err := p.announcement(r)
	if err != nil {
		return err
	}
	on, words := r.Method == http.MethodPut, rule.Name+" is off"
	if on {
		words = rule.Name + " is on"
	}
	_, err = p.Announcements.SaveRule(r.Context(), announcement.SaveRule{
		Rule: rule.ID, Name: rule.Name, Conditions: rule.Conditions, Places: rule.Places, Mode: rule.Mode, Unmatched: rule.Unmatched, Enabled: on, Version: rule.Version,
	})
	if err != nil {
		return err
	}
	return page.Done(w, r, announcementsPath, words)
}
