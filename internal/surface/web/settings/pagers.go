package settings

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"github.com/musterhq/muster/internal/domain/escalation"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// pagersView is the list of pagers.
type pagersView struct {
	Pagers  []pagerView
	Problem string
	// Said is what came of a test.
	Said string
}

// pagerView is one pager.
type pagerView struct {
	ID, Name, Kind, Text string
	Disabled             bool
}

// pagerFormView is the form that connects a pager or changes how it is connected.
type pagerFormView struct {
	Title, Lead, Action, Method, Save string
	Kind                              escalation.Kind
	Form                              *page.Form
	New, HasToken                     bool
	Regions                           []ui.Option
}

const pagersPath = "/settings/pagers"

func (v pagerView) at() string { return pagersPath + "/" + v.ID }

func (v pagerView) menu() []ui.MenuItem {
	items := []ui.MenuItem{{Label: "Edit", Icon: "pencil", Href: v.at() + "/edit"}}
	if v.Disabled {
		items = append(items, ui.MenuItem{Label: "Switch on", Icon: "play", Href: v.at() + "/disabled", Method: "DELETE"})
	} else {
		items = append(items, ui.MenuItem{Label: "Switch off", Icon: "pause", Href: v.at() + "/disabled", Method: "PUT"})
	}
	return append(items, ui.MenuItem{
		Label: "Delete", Icon: "trash-2", Href: v.at(), Method: "DELETE", Danger: true,
		Asks: "Delete " + v.Name + "? Nobody can page it from here any more. What is open there stays open.",
	})
}

// pagerRoutes registers what pagers are connected by, for those who may.
func (p *Pages) pagerRoutes(on func(string, page.Handler)) {
	guarded := func(pattern string, handle page.Handler) {
		on(pattern, func(w http.ResponseWriter, r *http.Request) error {
			if _, err := tenant.Require(r.Context(), authz.UpdateOrganisation); err != nil {
				return err
			}
			return handle(w, r)
		})
	}
	guarded("GET "+pagersPath, func(w http.ResponseWriter, r *http.Request) error { return p.pagers(w, r, http.StatusOK, pagersView{}) })
	guarded("GET "+pagersPath+"/new", p.newPager)
	guarded("POST "+pagersPath, p.createPager)
	guarded("GET "+pagersPath+"/{pager}/edit", p.editPagerForm)
	guarded("PUT "+pagersPath+"/{pager}", p.editPager)
	guarded("DELETE "+pagersPath+"/{pager}", p.deletePager)
	guarded("PUT "+pagersPath+"/{pager}/disabled", p.switchPager)
	guarded("DELETE "+pagersPath+"/{pager}/disabled", p.switchPager)
	guarded("POST "+pagersPath+"/{pager}/test", p.testPager)
}

func (p *Pages) pagers(w http.ResponseWriter, r *http.Request, status int, v pagersView) error {
	all, err := p.Escalations.Pagers(r.Context())
	if err != nil {
		return err
	}
	for _, one := range all {
		v.Pagers = append(v.Pagers, pagerView{ID: string(one.ID), Name: one.Name, Kind: one.Kind.Label(), Text: pagerText(one), Disabled: one.Disabled})
	}
	return p.show(w, r, status, "pagers", "Pagers", pagersPage(v))
}

// pagerText says in a line what a pager does.
func pagerText(one escalation.Pager) string {
	text := one.Address + ". "
	switch one.Address {
	case "us":
		text = "United States. "
	case "eu":
		text = "Europe. "
	}
	switch {
	case one.Kind == escalation.Webhook:
		text += "Signed; acknowledges by its answer or by a call back."
	case one.ReadsBack:
		text += "Acknowledgements there are seen here."
	default:
		text += "Acknowledgements there are not seen here: give it a REST API key for that."
	}
	if !one.Resolves {
		text += " Pages are left open there."
	}
	return text
}

