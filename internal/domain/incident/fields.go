package incident

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// SetFields gives an incident other values in custom fields; no values clear one. Fields that are not named stay.
type SetFields struct {
	Incident id.ID
	Fields   form.Values
}

// FieldValue is a custom field of one incident.
type FieldValue struct {
	Field form.Field
	// Values are ids of options or one text, Words the same as people read them; both are empty where nothing is said.
	Values, Words []string
}

// SetFields writes custom fields.
func (s *Service) SetFields(ctx context.Context, cmd SetFields) (Outcome, error) {
	var out Outcome
	err := s.on(ctx, authz.EditIncidents, cmd.Incident, &out, func(ctx context.Context, t turn) error {
		book, err := openBook(ctx, t.tx, t.inc.Type, t.inc.ID)
		if err != nil {
			return err
		}
		answers, err := form.Tidy(book.fields, cmd.Fields, book.values)
		if err != nil {
			return err
		}
		if err := stillNeeded(book, t.inc, answers); err != nil {
			return err
		}
		out.Changed, err = s.writeFields(ctx, t, book, answers)
		return err
	})
	return out, err
}

// stillNeeded refuses to clear what an incident of this type always has.
func stillNeeded(book book, inc Held, answers form.Values) error {
	declared := book.forms[form.Declare]
	s := book.situation(inc)
	maps.Copy(s.Fields, answers)
	var problems problem.List
	for _, p := range problem.All(declared.Missing(s)) {
		field, isField := strings.CutPrefix(p.Field, form.FieldKey(""))
		if _, given := answers[id.ID(field)]; isField && given {
			problems = append(problems, p)
		}
	}
	return problems.Err()
}

// Situation is what the conditions of forms look at in the incident.
func (i Incident) Situation() form.Situation {
	s := form.Situation{
		Name: i.Name, Summary: i.Summary.Source, Status: i.Status.ID, Type: i.Type.ID, Private: i.Private, Fields: form.Values{}, Ranks: i.ranks,
	}
	if i.Severity != nil {
		s.Severity = i.Severity.ID
	}
	if lead := i.Lead(); lead != nil {
		s.Lead = lead.ID
	}
	for _, f := range i.Fields {
		s.Fields[f.Field.ID] = f.Values
	}
	return s
}

// book is what is needed to fill in the forms of an incident.
type book struct {
	forms  map[form.Moment]form.Form
	fields []form.Field
	values form.Values
	ranks  map[id.ID]int32
	lead   id.ID
}

// openBook reads the forms of a type, and what an incident has in them; there is none yet when it is declared.
func openBook(ctx context.Context, tx pgx.Tx, kind, incident id.ID) (book, error) {
	b := book{values: form.Values{}, ranks: map[id.ID]int32{}}
	var err error
	if b.forms, err = form.FindAll(ctx, tx, kind); err != nil {
		return b, err
	}
	b.fields = b.forms[form.Declare].Fields
	q := db.New(tx)
	severities, err := q.Severities(ctx, true)
	if err != nil {
		return b, fmt.Errorf("read the severities: %w", err)
	}
	for _, one := range severities {
		b.ranks[one.ID] = one.Rank
	}
	if incident.Empty() {
		return b, nil
	}
	if b.values, err = fieldValues(ctx, q, incident); err != nil {
		return b, err
	}
	holders, err := q.RoleHolders(ctx, incident)
	if err != nil {
		return b, fmt.Errorf("read the roles: %w", err)
	}
	for _, h := range holders {
		if h.MusterIncidentRole.RoleType == RoleLead {
			b.lead = h.HolderID
		}
	}
	return b, nil
}

// idle reports that the organisation asks for nothing of its own, which is how most begin.
func (b book) idle() bool {
	return len(b.fields) == 0 && !slices.ContainsFunc(form.Moments(), func(m form.Moment) bool { return b.forms[m].Own })
}

// situation is what conditions look at in an incident.
func (b book) situation(inc Held) form.Situation {
	return form.Situation{
		Name: inc.Name, Summary: inc.SummarySource, Severity: inc.Severity, Status: inc.Status, Type: inc.Type, Lead: b.lead, Private: inc.Private,
		Fields: maps.Clone(b.values), Ranks: b.ranks,
	}
}

