package settings

import (
	"fmt"
	"net/http"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

const takeOverPath = "/settings/audit/abandoned"

// abandoned says of how many private incidents everybody was deactivated, to an owner and where there are some.
func (p *Pages) abandoned(r *http.Request) (string, error) {
	viewer, _ := page.ViewerOf(r.Context())
	if !viewer.Permissions.Has(authz.ManageOwners) {
		return "", nil
	}
	count, err := p.Incidents.Abandoned(r.Context())
	switch {
	case err != nil || count == 0:
		return "", err
	case count == 1:
		return "Nobody sees 1 private incident any more: everybody in it was deactivated.", nil
	default:
		return fmt.Sprintf("Nobody sees %d private incidents any more: everybody in them was deactivated.", count), nil
	}
}

func (p *Pages) takeOverForm(w http.ResponseWriter, r *http.Request) error {
	return p.showTakeOver(w, r, http.StatusOK, page.NewForm(map[string]string{"reason": ""}))
}

func (p *Pages) showTakeOver(w http.ResponseWriter, r *http.Request, status int, form *page.Form) error {
	words, err := p.abandoned(r)
	if err != nil {
		return err
	}
	if words == "" {
		words = "Somebody sees every private incident: there is none to take over."
	}
	return p.form(w, r, status, formView{
		Title: "Take over private incidents", Action: takeOverPath, Save: "Take over", Back: "/settings/audit", List: "Audit log", Problem: form.Problem,
		Intro: words + " You will see all that was said and done there, and take part. The audit log and what you take over tell of it, with your reason.",
		Fields: []field{{FieldView: ui.FieldView{
			ID: "takeover-reason", Name: "reason", Label: "Reason", Value: form.Value("reason"), Error: form.Error("reason"), Max: 500, Required: true, Autocomplete: "off",
		}}},
	})
}

func (p *Pages) takeOver(w http.ResponseWriter, r *http.Request) error {
	return page.Submit(w, r, func(form *page.Form) (string, string, error) {
		taken, err := p.Incidents.TakeOver(r.Context(), incident.TakeOver{Reason: form.Value("reason")})
		if err != nil {
			return "", "", err
		}
		if len(taken) == 1 {
			return "/incidents/" + taken[0].Reference, "", nil
		}
		viewer, _ := page.ViewerOf(r.Context())
		return "/incidents?participant=" + string(viewer.User), "", nil
	}, func(status int, form *page.Form, _ error) error { return p.showTakeOver(w, r, status, form) })
}
