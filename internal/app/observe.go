package app

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/platform/live"
	"github.com/musterhq/muster/internal/platform/supervise"
	"github.com/musterhq/muster/internal/platform/telemetry"
	"github.com/musterhq/muster/internal/platform/watch"
)

// flushPatience is how long the last traces and error reports of a process may take to leave.
const flushPatience = 3 * time.Second

// observe lets this process be watched: its errors reach operators past the queue, its traces are recorded. The
// function that it returns sends what is left.
func (a *App) observe(ctx context.Context, process string) (stop func(), err error) {
	tracing := telemetry.Tracing{Process: process, Version: version(), Endpoint: a.Config.OTLPEndpoint, Share: 1}
	if a.Config.Dev {
		if a.journal, err = telemetry.NewJournal(filepath.Join(a.Config.Data, "traces"), process); err != nil {
			return nil, err
		}
		tracing.Journal = a.journal
	}
	stopTracing, err := telemetry.StartTracing(ctx, tracing)
	if err != nil {
		return nil, err
	}
	tell := []func(context.Context, telemetry.Fault){a.faults.keep}
	operators := watch.NewOperators(watch.Channels{
		Mail: a.Mail, To: a.Config.OperatorMail, Webhook: a.Config.OperatorWebhook, Client: httpx.TrustedClient(10 * time.Second), URL: a.Config.URL,
	}, a.Clock)
	supervise.Go(context.WithoutCancel(ctx), "tell operators", operators.Run)
	tell = append(tell, operators.Fault)
	flush := func(time.Duration) {}
	if a.Config.SentryDSN != "" {
		reports, err := telemetry.NewSentry(a.Config.SentryDSN, version(), "production")
		if err != nil {
			return nil, err
		}
		tell, flush = append(tell, reports.Report), reports.Flush
	}
	_, colour := telemetry.Terminal(os.Stderr)
	slog.SetDefault(telemetry.NewLog(os.Stderr, telemetry.Log{
		Level: a.Config.LogLevel, Readable: a.Config.LogFormat == "text", Colour: colour, Process: process,
		Faults: func(ctx context.Context, fault telemetry.Fault) {
			for _, one := range tell {
				one(ctx, fault)
			}
		},
	}))
	return func() {
		flush(flushPatience)
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushPatience)
		defer cancel()
		if err := stopTracing(last); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			slog.WarnContext(ctx, "the last traces were not sent", "error", err)
		}
	}, nil
}

// version names the build for those who watch several.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "unknown"
}

// faults keeps the last errors of this process for the operators' page.
type faults struct {
	mu     sync.Mutex
	latest []telemetry.Fault
}

const mostFaults = 50

func (f *faults) keep(_ context.Context, one telemetry.Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.latest = append(f.latest, one)
	if extra := len(f.latest) - mostFaults; extra > 0 {
		f.latest = slices.Delete(f.latest, 0, extra)
	}
}

// newest returns them, the newest first.
func (f *faults) newest() []telemetry.Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := slices.Clone(f.latest)
	slices.Reverse(all)
	return all
}

// signals counts events on their way to the other processes.
type signals struct {
	notifier *live.Notifier
	metrics  *telemetry.Metrics
}

// Signal passes an event on.
func (s signals) Signal(r event.Record) {
	s.metrics.Published(r.Kind)
	s.notifier.Signal(r)
}

// figures counts deliveries.
type figures struct{ metrics *telemetry.Metrics }

// Delivered counts one that ended.
func (f figures) Delivered(d event.Delivery, _, took time.Duration, err error) {
	outcome := "ok"
	if err != nil {
		outcome = "failed"
	}
	f.metrics.Job(d.Subscriber, string(d.Queue), outcome, took)
}

// Quarantined counts one that is kept from running.
func (f figures) Quarantined(d event.Delivery) {
	f.metrics.Job(d.Subscriber, string(d.Queue), "quarantined", 0)
}