func fieldValues(ctx context.Context, q *db.Queries, incident id.ID) (form.Values, error) {
	rows, err := q.FieldValues(ctx, incident)
	if err != nil {
		return nil, fmt.Errorf("read the fields: %w", err)
	}
	values := form.Values{}
	for _, row := range rows {
		value := row.Value
		if !row.OptionID.Empty() {
			value = string(row.OptionID)
		}
		values[row.CustomFieldID] = append(values[row.CustomFieldID], value)
	}
	return values, nil
}

// spared reports who is not held to forms: what has no hands to fill one in, and what is for learning only.
func spared(scope tenant.Scope, mode Mode) bool {
	switch scope.Actor.Type {
	case tenant.System, tenant.Alert, tenant.Workflow, tenant.APIKey:
		return true
	default:
		return mode == Tutorial || mode == Test
	}
}

// answered takes what the form of a moment was given. For who is spared, what is missing does not matter; what is wrong
// always does.
func answered(ctx context.Context, tx pgx.Tx, scope tenant.Scope, moment form.Moment, inc Held, lead id.ID, begun bool, given form.Values) (book, form.Values, error) {
	of := inc.ID
	if !begun {
		of = ""
	}
	b, err := openBook(ctx, tx, inc.Type, of)
	if err != nil || b.idle() && len(given) == 0 {
		return b, nil, err
	}
	s := b.situation(inc)
	if !begun {
		s.Lead = lead
	}
	answers, err := b.forms[moment].Answer(s, given)
	if err == nil || !spared(scope, inc.Mode) {
		return b, answers, err
	}
	if answers, err = form.Tidy(b.fields, given, b.values); err != nil {
		return b, nil, err
	}
	return b, answers, nil
}

// fillIn takes what the form of a moment was given for an incident as it will be, and writes what changed. When it ends
// by that, what must be known before it does is asked for, unless it is to end with gaps.
func (s *Service) fillIn(ctx context.Context, t turn, moment form.Moment, then Held, ends bool, given form.Values, gaps bool) error {
	b, answers, err := answered(ctx, t.tx, t.scope, moment, then, "", true, given)
	if err != nil {
		return err
	}
	if ends && !gaps && !b.idle() && !spared(t.scope, then.Mode) {
		situation := b.situation(then)
		maps.Copy(situation.Fields, answers)
		if err := form.Resolution(b.forms).Missing(situation); err != nil {
			return err
		}
	}
	_, err = s.writeFields(ctx, t, b, answers)
	return err
}

// ending reports whether a move ends the work on the problem itself.
func ending(inc Held, m move) bool {
	return m.needed && inc.Category.Ongoing() && inc.Category != CategoryTriage && (m.to.Category == CategoryLearning || m.to.Category == CategoryClosed)
}

// as is the incident as a verb will leave it, for conditions.
func (h Held) as(status id.ID, severity id.ID) Held {
	if !status.Empty() {
		h.Status = status
	}
	if !severity.Empty() {
		h.Severity = severity
	}
	return h
}

// writeFields writes the answers that are other than before, and tells each.
func (s *Service) writeFields(ctx context.Context, t turn, b book, answers form.Values) (bool, error) {
	changed := changedFields(b, answers)
	if len(changed) == 0 {
		return false, nil
	}
	before, after := map[string]any{}, map[string]any{}
	var events []FieldChanged
	for _, field := range changed {
		if err := putField(ctx, t.q, t.inc, field, answers[field.ID]); err != nil {
			return false, err
		}
		was, is := strings.Join(field.Words(b.values[field.ID]), ", "), strings.Join(field.Words(answers[field.ID]), ", ")
		before[field.Name], after[field.Name] = was, is
		events = append(events, FieldChanged{About: t.inc.About(), Field: field.ID, From: was, To: is})
	}
	if err := t.q.TouchIncident(ctx, db.TouchIncidentParams{At: t.at, ID: t.inc.ID}); err != nil {
		return false, fmt.Errorf("note the change: %w", err)
	}
	err := audit.Write(ctx, t.tx, t.at, audit.Entry{
		Action: "incident.fields_set", TargetType: "incident", TargetID: t.inc.ID, Incident: t.inc.ID, Private: t.inc.Private, Before: before, After: after,
	})
	if err != nil {
		return false, err
	}
	for _, e := range events {
		if err := s.bus.Publish(ctx, t.tx, e); err != nil {
			return false, err
		}
	}
	return true, nil
}

