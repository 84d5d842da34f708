package webhook

import (
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// SwitchedOff says that Muster sends to an endpoint no more, because nothing got through or it is gone.
type SwitchedOff struct {
	Webhook id.ID `json:"webhook"`
	Why     Why   `json:"why"`
}

// Kind names the event.
func (SwitchedOff) Kind() string { return "webhook.switched_off" }

// Version is that of the payload.
func (SwitchedOff) Version() int { return 1 }

// Subject is the endpoint.
func (e SwitchedOff) Subject() event.Subject { return event.Subject{ID: e.Webhook} }