func (p *Pages) newPager(w http.ResponseWriter, r *http.Request) error {
	kind := escalation.Kind(r.FormValue("kind"))
	if !slices.Contains(escalation.Kinds(), kind) {
		return problem.Missing("sort of pager")
	}
	form := page.NewForm(map[string]string{"kind": string(kind), "name": kind.Label(), "address": defaultAddress(kind), "key": "", "token": "", "resolves": "on"})
	if kind == escalation.Webhook {
		form = page.NewForm(map[string]string{"kind": string(kind), "name": "", "address": "", "key": "", "token": "", "resolves": "on"})
	}
	return p.pagerForm(w, r, http.StatusOK, newPagerView(kind, form))
}

func defaultAddress(kind escalation.Kind) string {
	if kind == escalation.Webhook {
		return ""
	}
	return "us"
}

func newPagerView(kind escalation.Kind, form *page.Form) pagerFormView {
	title := "Connect " + kind.Label()
	if kind == escalation.Webhook {
		title = "Connect a webhook"
	}
	return pagerFormView{Title: title, Action: pagersPath, Save: "Connect", Kind: kind, Form: form, New: true}
}

func (p *Pages) pagerForm(w http.ResponseWriter, r *http.Request, status int, v pagerFormView) error {
	for _, region := range []ui.Option{{Value: "us", Label: "United States"}, {Value: "eu", Label: "Europe"}} {
		region.Chosen = v.Form.Value("address") == region.Value
		v.Regions = append(v.Regions, region)
	}
	switch v.Kind {
	case escalation.PagerDuty:
		v.Lead = "Pages go to a service of yours by Events API v2. On the service choose Integrations, Add integration, Events API v2, and copy the integration key."
	case escalation.Opsgenie:
		v.Lead = "Pages become alerts of a team of yours. On the team choose Integrations, Add integration, API, and copy the API key; it must be allowed to create, read and update alerts."
	default:
		v.Lead = "Pages are posted as signed JSON to an address of yours. The secret for the signature is shown once, after you connect."
	}
	return p.show(w, r, status, "pagers", v.Title, pagerFormPage(v))
}

func (p *Pages) createPager(w http.ResponseWriter, r *http.Request) error {
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	kind := escalation.Kind(form.Value("kind"))
	made, held, err := p.Escalations.CreatePager(r.Context(), escalation.CreatePager{
		Name: form.Value("name"), Kind: kind, Address: form.Value("address"), Resolves: form.Value("resolves") == "on",
		Secrets: escalation.PagerSecrets{Key: form.Value("key"), Token: form.Value("token")},
	})
	if err != nil {
		if !form.Take(err) {
			return err
		}
		return p.pagerForm(w, r, page.Status(err), newPagerView(kind, form))
	}
	if kind != escalation.Webhook {
		return page.Done(w, r, pagersPath, made.Name+" connected. Send a test page now")
	}
	return p.show(w, r, http.StatusOK, "pagers", "Connected", pagerSecretPage(made.Name, held.Key))
}

// pager finds the pager that the path names.
func (p *Pages) pager(r *http.Request) (escalation.Pager, error) {
	all, err := p.Escalations.Pagers(r.Context())
	if err != nil {
		return escalation.Pager{}, err
	}
	at := slices.IndexFunc(all, func(one escalation.Pager) bool { return string(one.ID) == r.PathValue("pager") })
	if at < 0 {
		return escalation.Pager{}, problem.Missing("pager")
	}
	return all[at], nil
}

func editPagerView(one escalation.Pager, form *page.Form) pagerFormView {
	return pagerFormView{
		Title: "Edit " + one.Name, Action: pagersPath + "/" + string(one.ID), Method: http.MethodPut, Save: "Save", Kind: one.Kind, Form: form,
		HasToken: one.Kind == escalation.PagerDuty && one.ReadsBack,
	}
}

