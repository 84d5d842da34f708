package settings

import (
	"context"
	"net/http"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// typeList is the organisation's types of incidents.
type typeList struct{ p *Pages }

func (l typeList) about() about {
	return about{
		name: "types", title: "Types", one: "type", a: "a type", permits: authz.UpdateOrganisation, uses: l.p.usesOf(incident.TypeNoun), moves: incidentsMove,
		lead: "Kinds of incidents that ask for different things. With one type nobody ever sees the word; add a second when a form needs to differ.",
	}
}

func (l typeList) groups(ctx context.Context) ([]group, error) {
	all, err := l.p.Incidents.Types(ctx)
	if err != nil {
		return nil, err
	}
	g := group{}
	for _, t := range all {
		e := entry{
			ID: t.ID, Name: t.Name, Text: t.Description, Version: t.Version, MayArchive: !t.Default, Mark: ui.Icon("layers"),
			values: map[string]string{"name": t.Name, "description": t.Description, "triage": "", "private": ""},
			Also:   []ui.MenuItem{{Label: "Its forms", Icon: "list-checks", Href: "/settings/forms?type=" + string(t.ID)}},
		}
		if t.CreateInTriage == incident.TriageAlways {
			e.values["triage"] = "on"
		}
		if t.PrivateOnly {
			e.values["private"] = "on"
		}
		if t.Default {
			e.Short = "default"
		} else {
			e.Also = append(e.Also, ui.MenuItem{Label: "Make it the default", Icon: "check", Href: "/settings/types/" + string(t.ID) + "/default", Method: http.MethodPut})
		}
		g.Entries = append(g.Entries, e)
	}
	return ends([]group{g}), nil
}

func (typeList) fields(_ context.Context, form *page.Form) ([]field, error) {
	return []field{
		name(form, "Security"),
		{Long: true, FieldView: ui.FieldView{
			ID: "setting-description", Name: "description", Label: "Meaning", Value: form.Value("description"), Error: form.Error("description"), Rows: 2, Max: 2000,
			Hint: "Which incidents are of this type? Shown beside the choice.",
		}},
		{Switch: true, FieldView: ui.FieldView{Name: "triage", Label: "Always begins in triage", Hint: "Somebody has to accept it first.", Value: form.Value("triage")}},
		{Switch: true, FieldView: ui.FieldView{Name: "private", Label: "Always private", Hint: "Only those who are in it see that it exists.", Value: form.Value("private")}},
	}, nil
}

func triage(form *page.Form) string {
	if form.Value("triage") == "on" {
		return incident.TriageAlways
	}
	return incident.TriageOptional
}

func (l typeList) create(ctx context.Context, form *page.Form) error {
	_, err := l.p.Incidents.CreateType(ctx, incident.CreateType{
		Name: form.Value("name"), Description: form.Value("description"), CreateInTriage: triage(form), PrivateOnly: form.Value("private") == "on",
	})
	return err
}

func (l typeList) edit(ctx context.Context, entry id.ID, version int32, form *page.Form) error {
	_, err := l.p.Incidents.EditType(ctx, incident.EditType{
		ID: entry, Name: form.Value("name"), Description: form.Value("description"), CreateInTriage: triage(form), PrivateOnly: form.Value("private") == "on", Version: version,
	})
	return err
}

func (l typeList) order(ctx context.Context, _ string, ids []id.ID) error {
	_, err := l.p.Incidents.OrderTypes(ctx, incident.OrderTypes{IDs: ids})
	return err
}

func (l typeList) archive(ctx context.Context, entry, replacement id.ID) error {
	_, err := l.p.Incidents.ArchiveType(ctx, incident.ArchiveType{ID: entry, Replacement: replacement})
	return err
}

func (p *Pages) makeDefault(w http.ResponseWriter, r *http.Request) error {
	if _, err := p.Incidents.SetDefaultType(r.Context(), incident.SetDefaultType{ID: id.ID(r.PathValue("entry"))}); err != nil {
		return err
	}
	return page.Done(w, r, "/settings/types", "It is the default now")
}
