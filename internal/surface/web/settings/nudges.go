package settings

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/domain/feature"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/nudge"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// nudgesView is the page of nudges.
type nudgesView struct {
	On     bool
	Nudges []nudgeView
}

// nudgeView is one kind of nudge, and what types have of their own.
type nudgeView struct {
	Title, Meaning, When, Edit string
	On                         bool
	Types                      []nudgeView
	// Another leads to the form for a type of its own; empty where there is but one type.
	Another string
}

// nudgeFormView is the form of one nudge.
type nudgeFormView struct {
	Title, Action string
	Form          *page.Form
	Types         []ui.Option
	MayReset      bool
	Timed         bool
}

// reset is the address that forgets what was set.
func (v nudgeFormView) reset() string {
	if of := v.Form.Value("type"); of != "" {
		return v.Action + "?type=" + of
	}
	return v.Action
}

const nudgesPath = "/settings/nudges"

func nudgePath(kind nudge.Kind, of id.ID) string {
	at := nudgesPath + "/" + string(kind)
	if !of.Empty() {
		at += "?type=" + string(of)
	}
	return at
}

// when tells a rule in words: "After 2 min, at most 5 times, in working hours."
func when(n nudge.Nature, r nudge.Rule) string {
	var parts []string
	if n.Every > 0 {
		parts = append(parts, "After "+ui.Span(r.Delay))
	}
	switch r.Most {
	case 1:
		parts = append(parts, "once in an incident")
	default:
		parts = append(parts, "at most "+strconv.Itoa(r.Most)+" times in an incident")
	}
	if r.WorkingHours {
		parts = append(parts, "in working hours")
	}
	text := strings.Join(parts, ", ")
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

func (p *Pages) nudges(w http.ResponseWriter, r *http.Request) error {
	all, err := p.Nudges.Settings(r.Context())
	if err != nil {
		return err
	}
	types, err := p.Incidents.Types(r.Context())
	if err != nil {
		return err
	}
	v := nudgesView{On: p.Features.Enabled(r.Context(), nudge.Wanted)}
	for _, s := range all {
		one := nudgeView{Title: s.Title, Meaning: s.Meaning, When: when(s.Nature, s.Rule), On: s.Enabled, Edit: nudgePath(s.Nature.Kind, "")}
		for _, t := range s.Types {
			one.Types = append(one.Types, nudgeView{Title: typeName(types, t.Type), When: when(s.Nature, t.Rule), On: t.Enabled, Edit: nudgePath(s.Nature.Kind, t.Type)})
		}
		if len(types) > 1 && len(s.Types) < len(types) {
			one.Another = nudgesPath + "/" + string(s.Nature.Kind) + "?type=choose"
		}
		v.Nudges = append(v.Nudges, one)
	}
	return p.show(w, r, http.StatusOK, "nudges", "Nudges", nudgesPage(v))
}

func typeName(types []incident.Type, wanted id.ID) string {
	for _, t := range types {
		if t.ID == wanted {
			return t.Name
		}
	}
	return "A type that is archived"
}

// silence switches all nudges off, or on.
func (p *Pages) silence(w http.ResponseWriter, r *http.Request) error {
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	on := form.Has("on")
	if err := feature.Set(r.Context(), p.Features, nudge.Wanted, on); err != nil {
		return err
	}
	if on {
		return page.Done(w, r, nudgesPath, "Nudges are on")
	}
	return page.Done(w, r, nudgesPath, "Nudges are off")
}

func (p *Pages) nudgeForm(w http.ResponseWriter, r *http.Request) error {
	s, err := p.nudgeSetting(r.Context(), r.PathValue("nudge"))
	if err != nil {
		return err
	}
	of := r.URL.Query().Get("type")
	rule, own := s.Rule, s.Changed
	if of != "" {
		own = false
	}
	for _, t := range s.Types {
		if string(t.Type) == of {
			rule, own = t.Rule, true
		}
	}
	values := map[string]string{"type": of, "delay": strconv.Itoa(int(rule.Delay / time.Minute)), "most": strconv.Itoa(rule.Most), "enabled": "", "hours": ""}
	if rule.Enabled {
		values["enabled"] = "on"
	}
	if rule.WorkingHours {
		values["hours"] = "on"
	}
	return p.showNudge(w, r, http.StatusOK, s, page.NewForm(values), own)
}

func (p *Pages) showNudge(w http.ResponseWriter, r *http.Request, status int, s nudge.Setting, form *page.Form, own bool) error {
	v := nudgeFormView{Title: s.Title, Action: nudgePath(s.Nature.Kind, ""), Form: form, MayReset: own, Timed: s.Every > 0}
	if of := form.Value("type"); of != "" {
		types, err := p.Incidents.Types(r.Context())
		if err != nil {
			return err
		}
		for _, t := range types {
			if of == "choose" || string(t.ID) == of {
				v.Types = append(v.Types, ui.Option{Value: string(t.ID), Label: t.Name})
			}
		}
	}
	if page.Quiet(r) {
		return page.Part(w, r, status, nudgeDialog(v))
	}
	return p.Frame.ShowAs(w, r, status, page.Page{Title: v.Title, Section: "settings", Look: "app--form", Content: nudgeFormPage(v)})
}

func (p *Pages) nudgeSetting(ctx context.Context, kind string) (nudge.Setting, error) {
	all, err := p.Nudges.Settings(ctx)
	if err != nil {
		return nudge.Setting{}, err
	}
	for _, s := range all {
		if string(s.Nature.Kind) == kind {
			return s, nil
		}
	}
	return nudge.Setting{}, problem.Missing("nudge")
}

func (p *Pages) changeNudge(w http.ResponseWriter, r *http.Request) error {
	if _, err := tenant.Require(r.Context(), authz.UpdateOrganisation); err != nil {
		return err
	}
	s, err := p.nudgeSetting(r.Context(), r.PathValue("nudge"))
	if err != nil {
		return err
	}
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	rule := nudge.Rule{Enabled: form.Has("enabled"), WorkingHours: form.Has("hours"), Delay: s.Delay, Most: number(form.Value("most"))}
	if form.Has("delay") {
		rule.Delay = time.Duration(number(form.Value("delay"))) * time.Minute
	}
	err = p.Nudges.Change(r.Context(), nudge.Change{Nudge: s.Nature.Kind, Type: id.ID(form.Value("type")), Rule: rule})
	if err != nil {
		if !form.Take(err) {
			return err
		}
		return p.showNudge(w, r, page.Status(err), s, form, false)
	}
	return page.Done(w, r, nudgesPath, "Saved")
}

// number reads a whole number; what is none is 0, which no setting takes.
func number(typed string) int {
	n, err := strconv.Atoi(strings.TrimSpace(typed))
	if err != nil {
		return 0
	}
	return n
}

func (p *Pages) resetNudge(w http.ResponseWriter, r *http.Request) error {
	err := p.Nudges.Reset(r.Context(), nudge.Reset{Nudge: nudge.Kind(r.PathValue("nudge")), Type: id.ID(r.URL.Query().Get("type"))})
	if err != nil {
		return err
	}
	return page.Done(w, r, nudgesPath, "As it comes again")
}