func (p *Pages) editPagerForm(w http.ResponseWriter, r *http.Request) error {
	one, err := p.pager(r)
	if err != nil {
		return err
	}
	values := map[string]string{"name": one.Name, "address": one.Address, "key": "", "token": "", "version": strconv.Itoa(int(one.Version)), "resolves": ""}
	if one.Resolves {
		values["resolves"] = "on"
	}
	return p.pagerForm(w, r, http.StatusOK, editPagerView(one, page.NewForm(values)))
}

func (p *Pages) editPager(w http.ResponseWriter, r *http.Request) error {
	one, err := p.pager(r)
	if err != nil {
		return err
	}
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	version, _ := strconv.ParseInt(form.Value("version"), 10, 32)
	_, err = p.Escalations.EditPager(r.Context(), escalation.EditPager{
		Pager: one.ID, Name: form.Value("name"), Address: form.Value("address"), Resolves: form.Value("resolves") == "on", Version: int32(version), //nolint:gosec // parsed as one
		Secrets: escalation.PagerSecrets{Key: form.Value("key"), Token: form.Value("token")}, NoToken: form.Value("no_token") == "on",
	})
	if err != nil {
		if !form.Take(err) {
			return err
		}
		return p.pagerForm(w, r, page.Status(err), editPagerView(one, form))
	}
	return page.Done(w, r, pagersPath, "Saved")
}

func (p *Pages) deletePager(w http.ResponseWriter, r *http.Request) error {
	gone, err := p.Escalations.DeletePager(r.Context(), escalation.DeletePager{Pager: id.ID(r.PathValue("pager"))})
	if err != nil {
		return p.pagerRefused(w, r, err)
	}
	return page.Done(w, r, pagersPath, gone.Name+" deleted")
}

func (p *Pages) switchPager(w http.ResponseWriter, r *http.Request) error {
	off := r.Method == http.MethodPut
	one, err := p.Escalations.SwitchPager(r.Context(), escalation.SwitchPager{Pager: id.ID(r.PathValue("pager")), Disabled: off})
	if err != nil {
		return p.pagerRefused(w, r, err)
	}
	if off {
		return page.Done(w, r, pagersPath, one.Name+" is switched off")
	}
	return page.Done(w, r, pagersPath, one.Name+" is switched on")
}

// testPager sends a test; what comes of it stays on the page, since it is read with the pager in the other hand.
func (p *Pages) testPager(w http.ResponseWriter, r *http.Request) error {
	said, err := p.Escalations.TestPager(r.Context(), id.ID(r.PathValue("pager")))
	if err != nil {
		return p.pagerRefused(w, r, err)
	}
	return p.pagers(w, r, http.StatusOK, pagersView{Said: said})
}

// pagerRefused says above the list why something was not done; a script takes the words alone.
func (p *Pages) pagerRefused(w http.ResponseWriter, r *http.Request, err error) error {
	if page.Quiet(r) || !page.NewForm(nil).Take(err) {
		return err
	}
	return p.pagers(w, r, page.Status(err), pagersView{Problem: problem.All(err)[0].Message})
}

// token is the field for the key that reads acknowledgements back.
func (v pagerFormView) token() templ.Component {
	hint := "With it an acknowledgement in PagerDuty is seen here. Under Integrations, API access keys; read-only is enough."
	if v.HasToken {
		hint = "One is kept. Leave this empty to keep it."
	}
	return ui.Field(ui.FieldView{
		ID: "token", Name: "token", Label: "REST API key (optional)", Value: v.Form.Value("token"), Error: v.Form.Error("token"), Type: "password", Autocomplete: "off", Hint: hint,
	})
}

// key is the field for what opens the pager.
func (v pagerFormView) key() templ.Component {
	label, hint := "Integration key", "32 characters."
	if v.Kind == escalation.Opsgenie {
		label, hint = "API key", "Like xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx."
	}
	if !v.New {
		hint = "One is kept. Leave this empty to keep it."
	}
	return ui.Field(ui.FieldView{
		ID: "key", Name: "key", Label: label, Value: v.Form.Value("key"), Error: v.Form.Error("key"), Type: "password", Autocomplete: "off", Hint: hint, Required: v.New,
	})
}