func changedFields(b book, answers form.Values) []form.Field {
	var changed []form.Field
	for _, field := range b.fields {
		if answer, given := answers[field.ID]; given && !slices.Equal(answer, b.values[field.ID]) {
			changed = append(changed, field)
		}
	}
	return changed
}

func putField(ctx context.Context, q *db.Queries, inc Held, field form.Field, values []string) error {
	if err := q.DropFieldValues(ctx, db.DropFieldValuesParams{IncidentID: inc.ID, CustomFieldID: field.ID}); err != nil {
		return fmt.Errorf("clear the field: %w", err)
	}
	return insertField(ctx, q, inc, field, values)
}

// insertField writes values where there are none.
func insertField(ctx context.Context, q *db.Queries, inc Held, field form.Field, values []string) error {
	for n, value := range values {
		row := db.InsertFieldValueParams{IncidentID: inc.ID, CustomFieldID: field.ID, Position: int32(n), Private: inc.Private, Value: value}
		if field.Type.Chosen() {
			row.OptionID, row.Value = id.ID(value), ""
		}
		if err := q.InsertFieldValue(ctx, row); err != nil {
			return fmt.Errorf("write the field: %w", err)
		}
	}
	return nil
}

// fieldsOf pairs the custom fields that an incident shows with what it has in them: those that its type asks for, and
// those that it has.
func fieldsOf(ctx context.Context, tx pgx.Tx, kind, incident id.ID) ([]FieldValue, error) {
	fields, err := form.FindFields(ctx, tx, true)
	if err != nil || len(fields) == 0 {
		return nil, err
	}
	values, err := fieldValues(ctx, db.New(tx), incident)
	if err != nil {
		return nil, err
	}
	forms, err := form.FindAll(ctx, tx, kind)
	if err != nil {
		return nil, err
	}
	placed := form.Placed(forms)
	var shown []FieldValue
	for _, field := range fields {
		asked := slices.ContainsFunc(placed, func(f form.Field) bool { return f.ID == field.ID })
		if has := values[field.ID]; asked || len(has) > 0 {
			shown = append(shown, FieldValue{Field: field, Values: has, Words: field.Words(has)})
		}
	}
	return shown, nil
}

// OptionHolders tells the domain of forms which incidents have an option, and gives the open ones another.
type OptionHolders struct{}

// Using counts the incidents that have an option: those that are not over, and all.
func (OptionHolders) Using(ctx context.Context, tx pgx.Tx, option id.ID) (open, all int64, err error) {
	row, err := db.New(tx).OptionUses(ctx, option)
	if err != nil {
		return 0, 0, fmt.Errorf("count the incidents with the option: %w", err)
	}
	return row.Open, row.AllOfThem, nil
}

// Swap gives the incidents that are not over another option of the same field.
func (OptionHolders) Swap(ctx context.Context, tx pgx.Tx, field, from, to id.ID) error {
	q := db.New(tx)
	open, err := q.OpenWithOption(ctx, from)
	if err != nil {
		return fmt.Errorf("find the incidents with the option: %w", err)
	}
	for _, incident := range open {
		inc, err := Lock(ctx, tx, incident)
		if err != nil {
			return err
		}
		values, err := fieldValues(ctx, q, incident)
		if err != nil {
			return err
		}
		var swapped []string
		for _, value := range values[field] {
			if value == string(from) {
				value = string(to)
			}
			if !slices.Contains(swapped, value) {
				swapped = append(swapped, value)
			}
		}
		if err := putField(ctx, q, inc, form.Field{ID: field, Type: form.MultiSelect}, swapped); err != nil {
			return err
		}
	}
	return nil
}
