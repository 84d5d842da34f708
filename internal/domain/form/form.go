// Package form keeps what an organisation asks of its incidents: its custom fields, and the forms in which they and
// Muster's own questions stand at the moments of an incident's life.
package form

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/form/internal/db"
	"github.com/musterhq/muster/internal/domain/setting"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Service runs the verbs and reads of fields and forms.
type Service struct {
	db      *postgres.DB
	holders Holders
	// settings are where changes are written.
	settings *setting.Book
}

// New returns the service.
func New(db *postgres.DB, bus *event.Bus, clock clock.Clock, holders Holders) *Service {
	return &Service{db: db, holders: holders, settings: setting.New(db, bus, clock)}
}

// Moment is when a form is shown.
type Moment string

// The moments of an incident's life that have a form.
const (
	Declare       Moment = "declare"
	Accept        Moment = "accept"
	Update        Moment = "update"
	Resolve       Moment = "resolve"
	Retrospective Moment = "retrospective"
)

// Moments lists the moments in their order.
func Moments() []Moment { return []Moment{Declare, Accept, Update, Resolve, Retrospective} }

// Label returns the moment's name for people.
func (m Moment) Label() string {
	return map[Moment]string{
		Declare: "When it is declared", Accept: "When it is accepted out of triage", Update: "In each update",
		Resolve: "When it is closed", Retrospective: "When it is written down afterwards",
	}[m]
}

// Kind is what an element of a form is: one of Muster's own questions, a custom field, or something to read.
type Kind string

// The kinds of element.
const (
	Name       Kind = "name"
	Summary    Kind = "summary"
	Severity   Kind = "severity"
	Status     Kind = "status"
	Type       Kind = "type"
	Lead       Kind = "lead"
	Visibility Kind = "visibility"
	Message    Kind = "message"
	Next       Kind = "next"
	Custom     Kind = "field"
	Text       Kind = "text"
	Divider    Kind = "divider"
)

// Label returns the kind's name for people.
func (k Kind) Label() string {
	return map[Kind]string{
		Name: "Name", Summary: "Summary", Severity: "Severity", Status: "Status", Type: "Type", Lead: "Lead", Visibility: "Private or not",
		Message: "Message", Next: "Next update", Custom: "Field", Text: "Text to read", Divider: "Line",
	}[k]
}

// Required says when an element must be answered.
type Required string

// The requirements. BeforeResolution lets an incident begin without the answer, and not end.
const (
	Never            Required = "never"
	Always           Required = "always"
	BeforeResolution Required = "before_resolution"
	When             Required = "when"
)

// Element is one line of a form.
type Element struct {
	Kind Kind `json:"kind"`
	// Field is the custom field of a Custom element.
	Field    id.ID    `json:"field,omitempty"`
	Required Required `json:"required,omitempty"`
	// RequiredWhen says when a When element is required.
	RequiredWhen Groups `json:"required_when,omitempty"`
	// ShownWhen says when the element is shown; empty is always.
	ShownWhen Groups `json:"shown_when,omitempty"`
	// Default is the answer of who gives none.
	Default []string `json:"default,omitempty"`
	// Help stands under the question, or is the words of a Text.
	Help string `json:"help,omitempty"`
}

// Key names the element within its form; a Text or Divider has none.
func (e Element) Key() string {
	switch e.Kind {
	case Custom:
		return FieldKey(e.Field)
	case Text, Divider:
		return ""
	default:
		return string(e.Kind)
	}
}

// FieldKey names a custom field in problems and forms.
func FieldKey(field id.ID) string { return "field_" + string(field) }

// Form is what is asked at a moment of a type of incident.
type Form struct {
	Type     id.ID
	Moment   Moment
	Elements []Element
	// Own tells that the organisation made it; else it is Muster's.
	Own     bool
	Version int32
	// Fields are all custom fields in use.
	Fields []Field
}

