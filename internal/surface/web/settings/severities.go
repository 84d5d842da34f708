package settings

import (
	"context"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// severityList is the organisation's severities.
type severityList struct{ p *Pages }

func (l severityList) about() about {
	return about{
		name: "severities", title: "Severities", one: "severity", a: "a severity", uses: l.p.usesOf(incident.SeverityNoun), moves: incidentsMove, permits: authz.UpdateOrganisation,
		lead: "How bad an incident is, the mildest first. The guideline is read by people in a hurry while they declare: say what it looks like, not what it is called.",
	}
}

func (l severityList) groups(ctx context.Context) ([]group, error) {
	all, err := l.p.Incidents.Severities(ctx)
	if err != nil {
		return nil, err
	}
	g := group{}
	for n, s := range all {
		g.Entries = append(g.Entries, entry{
			ID: s.ID, Name: s.Name, Text: s.Description, Version: s.Version, MayArchive: len(all) > 1,
			Mark:   ui.SeverityMark(ui.SeverityView{Name: s.Name, Level: ui.Level(n, len(all))}),
			values: map[string]string{"name": s.Name, "description": s.Description},
		})
	}
	return ends([]group{g}), nil
}

func (severityList) fields(_ context.Context, form *page.Form) ([]field, error) {
	return []field{
		name(form, "Critical, or what your team says"),
		{Long: true, FieldView: ui.FieldView{
			ID: "setting-description", Name: "description", Label: "Guideline", Value: form.Value("description"), Error: form.Error("description"), Rows: 4, Max: 2000,
			Hint: "When is it this one, and what is to be done then? Shown beside the choice.",
		}},
	}, nil
}

func (l severityList) create(ctx context.Context, form *page.Form) error {
	_, err := l.p.Incidents.CreateSeverity(ctx, incident.CreateSeverity{Name: form.Value("name"), Description: form.Value("description")})
	return err
}

func (l severityList) edit(ctx context.Context, entry id.ID, version int32, form *page.Form) error {
	_, err := l.p.Incidents.EditSeverity(ctx, incident.EditSeverity{ID: entry, Name: form.Value("name"), Description: form.Value("description"), Version: version})
	return err
}

func (l severityList) order(ctx context.Context, _ string, ids []id.ID) error {
	_, err := l.p.Incidents.OrderSeverities(ctx, incident.OrderSeverities{IDs: ids})
	return err
}

func (l severityList) archive(ctx context.Context, entry, replacement id.ID) error {
	_, err := l.p.Incidents.ArchiveSeverity(ctx, incident.ArchiveSeverity{ID: entry, Replacement: replacement})
	return err
}

// name is the field that every entry has.
func name(form *page.Form, placeholder string) field {
	return field{FieldView: ui.FieldView{
		ID: "setting-name", Name: "name", Label: "Name", Value: form.Value("name"), Error: form.Error("name"), Max: 50, Required: true, Autofocus: true,
		Placeholder: placeholder, Autocomplete: "off",
	}}
}

// ends marks the entries that cannot be moved further.
func ends(groups []group) []group {
	for _, g := range groups {
		if len(g.Entries) > 0 {
			g.Entries[0].First, g.Entries[len(g.Entries)-1].Last = true, true
		}
	}
	return groups
}
