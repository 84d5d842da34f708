package incident

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// wakeTimer is the kind of the timer that a paused incident has while its pause has an end.
const wakeTimer = "incident.wake"

// afterPause is how long after a pause a promised update is due at the soonest.
const afterPause = 5 * time.Minute

// longestPause is how far away the end of a pause may be.
const longestPause = 366 * 24 * time.Hour

// Pause puts an incident aside for a while. Paused again, it is for the other while.
type Pause struct {
	Incident id.ID
	// Until is when it wakes by itself; zero for when somebody takes it up again.
	Until  time.Time
	Reason string
}

// Resume takes a paused incident up again before its time.
type Resume struct{ Incident id.ID }

// Pause holds the incident and its reminders until then; a promised update has as long afterwards as it had left.
func (s *Service) Pause(ctx context.Context, cmd Pause) (Outcome, error) {
	reason, err := checkReason(cmd.Reason, false, "")
	if err != nil {
		return Outcome{}, err
	}
	var out Outcome
	err = s.on(ctx, authz.EditIncidents, cmd.Incident, &out, func(ctx context.Context, t turn) error {
		if err := decidePause(t.inc, cmd.Until, t.at); err != nil {
			return err
		}
		why := because{reason: reason}
		if !cmd.Until.IsZero() {
			until := cmd.Until.UTC()
			why.until, why.minutes = &until, int(until.Sub(t.at).Round(time.Minute)/time.Minute)
		}
		if same, err := pausedSo(ctx, t, why); err != nil || same {
			return err
		}
		to, err := firstStatus(ctx, t.q, CategoryPaused)
		if err != nil {
			return err
		}
		out.Changed = true
		return s.applyStatus(ctx, t, moved(t.inc, to), why)
	})
	return out, err
}

// pausedSo reports whether the incident is paused for as long already.
func pausedSo(ctx context.Context, t turn, why because) (bool, error) {
	if t.inc.Category != CategoryPaused {
		return false, nil
	}
	now, err := t.q.Aside(ctx, t.inc.ID)
	if postgres.None(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read until when the incident is paused: %w", err)
	}
	same := (now.UntilAt == nil) == (why.until == nil) && (why.until == nil || now.UntilAt.Equal(*why.until))
	return same && now.Reason == why.reason, nil
}

func decidePause(inc Held, until, at time.Time) error {
	switch {
	case inc.Category == CategoryTriage:
		return problem.New(problem.Conflict, "in_triage", "It is in triage. Accept or decline it first.")
	case inc.Category != CategoryLive && inc.Category != CategoryPaused:
		return problem.New(problem.Conflict, "not_live", "Only an active incident is paused, and this one is in %s.", inc.Category.Label())
	case until.IsZero():
		return nil
	case until.Before(at.Add(time.Minute)):
		return problem.Field("until", "past", "The pause has to end in the future, a minute from now at the soonest.")
	case until.After(at.Add(longestPause)):
		return problem.Field("until", "too_far", "A pause lasts a year at most. Close the incident instead; it can be reopened.")
	}
	return nil
}

// Resume brings the incident back to the status it had.
func (s *Service) Resume(ctx context.Context, cmd Resume) (Outcome, error) {
	var out Outcome
	err := s.on(ctx, authz.EditIncidents, cmd.Incident, &out, func(ctx context.Context, t turn) error {
		if t.inc.Category == CategoryLive {
			return nil
		}
		if t.inc.Category != CategoryPaused {
			return problem.New(problem.Conflict, "not_paused", "The incident is not paused.")
		}
		to, err := s.before(ctx, t)
		if err != nil {
			return err
		}
		out.Changed = true
		return s.applyStatus(ctx, t, moved(t.inc, to), because{})
	})
	return out, err
}

// holdPromise keeps how long a promised update had left, for after the pause.
func holdPromise(ctx context.Context, t turn, promised bool, left time.Duration) error {
	row := db.HoldPromiseParams{IncidentID: t.inc.ID}
	if promised {
		seconds := int32(left / time.Second) //nolint:gosec // a week at most
		row.PromiseSeconds = &seconds
	}
	if err := t.q.HoldPromise(ctx, row); err != nil {
		return fmt.Errorf("keep the promised update for after the pause: %w", err)
	}
	return nil
}

// promiseAfter returns when the update is due that was promised before a pause which ends now; nil for none.
func promiseAfter(ctx context.Context, t turn, to Category) (*time.Time, error) {
	if t.inc.Category != CategoryPaused || to != CategoryLive || t.inc.Quiet {
		return nil, nil
	}
	left, err := t.q.HeldPromise(ctx, t.inc.ID)
	if postgres.None(err) || (err == nil && left == nil) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the update that was promised before the pause: %w", err)
	}
	due := t.at.Add(max(time.Duration(*left)*time.Second, afterPause))
	return &due, nil
}

// wake ends a pause whose time has come. One that was ended or moved in the same moment is left alone.
func (s *Service) wake(ctx context.Context, tx pgx.Tx, incident id.ID, due time.Time) error {
	inc, err := Lock(ctx, tx, incident)
	if problem.Is(err, problem.NotFound) || (err == nil && inc.Category != CategoryPaused) {
		return nil
	}
	if err != nil {
		return err
	}
	scope, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	t := turn{scope: scope, tx: tx, q: db.New(tx), inc: inc, at: s.clock.Now()}
	to, err := s.before(ctx, t)
	if err != nil {
		return err
	}
	return s.applyStatus(ctx, t, moved(inc, to), because{woken: true})
}
