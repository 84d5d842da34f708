package settings

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// list is what severities, statuses and roles have in common: a list in an order, whose entries are added, edited,
// moved and archived.
type list interface {
	about() about
	groups(ctx context.Context) ([]group, error)
	// fields are those of the form for an entry, which is new or of the group that the form names.
	fields(form *page.Form) []field
	create(ctx context.Context, form *page.Form) error
	edit(ctx context.Context, entry id.ID, version int32, form *page.Form) error
	order(ctx context.Context, group string, ids []id.ID) error
	archive(ctx context.Context, entry id.ID) error
}

// about is how a list is called.
type about struct {
	name, title, lead string
	// one and a are the noun of an entry, without and with its article.
	one, a  string
	permits authz.Permission
}

// group is a part of a list within which entries are moved.
type group struct {
	Key, Title, Hint string
	// Fixed groups are Muster's own and only shown.
	Fixed   bool
	Entries []entry
}

// entry is one line of a list.
type entry struct {
	ID          id.ID
	Name        string
	Text        string
	Short       string
	More        string
	Mark        templ.Component
	Version     int32
	MayArchive  bool
	values      map[string]string
	First, Last bool
}

// listView is a list as it is shown.
type listView struct {
	about
	Groups  []group
	Problem string
}

func (v listView) at() string { return "/settings/" + v.name }

// menu is what can be done with an entry besides moving it.
func (v listView) menu(e entry) []ui.MenuItem {
	items := []ui.MenuItem{{Label: "Edit", Icon: "pencil", Href: v.at() + "/" + string(e.ID) + "/edit", Dialog: true}}
	if e.MayArchive {
		items = append(items, ui.MenuItem{
			Label: "Archive", Icon: "trash-2", Href: v.at() + "/" + string(e.ID), Method: "DELETE", Danger: true,
			Asks: "Archive " + e.Name + "? Incidents that have it keep it; nobody can choose it from now on.",
		})
	}
	return items
}

// listRoutes registers one list.
func (p *Pages) listRoutes(on func(string, page.Handler), l list) {
	at := "/settings/" + l.about().name
	with := func(handle func(http.ResponseWriter, *http.Request, list) error) page.Handler {
		return func(w http.ResponseWriter, r *http.Request) error {
			if _, err := tenant.Require(r.Context(), l.about().permits); err != nil {
				return err
			}
			return handle(w, r, l)
		}
	}
	on("GET "+at, with(p.showList))
	on("POST "+at, with(p.create))
	on("GET "+at+"/new", with(p.createForm))
	on("PUT "+at+"/order", with(p.move))
	on("GET "+at+"/{entry}/edit", with(p.editForm))
	on("PUT "+at+"/{entry}", with(p.edit))
	on("DELETE "+at+"/{entry}", with(p.archive))
}

func (p *Pages) showList(w http.ResponseWriter, r *http.Request, l list) error {
	return p.listed(w, r, http.StatusOK, l, "")
}

func (p *Pages) listed(w http.ResponseWriter, r *http.Request, status int, l list, wrong string) error {
	groups, err := l.groups(r.Context())
	if err != nil {
		return err
	}
	v := listView{about: l.about(), Groups: groups, Problem: wrong}
	if page.Quiet(r) {
		return page.Part(w, r, status, entries(v))
	}
	return p.show(w, r, status, v.name, v.title, listPage(v))
}

func (p *Pages) createForm(w http.ResponseWriter, r *http.Request, l list) error {
	return p.form(w, r, http.StatusOK, createView(l, page.NewForm(map[string]string{"group": r.FormValue("group")})))
}

func createView(l list, form *page.Form) formView {
	a := l.about()
	return formView{
		Title: "Add " + a.a, Action: "/settings/" + a.name, Save: "Add " + a.one, Fields: l.fields(form), Group: form.Value("group"), Problem: form.Problem,
		Back: "/settings/" + a.name, List: a.title,
	}
}

func (p *Pages) create(w http.ResponseWriter, r *http.Request, l list) error {
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	if err := l.create(r.Context(), form); err != nil {
		if !form.Take(err) {
			return err
		}
		return p.form(w, r, page.Status(err), createView(l, form))
	}
	return page.Done(w, r, "/settings/"+l.about().name, form.Value("name")+" added")
}

