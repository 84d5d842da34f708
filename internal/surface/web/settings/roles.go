package settings

import (
	"context"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// roleList is the organisation's roles in an incident.
type roleList struct{ p *Pages }

func (l roleList) about() about {
	return about{
		name: "roles", title: "Roles", one: "role", a: "a role", uses: l.p.usesOf(incident.RoleNoun), moves: incidentsMove, permits: authz.UpdateOrganisation,
		lead: "Who does what in an incident. Whoever is given a role gets its instructions, so write them for somebody who does it for the first time.",
	}
}

func (l roleList) groups(ctx context.Context) ([]group, error) {
	all, err := l.p.Incidents.Roles(ctx)
	if err != nil {
		return nil, err
	}
	g := group{}
	for _, r := range all {
		g.Entries = append(g.Entries, entry{
			ID: r.ID, Name: r.Name, Text: r.Description, Short: "/inc role " + r.Shortform, More: r.Instructions, Version: r.Version,
			MayArchive: r.Kind == incident.RoleCustom, Mark: ui.Icon("user"),
			values: map[string]string{"name": r.Name, "shortform": r.Shortform, "description": r.Description, "instructions": r.Instructions},
		})
	}
	return ends([]group{g}), nil
}

func (roleList) fields(_ context.Context, form *page.Form) ([]field, error) {
	return []field{
		name(form, "Communications"),
		{FieldView: ui.FieldView{
			ID: "setting-shortform", Name: "shortform", Label: "Short form", Value: form.Value("shortform"), Error: form.Error("shortform"), Max: 30, Required: true,
			Placeholder: "comms", Autocomplete: "off", Hint: "One word to type in a room: /inc role comms @Ada",
		}},
		{Long: true, FieldView: ui.FieldView{
			ID: "setting-description", Name: "description", Label: "What they do", Value: form.Value("description"), Error: form.Error("description"), Rows: 2, Max: 2000,
		}},
		{Long: true, FieldView: ui.FieldView{
			ID: "setting-instructions", Name: "instructions", Label: "Instructions", Value: form.Value("instructions"), Error: form.Error("instructions"), Rows: 5, Max: 2000,
			Hint: "Sent to whoever is given the role.",
		}},
	}, nil
}

func (l roleList) create(ctx context.Context, form *page.Form) error {
	_, err := l.p.Incidents.CreateRole(ctx, incident.CreateRole{
		Name: form.Value("name"), Shortform: form.Value("shortform"), Description: form.Value("description"), Instructions: form.Value("instructions"),
	})
	return err
}

func (l roleList) edit(ctx context.Context, entry id.ID, version int32, form *page.Form) error {
	_, err := l.p.Incidents.EditRole(ctx, incident.EditRole{
		ID: entry, Name: form.Value("name"), Shortform: form.Value("shortform"), Description: form.Value("description"), Instructions: form.Value("instructions"), Version: version,
	})
	return err
}

func (l roleList) order(ctx context.Context, _ string, ids []id.ID) error {
	_, err := l.p.Incidents.OrderRoles(ctx, incident.OrderRoles{IDs: ids})
	return err
}

func (l roleList) archive(ctx context.Context, entry, replacement id.ID) error {
	_, err := l.p.Incidents.ArchiveRole(ctx, incident.ArchiveRole{ID: entry, Replacement: replacement})
	return err
}
