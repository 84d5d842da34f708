package incident

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// read authorises a reader of incidents and runs fn in one snapshot.
func (s *Service) read(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx, q *db.Queries) error) error {
	return s.readAs(ctx, authz.ViewIncidents, fn)
}

// readAs authorises a reader by a permission and runs fn in one snapshot.
func (s *Service) readAs(ctx context.Context, permission authz.Permission, fn func(ctx context.Context, tx pgx.Tx, q *db.Queries) error) error {
	if _, err := tenant.Require(ctx, permission); err != nil {
		return err
	}
	return s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error { return fn(ctx, tx, db.New(tx)) })
}

// ByReference returns the id of the incident that people call "INC-12", "inc-12" or "12"; an id stays what it is.
func (s *Service) ByReference(ctx context.Context, reference string) (id.ID, error) {
	reference = strings.ToUpper(strings.TrimSpace(reference))
	var found id.ID
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, q *db.Queries) error {
		if given := id.ID(reference); given.Valid() {
			inc, err := Find(ctx, tx, given)
			found = inc.ID
			return err
		}
		n, err := strconv.ParseInt(strings.TrimPrefix(reference, "INC-"), 10, 64)
		if err != nil || n <= 0 {
			return problem.Missing("incident")
		}
		row, err := q.IncidentByNumber(ctx, n)
		if err != nil {
			_, err := held(db.FindIncidentRow{}, err)
			return err
		}
		found = row.ID
		// Whoever asks for it next in this transaction need not find it once more.
		_, err = postgres.Once(ctx, foundAs(found), func() (Held, error) { return held(db.FindIncidentRow(row), nil) })
		return err
	})
	return found, err
}

// Brief returns what an incident is called, for who needs no more of it.
func (s *Service) Brief(ctx context.Context, incident id.ID) (Brief, error) {
	var brief Brief
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, _ *db.Queries) error {
		inc, err := Find(ctx, tx, incident)
		brief = inc.brief()
		return err
	})
	return brief, err
}

// Get returns everything about one incident.
func (s *Service) Get(ctx context.Context, incident id.ID) (Incident, error) {
	var view Incident
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, _ *db.Queries) error {
		if !incident.Valid() {
			return problem.Missing("incident")
		}
		var parts details
		if err := parts.read(ctx, s, incident); err != nil {
			return err
		}
		var err error
		if view, err = incidentOf(parts.row); err != nil {
			return err
		}
		view.Severity, view.ranks = severityAmong(parts.severities, parts.row.SeverityID)
		view.Roles = rolesOf(parts.holders)
		view.times(parts)
		return s.together(
			ctx,
			func(ctx context.Context, _ pgx.Tx, q *db.Queries) error { return readAside(ctx, q, &view) },
			func(ctx context.Context, tx pgx.Tx, _ *db.Queries) (err error) {
				view.Fields, err = fieldsOf(ctx, tx, view.Type.ID, view.ID)
				return err
			},
			func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
				if parts.row.LastUpdateID.Empty() {
					return nil
				}
				updates, err := readUpdates(ctx, q, db.UpdatesParams{IncidentID: view.ID, UpdateID: optional(string(parts.row.LastUpdateID)), Count: 1})
				if len(updates) == 1 {
					view.LastUpdate = &updates[0]
				}
				return err
			},
		)
	})
	return view, err
}

// together is read for several that do not need each other.
func (s *Service) together(ctx context.Context, reads ...func(ctx context.Context, tx pgx.Tx, q *db.Queries) error) error {
	parts := make([]func(context.Context) error, len(reads))
	for n, read := range reads {
		parts[n] = func(ctx context.Context) error { return s.read(ctx, read) }
	}
	return postgres.Together(ctx, parts...)
}

// details are the rows of an incident's view that its id alone finds.
type details struct {
	row        db.ViewIncidentRow
	severities []db.MusterSeverity
	holders    []db.RoleHoldersRow
	values     []db.TimestampValuesRow
	durations  []db.MusterDurationMetric
	stamps     []db.MusterIncidentTimestamp
}

func (d *details) read(ctx context.Context, s *Service, incident id.ID) error {
	part := func(of string, read func(ctx context.Context, q *db.Queries) error) func(context.Context, pgx.Tx, *db.Queries) error {
		return func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
			err := read(ctx, q)
			if err != nil && !problem.Is(err, problem.NotFound) {
				err = fmt.Errorf("read the %s: %w", of, err)
			}
			return err
		}
	}
	return s.together(
		ctx,
		part("incident", func(ctx context.Context, q *db.Queries) (err error) {
			if d.row, err = q.ViewIncident(ctx, incident); postgres.None(err) {
				return problem.Missing("incident")
			}
			return err
		}),
		part("severities", func(ctx context.Context, q *db.Queries) (err error) {
			d.severities, err = q.Severities(ctx, true)
			return err
		}),
		part("roles", func(ctx context.Context, q *db.Queries) (err error) {
			d.holders, err = q.RoleHolders(ctx, incident)
			return err
		}),
		part("timestamps", func(ctx context.Context, q *db.Queries) (err error) {
			d.values, err = q.TimestampValues(ctx, incident)
			return err
		}),
		part("durations", func(ctx context.Context, q *db.Queries) (err error) {
			d.durations, err = q.Durations(ctx)
			return err
		}),
		part("kinds of timestamps", func(ctx context.Context, q *db.Queries) (err error) {
			d.stamps, err = q.Timestamps(ctx, true)
			return err
		}),
	)
}

