package settings

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/musterhq/muster/internal/domain/channel"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

const slackInvitesPath = slackChannelsPath + "/invitations"

// slackInviteView is one rule about who is invited, in words.
type slackInviteView struct {
	ID, When, People string
	On               bool
}

func (v slackInviteView) at() string { return slackInvitesPath + "/" + v.ID }

func (v slackInviteView) menu() []ui.MenuItem {
	power := ui.MenuItem{Label: "Switch off", Icon: "bell-off", Href: v.at() + "/enabled", Method: http.MethodDelete}
	if !v.On {
		power = ui.MenuItem{Label: "Switch on", Icon: "bell", Href: v.at() + "/enabled", Method: http.MethodPut}
	}
	return []ui.MenuItem{
		{Label: "Edit", Icon: "pencil", Href: v.at()},
		power,
		{Label: "Archive", Icon: "trash-2", Href: v.at(), Method: http.MethodDelete, Danger: true, Apart: true},
	}
}

// slackInviteFormView is the form of a rule.
type slackInviteFormView struct {
	Title, Action, Method, Save string
	Form                        *page.Form
	When                        [2][2][]ui.Option
	People                      [][]ui.Option
}

// slackInviteRoutes registers the rules, for those who may.
func (p *Pages) slackInviteRoutes(on func(string, page.Handler)) {
	guarded := func(pattern string, handle page.Handler) {
		on(pattern, func(w http.ResponseWriter, r *http.Request) error {
			if _, err := tenant.Require(r.Context(), authz.UpdateOrganisation); err != nil {
				return err
			}
			return handle(w, r)
		})
	}
	guarded("GET "+slackInvitesPath, p.slackInvitesPart)
	guarded("GET "+slackInvitesPath+"/new", p.editSlackInvite)
	guarded("POST "+slackInvitesPath, p.saveSlackInvite)
	guarded("GET "+slackInvitesPath+"/{rule}", p.editSlackInvite)
	guarded("PUT "+slackInvitesPath+"/{rule}", p.saveSlackInvite)
	guarded("DELETE "+slackInvitesPath+"/{rule}", p.archiveSlackInvite)
	guarded("PUT "+slackInvitesPath+"/{rule}/enabled", p.switchSlackInvite)
	guarded("DELETE "+slackInvitesPath+"/{rule}/enabled", p.switchSlackInvite)
}

// slackInvites reads the rules in words.
func (p *Pages) slackInvites(ctx context.Context) ([]slackInviteView, error) {
	rules, err := p.Channels.InviteRules(ctx)
	if err != nil || len(rules) == 0 {
		return nil, err
	}
	words, err := p.announcementConditions(ctx)
	if err != nil {
		return nil, err
	}
	var all []id.ID
	for _, rule := range rules {
		all = append(all, rule.People...)
	}
	people, err := p.Users.ByID(ctx, all...)
	if err != nil {
		return nil, err
	}
	var views []slackInviteView
	for _, rule := range rules {
		v := slackInviteView{ID: string(rule.ID), When: "Every incident", On: rule.Enabled}
		if len(rule.Conditions) > 0 {
			v.When = "When " + worded(rule.Conditions, words)
		}
		var names []string
		for _, person := range rule.People {
			name := people[person].Name
			if people[person].State != user.StateActive {
				name += " (not here any more)"
			}
			names = append(names, name)
		}
		v.People = strings.Join(names, ", ")
		views = append(views, v)
	}
	return views, nil
}

// slackInvitesPart is the list alone, for a page that is open.
func (p *Pages) slackInvitesPart(w http.ResponseWriter, r *http.Request) error {
	if !page.Quiet(r) {
		http.Redirect(w, r, slackChannelsPath+"#invitations", http.StatusSeeOther)
		return nil
	}
	rules, err := p.slackInvites(r.Context())
	if err != nil {
		return err
	}
	return page.Part(w, r, http.StatusOK, slackInviteRules(rules))
}

// slackInvite finds the rule of an address; the zero value for a new one.
func (p *Pages) slackInvite(r *http.Request) (channel.InviteRule, error) {
	wanted := id.ID(r.PathValue("rule"))
	if wanted.Empty() {
		return channel.InviteRule{Enabled: true}, nil
	}
	rules, err := p.Channels.InviteRules(r.Context())
	if err != nil {
		return channel.InviteRule{}, err
	}
	for _, rule := range rules {
		if rule.ID == wanted {
			return rule, nil
		}
	}
	return channel.InviteRule{}, problem.Missing("invite rule")
}

