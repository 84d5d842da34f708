package settings

import (
	"context"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// statusList is the organisation's statuses by category.
type statusList struct{ p *Pages }

func (l statusList) about() about {
	return about{
		name: "statuses", title: "Statuses", one: "status", a: "a status", uses: l.p.usesOf(incident.StatusNoun), moves: incidentsMove, permits: authz.UpdateLifecycles,
		lead: "The steps that an incident goes through, in their order.",
	}
}

// configurable lists the categories whose statuses an organisation chooses, and what they mean.
var configurable = []struct {
	category incident.Category
	hint     string
}{
	{incident.CategoryLive, "Somebody is working on the problem itself."},
	{incident.CategoryLearning, "The problem is over, and you learn from it."},
	{incident.CategoryClosed, "Nothing is left to do."},
}

func (l statusList) groups(ctx context.Context) ([]group, error) {
	all, err := l.p.Incidents.Statuses(ctx)
	if err != nil {
		return nil, err
	}
	var groups []group
	shown := map[incident.Category]bool{}
	for _, c := range configurable {
		shown[c.category] = true
		g := group{Key: string(c.category), Title: c.category.Label(), Hint: c.hint}
		for _, s := range all {
			if s.Category == c.category {
				g.Entries = append(g.Entries, statusEntry(s, len(g.Entries)+1))
			}
		}
		for n := range g.Entries {
			g.Entries[n].MayArchive = len(g.Entries) > 1
		}
		groups = append(groups, g)
	}
	fixed := group{Title: "Built in", Hint: "These come with Muster and mean the same everywhere.", Fixed: true}
	for _, s := range all {
		if !shown[s.Category] {
			fixed.Entries = append(fixed.Entries, statusEntry(s, 1))
		}
	}
	return ends(append(groups, fixed)), nil
}

func statusEntry(s incident.Status, step int) entry {
	return entry{
		ID: s.ID, Name: s.Name, Text: s.Description, Version: s.Version,
		Mark:   ui.StatusMark(ui.StatusView{Name: s.Name, Category: string(s.Category), Step: step}),
		values: map[string]string{"name": s.Name, "description": s.Description},
	}
}

func (statusList) fields(_ context.Context, form *page.Form) ([]field, error) {
	return []field{
		name(form, "Waiting for a partner"),
		{Long: true, FieldView: ui.FieldView{
			ID: "setting-description", Name: "description", Label: "Meaning", Value: form.Value("description"), Error: form.Error("description"), Rows: 3, Max: 2000,
			Hint: "When is an incident in it? Shown beside the choice.",
		}},
	}, nil
}

func (l statusList) create(ctx context.Context, form *page.Form) error {
	_, err := l.p.Incidents.CreateStatus(ctx, incident.CreateStatus{Category: incident.Category(form.Value("group")), Name: form.Value("name"), Description: form.Value("description")})
	return err
}

func (l statusList) edit(ctx context.Context, entry id.ID, version int32, form *page.Form) error {
	_, err := l.p.Incidents.EditStatus(ctx, incident.EditStatus{ID: entry, Name: form.Value("name"), Description: form.Value("description"), Version: version})
	return err
}

func (l statusList) order(ctx context.Context, group string, ids []id.ID) error {
	_, err := l.p.Incidents.OrderStatuses(ctx, incident.OrderStatuses{Category: incident.Category(group), IDs: ids})
	return err
}

func (l statusList) archive(ctx context.Context, entry, replacement id.ID) error {
	_, err := l.p.Incidents.ArchiveStatus(ctx, incident.ArchiveStatus{ID: entry, Replacement: replacement})
	return err
}
