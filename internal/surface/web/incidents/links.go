package incidents

import (
	"context"
	"net/http"

	"github.com/a-h/templ"

	"github.com/musterhq/muster/internal/domain/attachment"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// linkGroup is what is attached of one sort.
type linkGroup struct {
	Name  string
	Call  bool
	Links []linkView
}

// linkView is a thing elsewhere.
type linkView struct {
	ID, Path           string
	Mark               string
	Service, Name, URL string
}

func (p *Pages) linkRoutes(on func(string, page.Handler)) {
	on("GET /incidents/{ref}/links/new", p.attachForm)
	on("POST /incidents/{ref}/links", p.attach)
	on("GET /incidents/{ref}/links/{link}/edit", p.retitleForm)
	on("PUT /incidents/{ref}/links/{link}", p.retitle)
	on("DELETE /incidents/{ref}/links/{link}", p.detach)
}

// links reads what is attached, in groups.
func (p *Pages) links(ctx context.Context, inc incident.Incident) ([]linkGroup, error) {
	all, err := p.Attachments.List(ctx, inc.ID)
	if err != nil {
		return nil, err
	}
	var groups []linkGroup
	for _, name := range attachment.Groups() {
		g := linkGroup{Name: name}
		for _, a := range all {
			if a.Kind.Group() != name {
				continue
			}
			g.Call = a.Kind.Call()
			g.Links = append(g.Links, linkView{ID: string(a.ID), Path: path(inc) + "/links/" + string(a.ID), Mark: a.Kind.Mark(), Service: a.Kind.Service(), Name: a.Name(), URL: a.URL})
		}
		if len(g.Links) > 0 {
			groups = append(groups, g)
		}
	}
	return groups, nil
}

func (v incidentView) linkMenu() []ui.MenuItem {
	return []ui.MenuItem{{Label: "Attach a link", Icon: "link", Href: v.Path + "/links/new", Dialog: true}}
}

func (l linkView) menu() []ui.MenuItem {
	return []ui.MenuItem{
		{Label: "Rename", Icon: "pencil", Href: l.Path + "/edit", Dialog: true},
		{Label: "Remove", Icon: "trash-2", Href: l.Path, Method: "DELETE"},
	}
}

func (p *Pages) attachForm(w http.ResponseWriter, r *http.Request) error {
	if _, err := tenant.Require(r.Context(), authz.CreateAttachments); err != nil {
		return err
	}
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	return p.attachDialog(w, r, http.StatusOK, inc, page.NewForm(nil))
}

func (p *Pages) attachDialog(w http.ResponseWriter, r *http.Request, status int, inc incident.Incident, form *page.Form) error {
	v := editView{Title: "Attach a link", Action: path(inc) + "/links", Method: "POST", Submit: "Attach", Form: form, Hint: "In the room: /attach and the address.", Fields: []templ.Component{
		ui.Field(ui.FieldView{ID: "link-url", Name: "url", Label: "Address", Hint: "A pull request, a ticket, a dashboard, a document, a call, any page.", Placeholder: "https://", Value: form.Value("url"), Error: form.Error("url"), Required: true, Autofocus: true, Max: 2000, Autocomplete: "off"}),
		ui.Field(ui.FieldView{ID: "link-title", Name: "title", Label: "Name", Hint: "Left empty, it is named by its address.", Value: form.Value("title"), Error: form.Error("title"), Max: 200, Autocomplete: "off"}),
	}}
	return p.dialog(w, r, status, inc, v.Title, editDialog(v))
}

func (p *Pages) attach(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	return page.Submit(w, r, func(form *page.Form) (string, string, error) {
		_, err := p.Attachments.Attach(r.Context(), attachment.Attach{Incident: inc.ID, URL: form.Value("url"), Title: form.Value("title")})
		return path(inc), "Attached", err
	}, func(status int, form *page.Form, _ error) error {
		return p.attachDialog(w, r, status, inc, form)
	})
}

// linkHere finds the attachment that the path names in the incident that it names.
func (p *Pages) linkHere(r *http.Request) (incident.Incident, attachment.Attachment, error) {
	inc, err := p.load(r)
	if err != nil {
		return inc, attachment.Attachment{}, err
	}
	found, err := p.Attachments.Get(r.Context(), id.ID(r.PathValue("link")))
	if err == nil && found.Incident != inc.ID {
		err = problem.Missing("link")
	}
	return inc, found, err
}

func (p *Pages) retitleForm(w http.ResponseWriter, r *http.Request) error {
	if _, err := tenant.Require(r.Context(), authz.CreateAttachments); err != nil {
		return err
	}
	inc, found, err := p.linkHere(r)
	if err != nil {
		return err
	}
	return p.retitleDialog(w, r, http.StatusOK, inc, found, page.NewForm(map[string]string{"title": found.Title}))
}

func (p *Pages) retitleDialog(w http.ResponseWriter, r *http.Request, status int, inc incident.Incident, found attachment.Attachment, form *page.Form) error {
	v := editView{Title: "Rename the link", Action: path(inc) + "/links/" + string(found.ID), Method: "PUT", Submit: "Rename", Form: form, Hint: found.Label, Fields: []templ.Component{
		ui.Field(ui.FieldView{ID: "link-title", Name: "title", Label: "Name", Hint: "Left empty, it is named by its address.", Placeholder: found.Label, Value: form.Value("title"), Error: form.Error("title"), Autofocus: true, Max: 200, Autocomplete: "off"}),
	}}
	return p.dialog(w, r, status, inc, v.Title, editDialog(v))
}

func (p *Pages) retitle(w http.ResponseWriter, r *http.Request) error {
	inc, found, err := p.linkHere(r)
	if err != nil {
		return err
	}
	return page.Submit(w, r, func(form *page.Form) (string, string, error) {
		_, err := p.Attachments.Retitle(r.Context(), attachment.Retitle{Attachment: found.ID, Title: form.Value("title")})
		return path(inc), "Renamed", err
	}, func(status int, form *page.Form, _ error) error {
		return p.retitleDialog(w, r, status, inc, found, form)
	})
}

func (p *Pages) detach(w http.ResponseWriter, r *http.Request) error {
	inc, found, err := p.linkHere(r)
	if err != nil {
		return err
	}
	if err := p.Attachments.Remove(r.Context(), attachment.Remove{Attachment: found.ID}); err != nil {
		return err
	}
	return page.Done(w, r, path(inc), "Removed")
}
