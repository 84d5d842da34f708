package settings

import (
	"net/http"
	"strconv"

	"github.com/musterhq/muster/internal/domain/organisation"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// organisationView is the organisation's form.
type organisationView struct {
	Slug, Version string
	Form          *page.Form
	// Now is what somebody else wrote meanwhile.
	Now []fact
}

func (v organisationView) fields() []ui.FieldView {
	return []ui.FieldView{
		{ID: "organisation-name", Name: "name", Label: "Name", Value: v.Form.Value("name"), Error: v.Form.Error("name"), Max: 80, Required: true, Autocomplete: "organization"},
		{
			ID: "organisation-zone", Name: "zone", Label: "Time zone", Value: v.Form.Value("zone"), Error: v.Form.Error("zone"), Max: 60, Required: true, Autocomplete: "off",
			Hint: "For example Europe/Madrid. Used in reports, and for people who have not chosen their own.",
		},
	}
}

func (p *Pages) organisation(w http.ResponseWriter, r *http.Request) error {
	if _, err := tenant.Require(r.Context(), authz.UpdateOrganisation); err != nil {
		return err
	}
	o, err := p.Organisations.Get(r.Context())
	if err != nil {
		return err
	}
	view := organisationView{Slug: o.Slug, Version: strconv.Itoa(int(o.RowVersion)), Form: page.NewForm(map[string]string{"name": o.Name, "zone": o.Zone})}
	return p.show(w, r, http.StatusOK, "organisation", "Organisation", organisationPage(view))
}

func (p *Pages) changeOrganisation(w http.ResponseWriter, r *http.Request) error {
	if _, err := tenant.Require(r.Context(), authz.UpdateOrganisation); err != nil {
		return err
	}
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	o, err := p.Organisations.Get(r.Context())
	if err != nil {
		return err
	}
	version, err := strconv.ParseInt(form.Value("version"), 10, 32)
	if err != nil {
		return problem.Field("version", "invalid", "The form is incomplete. Open it again.")
	}
	err = p.Organisations.Change(r.Context(), organisation.Change{Name: orBlank(form.Value("name")), Zone: orBlank(form.Value("zone")), RowVersion: int32(version)})
	if err != nil {
		if !form.Take(err) {
			return err
		}
		view := organisationView{Slug: o.Slug, Version: form.Value("version"), Form: form}
		if problem.Is(err, problem.Conflict) {
			view.Version, view.Now = strconv.Itoa(int(o.RowVersion)), []fact{{"Name", o.Name}, {"Time zone", o.Zone}}
		}
		return p.show(w, r, page.Status(err), "organisation", "Organisation", organisationPage(view))
	}
	return page.Done(w, r, "/settings/organisation", "Saved")
}

// orBlank makes an empty field, which the verb takes as "keep what is there", one that it refuses.
func orBlank(typed string) string {
	if typed == "" {
		return " "
	}
	return typed
}
