package incident

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Record is an incident as programs read it: all that belongs to it in one piece, with people by their ids.
type Record struct {
	ID        id.ID
	Number    int64
	Reference string
	Name      string
	// Summary is what was typed.
	Summary  string
	Type     Type
	Status   Status
	Severity *Severity
	Mode     Mode
	Private  bool
	Creator  tenant.Actor
	// CreatedAt is when it was written down, DeclaredAt when it began; they differ for what was over by then.
	CreatedAt, DeclaredAt time.Time
	UpdatedAt             time.Time
	ClosedAt              *time.Time
	// Roles, Times and Answers are those in use and those that the incident has something in, by rank.
	Roles   []RoleRecord
	Times   []TimeRecord
	Answers []AnswerRecord
	// Durations are all that the organisation measures, by rank.
	Durations []DurationValue
	// CallURL is where those who work on it talk to each other, PostmortemURL where what was learned is written down;
	// empty for nowhere.
	CallURL, PostmortemURL string
}

// RoleRecord is a role in an incident; nobody holds it where Holder is empty.
type RoleRecord struct {
	Role   Role
	Holder id.ID
}

// TimeRecord is a timestamp of an incident; At is nil where it is not known.
type TimeRecord struct {
	Timestamp Timestamp
	At        *time.Time
}

// AnswerRecord is a custom field of an incident. Values are ids of options or one text; there are none where nothing is said.
type AnswerRecord struct {
	Field  form.Field
	Values []string
}

// People lists everybody whom the records name.
func (r Record) People() []id.ID {
	var people []id.ID
	if r.Creator.Type == tenant.User {
		people = append(people, r.Creator.ID)
	}
	for _, role := range r.Roles {
		if !role.Holder.Empty() {
			people = append(people, role.Holder)
		}
	}
	return people
}

// Record returns one incident as programs read it.
func (s *Service) Record(ctx context.Context, incident id.ID) (Record, error) {
	records, err := s.RecordsOf(ctx, incident)
	if err == nil && len(records) == 0 {
		err = problem.Missing("incident")
	}
	if err != nil {
		return Record{}, err
	}
	return records[0], nil
}

// RecordsOf returns those of the incidents that the actor sees, in the order given. However many they are, the database
// is asked as often.
func (s *Service) RecordsOf(ctx context.Context, incidents ...id.ID) ([]Record, error) {
	var records []Record
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, _ *db.Queries) error {
		var known vocabulary
		var rows []recordRow
		err := postgres.Together(
			ctx,
			func(ctx context.Context) error { return known.read(ctx, s) },
			func(ctx context.Context) error {
				return s.read(ctx, func(ctx context.Context, tx pgx.Tx, _ *db.Queries) (err error) {
					rows, err = readRows(ctx, tx, "i.organisation_id = (SELECT muster.current_organisation()) AND i.id = ANY ($1::text[])", id.Strings(incidents))
					return err
				})
			},
		)
		if err != nil {
			return err
		}
		slices.SortFunc(rows, func(a, b recordRow) int { return slices.Index(incidents, a.ID) - slices.Index(incidents, b.ID) })
		records, err = known.fill(ctx, s, rows)
		return err
	})
	return records, err
}

// vocabulary is all that an organisation's incidents are described with, archived or not.
type vocabulary struct {
	statuses   map[id.ID]Status
	severities map[id.ID]Severity
	types      map[id.ID]Type
	roles      []Role
	timestamps []Timestamp
	metrics    []DurationMetric
	fields     []form.Field
}

func (v *vocabulary) read(ctx context.Context, s *Service) error {
	return s.together(
		ctx,
		func(ctx context.Context, _ pgx.Tx, q *db.Queries) (err error) {
			v.statuses, err = byID(ctx, q.AllStatuses, statusOf, func(one Status) id.ID { return one.ID })
			return err
		},
		func(ctx context.Context, _ pgx.Tx, q *db.Queries) (err error) {
			all := func(ctx context.Context) ([]db.MusterSeverity, error) { return q.Severities(ctx, true) }
			v.severities, err = byID(ctx, all, severityOf, func(one Severity) id.ID { return one.ID })
			return err
		},
		func(ctx context.Context, _ pgx.Tx, q *db.Queries) (err error) {
			v.types, err = byID(ctx, q.AllTypes, typeOf, func(one Type) id.ID { return one.ID })
			return err
		},
		func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
			rows, err := q.Roles(ctx, true)
			for _, row := range rows {
				v.roles = append(v.roles, roleOf(row))
			}
			return err
		},
		func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
			rows, err := q.Timestamps(ctx, true)
			v.timestamps = timestampsOf(rows)
			return err
		},
		func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
			rows, err := q.Durations(ctx)
			for _, row := range rows {
				v.metrics = append(v.metrics, durationOf(row))
			}
			return err
		},
		func(ctx context.Context, tx pgx.Tx, _ *db.Queries) (err error) {
			v.fields, err = form.FindFields(ctx, tx, true)
			return err
		},
	)
}

