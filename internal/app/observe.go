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

	"github.com/musterhq/muster/internal/app/config"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/platform/mail"
	"github.com/musterhq/muster/internal/platform/supervise"
	"github.com/musterhq/muster/internal/platform/telemetry"
	"github.com/musterhq/muster/internal/platform/watch"
)

// lastWords is how long the last alerts, error reports and traces of a process may take to leave.
const lastWords = 3 * time.Second

// Watched is a process whose errors reach operators on a path past the queue and the database, and whose traces are kept.
type Watched struct {
	faults  faults
	journal *telemetry.Journal
	ends    []func(ctx context.Context)
}

// Watch lets this process be watched; process is its role ("web"). Stop sends what is left.
func Watch(ctx context.Context, cfg *config.Config, process string) (*Watched, error) {
	w := &Watched{}
	if err := w.trace(ctx, cfg, process); err != nil {
		return nil, err
	}
	tell := []func(context.Context, telemetry.Fault){w.faults.keep}
	if len(cfg.OperatorMail) > 0 || cfg.OperatorWebhook != "" {
		operators, err := w.alert(ctx, cfg)
		if err != nil {
			return nil, err
		}
		tell = append(tell, operators.Fault)
	}
	if cfg.SentryDSN != "" {
		reports, err := telemetry.NewSentry(cfg.SentryDSN, version(), environment(cfg))
		if err != nil {
			return nil, err
		}
		tell = append(tell, reports.Report)
		w.ends = append(w.ends, func(context.Context) { reports.Flush(lastWords) })
	}
	_, colour := telemetry.Terminal(os.Stderr)
	slog.SetDefault(telemetry.NewLog(os.Stderr, telemetry.Log{
		Level: cfg.LogLevel, Readable: cfg.LogFormat == "text", Colour: colour, Process: process,
		Faults: func(ctx context.Context, fault telemetry.Fault) {
			for _, one := range tell {
				one(ctx, fault)
			}
		},
	}))
	return w, nil
}

// trace begins to record what this process works on.
func (w *Watched) trace(ctx context.Context, cfg *config.Config, process string) (err error) {
	tracing := telemetry.Tracing{Process: process, Version: version(), Endpoint: cfg.OTLPEndpoint, Share: 1}
	if cfg.Dev {
		if w.journal, err = telemetry.NewJournal(filepath.Join(cfg.Data, "traces"), process); err != nil {
			return err
		}
		tracing.Journal = w.journal
	}
	stop, err := telemetry.StartTracing(ctx, tracing)
	if err != nil {
		return err
	}
	w.ends = append(w.ends, func(ctx context.Context) {
		if err := stop(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			slog.WarnContext(ctx, "the last traces were not sent", "error", err)
		}
	})
	return nil
}

// alert begins to tell operators; it needs neither the database nor the queue, which may be what is wrong.
func (w *Watched) alert(ctx context.Context, cfg *config.Config) (*watch.Operators, error) {
	sender, _, err := sender(cfg, clock.System{})
	if err != nil {
		return nil, err
	}
	operators := watch.NewOperators(watch.Channels{
		Mail: sender, To: cfg.OperatorMail, Webhook: cfg.OperatorWebhook, Client: httpx.TrustedClient(10 * time.Second), URL: cfg.URL,
	}, clock.System{})
	telling, stop := context.WithCancel(context.WithoutCancel(ctx))
	told := make(chan struct{})
	supervise.Go(telling, "tell operators", func(ctx context.Context) {
		defer close(told)
		operators.Run(ctx)
	})
	w.ends = append(w.ends, func(ctx context.Context) {
		stop()
		select {
		case <-told:
		case <-ctx.Done():
		}
	})
	return operators, nil
}

// Stop sends what was not sent yet, for a few seconds at most.
func (w *Watched) Stop(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	var all sync.WaitGroup
	for _, end := range w.ends {
		all.Add(1)
		supervise.Go(ctx, "send what is left", func(ctx context.Context) {
			defer all.Done()
			end(ctx)
		})
	}
	all.Wait()
}

// sender is how mail leaves: through the mail server, or into an outbox where none is set up.
func sender(cfg *config.Config, clk clock.Clock) (mail.Sender, *mail.Outbox, error) {
	if cfg.SMTPURL != "" {
		server, err := mail.NewSMTP(cfg.SMTPURL, cfg.MailFrom, clk)
		return server, nil, err
	}
	outbox, err := mail.NewOutbox(filepath.Join(cfg.Data, "outbox"), clk)
	return outbox, outbox, err
}

func environment(cfg *config.Config) string {
	if cfg.Dev {
		return "development"
	}
	return "production"
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
