package incident

import (
	"context"
	"fmt"
	"time"

	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// backdate gives an incident that was over when it was written down its own times: it was declared when it was
// reported, and ended when it was closed.
func (d *declaration) backdate(ctx context.Context, q *db.Queries, cmd Declare, at time.Time) error {
	if d.Category == CategoryClosed {
		d.ClosedAt = &at
	}
	d.times = map[id.ID]*time.Time{}
	for timestamp, moment := range cmd.Times {
		d.times[timestamp] = &moment
	}
	if cmd.Mode != Retrospective || len(cmd.Times) == 0 {
		return nil
	}
	rows, err := q.Timestamps(ctx, false)
	if err != nil {
		return fmt.Errorf("read the timestamps: %w", err)
	}
	var closed id.ID
	for _, row := range rows {
		given := d.times[row.ID]
		switch {
		case given == nil:
		case row.SetBy == "reported" && given.Before(at):
			d.declaredAt = *given
		case row.SetBy == "closed" && d.Category == CategoryClosed:
			d.ClosedAt, closed = given, row.ID
		}
	}
	if !closed.Empty() && d.ClosedAt.Before(d.declaredAt) {
		return problem.Field(TimestampField(closed), "out_of_order", "It cannot be closed before it was reported.")
	}
	return nil
}

// stamp notes the first timestamps: those that are given, and what follows from how it begins. What was over has besides
// those that it was given only when it was reported.
func (d *declaration) stamp(ctx context.Context, q *db.Queries, at time.Time) error {
	set := append([]string{"reported"}, entering[d.Category]...)
	if d.Mode == Retrospective {
		set = set[:1]
	}
	if _, err := setTimestamps(ctx, q, d.Held, d.times, at); err != nil {
		return err
	}
	err := q.SetTimestamps(ctx, db.SetTimestampsParams{IncidentID: d.ID, Private: d.Private, At: d.declaredAt, SetBy: set})
	if err != nil {
		return fmt.Errorf("note the first timestamps: %w", err)
	}
	return nil
}
