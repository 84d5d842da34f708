package escalation

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/escalation/internal/db"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// List returns the escalations of an incident, the newest first.
func (s *Service) List(ctx context.Context, inc id.ID) ([]Escalation, error) {
	var all []Escalation
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, q *db.Queries) error {
		if _, err := incident.Find(ctx, tx, inc); err != nil {
			return err
		}
		rows, err := q.EscalationsOf(ctx, inc)
		if err != nil {
			return fmt.Errorf("list escalations: %w", err)
		}
		all, err = whole(ctx, q, rows)
		return err
	})
	return all, err
}

// Get returns one escalation.
func (s *Service) Get(ctx context.Context, escalation id.ID) (Escalation, error) {
	var found Escalation
	err := s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
		row, err := find(ctx, q, escalation)
		if err != nil {
			return err
		}
		all, err := whole(ctx, q, []db.MusterEscalation{row})
		if err != nil {
			return err
		}
		found = all[0]
		return nil
	})
	return found, err
}

// Calling is an escalation that waits for the reader's answer.
type Calling struct {
	ID, Incident    id.ID
	Reference, Name string
	Message         string
	By              string
	Since           time.Time
}

// CallingMe lists the escalations that are trying to reach the actor at this moment, the oldest first.
func (s *Service) CallingMe(ctx context.Context) ([]Calling, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	var calling []Calling
	err = s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
		rows, err := q.Calling(ctx, scope.Actor.ID)
		if err != nil {
			return fmt.Errorf("list who calls: %w", err)
		}
		for _, row := range rows {
			one := Calling{ID: row.ID, Incident: row.IncidentID, Name: row.Name, Message: row.Message, By: row.CreatorName, Since: row.CreatedAt}
			if row.Number != nil {
				one.Reference = incident.Reference(*row.Number)
			}
			calling = append(calling, one)
		}
		return nil
	})
	return calling, err
}

func (s *Service) read(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx, q *db.Queries) error) error {
	if _, err := tenant.Require(ctx, authz.ViewEscalations); err != nil {
		return err
	}
	return s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error { return fn(ctx, tx, db.New(tx)) })
}

// whole puts escalations together with their targets and attempts.
func whole(ctx context.Context, q *db.Queries, rows []db.MusterEscalation) ([]Escalation, error) {
	all := make([]Escalation, len(rows))
	ids := make([]string, len(rows))
	at := map[id.ID]int{}
	for n, row := range rows {
		ids[n], at[row.ID] = string(row.ID), n
		all[n] = Escalation{
			ID: row.ID, Incident: row.IncidentID, Message: row.Message, Wait: time.Duration(row.WaitMinutes) * time.Minute, State: State(row.State),
			Position: int(row.Position), Creator: tenant.Actor{Type: tenant.ActorType(row.CreatorType), ID: row.CreatorID, Name: row.CreatorName},
			By: tenant.Actor{Type: tenant.ActorType(row.EndedByType), ID: row.EndedByID, Name: row.EndedByName}, In: row.EndedIn,
			EndedAt: row.EndedAt, CreatedAt: row.CreatedAt, private: row.Private, round: int(row.Round),
		}
	}
	if len(rows) == 0 {
		return all, nil
	}
	targets, err := q.Targets(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read whom escalations call for: %w", err)
	}
	for _, row := range targets {
		t := Target{
			Pager: row.PagerID, Kind: Kind(row.Kind), Name: row.Name, State: TargetState(row.State), ReachedAt: row.ReachedAt,
			Unreachable: row.Unreachable, readsBack: row.ReadsBack,
		}
		if !row.UserID.Empty() {
			t.Person = &incident.Person{ID: row.UserID, Name: row.UserName, AvatarKey: row.AvatarKey, Deactivated: row.Deactivated}
		}
		e := &all[at[row.EscalationID]]
		t.awaited = e.Open()
		e.Targets = append(e.Targets, t)
	}
	attempts, err := q.Attempts(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read what came of escalations: %w", err)
	}
	for _, row := range attempts {
		t := &all[at[row.EscalationID]].Targets[row.Position]
		t.Attempts = append(t.Attempts, Attempt{
			Resolving: row.Act == resolving, Round: int(row.Round), Method: row.Method, Label: row.Label, State: row.State, Answer: row.Answer,
			Tries: int(row.Tries), At: row.At, target: row.Target, reference: row.Reference,
		})
	}
	return all, nil
}
