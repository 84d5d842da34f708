package nudge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/nudge/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// Sweep looks through the incidents that are worked on, in every organisation, and gives the nudges whose time has come.
func (s *Service) Sweep(ctx context.Context) error {
	var all []id.ID
	err := s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "SELECT control.organisations_at_work()")
		if err != nil {
			return fmt.Errorf("list the organisations at work: %w", err)
		}
		all, err = pgx.CollectRows(rows, pgx.RowTo[id.ID])
		return err
	})
	if err != nil {
		return err
	}
	var failed []error
	for _, one := range all {
		if err := s.sweep(tenant.AsSystem(ctx, one)); err != nil {
			failed = append(failed, fmt.Errorf("look through the incidents of %s: %w", one, err))
		}
	}
	return errors.Join(failed...)
}

// found is an incident about which something is to be done.
type found struct {
	incident id.ID
	private  bool
}

// sweep looks through one organisation. Where nudges are switched off what still shows is taken back.
func (s *Service) sweep(ctx context.Context) error {
	wanted := s.features.Enabled(ctx, Wanted)
	var todo []found
	at := s.clock.Now()
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		lone, err := q.Lone(ctx, at)
		if err != nil {
			return fmt.Errorf("read what still shows: %w", err)
		}
		for _, l := range lone {
			todo = append(todo, found{l.IncidentID, l.Private})
		}
		r, err := s.rules(ctx, tx)
		if err != nil {
			return err
		}
		facts, err := q.Facts(ctx, db.FactsParams{At: at})
		if err != nil {
			return fmt.Errorf("read how incidents stand: %w", err)
		}
		rows, err := q.Known(ctx, at)
		if err != nil {
			return fmt.Errorf("read what was nudged: %w", err)
		}
		known := map[id.ID][]db.MusterNudge{}
		for _, row := range rows {
			known[row.IncidentID] = append(known[row.IncidentID], row)
		}
		for _, f := range facts {
			if s.judge(f, known[f.ID], r, at, wanted).nothing() {
				continue
			}
			todo = append(todo, found{f.ID, f.Private})
		}
		return nil
	})
	if err != nil {
		return err
	}
	var failed []error
	for _, one := range todo {
		failed = append(failed, s.attend(ctx, one.incident, wanted))
	}
	return errors.Join(failed...)
}

// judge decides; where nudges are switched off all causes count as gone.
func (s *Service) judge(f db.FactsRow, known []db.MusterNudge, r rules, at time.Time, wanted bool) verdict {
	if wanted {
		return decide(f, known, r, at)
	}
	var v verdict
	for _, k := range known {
		if k.Showing {
			v.gone = append(v.gone, Kind(k.Kind))
		}
	}
	return v
}

// attend decides anew about one incident under its lock, and does it.
func (s *Service) attend(ctx context.Context, in id.ID, wanted bool) error {
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		held, err := incident.Lock(ctx, tx, in)
		if problem.Is(err, problem.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		q, at := db.New(tx), s.clock.Now()
		known, err := q.KnownOf(ctx, in)
		if err != nil {
			return fmt.Errorf("read what was nudged: %w", err)
		}
		facts, err := q.Facts(ctx, db.FactsParams{At: at, Incident: (*string)(&in)})
		if err != nil {
			return fmt.Errorf("read how the incident stands: %w", err)
		}
		if len(facts) == 0 {
			return s.settle(ctx, tx, held, allKinds())
		}
		r, err := s.rules(ctx, tx)
		if err != nil {
			return err
		}
		return s.apply(ctx, tx, held, known, s.judge(facts[0], known, r, at, wanted))
	})
}

func (s *Service) apply(ctx context.Context, tx pgx.Tx, held incident.Held, known []db.MusterNudge, v verdict) error {
	q, at := db.New(tx), s.clock.Now()
	for _, kind := range v.appeared {
		if err := q.See(ctx, db.SeeParams{IncidentID: held.ID, Kind: string(kind), Private: held.Private, Since: &at}); err != nil {
			return fmt.Errorf("note a cause: %w", err)
		}
	}
	if len(v.gone) > 0 {
		if err := s.settle(ctx, tx, held, v.gone); err != nil {
			return err
		}
		if err := q.Forget(ctx, db.ForgetParams{IncidentID: held.ID, Kinds: texts(v.gone)}); err != nil {
			return fmt.Errorf("forget causes: %w", err)
		}
	}
	if v.raise == "" {
		return nil
	}
	// The one card is about the newest: what showed before gives way without a word.
	if _, err := q.Unshow(ctx, db.UnshowParams{IncidentID: held.ID, Kinds: texts(allKinds())}); err != nil {
		return fmt.Errorf("end the nudge before: %w", err)
	}
	if err := q.Raise(ctx, db.RaiseParams{At: at, IncidentID: held.ID, Kind: string(v.raise)}); err != nil {
		return fmt.Errorf("count the nudge: %w", err)
	}
	card := 1
	for _, k := range known {
		card += int(k.Raised)
	}
	return s.bus.Publish(ctx, tx, Raised{About: held.About(), Nudge: v.raise, Card: card})
}

// settle ends what shows of the kinds, and says so if anything did.
func (s *Service) settle(ctx context.Context, tx pgx.Tx, held incident.Held, kinds []Kind) error {
	ended, err := db.New(tx).Unshow(ctx, db.UnshowParams{IncidentID: held.ID, Kinds: texts(kinds)})
	if err != nil {
		return fmt.Errorf("end a nudge: %w", err)
	}
	for _, kind := range ended {
		if err := s.bus.Publish(ctx, tx, Settled{About: held.About(), Nudge: Kind(kind)}); err != nil {
			return err
		}
	}
	return nil
}

func allKinds() []Kind {
	var all []Kind
	for _, n := range natures {
		all = append(all, n.Kind)
	}
	return all
}

func texts(kinds []Kind) []string {
	out := make([]string, len(kinds))
	for n, kind := range kinds {
		out[n] = string(kind)
	}
	return out
}
