package verbs

import (
	"context"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/setting"
	"github.com/musterhq/muster/internal/kernel/id"
)

// changes registers a verb on the settings that answers with nothing.
func changes(fn func(ctx context.Context, a *app.App, w *World) error) Verb {
	return Verb{Forbidden: true, Call: done(fn)}
}

// forms are the methods about custom fields and forms.
var forms = map[string]Verb{
	"Fields": lists(func(ctx context.Context, a *app.App, _ *World) ([]form.Field, error) { return a.Forms.Fields(ctx) }),
	"Field": reads(func(ctx context.Context, a *app.App, w *World) (form.Field, error) {
		return a.Forms.Field(ctx, w.Field)
	}),
	"Option": reads(func(ctx context.Context, a *app.App, w *World) (form.Option, error) {
		return a.Forms.Option(ctx, w.Options[0])
	}),
	"Askings": lists(func(ctx context.Context, a *app.App, _ *World) (map[id.ID]form.Asking, error) {
		return a.Forms.Askings(ctx)
	}),
	"Forms": reads(func(ctx context.Context, a *app.App, w *World) (map[form.Moment]form.Form, error) {
		return a.Forms.Forms(ctx, w.Type)
	}),
	"CreateField": {Stranger: Own, Forbidden: true, Call: called(func(ctx context.Context, a *app.App, _ *World) (form.Field, error) {
		return a.Forms.CreateField(ctx, form.CreateField{Name: "Customers affected", Type: form.Numeric})
	})},
	"EditField": changes(func(ctx context.Context, a *app.App, w *World) error {
		return a.Forms.EditField(ctx, form.EditField{ID: w.Field, Name: "Edited"})
	}),
	"OrderFields": changes(func(ctx context.Context, a *app.App, w *World) error {
		return a.Forms.OrderFields(ctx, form.OrderFields{IDs: []id.ID{w.Field}})
	}),
	"ArchiveField": changes(func(ctx context.Context, a *app.App, w *World) error {
		return a.Forms.ArchiveField(ctx, form.ArchiveField{ID: w.Field, FromForms: true})
	}),
	"CreateOption": edits(func(ctx context.Context, a *app.App, w *World) (form.Option, error) {
		return a.Forms.CreateOption(ctx, form.CreateOption{Field: w.Field, Value: "Another"})
	}),
	"EditOption": changes(func(ctx context.Context, a *app.App, w *World) error {
		return a.Forms.EditOption(ctx, form.EditOption{ID: w.Options[0], Value: "Edited"})
	}),
	"OrderOptions": changes(func(ctx context.Context, a *app.App, w *World) error {
		return a.Forms.OrderOptions(ctx, form.OrderOptions{Field: w.Field, IDs: w.Options})
	}),
	"ArchiveOption": changes(func(ctx context.Context, a *app.App, w *World) error {
		return a.Forms.ArchiveOption(ctx, form.ArchiveOption{ID: w.Options[0], Replacement: w.Options[1]})
	}),
	"SaveForm": changes(func(ctx context.Context, a *app.App, w *World) error {
		return a.Forms.SaveForm(ctx, form.SaveForm{Type: w.Type, Moment: form.Declare, Elements: form.Standard(form.Declare), Version: -1})
	}),
	"ResetForm": changes(func(ctx context.Context, a *app.App, w *World) error {
		return a.Forms.ResetForm(ctx, form.ResetForm{Type: w.Type, Moment: form.Declare})
	}),
}

// fieldVerbs are the methods about what an incident has in its fields, and about types.
var fieldVerbs = map[string]Verb{
	"SetFields": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.SetFields(ctx, incident.SetFields{Incident: w.Incident, Fields: form.Values{w.Field: {string(w.Options[0])}}})
	}),
	"ChangeType": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.ChangeType(ctx, incident.ChangeType{Incident: w.Incident, Type: w.OtherType})
	}),
	"CreateType": {Stranger: Own, Forbidden: true, Call: called(func(ctx context.Context, a *app.App, _ *World) (incident.Type, error) {
		return a.Incidents.CreateType(ctx, incident.CreateType{Name: "Security"})
	})},
	"EditType": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.EditType(ctx, incident.EditType{ID: w.OtherType, Name: "Edited"})
	}),
	"OrderTypes": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.OrderTypes(ctx, incident.OrderTypes{IDs: []id.ID{w.OtherType, w.Type}})
	}),
	"SetDefaultType": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.SetDefaultType(ctx, incident.SetDefaultType{ID: w.OtherType})
	}),
	"ArchiveType": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.ArchiveType(ctx, incident.ArchiveType{ID: w.OtherType, Replacement: w.Type})
	}),
	"SettingUses": reads(func(ctx context.Context, a *app.App, w *World) (setting.Uses, error) {
		return a.Incidents.SettingUses(ctx, incident.OptionNoun, w.Options[0])
	}),
}

// shape adds a type and a field with options.
func (w *World) shape(ctx context.Context, a *app.App) error {
	kind, err := a.Incidents.CreateType(ctx, incident.CreateType{Name: Marker + " type"})
	if err != nil {
		return err
	}
	field, err := a.Forms.CreateField(ctx, form.CreateField{
		Name: Marker + " field", Type: form.SingleSelect, Options: []string{Marker + " one", Marker + " two"}, At: map[form.Moment]form.Required{form.Declare: form.Never},
	})
	w.OtherType, w.Field = kind.ID, field.ID
	for _, o := range field.Options {
		w.Options = append(w.Options, o.ID)
	}
	return err
}
