package form

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/form/internal/db"
	"github.com/musterhq/muster/internal/domain/setting"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// SaveForm says what is asked at a moment of a type of incident. Version is the one that the editor saw, 0 for a form
// that was Muster's own; -1 is not checked.
type SaveForm struct {
	Type     id.ID
	Moment   Moment
	Elements []Element
	Version  int32
}

// ResetForm makes the form Muster's own again.
type ResetForm struct {
	Type   id.ID
	Moment Moment
}

// mostElements is how long a form is at most.
const mostElements = 60

// Forms returns the forms of a type of incident by moment.
func (s *Service) Forms(ctx context.Context, kind id.ID) (map[Moment]Form, error) {
	if _, err := tenant.Require(ctx, authz.ViewFields); err != nil {
		return nil, err
	}
	var all map[Moment]Form
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := typeName(ctx, db.New(tx), kind); err != nil {
			return err
		}
		var err error
		all, err = FindAll(ctx, tx, kind)
		return err
	})
	return all, err
}

func typeName(ctx context.Context, q *db.Queries, kind id.ID) (string, error) {
	types, err := q.TypeNames(ctx)
	if err != nil {
		return "", fmt.Errorf("read the incident types: %w", err)
	}
	for _, one := range types {
		if one.ID == kind {
			return one.Name, nil
		}
	}
	return "", problem.Missing("incident type")
}

// SaveForm writes a form.
func (s *Service) SaveForm(ctx context.Context, cmd SaveForm) error {
	return s.change(ctx, "form", func(ctx context.Context, t turn) (setting.Change, error) {
		if _, err := lockFields(ctx, t); err != nil { // forms and fields change one after the other
			return setting.Change{}, err
		}
		kind, err := typeName(ctx, t.q, cmd.Type)
		if err != nil {
			return setting.Change{}, err
		}
		old, err := Find(ctx, t.Tx, cmd.Type, cmd.Moment)
		if err != nil {
			return setting.Change{}, err
		}
		edited := old
		if edited.Elements, err = checkElements(cmd.Moment, cmd.Elements, old.Fields); err != nil {
			return setting.Change{}, err
		}
		if cmd.Version >= 0 && cmd.Version != old.Version {
			return setting.Change{}, errStale
		}
		if err := putForm(ctx, t.q, edited, t.At); err != nil {
			return setting.Change{}, err
		}
		return setting.Change{What: "edited", ID: cmd.Type, Before: old.told(kind), After: edited.told(kind)}, nil
	})
}

// ResetForm drops a form of the organisation's own.
func (s *Service) ResetForm(ctx context.Context, cmd ResetForm) error {
	return s.change(ctx, "form", func(ctx context.Context, t turn) (setting.Change, error) {
		kind, err := typeName(ctx, t.q, cmd.Type)
		if err != nil {
			return setting.Change{}, err
		}
		old, err := Find(ctx, t.Tx, cmd.Type, cmd.Moment)
		if err != nil || !old.Own {
			return setting.Change{}, err
		}
		if err := t.q.DropForm(ctx, db.DropFormParams{IncidentTypeID: cmd.Type, Moment: string(cmd.Moment)}); err != nil {
			return setting.Change{}, fmt.Errorf("drop the form: %w", err)
		}
		return setting.Change{What: "reset", ID: cmd.Type, Before: old.told(kind)}, nil
	})
}

func putForm(ctx context.Context, q *db.Queries, f Form, at time.Time) error {
	elements, err := json.Marshal(f.Elements)
	if err != nil {
		return fmt.Errorf("write the form: %w", err)
	}
	if err := q.PutForm(ctx, db.PutFormParams{IncidentTypeID: f.Type, Moment: string(f.Moment), Elements: elements, At: at}); err != nil {
		return fmt.Errorf("write the form: %w", err)
	}
	return nil
}

// told is what the audit log keeps of a form, in words.
func (f Form) told(kind string) map[string]any {
	lines := make([]string, len(f.Elements))
	for n, e := range f.Elements {
		lines[n] = f.Label(e)
		switch e.Required {
		case Always:
			lines[n] += " (always needed)"
		case BeforeResolution:
			lines[n] += " (needed before it ends)"
		case When:
			lines[n] += " (needed under conditions)"
		}
		if len(e.ShownWhen) > 0 {
			lines[n] += " (shown under conditions)"
		}
	}
	return map[string]any{"form": kind + ", " + strings.ToLower(f.Moment.Label()), "asks": lines}
}