// find looks an entry up; the group is the one that it stands in.
func find(ctx context.Context, l list, wanted id.ID) (entry, group, error) {
	groups, err := l.groups(ctx)
	if err != nil {
		return entry{}, group{}, err
	}
	for _, g := range groups {
		if at := slices.IndexFunc(g.Entries, func(e entry) bool { return e.ID == wanted }); at >= 0 && !g.Fixed {
			return g.Entries[at], g, nil
		}
	}
	return entry{}, group{}, problem.Missing(l.about().one)
}

func editView(l list, e entry, version int32, form *page.Form) formView {
	a := l.about()
	return formView{
		Title: "Edit " + e.Name, Action: "/settings/" + a.name + "/" + string(e.ID), Method: http.MethodPut, Save: "Save",
		Fields: l.fields(form), Version: strconv.Itoa(int(version)), Problem: form.Problem,
		Back: "/settings/" + a.name, List: a.title,
	}
}

func (p *Pages) editForm(w http.ResponseWriter, r *http.Request, l list) error {
	e, _, err := find(r.Context(), l, id.ID(r.PathValue("entry")))
	if err != nil {
		return err
	}
	return p.form(w, r, http.StatusOK, editView(l, e, e.Version, page.NewForm(e.values)))
}

func (p *Pages) edit(w http.ResponseWriter, r *http.Request, l list) error {
	e, _, err := find(r.Context(), l, id.ID(r.PathValue("entry")))
	if err != nil {
		return err
	}
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	version, err := strconv.ParseInt(form.Value("version"), 10, 32)
	if err != nil {
		return problem.Field("version", "invalid", "The form is incomplete. Open it again.")
	}
	if err := l.edit(r.Context(), e.ID, int32(version), form); err != nil {
		if !form.Take(err) {
			return err
		}
		view := editView(l, e, int32(version), form)
		var stale *incident.Stale
		if errors.As(err, &stale) {
			// What is there now is shown; to save once more is to decide for what was typed.
			view.Version, view.Now = strconv.Itoa(int(stale.Version)), nowOf(l, e)
		}
		return p.form(w, r, page.Status(err), view)
	}
	return page.Done(w, r, "/settings/"+l.about().name, form.Value("name")+" saved")
}

// nowOf lists what an entry holds at the moment, field by field.
func nowOf(l list, e entry) []fact {
	var facts []fact
	for _, f := range l.fields(page.NewForm(e.values)) {
		facts = append(facts, fact{Label: f.Label, Text: f.Value})
	}
	return facts
}

// move puts an entry one place up or down from where it stands now.
func (p *Pages) move(w http.ResponseWriter, r *http.Request, l list) error {
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	e, g, err := find(r.Context(), l, id.ID(form.Value("entry")))
	if err != nil {
		return err
	}
	ids := make([]id.ID, len(g.Entries))
	for n, other := range g.Entries {
		ids[n] = other.ID
	}
	from := slices.Index(ids, e.ID)
	to := from + 1
	if form.Value("move") == "up" {
		to = from - 1
	}
	if to >= 0 && to < len(ids) {
		ids[from], ids[to] = ids[to], ids[from]
		if err := l.order(r.Context(), g.Key, ids); err != nil {
			return p.refused(w, r, l, err)
		}
	}
	return page.Done(w, r, "/settings/"+l.about().name, "")
}

func (p *Pages) archive(w http.ResponseWriter, r *http.Request, l list) error {
	e, _, err := find(r.Context(), l, id.ID(r.PathValue("entry")))
	if err != nil {
		return err
	}
	if err := l.archive(r.Context(), e.ID); err != nil {
		return p.refused(w, r, l, err)
	}
	return page.Done(w, r, "/settings/"+l.about().name, e.Name+" archived")
}

// refused says above the list why something was not done; a script takes the words alone.
func (p *Pages) refused(w http.ResponseWriter, r *http.Request, l list, err error) error {
	if page.Quiet(r) || !page.NewForm(nil).Take(err) {
		return err
	}
	return p.listed(w, r, page.Status(err), l, problem.All(err)[0].Message)
}

// asked is the query that tells a new entry's group.
func asked(group string) string {
	if group == "" {
		return ""
	}
	return "?group=" + group
}
