package settings

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// formsView is one form of one type, and the way to the others.
type formsView struct {
	Types, Moments []ui.TabView
	At             string
	Query          string
	Lines          []lineView
	Own            bool
	Problem        string
}

// lineView is an element of a form.
type lineView struct {
	Place       int
	Name, Text  string
	First, Last bool
	MayRemove   bool
	Edit        string
}

const formsPath = "/settings/forms"

// formRoutes registers the forms.
func (p *Pages) formRoutes(on func(string, page.Handler)) {
	with := func(handle func(http.ResponseWriter, *http.Request, editedForm) error) page.Handler {
		return func(w http.ResponseWriter, r *http.Request) error {
			if _, err := tenant.Require(r.Context(), authz.UpdateOrganisation); err != nil {
				return err
			}
			e, err := p.editedForm(r)
			if err != nil {
				return err
			}
			return handle(w, r, e)
		}
	}
	on("GET "+formsPath, with(p.showForm))
	on("PUT "+formsPath+"/order", with(p.moveElement))
	on("GET "+formsPath+"/elements/{place}", with(p.elementForm))
	on("PUT "+formsPath+"/elements/{place}", with(p.saveElement))
	on("DELETE "+formsPath+"/elements/{place}", with(p.removeElement))
	on("DELETE "+formsPath, with(p.resetForm))
}

// editedForm is the form that an address names by its type and moment.
type editedForm struct {
	form.Form
	types []incident.Type
}

func (e editedForm) query() string {
	return "?" + url.Values{"type": {string(e.Type)}, "moment": {string(e.Moment)}}.Encode()
}

func (p *Pages) editedForm(r *http.Request) (editedForm, error) {
	types, err := p.Incidents.Types(r.Context())
	if err != nil {
		return editedForm{}, err
	}
	kind := id.ID(r.URL.Query().Get("type"))
	for _, t := range types {
		if kind.Empty() && t.Default {
			kind = t.ID
		}
	}
	all, err := p.Forms.Forms(r.Context(), kind)
	if err != nil {
		return editedForm{}, err
	}
	moment := form.Moment(r.URL.Query().Get("moment"))
	if moment == "" {
		moment = form.Declare
	}
	f, known := all[moment]
	if !known {
		return editedForm{}, problem.Missing("form")
	}
	return editedForm{Form: f, types: types}, nil
}

func (p *Pages) showForm(w http.ResponseWriter, r *http.Request, e editedForm) error {
	v := formsView{At: formsPath, Query: e.query(), Own: e.Own}
	for _, t := range e.types {
		one := editedForm{Form: form.Form{Type: t.ID, Moment: e.Moment}}
		v.Types = append(v.Types, ui.TabView{Label: t.Name, Href: formsPath + one.query(), Current: t.ID == e.Type})
	}
	short := map[form.Moment]string{form.Declare: "Declare", form.Accept: "Accept", form.Update: "Update", form.Resolve: "Close", form.Retrospective: "Afterwards"}
	for _, m := range form.Moments() {
		one := editedForm{Form: form.Form{Type: e.Type, Moment: m}}
		v.Moments = append(v.Moments, ui.TabView{Label: short[m], Href: formsPath + one.query(), Current: m == e.Moment})
	}
	words, err := p.conditions(r.Context(), e)
	if err != nil {
		return err
	}
	_, optional := form.BuiltIn(e.Moment)
	for n, one := range e.Elements {
		v.Lines = append(v.Lines, lineView{
			Place: n, Name: e.Label(one), Text: told(one, words), First: n == 0, Last: n == len(e.Elements)-1,
			MayRemove: one.Kind == form.Custom || one.Kind == form.Text || one.Kind == form.Divider || optional(one.Kind),
			Edit:      fmt.Sprintf("%s/elements/%d%s", formsPath, n, e.query()),
		})
	}
	if page.Quiet(r) {
		return page.Part(w, r, http.StatusOK, formLines(v))
	}
	return p.show(w, r, http.StatusOK, "forms", "Forms", formsPage(v))
}