// Label names an element for people.
func (f Form) Label(e Element) string {
	if e.Kind == Custom {
		field, _ := f.Field(e.Field)
		return field.Name
	}
	return e.Kind.Label()
}

// checkElements tidies the elements of a form and refuses what cannot be.
func checkElements(m Moment, elements []Element, fields []Field) ([]Element, error) {
	own, known := builtIn[m]
	if !known {
		return nil, problem.Field("moment", "unknown", "There is no form for the moment %q.", m)
	}
	if len(elements) > mostElements {
		return nil, problem.Field("elements", "too_many", "A form has %d lines at most. Nobody fills in more.", mostElements)
	}
	f := Form{Fields: fields}
	seen := map[string]bool{}
	var problems problem.List
	out := make([]Element, 0, len(elements))
	for _, e := range elements {
		key := e.Key()
		field, isField := f.Field(e.Field)
		switch {
		case e.Kind == Custom && !isField:
			return nil, problem.Missing("field")
		case e.Kind != Custom && e.Kind != Text && e.Kind != Divider && !slices.Contains(own.kinds, e.Kind):
			return nil, problem.Field("elements", "unknown", "%q cannot be asked at this moment.", e.Kind)
		case key != "" && seen[key]:
			return nil, problem.Field("elements", "twice", "%s stands in the form twice.", f.Label(e))
		}
		seen[key] = key != ""
		var err error
		if e.Help, err = setting.Text("help", e.Help, mostAbout); err != nil {
			return nil, err
		}
		if e.Kind == Text && e.Help == "" {
			problems = append(problems, problem.Field("help", "is_required", "Write what people are to read here."))
		}
		if e.Required == "" || e.Kind == Text || e.Kind == Divider {
			e.Required = Never
		}
		if !slices.Contains([]Required{Never, Always, BeforeResolution, When}, e.Required) {
			return nil, problem.Field("required", "unknown", "Required is never, always, before_resolution or when.")
		}
		if e.Required == When && len(e.RequiredWhen) == 0 {
			problems = append(problems, problem.Field("required_when", "is_required", "Say when %s is needed.", f.Label(e)))
		}
		if e.Required != When {
			e.RequiredWhen = nil
		}
		if slices.Index(own.kinds, e.Kind) >= 0 && slices.Index(own.kinds, e.Kind) < own.fixed {
			e.ShownWhen = nil
		}
		for _, groups := range []Groups{e.RequiredWhen, e.ShownWhen} {
			problems = append(problems, problem.All(checkGroups(groups, key, f))...)
		}
		if e.Kind == Custom && len(e.Default) > 0 {
			if e.Default, _ = field.tidy(e.Default, nil); e.Default == nil {
				problems = append(problems, problem.Field("default", "invalid", "This is no value of %s.", field.Name))
			}
		} else {
			e.Default, e.Field = nil, map[bool]id.ID{true: e.Field}[e.Kind == Custom]
		}
		out = append(out, e)
	}
	for _, kind := range own.kinds[:own.fixed] {
		if !seen[string(kind)] {
			problems = append(problems, problem.Field("elements", "is_required", "%s cannot be left out of this form.", kind.Label()))
		}
	}
	return out, problems.Err()
}

