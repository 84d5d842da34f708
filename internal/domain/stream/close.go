package stream

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/platform/event"
)

// Close ends a stream with what came of it.
type Close struct {
	Stream  id.ID
	Outcome string
}

// Reopen lets the work on a stream go on.
type Reopen struct{ Stream id.ID }

// Close ends a stream with what came of it; one that is closed already stays as it is.
func (s *Service) Close(ctx context.Context, cmd Close) (Stream, error) {
	outcome, err := decideOutcome(cmd.Outcome)
	if err != nil {
		return Stream{}, err
	}
	return s.change(ctx, cmd.Stream, func(_ context.Context, t turn) (event.Event, error) {
		if State(t.row.State) == Over {
			return nil, nil
		}
		t.row.State, t.row.Outcome, t.row.ClosedAt = string(Over), outcome, &t.at
		return Closed{What: t.what, Outcome: richtext.Truncate(outcome, maxQuoted)}, nil
	})
}

// Reopen lets the work on a stream go on; what came of it before stands in the log.
func (s *Service) Reopen(ctx context.Context, cmd Reopen) (Stream, error) {
	return s.change(ctx, cmd.Stream, func(ctx context.Context, t turn) (event.Event, error) {
		if State(t.row.State) == Going {
			return nil, nil
		}
		if err := decideOpen(t.inc); err != nil {
			return nil, err
		}
		others, err := t.q.OpenNames(ctx, t.inc.ID)
		if err != nil {
			return nil, fmt.Errorf("read the names of streams: %w", err)
		}
		if _, err := decideName(t.row.Name, t.row.ID, others); err != nil {
			return nil, err
		}
		t.row.State, t.row.Outcome, t.row.ClosedAt = string(Going), "", nil
		return Reopened{What: t.what}, nil
	})
}

func decideOutcome(outcome string) (string, error) {
	outcome = clean(outcome)
	if utf8.RuneCountInString(outcome) > maxOutcome {
		return "", problem.Field("outcome", "too_long", "What came of it has %d characters at most.", maxOutcome)
	}
	return outcome, nil
}