// told says of an element when it is needed and shown.
func told(e form.Element, words []ui.Option) string {
	var parts []string
	switch e.Required {
	case form.Always:
		parts = append(parts, "Always needed")
	case form.BeforeResolution:
		parts = append(parts, "Needed before it ends")
	case form.When:
		parts = append(parts, "Needed when "+worded(e.RequiredWhen, words))
	}
	if len(e.ShownWhen) > 0 {
		parts = append(parts, "Shown when "+worded(e.ShownWhen, words))
	}
	if e.Kind == form.Text {
		parts = append(parts, e.Help)
	}
	if len(parts) == 0 && e.Kind != form.Divider {
		return "Optional"
	}
	return strings.Join(parts, ". ")
}

func worded(groups form.Groups, words []ui.Option) string {
	var ors []string
	for _, group := range groups {
		var ands []string
		for _, c := range group {
			ands = append(ands, lower(conditionWords(c, words)))
		}
		ors = append(ors, strings.Join(ands, " and "))
	}
	return strings.Join(ors, ", or ")
}

func conditionWords(c form.Condition, words []ui.Option) string {
	value := conditionValue(c)
	for _, o := range words {
		if o.Value == value {
			return o.Label
		}
	}
	return strings.Join(append([]string{c.Subject, string(c.Operation)}, c.Values...), " ")
}

// conditionValue is a condition as a choice of a form holds it.
func conditionValue(c form.Condition) string {
	return strings.Join(append([]string{c.Subject, string(c.Operation)}, c.Values...), "|")
}

// conditions lists what an element can depend on.
func (p *Pages) conditions(ctx context.Context, e editedForm) ([]ui.Option, error) {
	severities, err := p.Incidents.Severities(ctx)
	if err != nil {
		return nil, err
	}
	statuses, err := p.Incidents.Statuses(ctx)
	if err != nil {
		return nil, err
	}
	var all []ui.Option
	add := func(label string, c form.Condition) {
		all = append(all, ui.Option{Value: conditionValue(c), Label: label})
	}
	for n, s := range severities {
		if n > 0 {
			add("Severity is "+s.Name+" or worse", form.Condition{Subject: "severity", Operation: form.AtLeast, Values: []string{string(s.ID)}})
		}
		add("Severity is "+s.Name, form.Condition{Subject: "severity", Operation: form.OneOf, Values: []string{string(s.ID)}})
	}
	if e.Moment != form.Declare {
		for _, s := range statuses {
			add("Status is "+s.Name, form.Condition{Subject: "status", Operation: form.OneOf, Values: []string{string(s.ID)}})
		}
	}
	add("It is private", form.Condition{Subject: "visibility", Operation: form.OneOf, Values: []string{"private"}})
	add("It is public", form.Condition{Subject: "visibility", Operation: form.OneOf, Values: []string{"public"}})
	for _, f := range e.Fields {
		key := form.FieldKey(f.ID)
		add(f.Name+" is answered", form.Condition{Subject: key, Operation: form.IsSet})
		add(f.Name+" is not answered", form.Condition{Subject: key, Operation: form.IsBlank})
		for _, o := range f.InUse() {
			add(f.Name+" is "+o.Value, form.Condition{Subject: key, Operation: form.OneOf, Values: []string{string(o.ID)}})
			add(f.Name+" is not "+o.Value, form.Condition{Subject: key, Operation: form.NotOneOf, Values: []string{string(o.ID)}})
		}
	}
	return all, nil
}

// save writes the form with other elements.
func (p *Pages) save(ctx context.Context, e editedForm, elements []form.Element) error {
	return p.Forms.SaveForm(ctx, form.SaveForm{Type: e.Type, Moment: e.Moment, Elements: elements, Version: e.Version})
}

