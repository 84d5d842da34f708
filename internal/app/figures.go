package app

import (
	"time"

	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/live"
	"github.com/musterhq/muster/internal/platform/telemetry"
)

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
func (f figures) Delivered(d event.Delivery, waited, took time.Duration, err error) {
	f.metrics.Waited(string(d.Queue), waited)
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
