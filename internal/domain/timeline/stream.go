package timeline

import (
	"context"

	"github.com/musterhq/muster/internal/domain/stream"
	"github.com/musterhq/muster/internal/platform/event"
)

func subscribeStreams(bus *event.Bus) {
	log(bus, func(ctx context.Context, n names, e stream.Opened) (*Details, error) {
		to, err := n.user(ctx, e.Lead)
		return &Details{Stream: streamNamed(e.What), To: to}, err
	}, nil)
	log(bus, func(_ context.Context, _ names, e stream.Renamed) (*Details, error) {
		return &Details{Stream: streamNamed(e.What), Was: e.Was}, nil
	}, nil)
	log(bus, func(ctx context.Context, n names, e stream.LeadAssigned) (*Details, error) {
		from, err := n.user(ctx, e.From)
		if err != nil {
			return nil, err
		}
		to, err := n.user(ctx, e.To)
		return &Details{Stream: streamNamed(e.What), From: from, To: to}, err
	}, nil)
	log(bus, func(_ context.Context, _ names, e stream.UpdateSent) (*Details, error) {
		return &Details{Stream: streamNamed(e.What), Text: e.Text}, nil
	}, always[stream.UpdateSent])
	log(bus, func(_ context.Context, _ names, e stream.Closed) (*Details, error) {
		return &Details{Stream: streamNamed(e.What), Text: e.Outcome}, nil
	}, always[stream.Closed])
	log(bus, func(_ context.Context, _ names, e stream.Reopened) (*Details, error) {
		return &Details{Stream: streamNamed(e.What)}, nil
	}, nil)
}

func streamNamed(of stream.What) *Named { return &Named{ID: of.Stream, Name: of.Name} }

// stream words what happened in a part of the work, and reports whether it knows the kind.
func (w *writer) stream(kind string, d Details) bool {
	switch kind {
	case "stream.opened":
		w.did("opened the stream ").value(d.Stream)
		if d.To != nil && !w.self(d.To) {
			w.words(" with ").person(d.To).words(" as its lead")
		}
	case "stream.renamed":
		w.did("renamed the stream ").quote(d.Was).words(" to ").value(d.Stream)
	case "stream.lead_assigned":
		if w.self(d.To) {
			w.did("took the stream ").value(d.Stream)
			return true
		}
		w.did("gave the stream ").value(d.Stream).words(" to ").person(d.To)
	case "stream.update_sent":
		w.did("told of ").value(d.Stream).words(": ").quote(d.Text)
	case "stream.closed":
		w.did("closed the stream ").value(d.Stream)
		if d.Text != "" {
			w.words(": ").quote(d.Text)
		}
	case "stream.reopened":
		w.did("reopened the stream ").value(d.Stream)
	default:
		return false
	}
	return true
}