func (p *Pages) moveElement(w http.ResponseWriter, r *http.Request, e editedForm) error {
	f, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	from, err := strconv.Atoi(f.Value("entry"))
	if err != nil || from < 0 || from >= len(e.Elements) {
		return problem.Missing("line of the form")
	}
	to := from + 1
	if at, err := strconv.Atoi(f.Value("to")); err == nil {
		to = at
	} else if f.Value("move") == "up" {
		to = from - 1
	}
	to = min(max(to, 0), len(e.Elements)-1)
	moved := e.Elements[from]
	elements := slices.Insert(slices.Delete(slices.Clone(e.Elements), from, from+1), to, moved)
	if err := p.save(r.Context(), e, elements); err != nil {
		return err
	}
	return page.Done(w, r, formsPath+e.query(), fmt.Sprintf("%s is now %d of %d", e.Label(moved), to+1, len(elements)))
}

// elementView is the form of one element.
type elementView struct {
	formView
	Fresh    bool
	Kinds    []ui.Option
	Required []ui.Option
	// Needed and Shown are two groups of two conditions each.
	Needed, Shown [2][2][]ui.Option
	Form          *page.Form
	Readable      bool
	// Answered tells that it may have an answer to begin with.
	Answered bool
}

// place finds the element that the path names; "new" is after the last.
func (e editedForm) place(r *http.Request) (int, form.Element, error) {
	if r.PathValue("place") == "new" {
		return len(e.Elements), form.Element{Kind: form.Text, Required: form.Never}, nil
	}
	n, err := strconv.Atoi(r.PathValue("place"))
	if err != nil || n < 0 || n >= len(e.Elements) {
		return 0, form.Element{}, problem.Missing("line of the form")
	}
	return n, e.Elements[n], nil
}

func (p *Pages) elementForm(w http.ResponseWriter, r *http.Request, e editedForm) error {
	_, one, err := e.place(r)
	if err != nil {
		return err
	}
	values := map[string]string{"required": string(one.Required), "help": one.Help, "default": ""}
	if field, known := e.Field(one.Field); known {
		values["default"] = strings.Join(field.Words(one.Default), ", ")
	}
	for name, groups := range map[string]form.Groups{"needed": one.RequiredWhen, "shown": one.ShownWhen} {
		for g, group := range groups {
			for c, condition := range group {
				values[fmt.Sprintf("%s.%d.%d", name, g, c)] = conditionValue(condition)
			}
		}
	}
	return p.showElement(w, r, http.StatusOK, e, page.NewForm(values))
}

func (p *Pages) showElement(w http.ResponseWriter, r *http.Request, status int, e editedForm, f *page.Form) error {
	_, one, err := e.place(r)
	if err != nil {
		return err
	}
	words, err := p.conditions(r.Context(), e)
	if err != nil {
		return err
	}
	place := r.PathValue("place")
	v := elementView{
		formView: formView{
			Title: e.Label(one), Action: formsPath + "/elements/" + place + e.query(), Method: http.MethodPut, Save: "Save", Problem: f.Problem,
			Back: formsPath + e.query(), List: "Forms",
		},
		Form: f, Fresh: place == "new", Readable: one.Kind == form.Text || one.Kind == form.Divider, Answered: one.Kind == form.Custom || place == "new",
	}
	if v.Fresh {
		v.Title, v.Save, v.Readable = "Add a line", "Add", false
		v.Kinds = e.missing(f.Value("kind"))
	}
	for _, o := range append(slices.Clone(requireds), ui.Option{Value: string(form.When), Label: "Under conditions"}) {
		o.Chosen = o.Value == f.Value("required")
		v.Required = append(v.Required, o)
	}
	for name, into := range map[string]*[2][2][]ui.Option{"needed": &v.Needed, "shown": &v.Shown} {
		for g := range into {
			for c := range into[g] {
				into[g][c] = chosen(words, f.Value(fmt.Sprintf("%s.%d.%d", name, g, c)))
			}
		}
	}
	if page.Quiet(r) {
		return page.Part(w, r, status, elementDialog(v))
	}
	return p.Frame.ShowAs(w, r, status, page.Page{Title: v.Title, Section: "settings", Look: "app--form", Content: elementPage(v)})
}

// chosen are the conditions with one of them taken; one that no choice words stays as it is.
func chosen(words []ui.Option, value string) []ui.Option {
	options := []ui.Option{{Value: "", Label: "No condition", Chosen: value == ""}}
	known := value == ""
	for _, o := range words {
		o.Chosen = o.Value == value
		known = known || o.Chosen
		options = append(options, o)
	}
	if !known {
		options = append(options, ui.Option{Value: value, Label: "As it is: " + strings.ReplaceAll(value, "|", " "), Chosen: true})
	}
	return options
}