func checkGroups(groups Groups, self string, f Form) error {
	if len(groups) > 10 {
		return problem.Field("conditions", "too_many", "There are 10 groups of conditions at most.")
	}
	for _, group := range groups {
		if len(group) == 0 || len(group) > 10 {
			return problem.Field("conditions", "invalid", "A group has 1 to 10 conditions.")
		}
		for _, c := range group {
			name, isField := strings.CutPrefix(c.Subject, FieldKey(""))
			_, known := f.Field(id.ID(name))
			switch {
			case isField && !known:
				return problem.Missing("field")
			case !isField && !slices.Contains([]Kind{Severity, Status, Type, Visibility}, Kind(c.Subject)):
				return problem.Field("conditions", "unknown", "Nothing is known of %q.", c.Subject)
			case c.Subject == self:
				return problem.Field("conditions", "circle", "Nothing can depend on its own answer.")
			case c.Operation == IsSet || c.Operation == IsBlank:
			case !slices.Contains([]Operation{OneOf, NotOneOf, AtLeast, AtMost}, c.Operation):
				return problem.Field("conditions", "unknown", "There is no comparison %q.", c.Operation)
			case len(c.Values) == 0 || len(c.Values) > mostOptions:
				return problem.Field("conditions", "is_required", "Choose what to compare with.")
			}
		}
	}
	return nil
}

// place asks for a new field in the forms of every type.
func (s *Service) place(ctx context.Context, t turn, field Field, at map[Moment]Required) error {
	if len(at) == 0 {
		return nil
	}
	types, err := t.q.TypeNames(ctx)
	if err != nil {
		return fmt.Errorf("read the incident types: %w", err)
	}
	for _, kind := range types {
		forms, err := FindAll(ctx, t.Tx, kind.ID)
		if err != nil {
			return err
		}
		for _, m := range Moments() {
			required, wanted := at[m]
			if !wanted {
				continue
			}
			f := forms[m]
			// Before what is optional of Muster's own at the end, which is folded away.
			to := len(f.Elements)
			for to > 0 && f.Elements[to-1].Folds() {
				to--
			}
			f.Elements = slices.Insert(slices.Clone(f.Elements), to, Element{Kind: Custom, Field: field.ID, Required: required})
			if f.Elements, err = checkElements(m, f.Elements, f.Fields); err != nil {
				return err
			}
			if err := putForm(ctx, t.q, f, t.At); err != nil {
				return err
			}
		}
	}
	return nil
}

// Folds reports whether the element may be folded away at the end of a form: one of Muster's own that nobody needs.
func (e Element) Folds() bool {
	return slices.Contains([]Kind{Summary, Lead, Type, Visibility}, e.Kind) && e.Required == Never
}

// rewrite gives the forms that people made other elements.
func rewrite(ctx context.Context, tx pgx.Tx, at time.Time, of func(Form) []Element) error {
	forms, err := madeForms(ctx, tx)
	if err != nil {
		return err
	}
	for _, f := range forms {
		before, err := json.Marshal(f.Elements)
		if err != nil {
			return fmt.Errorf("write the form: %w", err)
		}
		f.Elements = of(f)
		if after, err := json.Marshal(f.Elements); err != nil || string(after) == string(before) {
			continue
		}
		if err := putForm(ctx, db.New(tx), f, at); err != nil {
			return err
		}
	}
	return nil
}

// madeForms reads the forms that the organisation made.
func madeForms(ctx context.Context, tx pgx.Tx) ([]Form, error) {
	rows, err := db.New(tx).Forms(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the forms: %w", err)
	}
	forms := make([]Form, len(rows))
	for n, row := range rows {
		forms[n] = Form{Type: row.IncidentTypeID, Moment: Moment(row.Moment), Own: true, Version: row.RowVersion}
		if err := json.Unmarshal(row.Elements, &forms[n].Elements); err != nil {
			return nil, fmt.Errorf("read the form %s: %w", row.Moment, err)
		}
	}
	return forms, nil
}

// without drops a field from elements and from what they depend on.
func without(elements []Element, field id.ID) []Element {
	key := FieldKey(field)
	drop := func(groups Groups) Groups {
		var kept Groups
		for _, group := range groups {
			group = slices.DeleteFunc(slices.Clone(group), func(c Condition) bool { return c.Subject == key })
			if len(group) > 0 {
				kept = append(kept, group)
			}
		}
		return kept
	}
	var kept []Element
	for _, e := range elements {
		if e.Kind == Custom && e.Field == field {
			continue
		}
		e.ShownWhen, e.RequiredWhen = drop(e.ShownWhen), drop(e.RequiredWhen)
		if e.Required == When && len(e.RequiredWhen) == 0 {
			e.Required = Never
		}
		kept = append(kept, e)
	}
	return kept
}
