package stream

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/stream/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/platform/event"
)

// SendUpdate tells the whole incident how a stream stands.
type SendUpdate struct {
	Stream id.ID
	// Message is Markdown.
	Message string
	// Key makes a repeated sending send nothing.
	Key string
}

// SendUpdate tells the whole incident how a stream stands.
func (s *Service) SendUpdate(ctx context.Context, cmd SendUpdate) (Stream, error) {
	key, err := decideKey(cmd.Key)
	if err != nil {
		return Stream{}, err
	}
	source, err := decideMessage(cmd.Message)
	if err != nil {
		return Stream{}, err
	}
	return s.change(ctx, cmd.Stream, func(ctx context.Context, t turn) (event.Event, error) {
		document, err := incident.ReadText(ctx, t.tx, source)
		if err != nil {
			return nil, err
		}
		update := db.InsertUpdateParams{
			ID: id.New(t.at), IncidentID: t.inc.ID, StreamID: t.row.ID, Private: t.inc.Private, IdempotencyKey: key,
			MessageSource: document.Source, Message: document.JSON(), MessageFormat: richtext.Version,
			AuthorType: string(t.scope.Actor.Type), AuthorID: t.scope.Actor.ID, AuthorName: t.scope.Actor.Name, At: t.at,
		}
		written, err := t.q.InsertUpdate(ctx, update)
		if err != nil {
			return nil, fmt.Errorf("write an update of the stream: %w", err)
		}
		if written == 0 { // the same press came twice
			return nil, nil
		}
		if State(t.row.State) == Over {
			return nil, problem.New(problem.Conflict, "stream_closed", "The stream is closed. Open it again to go on.")
		}
		return UpdateSent{What: t.what, Update: update.ID, Text: document.Excerpt(maxQuoted)}, nil
	})
}

// maxQuoted is how many characters of a text the log repeats.
const maxQuoted = 300

func decideMessage(message string) (string, error) {
	message = clean(message)
	switch {
	case message == "":
		return "", problem.Field("message", "is_required", "Write how this part of the work stands.")
	case utf8.RuneCountInString(message) > maxMessage:
		return "", problem.Field("message", "too_long", "An update has %d characters at most.", maxMessage)
	}
	return message, nil
}
