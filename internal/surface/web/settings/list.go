package settings

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/setting"
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
	fields(ctx context.Context, form *page.Form) ([]field, error)
	create(ctx context.Context, form *page.Form) error
	edit(ctx context.Context, entry id.ID, version int32, form *page.Form) error
	order(ctx context.Context, group string, ids []id.ID) error
	// archive takes an entry out of use; where it is used the replacement, if there is one, takes its place.
	archive(ctx context.Context, entry, replacement id.ID) error
}

// about is how a list is called.
type about struct {
	name, title, lead string
	// one and a are the noun of an entry, without and with its article.
	one, a  string
	permits authz.Permission
	// uses tells where an entry is used; nil for what nothing uses.
	uses func(ctx context.Context, entry id.ID) (setting.Uses, error)
	// moves says what becomes of what is open and uses an entry when another takes its place; empty where none can.
	moves string
	// past says of what uses an entry that it is not open; "over" where it is empty.
	past string
	// within is the section that the list belongs to, where it has none of its own.
	within string
	// also leads to what belongs to the list.
	also *ui.ButtonView
}

const incidentsMove = "Open incidents are changed to it at once, and their rooms are told."

// usesOf tells where incidents and what belongs to them use an entry.
func (p *Pages) usesOf(noun incident.Noun) func(context.Context, id.ID) (setting.Uses, error) {
	return func(ctx context.Context, entry id.ID) (setting.Uses, error) {
		return p.Incidents.SettingUses(ctx, noun, entry)
	}
}

// section is where the list stands in the navigation.
func (a about) section() string { return cmp.Or(a.within, a.name) }

// group is a part of a list within which entries are moved.
type group struct {
	Key, Title, Hint string
	// Fixed groups are Muster's own and only shown.
	Fixed   bool
	Entries []entry
}

// entry is one line of a list.
type entry struct {
	ID         id.ID
	Name       string
	Text       string
	Short      string
	More       string
	Mark       templ.Component
	Version    int32
	MayArchive bool
	// Bare entries have no words besides their name.
	Bare bool
	// Also is what else can be done with it.
	Also        []ui.MenuItem
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
	items = append(items, e.Also...)
	if e.MayArchive {
		items = append(items, ui.MenuItem{Label: "Archive", Icon: "trash-2", Href: v.at() + "/" + string(e.ID) + "/archive", Dialog: true, Danger: true})
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
	on("GET "+at+"/{entry}/archive", with(p.archiveForm))
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
	return p.show(w, r, status, v.section(), v.title, listPage(v))
}

func (p *Pages) createForm(w http.ResponseWriter, r *http.Request, l list) error {
	v, err := createView(r.Context(), l, page.NewForm(map[string]string{"group": r.FormValue("group")}))
	if err != nil {
		return err
	}
	return p.form(w, r, http.StatusOK, v)
}

func createView(ctx context.Context, l list, form *page.Form) (formView, error) {
	a := l.about()
	fields, err := l.fields(ctx, form)
	return formView{
		Title: "Add " + a.a, Action: "/settings/" + a.name, Save: "Add " + a.one, Fields: fields, Group: form.Value("group"), Problem: form.Problem,
		Back: "/settings/" + a.name, List: a.title,
	}, err
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
		v, wrong := createView(r.Context(), l, form)
		if wrong != nil {
			return wrong
		}
		return p.form(w, r, page.Status(err), v)
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

func editView(ctx context.Context, l list, e entry, version int32, form *page.Form) (formView, error) {
	a := l.about()
	fields, err := l.fields(ctx, form)
	return formView{
		Title: "Edit " + e.Name, Action: "/settings/" + a.name + "/" + string(e.ID), Method: http.MethodPut, Save: "Save",
		Fields: fields, Version: strconv.Itoa(int(version)), Problem: form.Problem,
		Back: "/settings/" + a.name, List: a.title,
	}, err
}

func (p *Pages) editForm(w http.ResponseWriter, r *http.Request, l list) error {
	e, _, err := find(r.Context(), l, id.ID(r.PathValue("entry")))
	if err != nil {
		return err
	}
	v, err := editView(r.Context(), l, e, e.Version, page.NewForm(e.values))
	if err != nil {
		return err
	}
	return p.form(w, r, http.StatusOK, v)
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
		view, wrong := editView(r.Context(), l, e, int32(version), form)
		if wrong != nil {
			return wrong
		}
		var stale *incident.Stale
		if errors.As(err, &stale) {
			// What is there now is shown; to save once more is to decide for what was typed.
			view.Version, view.Now = strconv.Itoa(int(stale.Version)), nowOf(view, e)
		}
		return p.form(w, r, page.Status(err), view)
	}
	return page.Done(w, r, "/settings/"+l.about().name, form.Value("name")+" saved")
}

// nowOf lists what an entry holds at the moment, field by field.
func nowOf(v formView, e entry) []fact {
	var facts []fact
	for _, f := range v.Fields {
		if len(f.Options) == 0 {
			facts = append(facts, fact{Label: f.Label, Text: e.values[f.Name]})
		}
	}
	return facts
}

// move puts an entry one place up or down from where it stands now, or where it was dropped.
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
	if at, err := strconv.Atoi(form.Value("to")); err == nil {
		to = at
	} else if form.Value("move") == "up" {
		to = from - 1
	}
	to = min(max(to, 0), len(ids)-1)
	if to != from {
		ids = slices.Insert(slices.Delete(ids, from, from+1), to, e.ID)
		if err := l.order(r.Context(), g.Key, ids); err != nil {
			return p.refused(w, r, l, err)
		}
	}
	return page.Done(w, r, "/settings/"+l.about().name, fmt.Sprintf("%s is now %d of %d", e.Name, to+1, len(ids)))
}

