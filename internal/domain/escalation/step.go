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
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// rounds is how often a person's devices ring before the next one is tried.
const rounds = 3

// move is what happens when a target has had its time.
type move struct {
	// expire says that nobody is left; otherwise Position is reached, for the Round-th time.
	expire          bool
	position, round int
}

// decideMove rings a person again until they have been rung often enough, then passes on. A pager rings by itself, and
// who cannot be reached is not waited for.
func decideMove(e Escalation) move {
	t := e.Targets[e.Position]
	switch {
	case t.Person != nil && !t.Unreachable && e.round < rounds:
		return move{position: e.Position, round: e.round + 1}
	case e.Position+1 < len(e.Targets):
		return move{position: e.Position + 1, round: 1}
	default:
		return move{expire: true}
	}
}

// patience is how long after this round the next move comes.
func patience(t Target, wait time.Duration) time.Duration {
	if t.Person == nil {
		return wait
	}
	return wait / rounds
}

// step moves an escalation on when nobody answered in time.
func (s *Service) step(ctx context.Context, tx pgx.Tx, subject id.ID, _ time.Time) error {
	q := db.New(tx)
	row, err := q.LockEscalation(ctx, subject)
	if postgres.None(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("lock the escalation: %w", err)
	}
	inc, err := incident.Find(ctx, tx, row.IncidentID)
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	all, err := whole(ctx, q, []db.MusterEscalation{row})
	if err != nil {
		return err
	}
	scope, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	t := turn{scope: scope, tx: tx, q: q, inc: inc, esc: all[0], at: s.clock.Now()}
	if t.esc.State != Pending {
		return nil
	}
	next := decideMove(t.esc)
	if next.expire || next.position != t.esc.Position {
		if err := t.setTarget(ctx, t.esc.Position, TargetPassed); err != nil {
			return err
		}
	}
	if next.expire {
		return s.expire(ctx, t)
	}
	return s.page(ctx, t, next.position, next.round)
}

func (t turn) setTarget(ctx context.Context, position int, state TargetState) error {
	change := db.SetTargetParams{State: string(state), EscalationID: t.esc.ID, Position: int32(position)} //nolint:gosec // bounded
	if state == TargetReaching {
		change.ReachedAt = &t.at
	}
	if err := t.q.SetTarget(ctx, change); err != nil {
		return fmt.Errorf("write how far the escalation is: %w", err)
	}
	return nil
}

// page lets a target be reached and sets the time for the next move.
func (s *Service) page(ctx context.Context, t turn, position, round int) error {
	target := t.esc.Targets[position]
	if err := t.q.Step(ctx, db.StepParams{Position: int32(position), Round: int32(round), ID: t.esc.ID}); err != nil { //nolint:gosec // bounded
		return fmt.Errorf("write how far the escalation is: %w", err)
	}
	if round == 1 {
		if err := t.setTarget(ctx, position, TargetReaching); err != nil {
			return err
		}
	}
	if t.inc.Private && target.Person != nil && round == 1 {
		// Who is needed must be able to see for what: to call for somebody is to invite them.
		if err := incident.Admit(ctx, s.bus, t.tx, t.inc, target.Person.ID, t.at); err != nil {
			return err
		}
	}
	if err := s.needs.Timers.Set(ctx, t.tx, stepTimer, t.esc.ID, t.at.Add(patience(target, t.esc.Wait))); err != nil {
		return err
	}
	return s.bus.Publish(ctx, t.tx, TargetPaged{Call: t.call(), Position: position, Round: round})
}

// expire gives up: nobody answered.
func (s *Service) expire(ctx context.Context, t turn) error {
	err := t.q.End(ctx, db.EndParams{State: string(Unheard), ID: t.esc.ID, At: t.at})
	if err != nil {
		return fmt.Errorf("write that nobody answered: %w", err)
	}
	if err := t.audited(ctx, "escalation.expired", map[string]any{"state": Unheard}); err != nil {
		return err
	}
	return s.bus.Publish(ctx, t.tx, Expired{t.call()})
}

// hurry makes the next move come at once, because a target cannot be reached.
func (s *Service) hurry(ctx context.Context, escalation id.ID, position int) error {
	return s.on(ctx, authz.EditIncidents, escalation, func(ctx context.Context, t turn) error {
		if t.esc.State != Pending || t.esc.Position != position {
			return nil
		}
		if err := t.q.SetUnreachable(ctx, db.SetUnreachableParams{EscalationID: escalation, Position: int32(position)}); err != nil { //nolint:gosec // bounded
			return fmt.Errorf("write that nothing reaches the target: %w", err)
		}
		if err := s.needs.Timers.Set(ctx, t.tx, stepTimer, escalation, t.at); err != nil {
			return err
		}
		return s.bus.Publish(ctx, t.tx, Attempted{Call: t.call(), Position: position})
	})
}