// missing are the lines that the form does not have yet.
func (e editedForm) missing(chosen string) []ui.Option {
	var options []ui.Option
	add := func(value, label string) {
		options = append(options, ui.Option{Value: value, Label: label, Chosen: value == chosen})
	}
	for _, f := range e.Fields {
		if _, there := e.Asks(form.FieldKey(f.ID)); !there {
			add(form.FieldKey(f.ID), f.Name)
		}
	}
	kinds, _ := form.BuiltIn(e.Moment)
	for _, k := range kinds {
		if _, there := e.Asks(string(k)); !there {
			add(string(k), k.Label())
		}
	}
	add(string(form.Text), form.Text.Label())
	add(string(form.Divider), form.Divider.Label())
	return options
}

func (p *Pages) saveElement(w http.ResponseWriter, r *http.Request, e editedForm) error {
	n, one, err := e.place(r)
	if err != nil {
		return err
	}
	f, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	elements := slices.Clone(e.Elements)
	if n == len(elements) {
		one = form.Element{Kind: form.Kind(f.Value("kind"))}
		if field, is := strings.CutPrefix(f.Value("kind"), form.FieldKey("")); is {
			one = form.Element{Kind: form.Custom, Field: id.ID(field)}
		}
		elements = append(elements, one)
	}
	one.Required, one.Help = form.Required(f.Value("required")), f.Value("help")
	one.RequiredWhen, one.ShownWhen = readGroups(f, "needed"), readGroups(f, "shown")
	one.Default = nil
	if one.Kind == form.Custom && strings.TrimSpace(f.Value("default")) != "" {
		one.Default = []string{f.Value("default")}
		if field, known := e.Field(one.Field); known && field.Type == form.MultiSelect {
			one.Default = strings.Split(f.Value("default"), ",")
		}
	}
	elements[n] = one
	if err := p.save(r.Context(), e, elements); err != nil {
		if !f.Take(err) {
			return err
		}
		return p.showElement(w, r, page.Status(err), e, f)
	}
	return page.Done(w, r, formsPath+e.query(), "Saved")
}

func readGroups(f *page.Form, name string) form.Groups {
	var groups form.Groups
	for g := range 2 {
		var group []form.Condition
		for c := range 2 {
			parts := strings.Split(f.Value(fmt.Sprintf("%s.%d.%d", name, g, c)), "|")
			if len(parts) < 2 {
				continue
			}
			group = append(group, form.Condition{Subject: parts[0], Operation: form.Operation(parts[1]), Values: parts[2:]})
		}
		if len(group) > 0 {
			groups = append(groups, group)
		}
	}
	return groups
}

func (p *Pages) removeElement(w http.ResponseWriter, r *http.Request, e editedForm) error {
	n, one, err := e.place(r)
	if err != nil || n == len(e.Elements) {
		return err
	}
	if err := p.save(r.Context(), e, slices.Delete(slices.Clone(e.Elements), n, n+1)); err != nil {
		return err
	}
	return page.Done(w, r, formsPath+e.query(), e.Label(one)+" is asked no more")
}

func (p *Pages) resetForm(w http.ResponseWriter, r *http.Request, e editedForm) error {
	if err := p.Forms.ResetForm(r.Context(), form.ResetForm{Type: e.Type, Moment: e.Moment}); err != nil {
		return err
	}
	return page.Done(w, r, formsPath+e.query(), "As it comes again")
}

// menu is what can be done with a line besides moving it.
func (l lineView) menu() []ui.MenuItem {
	items := []ui.MenuItem{{Label: "Edit", Icon: "pencil", Href: l.Edit, Dialog: true}}
	if l.MayRemove {
		items = append(items, ui.MenuItem{Label: "Ask no more", Icon: "trash-2", Href: l.Edit, Method: http.MethodDelete, Danger: true})
	}
	return items
}
