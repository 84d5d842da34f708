// Package event is the transactional outbox: facts written with the rows they tell of, and those who wait for them.
package event

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Event is a fact in the past tense. It marshals to JSON of ids and small values, never of people's texts: those
// can be redacted, and job arguments are outside row-level security.
type Event interface {
	// Kind names the fact, "incident.declared".
	Kind() string
	// Version grows when the payload changes its shape.
	Version() int
	// Subject says what the fact is about.
	Subject() Subject
}

// Subject is what an event is about.
type Subject struct {
	ID id.ID
	// Stream is the incident whose order the event takes part in, or empty.
	Stream id.ID
	// Private marks what only those with access to the stream may see.
	Private bool
}

// Record is an event as it was stored.
type Record struct {
	ID           id.ID
	Organisation id.ID
	Kind         string
	Version      int
	Subject      Subject
	// Seq is the event's place in its stream, from 1; 0 without a stream.
	Seq        int64
	Actor      tenant.Actor
	Trace      string
	OccurredAt time.Time
	RecordedAt time.Time
}

// Next takes the next number of a stream; the row stays locked until the transaction ends, so numbers follow commits.
func Next(ctx context.Context, tx pgx.Tx, stream id.ID) (int64, error) {
	var seq int64
	err := tx.QueryRow(ctx, `INSERT INTO muster.stream (organisation_id, stream_id, value)
		VALUES (muster.current_organisation(), $1, 1)
		ON CONFLICT (organisation_id, stream_id) DO UPDATE SET value = muster.stream.value + 1
		RETURNING value`, string(stream)).Scan(&seq)
	if err != nil {
		return 0, fmt.Errorf("number the stream %s: %w", stream, err)
	}
	return seq, nil
}

// Read returns the stored event and its payload, or a no-rows error that postgres.None recognises.
func Read(ctx context.Context, db *postgres.DB, event id.ID) (Record, json.RawMessage, error) {
	r := Record{ID: event}
	var payload json.RawMessage
	err := db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var stream *string
		var seq *int64
		err := tx.QueryRow(ctx, `SELECT organisation_id, kind, version, subject_id, incident_id, private, seq,
				actor_type, actor_id, actor_name, trace, payload, occurred_at, recorded_at
			FROM muster.event WHERE organisation_id = muster.current_organisation() AND id = $1`, string(event)).
			Scan(&r.Organisation, &r.Kind, &r.Version, &r.Subject.ID, &stream, &r.Subject.Private, &seq,
				&r.Actor.Type, &r.Actor.ID, &r.Actor.Name, &r.Trace, &payload, &r.OccurredAt, &r.RecordedAt)
		if stream != nil {
			r.Subject.Stream, r.Seq = id.ID(*stream), *seq
		}
		return err
	})
	if err != nil {
		return Record{}, nil, fmt.Errorf("read event %s: %w", event, err)
	}
	return r, payload, nil
}