func (p *Pages) editSlackInvite(w http.ResponseWriter, r *http.Request) error {
	rule, err := p.slackInvite(r)
	if err != nil {
		return err
	}
	values := map[string]string{"version": strconv.Itoa(int(rule.Version))}
	if rule.Enabled {
		values["enabled"] = "on"
	}
	for n, person := range rule.People {
		values[personField(n)] = string(person)
	}
	for g, group := range rule.Conditions {
		for c, condition := range group {
			values[fmt.Sprintf("when.%d.%d", g, c)] = conditionValue(condition)
		}
	}
	return p.showSlackInvite(w, r, http.StatusOK, rule, page.NewForm(values))
}

// mostChosen is how many people the form takes, mostOffered how many it offers.
const (
	mostChosen  = 20
	mostOffered = 250
)

func personField(n int) string { return fmt.Sprintf("person.%d", n) }

func (p *Pages) showSlackInvite(w http.ResponseWriter, r *http.Request, status int, rule channel.InviteRule, f *page.Form) error {
	words, err := p.announcementConditions(r.Context())
	if err != nil {
		return err
	}
	people, err := p.Users.List(r.Context(), user.List{State: user.StateActive, Count: mostOffered})
	if err != nil {
		return err
	}
	v := slackInviteFormView{Title: "Who is invited", Action: slackInvitesPath + "/" + string(rule.ID), Method: http.MethodPut, Save: "Save", Form: f}
	if rule.ID.Empty() {
		v.Title, v.Action, v.Method, v.Save = "Invite people", slackInvitesPath, "", "Invite"
	}
	for g := range v.When {
		for c := range v.When[g] {
			v.When[g][c] = chosen(words, f.Value(fmt.Sprintf("when.%d.%d", g, c)))
		}
	}
	named := 0
	for n := range mostChosen {
		if f.Value(personField(n)) != "" {
			named = n + 1
		}
	}
	for n := range min(max(named+spare, fewest), mostChosen) {
		options := []ui.Option{{Value: "", Label: "Nobody"}}
		for _, one := range people.Users {
			options = append(options, ui.Option{Value: string(one.ID), Label: one.Name, Chosen: string(one.ID) == f.Value(personField(n))})
		}
		v.People = append(v.People, options)
	}
	return p.show(w, r, status, "slack", v.Title, slackInviteFormPage(v))
}

func (p *Pages) saveSlackInvite(w http.ResponseWriter, r *http.Request) error {
	rule, err := p.slackInvite(r)
	if err != nil {
		return err
	}
	return page.Submit(w, r, func(f *page.Form) (string, string, error) {
		cmd := channel.SaveInviteRule{
			Rule: rule.ID, Conditions: readGroups(f, "when"), Enabled: f.Value("enabled") != "", Version: int32(number(f.Value("version"))), //nolint:gosec // compared alone
		}
		for n := range mostChosen {
			if person := id.ID(f.Value(personField(n))); !person.Empty() {
				cmd.People = append(cmd.People, person)
			}
		}
		return slackChannelsPath + "#invitations", "Saved", p.Channels.SaveInviteRule(r.Context(), cmd)
	}, func(status int, f *page.Form, _ error) error { return p.showSlackInvite(w, r, status, rule, f) })
}

func (p *Pages) archiveSlackInvite(w http.ResponseWriter, r *http.Request) error {
	if err := p.Channels.ArchiveInviteRule(r.Context(), id.ID(r.PathValue("rule"))); err != nil {
		return err
	}
	return page.Done(w, r, slackChannelsPath+"#invitations", "The rule is archived")
}

func (p *Pages) switchSlackInvite(w http.ResponseWriter, r *http.Request) error {
	rule, err := p.slackInvite(r)
	if err != nil {
		return err
	}
	on, words := r.Method == http.MethodPut, "The rule is off"
	if on {
		words = "The rule is on"
	}
	cmd := channel.SaveInviteRule{Rule: rule.ID, Conditions: rule.Conditions, People: rule.People, Enabled: on, Version: rule.Version}
	if err := p.Channels.SaveInviteRule(r.Context(), cmd); err != nil {
		return err
	}
	return page.Done(w, r, slackChannelsPath+"#invitations", words)
}
