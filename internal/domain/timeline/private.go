package timeline

import (
	"context"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/platform/event"
)

// subscribeAccess logs who may see an incident. That it was made private belongs to the story, for those who see it.
func subscribeAccess(bus *event.Bus) {
	log(bus, plain[incident.MadePrivate], always[incident.MadePrivate])
	log(bus, plain[incident.MadePublic], always[incident.MadePublic])
	log(bus, func(ctx context.Context, n names, e incident.AccessGranted) (*Details, error) {
		to, err := n.user(ctx, e.User)
		return &Details{To: to, Text: e.Reason}, err
	}, nil)
	log(bus, func(ctx context.Context, n names, e incident.AccessRevoked) (*Details, error) {
		from, err := n.user(ctx, e.User)
		return &Details{From: from}, err
	}, nil)
	log(bus, plain[incident.AccessRequested], nil)
	log(bus, func(ctx context.Context, n names, e incident.AccessDenied) (*Details, error) {
		to, err := n.user(ctx, e.User)
		return &Details{To: to}, err
	}, nil)
}

func (w *writer) access(kind string, d Details) {
	switch {
	case kind == "incident.made_private":
		w.did("made the incident private")
	case kind == "incident.made_public":
		w.did("made the incident public")
	case kind == "incident.access_granted" && w.self(d.To):
		w.did("took this private incident over, which nobody saw any more").because(d.Text)
	case kind == "incident.access_granted":
		w.did("invited ").person(d.To)
	case kind == "incident.access_revoked" && w.self(d.From):
		w.did("left this private incident")
	case kind == "incident.access_revoked":
		w.did("took access from ").person(d.From)
	case kind == "incident.access_requested":
		w.did("asked to see this incident")
	default:
		w.did("did not let ").person(d.To).words(" in")
	}
}
