package notification

import (
	"context"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/stream"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/event"
)

func (s *Service) streamOpened(ctx context.Context, r event.Record, e stream.Opened) error {
	return s.streamGiven(ctx, r, e.What, e.Lead)
}

func (s *Service) streamLed(ctx context.Context, r event.Record, e stream.LeadAssigned) error {
	return s.streamGiven(ctx, r, e.What, e.To)
}

// streamGiven tells somebody that they lead a part of the work now, unless they took it themselves.
func (s *Service) streamGiven(ctx context.Context, r event.Record, of stream.What, to id.ID) error {
	if to.Empty() || to == r.Actor.ID {
		return nil
	}
	led, err := s.needs.Streams.Get(ctx, of.Stream)
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	inc, err := s.needs.Incidents.Get(ctx, of.Incident)
	if err != nil {
		return err
	}
	if inc.Mode == incident.Retrospective || led.State != stream.Going || led.Lead == nil || led.Lead.ID != to {
		return nil // given on meanwhile: who leads it now is told of that
	}
	w := words{
		title: "You lead “" + led.Name + "” of " + called(inc), body: r.Actor.Name + " gave you this stream. " + inc.Name + " · " + situation(inc),
		tag: "stream-" + string(led.ID), path: path(inc) + "/streams", facts: facts(inc), action: "Open the stream",
	}
	w.subject = w.title + ": " + inc.Name
	return s.tell(ctx, news{reason: RoleGiven, event: r, incident: inc, users: []id.ID{to}, seq: r.Seq, words: w})
}
