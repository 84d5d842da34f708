package escalation

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/timeline"
	"github.com/musterhq/muster/internal/platform/event"
)

// log tells the activity log, and the timeline of whether somebody came.
func (s *Service) log(bus *event.Bus) {
	event.Within(bus, "escalation.log", func(ctx context.Context, tx pgx.Tx, r event.Record, e Created) error {
		return timeline.Log(ctx, tx, r, timeline.Details{Text: e.Names}, true)
	})
	event.Within(bus, "escalation.log", func(ctx context.Context, tx pgx.Tx, r event.Record, e Acknowledged) error {
		return timeline.Log(ctx, tx, r, timeline.Details{Text: e.Names, Note: e.In}, true)
	})
	event.Within(bus, "escalation.log", func(ctx context.Context, tx pgx.Tx, r event.Record, e Expired) error {
		return timeline.Log(ctx, tx, r, timeline.Details{Text: e.Names}, true)
	})
	event.Within(bus, "escalation.log", func(ctx context.Context, tx pgx.Tx, r event.Record, e Canceled) error {
		return timeline.Log(ctx, tx, r, timeline.Details{Text: e.Names}, false)
	})
}
