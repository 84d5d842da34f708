package settings

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// auditFilter is what the log is narrowed to, and what it can be narrowed to.
type auditFilter struct {
	Who                []ui.Option
	Groups             []auditGroup
	About, From, Until string
	On                 []filterOn
	// Nowhere says that what was asked about is not there.
	Nowhere string
}

// auditGroup are the actions of one noun.
type auditGroup struct {
	Label   string
	Options []ui.Option
}

// filterOn is a filter that is on, and the address without it.
type filterOn struct{ Label, Value, Without string }

// The names of what is asked, as they stand in the address: "?who=…&what=incident.closed&about=INC-42&from=2026-03-02".
const (
	byWho   = "who"
	byWhat  = "what"
	byAbout = "about"
	byFrom  = "from"
	byUntil = "until"
)

// everyKind after a noun stands for all that is done to it: "incident.*".
const everyKind = ".*"

// auditAddress is the address of the log with one more thing set, from its newest page.
func auditAddress(query url.Values, name, value string) string {
	kept := url.Values{}
	for _, key := range []string{byWho, byWhat, byAbout, byFrom, byUntil} {
		if given := query.Get(key); given != "" && key != name {
			kept.Set(key, given)
		}
	}
	if value != "" {
		kept.Set(name, value)
	}
	if len(kept) == 0 {
		return auditPath
	}
	return auditPath + "?" + kept.Encode()
}

// auditFilter reads what is asked of the log, and offers what occurs in it.
func (p *Pages) auditFilter(ctx context.Context, query url.Values) (audit.Filter, auditFilter, error) {
	found, err := p.Audit.Choices(ctx)
	if err != nil {
		return audit.Filter{}, auditFilter{}, err
	}
	f, err := p.auditQuery(ctx, query, found.Actions)
	v := auditFilter{About: query.Get(byAbout), From: query.Get(byFrom), Until: query.Get(byUntil)}
	if problem.Is(err, problem.NotFound) {
		v.Nowhere = "There is no " + v.About + " here. A reference such as INC-12 leads to all that was changed in that incident."
		f, err = audit.Filter{Target: noSuch}, nil
	}
	if err != nil {
		return f, v, err
	}
	v.Who = actorOptions(found.Actors, query.Get(byWho))
	v.Groups = actionGroups(found.Actions, query.Get(byWhat))
	v.On = filtersOn(query, v)
	return f, v, nil
}

// noSuch is the target that nothing has.
const noSuch = id.ID("none")

// auditQuery reads the filter of an address. Days are the reader's, and the last one is included.
func (p *Pages) auditQuery(ctx context.Context, query url.Values, actions []string) (f audit.Filter, err error) {
	viewer, _ := page.ViewerOf(ctx)
	switch who := query.Get(byWho); {
	case who == string(tenant.System):
		f.ActorType = tenant.System
	default:
		f.Actor = id.ID(who)
	}
	if noun, all := strings.CutSuffix(query.Get(byWhat), everyKind); all {
		f.Actions = []string{query.Get(byWhat)} // a noun of which nothing occurs finds nothing
		for _, action := range actions {
			if strings.HasPrefix(action, noun+".") {
				f.Actions = append(f.Actions, action)
			}
		}
	} else if noun != "" {
		f.Actions = []string{noun}
	}
	if f.From, err = dayOf(query, byFrom, viewer.Zone); err != nil {
		return f, err
	}
	if f.Until, err = dayOf(query, byUntil, viewer.Zone); err != nil {
		return f, err
	}
	if !f.Until.IsZero() {
		f.Until = f.Until.AddDate(0, 0, 1)
	}
	about := strings.TrimSpace(query.Get(byAbout))
	if about == "" {
		return f, nil
	}
	f.Incident, err = p.Incidents.ByReference(ctx, about)
	if problem.Is(err, problem.NotFound) && id.ID(about).Valid() {
		f.Incident, f.Target, err = "", id.ID(about), nil
	}
	return f, err
}

func dayOf(query url.Values, name string, zone *time.Location) (time.Time, error) {
	text := query.Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil {
		return time.Time{}, problem.Field(name, "not_a_day", "%q is no day; write it like 2026-03-02.", text)
	}
	return day, nil
}

// actorOptions are who did anything: people, then keys, then Muster itself.
func actorOptions(actors []tenant.Actor, chosen string) []ui.Option {
	rank := map[tenant.ActorType]int{tenant.User: 0, tenant.APIKey: 1}
	slices.SortFunc(actors, func(a, b tenant.Actor) int {
		return cmp.Or(cmp.Compare(rank[a.Type], rank[b.Type]), cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)))
	})
	options := []ui.Option{{Label: "Anyone"}}
	for _, a := range actors {
		label := a.Name
		if a.Type == tenant.APIKey {
			label = "API key " + a.Name
		}
		options = append(options, ui.Option{Value: string(a.ID), Label: label, Chosen: string(a.ID) == chosen})
	}
	return append(options, ui.Option{Value: string(tenant.System), Label: tenant.Muster.Name, Chosen: chosen == string(tenant.System)})
}

// actionGroups are the actions that occur, in words, by what they are done to.
func actionGroups(actions []string, chosen string) []auditGroup {
	var groups []auditGroup
	for _, action := range actions {
		noun, _, _ := strings.Cut(action, ".")
		label := nounLabel(noun)
		if len(groups) == 0 || groups[len(groups)-1].Label != label {
			every := noun + everyKind
			groups = append(groups, auditGroup{Label: label, Options: []ui.Option{{Value: every, Label: "Anything: " + strings.ToLower(label), Chosen: every == chosen}}})
		}
		words, _ := sentence(action)
		last := &groups[len(groups)-1]
		last.Options = append(last.Options, ui.Option{Value: action, Label: upper(words), Chosen: action == chosen})
	}
	for n, group := range groups {
		if len(group.Options) == 2 { // anything is that one
			groups[n].Options = group.Options[1:]
		}
	}
	slices.SortStableFunc(groups, func(a, b auditGroup) int { return cmp.Compare(a.Label, b.Label) })
	return groups
}

// filtersOn are the filters that are on, each with the way without it.
func filtersOn(query url.Values, v auditFilter) []filterOn {
	var on []filterOn
	add := func(name, label, value string) {
		if query.Get(name) != "" {
			on = append(on, filterOn{Label: label, Value: value, Without: auditAddress(query, name, "")})
		}
	}
	add(byWho, "By", chosenLabel(v.Who, "somebody else"))
	what := "something else"
	for _, group := range v.Groups {
		what = chosenLabel(group.Options, what)
	}
	add(byWhat, "What", what)
	about := v.About
	if id.ID(about).Valid() {
		about = "one thing"
	}
	add(byAbout, "About", about)
	add(byFrom, "From", v.From)
	add(byUntil, "Until", v.Until)
	return on
}

func chosenLabel(options []ui.Option, otherwise string) string {
	for _, o := range options {
		if o.Chosen {
			return o.Label
		}
	}
	return otherwise
}
