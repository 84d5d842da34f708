package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/platform/supervise"
)

// runClock does what is due by the clock until the context ends.
func (a *App) runClock(ctx context.Context) error {
	supervise.Go(ctx, "sweep sessions", func(ctx context.Context) { every(ctx, 24*time.Hour, a.sweep) })
	supervise.Go(ctx, "sweep the audit log", func(ctx context.Context) { every(ctx, time.Hour, a.sweepAudit) })
	supervise.Go(ctx, "sweep exports", func(ctx context.Context) { every(ctx, time.Hour, a.Exports.Sweep) })
	supervise.Go(ctx, "sweep uploads", func(ctx context.Context) { every(ctx, time.Hour, a.Rooms.Sweep) })
	supervise.Go(ctx, "sweep nudges", func(ctx context.Context) { every(ctx, nudgeEvery, a.nudge) })
	supervise.Go(ctx, "sweep webhooks", func(ctx context.Context) { every(ctx, time.Hour, a.Webhooks.Sweep) })
	if a.Config.Slack() {
		supervise.Go(ctx, "read the people of Slack", func(ctx context.Context) { every(ctx, time.Hour, a.Workspaces.Sweep) })
		supervise.Go(ctx, "forget what Slack sent", func(ctx context.Context) { every(ctx, time.Hour, a.SlackDoors.Forget) })
	}
	if a.Config.SlackAppToken != "" {
		supervise.Go(ctx, "hear Slack", a.hear)
	}
	if a.Config.HeartbeatURL != "" {
		supervise.Go(ctx, "heartbeat", a.keepBeating)
	}
	a.Timers.Run(ctx)
	return nil
}

// every runs fn now and then at each interval; what fails is logged and comes around again.
func every(ctx context.Context, interval time.Duration, fn func(ctx context.Context) error) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		if err := fn(ctx); err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "periodic work failed and comes around again", "in", interval, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// sweep forgets sessions, links and attempts that ended long ago.
func (a *App) sweep(ctx context.Context) error { return a.Auth.Sweep(ctx) }

// sweepAudit lets go of entries of the audit log that are older than it is kept.
func (a *App) sweepAudit(ctx context.Context) error {
	if a.Config.AuditKept == 0 {
		return nil
	}
	organisations, err := a.Organisations.All(ctx)
	for _, one := range organisations {
		gone, failed := a.Audit.Sweep(tenant.AsSystem(ctx, one), a.Config.AuditKept)
		err = errors.Join(err, failed)
		if gone > 0 {
			slog.InfoContext(ctx, "old entries of the audit log were deleted", "organisation", one, "entries", gone, "older than", a.Config.AuditKept)
		}
	}
	return err
}

const (
	// nudgeEvery is how often the clock looks for what incidents lack.
	nudgeEvery = 15 * time.Second
	// pressed is how long work waits when Muster has more to do than to nudge.
	pressed = 20 * time.Second
)

// nudge looks through the incidents that are worked on, unless more important work is waiting already.
func (a *App) nudge(ctx context.Context) error {
	late, err := a.Queue.Late(ctx)
	if err != nil || late > pressed {
		return err
	}
	return a.Nudges.Sweep(ctx)
}

// warmUp is how long the other processes may take to come up before the first heartbeat.
const warmUp = 10 * time.Second

func (a *App) keepBeating(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(warmUp):
		every(ctx, time.Minute, a.heartbeat)
	}
}

// heartbeat fetches the operators' URL while all is well, so that somebody else notices when it is not: the database
// answers, a worker lives, and no queue stands still.
func (a *App) heartbeat(ctx context.Context) error {
	asking, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := errors.Join(a.Ready(asking), a.Queue.Well(asking)); err != nil {
		return fmt.Errorf("no heartbeat: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.Config.HeartbeatURL, nil)
	if err != nil {
		return fmt.Errorf("prepare the heartbeat: %w", err)
	}
	answer, err := httpx.TrustedClient(10 * time.Second).Do(request)
	if err != nil {
		return fmt.Errorf("send the heartbeat: %w", httpx.WithoutAddress(err))
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<20)); err != nil {
		return fmt.Errorf("read the answer to the heartbeat: %w", err)
	}
	if answer.StatusCode >= 300 {
		return fmt.Errorf("the heartbeat is answered with %s", answer.Status)
	}
	return nil
}
