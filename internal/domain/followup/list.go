package followup

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/followup/internal/db"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// Filter says which follow-ups a list holds; what is empty leaves nothing out.
type Filter struct {
	Incident, Assignee id.ID
	Status             Status
	Priority           id.ID
	Label              string
	// OverdueOn leaves those that were due before this day.
	OverdueOn *time.Time
	// Modes leave those of other incidents out.
	Modes []incident.Mode
	// Most is how many; 200 when 0.
	Most int
}

// MostListed is how many follow-ups List returns at most.
const MostListed = 10_000

func names(modes []incident.Mode) []string {
	all := make([]string, len(modes))
	for n, mode := range modes {
		all[n] = string(mode)
	}
	return all
}

// List returns follow-ups that the actor may see: open ones first, by what is due first.
func (s *Service) List(ctx context.Context, f Filter) ([]FollowUp, error) {
	var all []FollowUp
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, q *db.Queries) error {
		if !f.Incident.Empty() {
			if _, err := incident.Find(ctx, tx, f.Incident); err != nil {
				return err
			}
		}
		var err error
		all, err = list(ctx, q, db.ListParams{
			Incident: string(f.Incident), Assignee: string(f.Assignee), Status: string(f.Status), Priority: string(f.Priority), Label: f.Label,
			OverdueOn: day(f.OverdueOn), Modes: names(f.Modes), Most: int32(min(cmp.Or(f.Most, 200), MostListed)), //nolint:gosec // bounded
		})
		return err
	})
	return all, err
}

// Get returns one follow-up.
func (s *Service) Get(ctx context.Context, followUp id.ID) (FollowUp, error) {
	var found FollowUp
	err := s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
		var err error
		found, err = read(ctx, q, followUp)
		return err
	})
	return found, err
}

// Ever returns one follow-up, a deleted one as it was last, for those who are told of the deletion.
func (s *Service) Ever(ctx context.Context, followUp id.ID) (FollowUp, error) {
	var found FollowUp
	err := s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
		rows, err := q.Ever(ctx, followUp)
		if err != nil {
			return fmt.Errorf("read the follow-up: %w", err)
		}
		if len(rows) == 0 {
			return problem.Missing("follow-up")
		}
		found = view(db.ListRow(rows[0]))
		return nil
	})
	return found, err
}

// Labels lists the labels that are in use.
func (s *Service) Labels(ctx context.Context) ([]string, error) {
	var labels []string
	err := s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
		var err error
		labels, err = q.Labels(ctx)
		return err
	})
	return labels, err
}

// Any reports whether there is any follow-up: what is not used leaves no trace.
func (s *Service) Any(ctx context.Context) (bool, error) {
	some := false
	err := s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
		var err error
		some, err = q.Any(ctx)
		return err
	})
	return some, err
}

func (s *Service) read(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx, q *db.Queries) error) error {
	if _, err := tenant.Require(ctx, authz.ViewActions); err != nil {
		return err
	}
	return s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error { return fn(ctx, tx, db.New(tx)) })
}

func read(ctx context.Context, q *db.Queries, followUp id.ID) (FollowUp, error) {
	if !followUp.Valid() {
		return FollowUp{}, problem.Missing("follow-up")
	}
	found, err := list(ctx, q, db.ListParams{ID: string(followUp), Modes: []string{}, Most: 1})
	if err == nil && len(found) == 0 {
		return FollowUp{}, problem.Missing("follow-up")
	}
	if err != nil {
		return FollowUp{}, err
	}
	return found[0], nil
}

func list(ctx context.Context, q *db.Queries, f db.ListParams) ([]FollowUp, error) {
	rows, err := q.List(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("list follow-ups: %w", err)
	}
	all := make([]FollowUp, len(rows))
	for n, row := range rows {
		all[n] = view(row)
	}
	return all, nil
}

func view(row db.ListRow) FollowUp {
	one := row.MusterFollowUp
	f := FollowUp{
		ID: one.ID, Incident: one.IncidentID, IncidentName: row.IncidentName, Title: one.Title, Description: one.Description, Status: Status(one.Status),
		Labels: one.Labels, Action: one.ActionID, Message: one.MessageID,
		Creator:     tenant.Actor{Type: tenant.ActorType(one.CreatorType), ID: one.CreatorID, Name: one.CreatorName},
		CompletedAt: one.CompletedAt, Version: one.RowVersion, CreatedAt: one.CreatedAt, UpdatedAt: one.UpdatedAt,
		Issue: Issue{Provider: one.IssueProvider, Name: one.IssueName, URL: one.IssueURL},
	}
	if row.Number != nil {
		f.IncidentReference = incident.Reference(*row.Number)
	}
	if row.PriorityName != nil {
		f.Priority = &Priority{ID: one.PriorityID, Name: *row.PriorityName, Description: *row.PriorityDescription, Rank: *row.PriorityRank, Version: *row.PriorityVersion}
		f.Urgent = row.Urgent
	}
	if one.DueOn.Valid {
		due := one.DueOn.Time
		f.Due = &due
	}
	if row.AssigneeName != nil {
		f.Assignee = &incident.Person{ID: one.AssigneeID, Name: *row.AssigneeName, Deactivated: row.State != nil && *row.State == "deactivated"}
		if row.AvatarKey != nil {
			f.Assignee.AvatarKey = *row.AvatarKey
		}
	}
	return f
}
