package incidents

import (
	"context"
	"net/http"
	"slices"

	forms "github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// declareAsked are the custom fields of the form that declares, where they stand among Muster's own questions.
type declareAsked struct {
	Early, Middle, Late []askedView
	// Ask is where the form is asked for again when an answer may bring up others; empty when none can.
	Ask string
	// Shows are Muster's own questions that the form asks; the name is asked always.
	Shows map[forms.Kind]bool
	// Unfolded opens the folded part, because something in it is needed.
	Unfolded bool
}

// declareAsked finds what the organisation asks of incidents of the type that the form holds.
func (p *Pages) declareAsked(ctx context.Context, l sight, types []incident.Type, form *page.Form) (declareAsked, error) {
	kind := id.ID(form.Value("type"))
	for _, t := range types {
		if kind.Empty() && t.Default {
			kind = t.ID
		}
	}
	all, err := p.Forms.Forms(ctx, kind)
	if err != nil {
		return declareAsked{}, err
	}
	f := all[forms.Declare]
	if form.Value("mode") == string(incident.Retrospective) {
		f = all[forms.Retrospective]
	}
	s := forms.Situation{
		Severity: id.ID(form.Value("severity")), Type: kind, Lead: id.ID(form.Value("lead")), Summary: form.Value("summary"),
		Private: form.Value("private") == "on", Ranks: l.ranks(), Fields: withDefaults(f, readFields(form, f.Fields)),
	}
	v := declareAsked{Shows: map[forms.Kind]bool{}}
	for _, kind := range []forms.Kind{forms.Severity, forms.Summary, forms.Lead, forms.Type, forms.Visibility} {
		v.Shows[kind] = f.Shows(kind, s)
	}
	if changes := func(e forms.Element) bool { return len(e.ShownWhen)+len(e.RequiredWhen) > 0 }; slices.ContainsFunc(f.Elements, changes) || f.Own && len(types) > 1 {
		v.Ask = "/incidents/new"
	}
	part := &v.Early
	for _, e := range f.Elements {
		switch {
		case e.Kind == forms.Severity || e.Kind == forms.Type:
			part = &v.Middle
		case e.Folds():
			part = &v.Late
		}
		one := f
		one.Elements = []forms.Element{e}
		*part = append(*part, asked(one, s, form)...)
		if answers := one.Ask(s); len(answers) == 1 && answers[0].Required && (e.Kind == forms.Summary || e.Kind == forms.Lead || part == &v.Late) {
			v.Unfolded = true
		}
	}
	return v, nil
}

// askDeclare answers with the form again, as an answer in it changed what is asked.
func (p *Pages) askDeclare(w http.ResponseWriter, r *http.Request) error {
	if _, err := tenant.Require(r.Context(), authz.CreateIncidents); err != nil {
		return err
	}
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	return p.showDeclare(w, r, http.StatusOK, form)
}