// Field returns a custom field of the organisation.
func (f Form) Field(wanted id.ID) (Field, bool) {
	at := slices.IndexFunc(f.Fields, func(one Field) bool { return one.ID == wanted })
	if at < 0 {
		return Field{}, false
	}
	return f.Fields[at], true
}

// Asks returns the element that asks for something, by its key.
func (f Form) Asks(key string) (Element, bool) {
	at := slices.IndexFunc(f.Elements, func(e Element) bool { return e.Key() == key })
	if at < 0 {
		return Element{}, false
	}
	return f.Elements[at], true
}

// Shows reports whether one of Muster's own questions stands in the form in a situation.
func (f Form) Shows(k Kind, s Situation) bool {
	e, there := f.Asks(string(k))
	return there && e.ShownWhen.Hold(s)
}

// DependsOn reports whether what the form asks changes with the answer to a subject of conditions.
func (f Form) DependsOn(subject string) bool {
	return slices.ContainsFunc(f.Elements, func(e Element) bool {
		return slices.ContainsFunc(slices.Concat(e.ShownWhen, e.RequiredWhen), func(group []Condition) bool {
			return slices.ContainsFunc(group, func(c Condition) bool { return c.Subject == subject })
		})
	})
}

// builtIn lists the questions of Muster's own that each moment can have; the first so many must stay.
var builtIn = map[Moment]struct {
	kinds []Kind
	fixed int
}{
	Declare:       {[]Kind{Name, Severity, Summary, Lead, Type, Visibility}, 1},
	Accept:        {[]Kind{Severity, Type, Summary, Lead, Name}, 0},
	Update:        {[]Kind{Message, Status, Severity, Next}, 2},
	Resolve:       {[]Kind{Message}, 1},
	Retrospective: {[]Kind{Name, Severity, Type, Summary, Lead}, 1},
}

// BuiltIn lists Muster's own questions of a moment, and reports of one whether it may be left out.
func BuiltIn(m Moment) (kinds []Kind, optional func(Kind) bool) {
	own := builtIn[m]
	return own.kinds, func(k Kind) bool { return slices.Index(own.kinds, k) >= own.fixed }
}

// Standard is what Muster asks by itself.
func Standard(m Moment) []Element {
	var elements []Element
	for n, kind := range builtIn[m].kinds {
		e := Element{Kind: kind, Required: Never}
		if n == 0 && (kind == Name || m == Update) {
			e.Required = Always
		}
		elements = append(elements, e)
	}
	return elements
}

// Find reads a form within a transaction.
func Find(ctx context.Context, tx pgx.Tx, kind id.ID, moment Moment) (Form, error) {
	all, err := FindAll(ctx, tx, kind)
	return all[moment], err
}

// FindAll reads the forms of a type of incident within a transaction.
func FindAll(ctx context.Context, tx pgx.Tx, kind id.ID) (map[Moment]Form, error) {
	q := db.New(tx)
	rows, err := q.FormsOf(ctx, kind)
	if err != nil {
		return nil, fmt.Errorf("read the forms: %w", err)
	}
	fields, err := FindFields(ctx, tx, false)
	if err != nil {
		return nil, err
	}
	all := map[Moment]Form{}
	for _, m := range Moments() {
		all[m] = Form{Type: kind, Moment: m, Elements: Standard(m), Fields: fields}
	}
	for _, row := range rows {
		f := Form{Type: kind, Moment: Moment(row.Moment), Own: true, Version: row.RowVersion, Fields: fields}
		if err := json.Unmarshal(row.Elements, &f.Elements); err != nil {
			return nil, fmt.Errorf("read the form %s of %s: %w", row.Moment, kind, err)
		}
		// What was archived since is asked no more.
		f.Elements = slices.DeleteFunc(f.Elements, func(e Element) bool {
			_, known := f.Field(e.Field)
			return e.Kind == Custom && !known
		})
		all[f.Moment] = f
	}
	return all, nil
}
