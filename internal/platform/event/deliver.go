package event

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Deliver runs one subscriber for one event, unless it has dealt with it before. An event that is gone (redacted
// with its organisation) is done; a subscriber that is not known here is an error, so that the job waits for the
// release which knows it.
func (b *Bus) Deliver(ctx context.Context, d Delivery) error {
	ctx = tenant.AsSystem(ctx, d.Organisation)
	subscriber := b.subscriber(d)
	if subscriber == nil {
		return fmt.Errorf("no subscriber %q for %s in this release", d.Subscriber, d.Kind)
	}
	handled, err := b.handled(ctx, d)
	if err != nil || handled {
		return err
	}
	record, payload, err := Read(ctx, b.db, d.Event)
	if postgres.None(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := subscriber.run(ctx, record, payload); err != nil {
		return fmt.Errorf("%s, after %s: %w", d.Subscriber, d.Kind, err)
	}
	return b.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO muster.event_handled (organisation_id, event_id, subscriber, handled_at)
			VALUES (muster.current_organisation(), $1, $2, $3) ON CONFLICT DO NOTHING`, string(d.Event), d.Subscriber, b.clock.Now())
		if err != nil {
			return fmt.Errorf("mark %s as handled by %s: %w", d.Event, d.Subscriber, err)
		}
		return nil
	})
}

// UnsafeToClear reports whether losing this subscriber's work would be noticed outside.
func (b *Bus) UnsafeToClear(kind, subscriber string) bool {
	s := b.subscriber(Delivery{Kind: kind, Subscriber: subscriber})
	return s != nil && s.unsafe
}

// Pages reports whether the subscriber calls for somebody.
func (b *Bus) Pages(kind, subscriber string) bool {
	s := b.subscriber(Delivery{Kind: kind, Subscriber: subscriber})
	return s != nil && s.page
}

func (b *Bus) subscriber(d Delivery) *after {
	for n, s := range b.after[d.Kind] {
		if s.name == d.Subscriber {
			return &b.after[d.Kind][n]
		}
	}
	return nil
}

func (b *Bus) handled(ctx context.Context, d Delivery) (bool, error) {
	var handled bool
	err := b.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM muster.event_handled
			WHERE organisation_id = muster.current_organisation() AND event_id = $1 AND subscriber = $2)`, string(d.Event), d.Subscriber).Scan(&handled)
	})
	if err != nil {
		return false, fmt.Errorf("look whether %s is handled by %s: %w", d.Event, d.Subscriber, err)
	}
	return handled, nil
}
