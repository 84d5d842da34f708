package followup

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/followup/internal/db"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Edit changes what is said of a follow-up; Version is the one that the editor saw, 0 for any.
type Edit struct {
	FollowUp id.ID
	Words
	Version int32
}

// Assign gives a follow-up to somebody, or to nobody.
type Assign struct{ FollowUp, Assignee id.ID }

// Move sets how far a follow-up is: done, not doing, outstanding again, or gone.
type Move struct {
	FollowUp id.ID
	To       Status
}

// change locks a follow-up, lets fn change its row and say what happened, and writes that. No event means no change.
func (s *Service) change(ctx context.Context, permission authz.Permission, followUp id.ID, fn func(ctx context.Context, tx pgx.Tx, inc incident.Held, row *db.MusterFollowUp, what What) (event.Event, error)) (FollowUp, error) {
	if _, err := tenant.Require(ctx, permission); err != nil {
		return FollowUp{}, err
	}
	if !followUp.Valid() {
		return FollowUp{}, problem.Missing("follow-up")
	}
	var after FollowUp
	err := s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q, at := db.New(tx), s.clock.Now()
		row, err := q.Lock(ctx, followUp)
		if postgres.None(err) {
			return problem.Missing("follow-up")
		}
		if err != nil {
			return fmt.Errorf("lock the follow-up: %w", err)
		}
		inc, err := incident.Find(ctx, tx, row.IncidentID)
		if err != nil {
			return err
		}
		was := shown(row)
		told, err := fn(ctx, tx, inc, &row, What{About: inc.About(), FollowUp: row.ID, Title: row.Title})
		if err != nil {
			return err
		}
		if told != nil {
			err := q.Update(ctx, db.UpdateParams{
				Title: row.Title, Description: row.Description, Status: row.Status, PriorityID: row.PriorityID, Labels: row.Labels, AssigneeID: row.AssigneeID,
				DueOn: row.DueOn, CompletedAt: row.CompletedAt, At: at, ID: row.ID,
			})
			if err != nil {
				return fmt.Errorf("write the follow-up: %w", err)
			}
			if err := s.setReminder(ctx, tx, q, row.ID, row.AssigneeID, Status(row.Status), row.DueOn); err != nil {
				return err
			}
			err = audit.Write(ctx, tx, at, audit.Entry{
				Action: told.Kind(), TargetType: "follow_up", TargetID: row.ID, Incident: inc.ID, Private: inc.Private, Before: was, After: shown(row),
			})
			if err != nil {
				return err
			}
			if err := s.bus.Publish(ctx, tx, told); err != nil {
				return err
			}
		}
		if Status(row.Status) == Gone {
			after = FollowUp{}
			return nil
		}
		after, err = read(ctx, q, row.ID)
		return err
	})
	return after, err
}

// shown is what the audit log keeps of a follow-up.
func shown(row db.MusterFollowUp) map[string]any {
	due := ""
	if row.DueOn.Valid {
		due = row.DueOn.Time.Format(time.DateOnly)
	}
	return map[string]any{"title": row.Title, "status": row.Status, "priority": row.PriorityID, "labels": row.Labels, "assignee": row.AssigneeID, "due": due}
}

// Edit changes what is said of a follow-up.
func (s *Service) Edit(ctx context.Context, cmd Edit) (FollowUp, error) {
	words, err := checked(cmd.Words)
	if err != nil {
		return FollowUp{}, err
	}
	return s.change(ctx, authz.UpdateFollowUps, cmd.FollowUp, func(ctx context.Context, tx pgx.Tx, inc incident.Held, row *db.MusterFollowUp, what What) (event.Event, error) {
		if cmd.Version != 0 && cmd.Version != row.RowVersion {
			return nil, problem.New(problem.Conflict, "stale", "Somebody else changed this follow-up meanwhile. What you wrote is kept here; save again to replace theirs.")
		}
		if err := usable(ctx, db.New(tx), words.Priority, row.PriorityID); err != nil {
			return nil, err
		}
		if words.Assignee != row.AssigneeID {
			if err := mayDo(ctx, tx, inc, words.Assignee, s.clock.Now()); err != nil {
				return nil, err
			}
		}
		due := day(words.Due)
		if row.Title == words.Title && row.Description == words.Description && row.PriorityID == words.Priority && slices.Equal(row.Labels, words.Labels) &&
			row.AssigneeID == words.Assignee && row.DueOn == due {
			return nil, nil
		}
		given := words.Assignee != row.AssigneeID
		from := row.AssigneeID
		row.Title, row.Description, row.PriorityID, row.Labels = words.Title, words.Description, words.Priority, append([]string{}, words.Labels...)
		row.AssigneeID, row.DueOn = words.Assignee, due
		what.Title = row.Title
		if given {
			return Assigned{What: what, From: from, To: row.AssigneeID}, nil
		}
		return Edited{what}, nil
	})
}

// Assign gives a follow-up to somebody, or to nobody.
func (s *Service) Assign(ctx context.Context, cmd Assign) (FollowUp, error) {
	return s.change(ctx, authz.UpdateFollowUps, cmd.FollowUp, func(ctx context.Context, tx pgx.Tx, inc incident.Held, row *db.MusterFollowUp, what What) (event.Event, error) {
		if row.AssigneeID == cmd.Assignee {
			return nil, nil
		}
		if err := mayDo(ctx, tx, inc, cmd.Assignee, s.clock.Now()); err != nil {
			return nil, err
		}
		from := row.AssigneeID
		row.AssigneeID = cmd.Assignee
		return Assigned{What: what, From: from, To: cmd.Assignee}, nil
	})
}

// Move sets how far a follow-up is.
func (s *Service) Move(ctx context.Context, cmd Move) (FollowUp, error) {
	permission := authz.UpdateFollowUps
	if cmd.To == Gone {
		permission = authz.DestroyFollowUps
	}
	return s.change(ctx, permission, cmd.FollowUp, func(_ context.Context, _ pgx.Tx, _ incident.Held, row *db.MusterFollowUp, what What) (event.Event, error) {
		if Status(row.Status) == cmd.To {
			return nil, nil
		}
		row.Status, row.CompletedAt = string(cmd.To), nil
		switch cmd.To {
		case Done:
			at := s.clock.Now()
			row.CompletedAt = &at
			return Completed{what}, nil
		case Dropped:
			return NotDoing{what}, nil
		case Outstanding:
			return Reopened{what}, nil
		case Gone:
			return Deleted{what}, nil
		}
		return nil, problem.Field("status", "unknown", "A follow-up is outstanding, completed or not done.")
	})
}
