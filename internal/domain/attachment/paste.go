package attachment

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/attachment/internal/db"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Subscribe attaches what people paste into messages, updates and the summary, if its service is known: every other
// page would fill the list with what was only mentioned. What is attached goes along when an incident is merged.
func (s *Service) Subscribe(bus *event.Bus) {
	event.Within(bus, "attachment.merged", s.merged)
	event.Within(bus, "attachment", func(ctx context.Context, tx pgx.Tx, r event.Record, e room.MessagePosted) error {
		return s.paste(ctx, tx, r, "message", e.Message, (*db.Queries).MessageText)
	})
	event.Within(bus, "attachment", func(ctx context.Context, tx pgx.Tx, r event.Record, e room.MessageEdited) error {
		return s.paste(ctx, tx, r, "message", e.Message, (*db.Queries).MessageText)
	})
	event.Within(bus, "attachment", func(ctx context.Context, tx pgx.Tx, r event.Record, e incident.UpdateSent) error {
		return s.paste(ctx, tx, r, "update", e.Update, (*db.Queries).UpdateText)
	})
	event.Within(bus, "attachment", func(ctx context.Context, tx pgx.Tx, r event.Record, e incident.SummaryChanged) error {
		return s.paste(ctx, tx, r, "summary", e.Incident, (*db.Queries).SummaryText)
	})
	event.Within(bus, "attachment", func(ctx context.Context, tx pgx.Tx, r event.Record, e incident.Declared) error {
		return s.paste(ctx, tx, r, "summary", e.Incident, (*db.Queries).SummaryText)
	})
}

func (s *Service) paste(ctx context.Context, tx pgx.Tx, r event.Record, where string, of id.ID, read func(*db.Queries, context.Context, id.ID) (string, error)) error {
	source, err := read(db.New(tx), ctx, of)
	if postgres.None(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read what was pasted: %w", err)
	}
	about := incident.About{Incident: r.Subject.Stream, Private: r.Subject.Private}
	for _, found := range Pasted(richtext.Parse(source, richtext.Options{})) {
		if _, err := s.add(ctx, tx, about, r.Actor, found, "", where); err != nil {
			return err
		}
	}
	return nil
}

// mostAtOnce bounds what one text attaches.
const mostAtOnce = 20

// Pasted lists the things of known services that a text links to, each once.
func Pasted(text richtext.Document) []Resource {
	var found []Resource
	for _, link := range text.Links() {
		r, ok := Recognize(link)
		if !ok || r.Kind == Link || len(found) == mostAtOnce {
			continue
		}
		if !slices.ContainsFunc(found, func(o Resource) bool { return o.Kind == r.Kind && o.ExternalID == r.ExternalID }) {
			found = append(found, r)
		}
	}
	return found
}
