package incidents

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/musterhq/muster/internal/domain/customers"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// customersView is the form for what customers may be told.
type customersView struct {
	Path, ID string
	Form     *page.Form
	Hints    []customers.Hint
	// Theirs is what somebody else wrote meanwhile, for a stale editor.
	Theirs string
	Stale  bool
	// Keeper holds comms, or leads; You tells that it is the reader.
	Keeper     *ui.PersonView
	LastUpdate *updateView
	Versions   int32
}

// wordingView is one version of what customers may be told.
type wordingView struct {
	toldView
	Current  bool
	Restored int32
}

// historyView is every version, the newest first.
type historyView struct {
	Path     string
	MayEdit  bool
	Versions []wordingView
}

func (p *Pages) customersForm(w http.ResponseWriter, r *http.Request) error {
	if _, err := tenant.Require(r.Context(), authz.EditIncidents); err != nil {
		return err
	}
	return p.showCustomers(w, r, http.StatusOK, nil, nil)
}

func (p *Pages) showCustomers(w http.ResponseWriter, r *http.Request, status int, form *page.Form, because error) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	l, err := p.look(r.Context())
	if err != nil {
		return err
	}
	text, err := p.Customers.Get(r.Context(), inc.ID)
	if err != nil {
		return err
	}
	o := l.incident(inc)
	v := customersView{Path: path(inc), ID: string(inc.ID), LastUpdate: o.LastUpdate, Versions: text.Version}
	v.Form = orFresh(form, map[string]string{"customers": text.Text, "version": number32(text.Version)})
	v.Hints = customers.Hints(v.Form.Value("customers"))
	v.Keeper = l.keeper(inc)
	var stale *incident.Stale
	if errors.As(because, &stale) {
		v.Theirs, v.Stale = stale.Now, true
		v.Form = page.NewForm(map[string]string{"customers": form.Value("customers"), "version": number32(stale.Version)})
	}
	return p.dialog(w, r, status, inc, "What we can tell customers", customersDialog(v))
}

func (p *Pages) changeCustomers(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	return page.Submit(w, r, func(form *page.Form) (string, string, error) {
		seen, err := version(form)
		if err != nil {
			return "", "", err
		}
		out, err := p.Customers.Change(r.Context(), customers.Change{Incident: inc.ID, Text: form.Value("customers"), Version: seen})
		words := "Customers may be told this now"
		if !out.Changed {
			words = "It says that already"
		}
		return path(inc), words, err
	}, func(status int, form *page.Form, because error) error {
		return p.showCustomers(w, r, status, form, because)
	})
}

// customersHints answers, while somebody writes, what customers may not understand.
func (p *Pages) customersHints(w http.ResponseWriter, r *http.Request) error {
	if _, err := p.here(r); err != nil {
		return err
	}
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	return page.Part(w, r, http.StatusOK, customersHints(customers.Hints(form.Value("text"))))
}

func (p *Pages) customersHistory(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	l, err := p.look(r.Context())
	if err != nil {
		return err
	}
	versions, err := p.Customers.History(r.Context(), inc.ID)
	if err != nil {
		return err
	}
	v := historyView{Path: path(inc), MayEdit: l.Viewer.Permissions.Has(authz.EditIncidents)}
	for n, text := range versions {
		v.Versions = append(v.Versions, wordingView{toldView: l.told(text), Current: n == 0, Restored: text.RestoredVersion})
	}
	return p.dialog(w, r, http.StatusOK, inc, "What customers were told", customersHistory(v))
}

func (p *Pages) restoreCustomers(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	version, err := number("version", r.PathValue("version"))
	if err != nil {
		return err
	}
	if _, err := p.Customers.Restore(r.Context(), customers.Restore{Incident: inc.ID, Version: int32(version)}); err != nil {
		return err
	}
	return page.Done(w, r, path(inc), "The earlier words are back")
}

func number32(n int32) string { return strconv.Itoa(int(n)) }

// problem is what is wrong with the form, but for what the words of another say better.
func (v customersView) problem() string {
	if v.Stale {
		return ""
	}
	return v.Form.Problem
}