func incidentOf(row db.ViewIncidentRow) (Incident, error) {
	summary, err := document(row.Summary, row.SummarySource)
	if err != nil {
		return Incident{}, fmt.Errorf("read the summary of %s: %w", row.ID, err)
	}
	view := Incident{
		ID: row.ID, Name: row.Name, Summary: summary, SummaryVersion: row.SummaryVersion,
		Type: typeOf(row.MusterIncidentType), Status: statusOf(row.MusterIncidentStatus), Mode: Mode(row.Mode), Private: row.Private, Quiet: row.Quiet,
		Creator:    tenant.Actor{Type: tenant.ActorType(row.CreatorType), ID: row.CreatorID, Name: row.CreatorName},
		DeclaredAt: row.DeclaredAt, UpdatedAt: row.UpdatedAt, ClosedAt: row.ClosedAt, Version: row.RowVersion,
		NextUpdateDueAt: row.NextUpdateDueAt, Reminders: int(row.UpdateReminders),
		Updates: int(row.Updates), Participants: int(row.Participants),
		You: You{Participation: Participation(row.YourKind), SeenAt: later(row.YourSeenAt, row.YourReadAt), BeforeAt: row.YourBeforeAt},
	}
	if row.Number != nil {
		view.Number, view.Reference = *row.Number, Reference(*row.Number)
	}
	return view, nil
}

// severityAmong finds a severity among all, and tells the rank of each.
func severityAmong(all []db.MusterSeverity, severity id.ID) (*Severity, map[id.ID]int32) {
	var found *Severity
	ranks := map[id.ID]int32{}
	for _, one := range all {
		ranks[one.ID] = one.Rank
		if one.ID == severity {
			known := severityOf(one)
			found = &known
		}
	}
	return found, ranks
}

func rolesOf(holders []db.RoleHoldersRow) []RoleHolder {
	var roles []RoleHolder
	for _, h := range holders {
		held := RoleHolder{Role: roleOf(h.MusterIncidentRole), Holder: personOf(h.HolderID, h.HolderName, h.AvatarKey, h.State)}
		if h.AssignedAt != nil {
			held.AssignedAt, held.Note, held.SeenAt = *h.AssignedAt, *h.Note, later(h.SeenAt, h.ReadRoomAt)
			held.Read = h.ReadAt != nil && !h.ReadAt.Before(held.AssignedAt)
		}
		if h.GivenByType != nil {
			held.GivenBy = tenant.Actor{Type: tenant.ActorType(*h.GivenByType), ID: h.GivenByID, Name: *h.GivenByName}
		}
		roles = append(roles, held)
	}
	return roles
}

// times takes the moments of the incident and works out what follows from them.
func (view *Incident) times(d details) {
	known := map[id.ID]time.Time{}
	for _, v := range d.values {
		view.Timestamps = append(view.Timestamps, TimestampValue{ID: v.ID, Name: v.Name, At: v.Value})
		known[v.ID] = v.Value
	}
	metrics := make([]DurationMetric, len(d.durations))
	for n, row := range d.durations {
		metrics[n] = durationOf(row)
	}
	view.Durations = measure(metrics, view.Timestamps, view.Status.Category.Ongoing())
	for _, wrong := range misplaced(timestampsOf(d.stamps), known) {
		view.OutOfOrder = append(view.OutOfOrder, wrong.String())
	}
}

// Updates lists up to limit updates of an incident, the newest first.
func (s *Service) Updates(ctx context.Context, incident id.ID, limit int) ([]Update, error) {
	var updates []Update
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, q *db.Queries) error {
		if _, err := Find(ctx, tx, incident); err != nil {
			return err
		}
		var err error
		updates, err = readUpdates(ctx, q, db.UpdatesParams{IncidentID: incident, Count: int32(min(max(limit, 1), 1000))})
		return err
	})
	return updates, err
}

func readUpdates(ctx context.Context, q *db.Queries, params db.UpdatesParams) ([]Update, error) {
	rows, err := q.Updates(ctx, params)
	if err != nil {
		return nil, fmt.Errorf("read the updates: %w", err)
	}
	updates := make([]Update, len(rows))
	for n, row := range rows {
		if updates[n], err = updateOf(row); err != nil {
			return nil, err
		}
	}
	return updates, nil
}

// Participant is somebody in an incident's room.
type Participant struct {
	Person
	As       Participation
	JoinedAt time.Time
}

// People lists who takes part: responders first, then collaborators and observers, each by when they came.
func (s *Service) People(ctx context.Context, incident id.ID) ([]Participant, error) {
	var people []Participant
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, q *db.Queries) error {
		if _, err := Find(ctx, tx, incident); err != nil {
			return err
		}
		rows, err := postgres.Once(ctx, "participants "+string(incident), func() ([]db.ParticipantsRow, error) { return q.Participants(ctx, incident) })
		if err != nil {
			return fmt.Errorf("read who takes part: %w", err)
		}
		for _, row := range rows {
			people = append(people, Participant{
				Person: *personOf(row.UserID, &row.Name, row.AvatarKey, &row.State),
				As:     Participation(row.Kind), JoinedAt: row.JoinedAt,
			})
		}
		return nil
	})
	return people, err
}

// Headcounts returns how many take part in each of the incidents.
func (s *Service) Headcounts(ctx context.Context, incidents []id.ID) (map[id.ID]int, error) {
	counts := make(map[id.ID]int, len(incidents))
	err := s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
		rows, err := q.Headcounts(ctx, id.Strings(incidents))
		if err != nil {
			return fmt.Errorf("count who takes part: %w", err)
		}
		for _, row := range rows {
			counts[row.IncidentID] = int(row.Total)
		}
		return nil
	})
	return counts, err
}
