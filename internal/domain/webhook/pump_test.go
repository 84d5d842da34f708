package webhook_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/webhook"
	"github.com/musterhq/muster/internal/platform/live"
	"github.com/musterhq/muster/internal/platform/supervise"
	"github.com/musterhq/muster/internal/testing/hooksink"
)

// eventually waits for a condition for as long as a busy machine needs.
func eventually(t *testing.T, what string, met func() bool) {
	t.Helper()
	for until := time.Now().Add(30 * time.Second); !met(); {
		if time.Now().After(until) {
			t.Fatalf("waited in vain until %s", what)
		}
		<-time.After(10 * time.Millisecond)
	}
}

// TestSlowEndpointHoldsUpNoOther lets one receiver keep every request open while another takes its own.
func TestSlowEndpointHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	h := build(t)
	slow, quick := hooksink.New(t), hooksink.New(t)
	hold := make(chan struct{})
	slow.Answer(func(http.ResponseWriter, hooksink.Request) { <-hold })
	h.endpoint(webhook.CreateEndpoint{URL: slow.URL()})
	h.endpoint(webhook.CreateEndpoint{URL: quick.URL()})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	supervise.Go(ctx, "pump", func(ctx context.Context) {
		defer close(done)
		webhook.NewPump(h.service).Run(ctx, live.NewHub(h.URL))
	})
	for n := range 12 {
		h.declare(h.ctx, fmt.Sprintf("Number %d", n))
	}
	eventually(t, "the quick one has heard everything", func() bool { return len(quick.Requests()) == 12 })
	if n := len(slow.Requests()); n > 4 {
		t.Errorf("the slow one has %d requests at a time", n)
	}
	close(hold)
	eventually(t, "the slow one has heard everything too", func() bool { return len(slow.Requests()) >= 12 })
	stop()
	<-done
}
