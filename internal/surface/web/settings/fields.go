package settings

import (
	"context"
	"slices"
	"strings"

	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/workspace"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// fieldList is the organisation's custom fields.
type fieldList struct{ p *Pages }

func (l fieldList) about() about {
	return about{
		name: "fields", title: "Fields", one: "field", a: "a field", permits: authz.UpdateOrganisation, uses: l.p.usesOf(incident.FieldNoun),
		lead: "What you want to know of an incident besides its name, severity and status. Ask for little: each field is filled in by somebody in a hurry.",
		also: &ui.ButtonView{Label: "Forms", Icon: "list-checks", Href: "/settings/forms"},
	}
}

func (l fieldList) groups(ctx context.Context) ([]group, error) {
	all, err := l.p.Forms.Fields(ctx)
	if err != nil {
		return nil, err
	}
	g := group{}
	for _, f := range all {
		e := entry{
			ID: f.ID, Name: f.Name, Text: f.Type.Label(), Version: f.Version, MayArchive: true, Mark: ui.Icon("list"),
			values: map[string]string{"name": f.Name, "description": f.Description, "placeholder": f.Placeholder, "version": "", "announced": ""},
		}
		if f.Announced {
			e.values["announced"] = "on"
		}
		if f.Type.Chosen() {
			var names []string
			for _, o := range f.InUse() {
				names = append(names, o.Value)
			}
			e.Text += ": " + strings.Join(names, ", ")
			e.Also = []ui.MenuItem{{Label: "Options", Icon: "list-checks", Href: "/settings/options#group-" + string(f.ID)}}
		}
		g.Entries = append(g.Entries, e)
	}
	return ends([]group{g}), nil
}

// requireds are how much a field can be needed.
var requireds = []ui.Option{
	{Value: string(form.Never), Label: "Never"}, {Value: string(form.BeforeResolution), Label: "Before it ends"}, {Value: string(form.Always), Label: "Always"},
}

// announces reports whether there is a chat platform in which incidents can be announced.
func (l fieldList) announces(ctx context.Context) (bool, error) {
	all, err := l.p.Workspaces.All(ctx)
	return slices.ContainsFunc(all, func(w workspace.Workspace) bool { return w.State == workspace.Active }), err
}

func (l fieldList) fields(ctx context.Context, f *page.Form) ([]field, error) {
	announces, err := l.announces(ctx)
	if err != nil {
		return nil, err
	}
	fields := []field{name(f, "Affected area")}
	fresh := !f.Has("version")
	if fresh {
		var types []ui.Option
		for _, t := range form.FieldTypes() {
			types = append(types, ui.Option{Value: string(t), Label: t.Label(), Chosen: f.Value("field_type") == string(t)})
		}
		fields = append(
			fields,
			field{Options: types, FieldView: ui.FieldView{ID: "setting-type", Name: "field_type", Label: "What is the answer?", Error: f.Error("field_type"), Hint: "This cannot be changed later."}},
			field{Long: true, FieldView: ui.FieldView{ID: "setting-options", Name: "options", Label: "Options", Value: f.Value("options"), Error: f.Error("options"), Rows: 4, Hint: "For one or several of options: each on a line of its own."}},
		)
	}
	fields = append(
		fields,
		field{Long: true, FieldView: ui.FieldView{ID: "setting-description", Name: "description", Label: "Help", Value: f.Value("description"), Error: f.Error("description"), Rows: 2, Max: 2000, Hint: "Shown under the question."}},
		field{FieldView: ui.FieldView{ID: "setting-placeholder", Name: "placeholder", Label: "Example", Value: f.Value("placeholder"), Error: f.Error("placeholder"), Max: 200, Hint: "Shown where nothing is written yet."}},
	)
	if fresh {
		required := make([]ui.Option, len(requireds))
		for n, o := range requireds {
			o.Chosen = o.Value == f.Value("required")
			required[n] = o
		}
		fields = append(fields, field{Options: required, FieldView: ui.FieldView{ID: "setting-required", Name: "required", Label: "Is it needed?"}})
		for _, m := range form.Moments() {
			on := f.Value("at_" + string(m))
			if !f.Has("name") && m == form.Declare {
				on = "on"
			}
			fields = append(fields, field{Switch: true, FieldView: ui.FieldView{Name: "at_" + string(m), Label: "Ask " + lower(m.Label()), Value: on}})
		}
	}
	if announces {
		fields = append(fields, field{Switch: true, FieldView: ui.FieldView{Name: "announced", Label: "Tell it in announcements", Hint: "Where incidents are announced in Slack.", Value: f.Value("announced")}})
	}
	return fields, nil
}

func lower(words string) string { return strings.ToLower(words[:1]) + words[1:] }

func (l fieldList) create(ctx context.Context, f *page.Form) error {
	cmd := form.CreateField{
		Name: f.Value("name"), Description: f.Value("description"), Placeholder: f.Value("placeholder"), Type: form.FieldType(f.Value("field_type")), At: map[form.Moment]form.Required{},
		Announced: f.Value("announced") == "on",
	}
	if cmd.Type.Chosen() {
		for _, line := range strings.Split(f.Value("options"), "\n") {
			if line = strings.TrimSpace(line); line != "" {
				cmd.Options = append(cmd.Options, line)
			}
		}
		if len(cmd.Options) == 0 {
			return problem.Field("options", "is_required", "Give it at least one option, each on a line of its own.")
		}
	}
	for _, m := range form.Moments() {
		if f.Value("at_"+string(m)) == "on" {
			cmd.At[m] = form.Required(f.Value("required"))
		}
	}
	_, err := l.p.Forms.CreateField(ctx, cmd)
	return err
}

func (l fieldList) edit(ctx context.Context, entry id.ID, version int32, f *page.Form) error {
	cmd := form.EditField{ID: entry, Name: f.Value("name"), Description: f.Value("description"), Placeholder: new(f.Value("placeholder")), Version: version}
	switch announces, err := l.announces(ctx); {
	case err != nil:
		return err
	case announces:
		cmd.Announced = new(f.Value("announced") == "on")
	}
	return l.p.Forms.EditField(ctx, cmd)
}

func (l fieldList) order(ctx context.Context, _ string, ids []id.ID) error {
	return l.p.Forms.OrderFields(ctx, form.OrderFields{IDs: ids})
}

func (l fieldList) archive(ctx context.Context, entry, _ id.ID) error {
	return l.p.Forms.ArchiveField(ctx, form.ArchiveField{ID: entry, FromForms: true})
}

// optionList is the options of all fields that are chosen from, a group for each.
type optionList struct{ p *Pages }

func (l optionList) about() about {
	return about{
		name: "options", title: "Options", one: "option", a: "an option", permits: authz.UpdateOrganisation, uses: l.p.usesOf(incident.OptionNoun), moves: incidentsMove, within: "fields",
		lead: "What can be chosen in each field. An option that is renamed is renamed in every incident that has it.",
		also: &ui.ButtonView{Label: "Fields", Icon: "arrow-left", Href: "/settings/fields"},
	}
}

func (l optionList) groups(ctx context.Context) ([]group, error) {
	all, err := l.p.Forms.Fields(ctx)
	if err != nil {
		return nil, err
	}
	var groups []group
	for _, f := range all {
		if !f.Type.Chosen() {
			continue
		}
		g := group{Key: string(f.ID), Title: f.Name, Hint: f.Type.Label() + "."}
		for _, o := range f.InUse() {
			g.Entries = append(g.Entries, entry{
				ID: o.ID, Name: o.Value, Version: 1, MayArchive: len(f.InUse()) > 1, Mark: ui.Icon("check"), values: map[string]string{"name": o.Value}, Bare: true,
			})
		}
		groups = append(groups, g)
	}
	return ends(groups), nil
}

func (optionList) fields(_ context.Context, f *page.Form) ([]field, error) {
	one := name(f, "Payments")
	one.Max = 200
	if wrong := f.Error("value"); wrong != "" {
		one.Error = wrong
	}
	return []field{one}, nil
}

func (l optionList) create(ctx context.Context, f *page.Form) error {
	_, err := l.p.Forms.CreateOption(ctx, form.CreateOption{Field: id.ID(f.Value("group")), Value: f.Value("name")})
	return err
}

func (l optionList) edit(ctx context.Context, entry id.ID, _ int32, f *page.Form) error {
	return l.p.Forms.EditOption(ctx, form.EditOption{ID: entry, Value: f.Value("name")})
}

func (l optionList) order(ctx context.Context, group string, ids []id.ID) error {
	return l.p.Forms.OrderOptions(ctx, form.OrderOptions{Field: id.ID(group), IDs: ids})
}

func (l optionList) archive(ctx context.Context, entry, replacement id.ID) error {
	return l.p.Forms.ArchiveOption(ctx, form.ArchiveOption{ID: entry, Replacement: replacement})
}