func byID[R, T any](ctx context.Context, read func(context.Context) ([]R, error), of func(R) T, key func(T) id.ID) (map[id.ID]T, error) {
	rows, err := read(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what incidents are described with: %w", err)
	}
	all := make(map[id.ID]T, len(rows))
	for _, row := range rows {
		one := of(row)
		all[key(one)] = one
	}
	return all, nil
}

// recordRow is an incident's own row.
type recordRow struct {
	Record
	kind, status, severity id.ID
}

// readRows reads the incidents of which a condition holds; an order and a limit may follow it.
func readRows(ctx context.Context, tx pgx.Tx, condition string, args ...any) ([]recordRow, error) {
	rows, err := tx.Query(ctx, `SELECT i.id, i.number, i.name, i.summary_source, i.type_id, i.status_id, i.severity_id, i.mode, i.private,
			i.creator_type, i.creator_id, i.creator_name, i.created_at, i.declared_at, i.updated_at, i.closed_at, i.call_url, i.postmortem_url
		FROM muster.incident i WHERE `+condition, args...)
	if err != nil {
		return nil, fmt.Errorf("read incidents: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (recordRow, error) {
		var r recordRow
		var number *int64
		err := row.Scan(&r.ID, &number, &r.Name, &r.Summary, &r.kind, &r.status, &r.severity, &r.Mode, &r.Private,
			&r.Creator.Type, &r.Creator.ID, &r.Creator.Name, &r.CreatedAt, &r.DeclaredAt, &r.UpdatedAt, &r.ClosedAt, &r.CallURL, &r.PostmortemURL)
		if number != nil {
			r.Number, r.Reference = *number, Reference(*number)
		}
		return r, err
	})
	if err != nil {
		return nil, fmt.Errorf("read incidents: %w", err)
	}
	return list, nil
}

// belongings are what incidents have in other tables, by incident.
type belongings struct {
	holders map[id.ID]map[id.ID]id.ID
	times   map[id.ID]map[id.ID]time.Time
	answers map[id.ID]form.Values
}

// fill puts together what incidents have with what the organisation calls it.
func (v *vocabulary) fill(ctx context.Context, s *Service, rows []recordRow) ([]Record, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	ids := make([]string, len(rows))
	for n, row := range rows {
		ids[n] = string(row.ID)
	}
	var have belongings
	if err := have.read(ctx, s, ids); err != nil {
		return nil, err
	}
	records := make([]Record, len(rows))
	for n, row := range rows {
		records[n] = v.record(row, have)
	}
	return records, nil
}

func (b *belongings) read(ctx context.Context, s *Service, incidents []string) error {
	b.holders, b.times, b.answers = map[id.ID]map[id.ID]id.ID{}, map[id.ID]map[id.ID]time.Time{}, map[id.ID]form.Values{}
	return s.together(
		ctx,
		func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
			rows, err := q.HoldersOf(ctx, incidents)
			for _, row := range rows {
				within(b.holders, row.IncidentID)[row.RoleID] = row.UserID
			}
			return err
		},
		func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
			rows, err := q.MomentsOf(ctx, incidents)
			for _, row := range rows {
				within(b.times, row.IncidentID)[row.TimestampID] = row.Value
			}
			return err
		},
		func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
			rows, err := q.FieldValuesOf(ctx, incidents)
			for _, row := range rows {
				value := row.Value
				if !row.OptionID.Empty() {
					value = string(row.OptionID)
				}
				answers := within(b.answers, row.IncidentID)
				answers[row.CustomFieldID] = append(answers[row.CustomFieldID], value)
			}
			return err
		},
	)
}

// within returns the map of an incident, made when it is asked for first.
func within[M ~map[id.ID]T, T any](all map[id.ID]M, incident id.ID) M {
	if all[incident] == nil {
		all[incident] = M{}
	}
	return all[incident]
}

func (v *vocabulary) record(row recordRow, have belongings) Record {
	r := row.Record
	r.Type, r.Status = v.types[row.kind], v.statuses[row.status]
	if severity, judged := v.severities[row.severity]; judged {
		r.Severity = &severity
	}
	for _, role := range v.roles {
		if holder := have.holders[r.ID][role.ID]; !role.Archived || !holder.Empty() {
			r.Roles = append(r.Roles, RoleRecord{Role: role, Holder: holder})
		}
	}
	var known []TimestampValue
	for _, timestamp := range v.timestamps {
		one := TimeRecord{Timestamp: timestamp}
		if at, has := have.times[r.ID][timestamp.ID]; has {
			one.At = &at
			known = append(known, TimestampValue{ID: timestamp.ID, Name: timestamp.Name, At: at})
		}
		if !timestamp.Archived || one.At != nil {
			r.Times = append(r.Times, one)
		}
	}
	r.Durations = measure(v.metrics, known, r.Status.Category.Ongoing())
	for _, field := range v.fields {
		if values := have.answers[r.ID][field.ID]; !field.Archived || len(values) > 0 {
			r.Answers = append(r.Answers, AnswerRecord{Field: field, Values: values})
		}
	}
	return r
}
