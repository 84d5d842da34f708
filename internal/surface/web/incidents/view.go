package incidents

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/musterhq/muster/internal/domain/view"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// savedView is the form of a saved view: a new one, or one that is there.
type savedView struct {
	Title, Action, Version string
	Form                   *page.Form
	New                    bool
}

// bare is a query without the place in the list, its keys in order: what a view is known by.
func bare(query url.Values) string {
	kept := url.Values{}
	for key, values := range query {
		if key != "after" && len(values) > 0 && values[0] != "" {
			kept[key] = values
		}
	}
	return kept.Encode()
}

// listOf is the address of the list with the filters of a view.
func listOf(query string) string {
	values, err := url.ParseQuery(query)
	if err != nil {
		return "/incidents"
	}
	return "/incidents?" + bare(values)
}

// viewTabs puts the saved views behind the tabs of the list and finds the one that is shown.
func viewTabs(tabs []ui.TabView, saved []view.View, query url.Values) ([]ui.TabView, *view.View) {
	here := bare(query)
	var current *view.View
	for n, v := range saved {
		tab := ui.TabView{Label: v.Name, Href: "/incidents?" + v.Query, Current: v.Query == here}
		if tab.Current && current == nil {
			current = &saved[n]
			for n := range tabs {
				tabs[n].Current = false
			}
		}
		tabs = append(tabs, tab)
	}
	return tabs, current
}

func (p *Pages) newView(w http.ResponseWriter, r *http.Request) error {
	query := bare(r.URL.Query())
	if query == "" {
		return problem.New(problem.Invalid, "no_filter", "Filter or search the list of incidents first, then save it as a view.")
	}
	return p.viewForm(w, r, http.StatusOK, savedView{
		Title: "Save this view", Action: "/views", New: true, Form: page.NewForm(map[string]string{"query": query, "name": r.URL.Query().Get("q"), "shared": ""}),
	})
}

func (p *Pages) viewForm(w http.ResponseWriter, r *http.Request, status int, v savedView) error {
	if page.Quiet(r) {
		return page.Part(w, r, status, viewDialog(v))
	}
	return p.Frame.ShowAs(w, r, status, page.Page{Title: v.Title, Section: "incidents", Look: "app--form", Content: viewPage(v)})
}

func (p *Pages) saveView(w http.ResponseWriter, r *http.Request) error {
	return page.Submit(w, r, func(form *page.Form) (string, string, error) {
		cmd := view.Save{Name: form.Value("name"), Query: form.Value("query"), Shared: form.Has("shared")}
		_, err := p.Views.Save(r.Context(), cmd)
		return listOf(cmd.Query), "View saved", err
	}, func(status int, form *page.Form, _ error) error {
		return p.viewForm(w, r, status, savedView{Title: "Save this view", Action: "/views", New: true, Form: form})
	})
}

func (p *Pages) findView(r *http.Request) (view.View, error) {
	saved, err := p.Views.List(r.Context())
	if err != nil {
		return view.View{}, err
	}
	for _, v := range saved {
		if v.ID == id.ID(r.PathValue("view")) {
			return v, nil
		}
	}
	return view.View{}, problem.Missing("view")
}

func (p *Pages) editView(w http.ResponseWriter, r *http.Request) error {
	v, err := p.findView(r)
	if err != nil {
		return err
	}
	values := map[string]string{"name": v.Name, "query": v.Query, "shared": ""}
	if v.Shared {
		values["shared"] = "on"
	}
	return p.viewForm(w, r, http.StatusOK, savedView{Title: "Edit the view", Action: "/views/" + string(v.ID), Version: strconv.Itoa(int(v.Version)), Form: page.NewForm(values)})
}

func (p *Pages) changeView(w http.ResponseWriter, r *http.Request) error {
	v, err := p.findView(r)
	if err != nil {
		return err
	}
	return page.Submit(w, r, func(form *page.Form) (string, string, error) {
		seen, err := version(form)
		if err == nil {
			err = p.Views.Change(r.Context(), view.Change{View: v.ID, Name: form.Value("name"), Query: form.Value("query"), Shared: form.Has("shared"), Version: seen})
		}
		return listOf(form.Value("query")), "View saved", err
	}, func(status int, form *page.Form, _ error) error {
		return p.viewForm(w, r, status, savedView{Title: "Edit the view", Action: "/views/" + string(v.ID), Version: strconv.Itoa(int(v.Version)), Form: form})
	})
}

func (p *Pages) deleteView(w http.ResponseWriter, r *http.Request) error {
	if err := p.Views.Delete(r.Context(), view.Delete{View: id.ID(r.PathValue("view"))}); err != nil {
		return err
	}
	return page.Done(w, r, "/incidents", "View deleted")
}

// viewMenu is what can be done with the view that is shown, by whom it belongs to.
func (l sight) viewMenu(current *view.View) []ui.MenuItem {
	if current == nil || current.Owner != l.Viewer.User && !l.Viewer.Permissions.Has(authz.UpdateOrganisation) {
		return nil
	}
	at := "/views/" + string(current.ID)
	asks := "Delete the view " + current.Name + "? The incidents in it stay."
	if current.Shared {
		asks = "Delete the view " + current.Name + " for everyone? The incidents in it stay."
	}
	return []ui.MenuItem{
		{Label: "Rename or share", Icon: "pencil", Href: at + "/edit", Dialog: true},
		{Label: "Delete the view", Icon: "trash-2", Href: at, Method: "DELETE", Danger: true, Asks: asks},
	}
}
