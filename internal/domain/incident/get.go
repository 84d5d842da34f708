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

// read authorises a reader and runs fn in one snapshot.
func (s *Service) read(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx, q *db.Queries) error) error {
	if _, err := tenant.Require(ctx, authz.ViewIncidents); err != nil {
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
		found, err = q.IncidentByNumber(ctx, n)
		if postgres.None(err) {
			return problem.Missing("incident")
		}
		return err
	})
	return found, err
}

// Get returns everything about one incident.
func (s *Service) Get(ctx context.Context, incident id.ID) (Incident, error) {
	var view Incident
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, q *db.Queries) error {
		if !incident.Valid() {
			return problem.Missing("incident")
		}
		row, err := q.ViewIncident(ctx, incident)
		if postgres.None(err) {
			return problem.Missing("incident")
		}
		if err != nil {
			return fmt.Errorf("read the incident: %w", err)
		}
		if view, err = incidentOf(row); err != nil {
			return err
		}
		if err := readAside(ctx, q, &view); err != nil {
			return err
		}
		if view.Fields, err = fieldsOf(ctx, tx, view.Type.ID, view.ID); err != nil {
			return err
		}
		return fill(ctx, q, row, &view)
	})
	return view, err
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

func fill(ctx context.Context, q *db.Queries, row db.ViewIncidentRow, view *Incident) error {
	if !row.SeverityID.Empty() {
		severity, err := q.SeverityByID(ctx, row.SeverityID)
		if err != nil {
			return fmt.Errorf("read the severity: %w", err)
		}
		known := severityOf(severity)
		view.Severity = &known
	}
	severities, err := q.Severities(ctx, true)
	if err != nil {
		return fmt.Errorf("read the severities: %w", err)
	}
	view.ranks = map[id.ID]int32{}
	for _, one := range severities {
		view.ranks[one.ID] = one.Rank
	}
	holders, err := q.RoleHolders(ctx, view.ID)
	if err != nil {
		return fmt.Errorf("read the roles: %w", err)
	}
	for _, h := range holders {
		held := RoleHolder{Role: roleOf(h.MusterIncidentRole), Holder: personOf(h.HolderID, h.HolderName, h.AvatarKey, h.State)}
		if h.AssignedAt != nil {
			held.AssignedAt, held.Note, held.SeenAt = *h.AssignedAt, *h.Note, later(h.SeenAt, h.ReadRoomAt)
			held.Read = h.ReadAt != nil && !h.ReadAt.Before(held.AssignedAt)
		}
		if h.GivenByType != nil {
			held.GivenBy = tenant.Actor{Type: tenant.ActorType(*h.GivenByType), ID: h.GivenByID, Name: *h.GivenByName}
		}
		view.Roles = append(view.Roles, held)
	}
	values, err := q.TimestampValues(ctx, view.ID)
	if err != nil {
		return fmt.Errorf("read the timestamps: %w", err)
	}
	for _, v := range values {
		view.Timestamps = append(view.Timestamps, TimestampValue{ID: v.ID, Name: v.Name, At: v.Value})
	}
	if err := fillTimes(ctx, q, view); err != nil {
		return err
	}
	if row.LastUpdateID.Empty() {
		return nil
	}
	updates, err := readUpdates(ctx, q, db.UpdatesParams{IncidentID: view.ID, UpdateID: optional(string(row.LastUpdateID)), Count: 1})
	if err != nil {
		return err
	}
	if len(updates) == 1 {
		view.LastUpdate = &updates[0]
	}
	return nil
}

// fillTimes works out what follows from the moments of the incident.
func fillTimes(ctx context.Context, q *db.Queries, view *Incident) error {
	metrics, err := q.Durations(ctx)
	if err != nil {
		return fmt.Errorf("read the durations: %w", err)
	}
	all := make([]DurationMetric, len(metrics))
	for n, row := range metrics {
		all[n] = durationOf(row)
	}
	view.Durations = measure(all, view.Timestamps, view.Status.Category.Ongoing())
	stamps, err := q.Timestamps(ctx, true)
	if err != nil {
		return fmt.Errorf("read the timestamps: %w", err)
	}
	known := map[id.ID]time.Time{}
	for _, v := range view.Timestamps {
		known[v.ID] = v.At
	}
	for _, wrong := range misplaced(timestampsOf(stamps), known) {
		view.OutOfOrder = append(view.OutOfOrder, wrong.String())
	}
	return nil
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
