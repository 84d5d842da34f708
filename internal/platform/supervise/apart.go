package supervise

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Apart runs fn for each of those listed at each interval until ctx ends, each in a goroutine of its own: one that is slow,
// or in trouble, keeps no other waiting, and is not begun again before it ended. What fails is logged and comes around
// again.
func Apart[K comparable](ctx context.Context, where string, interval time.Duration, list func(ctx context.Context) ([]K, error), fn func(ctx context.Context, one K) error) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	var mu sync.Mutex
	busy := map[K]bool{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		all, err := list(ctx)
		if err != nil {
			if ctx.Err() == nil {
				slog.WarnContext(ctx, "a round was left out; the next one follows", "in", where, "error", err)
			}
			continue
		}
		for _, one := range all {
			mu.Lock()
			taken := busy[one]
			busy[one] = true
			mu.Unlock()
			if taken {
				continue
			}
			Go(ctx, where, func(ctx context.Context) {
				defer func() {
					mu.Lock()
					delete(busy, one)
					mu.Unlock()
				}()
				if err := fn(ctx, one); err != nil && ctx.Err() == nil {
					slog.WarnContext(ctx, "some of it waits for the next round", "in", where, "of", one, "error", err)
				}
			})
		}
	}
}