// archiveForm says where an entry is used, and asks what takes its place there.
func (p *Pages) archiveForm(w http.ResponseWriter, r *http.Request, l list) error {
	e, g, err := find(r.Context(), l, id.ID(r.PathValue("entry")))
	if err != nil {
		return err
	}
	return p.askArchive(w, r, http.StatusOK, l, e, g, "")
}

func (p *Pages) askArchive(w http.ResponseWriter, r *http.Request, status int, l list, e entry, g group, wrong string) error {
	a := l.about()
	v := formView{
		Title: "Archive " + e.Name + "?", Action: "/settings/" + a.name + "/" + string(e.ID), Method: http.MethodDelete, Save: "Archive", Problem: wrong,
		Back: "/settings/" + a.name, List: a.title, Intro: "Nobody can choose it from now on.",
	}
	if a.uses != nil {
		uses, err := a.uses(r.Context(), e.ID)
		if err != nil {
			return err
		}
		v.Intro = usedBy(uses, cmp.Or(a.past, "over"))
		if uses.Blocks() && a.moves == "" {
			v.Intro += " Archiving takes it out of there."
		}
		if uses.Blocks() && a.moves != "" {
			options := []ui.Option{{Value: "", Label: "Choose…"}}
			for _, other := range g.Entries {
				if other.ID != e.ID {
					options = append(options, ui.Option{Value: string(other.ID), Label: other.Name})
				}
			}
			v.Fields = []field{{Options: options, FieldView: ui.FieldView{ID: "setting-replacement", Name: "replacement", Label: "What takes its place?", Hint: a.moves}}}
		}
	}
	return p.form(w, r, status, v)
}

// usedBy says what has an entry, and what becomes of it.
func usedBy(u setting.Uses, past string) string {
	var text string
	switch {
	case u.All == 0 && !u.Blocks():
		return "Nothing uses it. Nobody can choose it from now on."
	case u.Blocks():
		text = "It is used by " + u.Words() + ". "
	}
	switch closed := u.All - u.Open; {
	case closed == 1:
		text += fmt.Sprintf("One %s that is %s has it and keeps it.", u.Of, past)
	case closed > 1:
		text += fmt.Sprintf("%d %ss that are %s have it and keep it.", closed, u.Of, past)
	}
	return strings.TrimSpace(text)
}

func (p *Pages) archive(w http.ResponseWriter, r *http.Request, l list) error {
	e, g, err := find(r.Context(), l, id.ID(r.PathValue("entry")))
	if err != nil {
		return err
	}
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	if err := l.archive(r.Context(), e.ID, id.ID(form.Value("replacement"))); err != nil {
		if !form.Take(err) {
			return err
		}
		return p.askArchive(w, r, page.Status(err), l, e, g, problem.All(err)[0].Message)
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
