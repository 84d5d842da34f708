package incidents

import (
	"context"
	"fmt"
	"time"

	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/rest"
)

// AssignmentV2 says who holds a role.
type AssignmentV2 struct {
	Role     string           `json:"incident_role_id" required:"true" doc:"The role." example:"01FH5TZRWMNAFB0DZ23FD1TV96"`
	Assignee *PersonReference `json:"assignee" doc:"Who holds it; nobody when left out."`
}

// SchemaName names it in the document.
func (AssignmentV2) SchemaName() string { return "WriteAssignmentV2" }

// EntryV2 says what an incident has in a custom field.
type EntryV2 struct {
	Field  string    `json:"custom_field_id" required:"true" doc:"The field." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	Values []ValueV2 `json:"values" required:"true" doc:"What the incident has in it from now on; an empty list clears it."`
}

// SchemaName names it in the document.
func (EntryV2) SchemaName() string { return "WriteFieldEntryV2" }

// ValueV2 is one value; give the one that suits the field.
type ValueV2 struct {
	ID        string `json:"id" doc:"Names a value that was read; it does not matter."`
	Option    string `json:"value_option_id" doc:"For selects: the id of an option." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	Text      string `json:"value_text" doc:"For texts." example:"ACME-42"`
	Link      string `json:"value_link" doc:"For links." example:"https://status.example.com"`
	Numeric   string `json:"value_numeric" doc:"For numbers, written out." example:"123.456"`
	Catalog   string `json:"value_catalog_entry_id" doc:"For fields of the catalog."`
	Timestamp string `json:"value_timestamp" doc:"For fields with moments, which there are none of."`
}

// SchemaName names it in the document.
func (ValueV2) SchemaName() string { return "WriteFieldValueV2" }

// TimeV2 says when something happened.
type TimeV2 struct {
	Timestamp string     `json:"incident_timestamp_id" required:"true" doc:"The timestamp." example:"01FCNDV6P870EA6S7TK1DSYD5H"`
	Value     *time.Time `json:"value" doc:"When it was; not known when left out." example:"2026-05-01T09:30:00Z"`
}

// SchemaName names it in the document.
func (TimeV2) SchemaName() string { return "WriteTimestampV2" }

// written is what the parts of a body come to, and where in the body each thing stands.
type written struct {
	roles  map[id.ID]id.ID
	fields form.Values
	times  map[id.ID]*time.Time
	// places are the fields of the verbs' problems in the words of the body.
	places map[string]string
	wrong  problem.List
}

func (f family) written(ctx context.Context, at string, roles []AssignmentV2, fields []EntryV2, times []TimeV2) (written, error) {
	w := written{roles: map[id.ID]id.ID{}, fields: form.Values{}, times: map[id.ID]*time.Time{}, places: map[string]string{}}
	for n, one := range roles {
		place, role := fmt.Sprintf("%sincident_role_assignments[%d]", at, n), id.ID(one.Role)
		w.places[incident.RoleField(role)] = place
		who, err := f.who(ctx, place+".assignee", one.Assignee)
		for _, p := range problem.All(err) {
			if p.Kind == problem.Internal {
				return w, err
			}
			w.wrong = append(w.wrong, p)
		}
		if _, twice := w.roles[role]; twice {
			w.wrong = append(w.wrong, problem.Field(place+".incident_role_id", "duplicate", "The role is named twice."))
		}
		w.roles[role] = who
	}
	for n, one := range fields {
		place, field := fmt.Sprintf("%scustom_field_entries[%d]", at, n), id.ID(one.Field)
		w.places[form.FieldKey(field)] = place
		if _, twice := w.fields[field]; twice {
			w.wrong = append(w.wrong, problem.Field(place+".custom_field_id", "duplicate", "The field is named twice."))
		}
		w.fields[field] = []string{}
		for m, value := range one.Values {
			text, err := value.text(fmt.Sprintf("%s.values[%d]", place, m))
			if err != nil {
				w.wrong = append(w.wrong, err)
				continue
			}
			w.fields[field] = append(w.fields[field], text)
		}
	}
	for n, one := range times {
		place, timestamp := fmt.Sprintf("%sincident_timestamp_values[%d]", at, n), id.ID(one.Timestamp)
		w.places[incident.TimestampField(timestamp)] = place + ".value"
		if _, twice := w.times[timestamp]; twice {
			w.wrong = append(w.wrong, problem.Field(place+".incident_timestamp_id", "duplicate", "The timestamp is named twice."))
		}
		w.times[timestamp] = one.Value
	}
	return w, w.wrong.Err()
}

// text is the value that is there.
func (v ValueV2) text(place string) (string, *problem.Error) {
	if v.Catalog != "" {
		return "", problem.Field(place+".value_catalog_entry_id", "unsupported", "There are no fields of the catalog yet.")
	}
	if v.Timestamp != "" {
		return "", problem.Field(place+".value_timestamp", "unsupported", "There are no fields with moments.")
	}
	for _, text := range []string{v.Option, v.Text, v.Link, v.Numeric} {
		if text != "" {
			return text, nil
		}
	}
	return "", nil
}

// told names the fields of a verb's problems as the body does. A thing that the body names and that there is not is the
// body's mistake: only what the path names is missing.
func (w written) told(err error, names map[string]string) error {
	for field, place := range w.places {
		names[field] = place
	}
	err = rest.Rename(err, names)
	all := problem.All(err)
	for n, p := range all {
		if p.Kind == problem.NotFound && p.Field != "" {
			mistaken := *p
			mistaken.Kind, mistaken.Code = problem.Invalid, "unknown"
			all[n] = &mistaken
		}
	}
	if len(all) == 1 && all[0].Kind == problem.Internal {
		return err
	}
	return all.Err()
}
