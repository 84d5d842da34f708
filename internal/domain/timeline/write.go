package timeline

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/timeline/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Write adds an item in words of one's own.
type Write struct {
	Incident id.ID
	// Title is what happened in a few words, Note what there is to say about it, as Markdown; it may be empty.
	Title, Note string
	// At is when it happened; the zero time means now.
	At time.Time
	// Key makes a repeated addition answer with the item of the first.
	Key string
}

// Edit gives an item another title, note or time.
type Edit struct {
	Incident, Item id.ID
	// Title stands in place of the sentence that words itself; empty for that sentence.
	Title, Note string
	// At is the place on the timeline; the zero time is that of when it happened.
	At time.Time
	// Version is that of the item which the editor saw; when there is a newer one the answer is an *incident.Stale.
	// 0 is not checked.
	Version int32
}

// The most characters of a title and bytes of a note.
const (
	maxTitle = 300
	maxNote  = 20_000
)

// Write adds an item by hand and returns its id.
func (s *Service) Write(ctx context.Context, cmd Write) (id.ID, error) {
	now := s.clock.Now()
	if cmd.At.IsZero() {
		cmd.At = now
	}
	title, err := decideWords(cmd.Title, cmd.Note, true)
	if err != nil {
		return "", err
	}
	if err := decideTime(cmd.At, now); err != nil {
		return "", err
	}
	if utf8.RuneCountInString(cmd.Key) > 200 || strings.ContainsRune(cmd.Key, 0) {
		return "", problem.Field("idempotency_key", "invalid", "An idempotency key is text of 200 characters at most.")
	}
	var made id.ID
	err = s.on(ctx, cmd.Incident, func(ctx context.Context, t turn) error {
		if cmd.Key != "" {
			known, err := t.q.ItemByKey(ctx, db.ItemByKeyParams{IncidentID: t.inc.ID, Key: cmd.Key})
			if err == nil {
				made = known
				return nil
			}
			if !postgres.None(err) {
				return fmt.Errorf("look for the idempotency key: %w", err)
			}
		}
		source, note, err := readNote(ctx, t, cmd.Note)
		if err != nil {
			return err
		}
		made = id.New(now)
		row := db.InsertOwnParams{
			ID: made, IncidentID: t.inc.ID, Private: t.inc.Private, OccurredAt: cmd.At, Title: title, NoteSource: source, Note: note,
			AddedByType: string(t.scope.Actor.Type), AddedByID: t.scope.Actor.ID, AddedByName: t.scope.Actor.Name, RecordedAt: now,
		}
		if cmd.Key != "" {
			row.IdempotencyKey = &cmd.Key
		}
		if err := t.q.InsertOwn(ctx, row); err != nil {
			return fmt.Errorf("write the timeline: %w", err)
		}
		return s.changed(ctx, t, "timeline.item_added", made, nil, map[string]any{"title": title, "at": cmd.At},
			ItemAdded{What: What{About: t.inc.About(), Item: made, Text: title}, ByHand: true})
	})
	return made, err
}

// Edit changes an item; what happened stays as it is in the log, and so does when.
func (s *Service) Edit(ctx context.Context, cmd Edit) error {
	now := s.clock.Now()
	return s.item(ctx, cmd.Incident, cmd.Item, func(ctx context.Context, t turn, row db.MusterTimelineItem) error {
		title, err := decideWords(cmd.Title, cmd.Note, row.Source == ByHand)
		if err != nil {
			return err
		}
		next := db.SetItemParams{ID: row.ID, Title: title}
		if next.NoteSource, next.Note, err = readNote(ctx, t, cmd.Note); err != nil {
			return err
		}
		if !cmd.At.IsZero() && !cmd.At.Equal(row.OccurredAt) {
			if err := decideTime(cmd.At, now); err != nil {
				return err
			}
			next.ToldAt = &cmd.At
		}
		fact := ItemEdited{
			What:     What{About: t.inc.About(), Item: row.ID, Text: title},
			Retitled: title != row.Title, Noted: next.NoteSource != row.NoteSource, Moved: !sameTime(next.ToldAt, row.ToldAt),
		}
		if !fact.Retitled && !fact.Noted && !fact.Moved {
			return nil
		}
		if cmd.Version != 0 && cmd.Version != row.RowVersion {
			return &incident.Stale{What: "title", Now: strings.TrimSpace(row.Title + "\n\n" + row.NoteSource), Version: row.RowVersion}
		}
		if err := t.q.SetItem(ctx, next); err != nil {
			return fmt.Errorf("write the timeline: %w", err)
		}
		return s.changed(ctx, t, "timeline.item_edited", row.ID,
			map[string]any{"title": row.Title, "note": row.NoteSource, "told_at": row.ToldAt},
			map[string]any{"title": next.Title, "note": next.NoteSource, "told_at": next.ToldAt}, fact)
	})
}

// decideWords returns the title to be kept.
func decideWords(title, note string, required bool) (string, error) {
	title = strings.Join(strings.Fields(strings.ToValidUTF8(strings.ReplaceAll(title, "\x00", ""), "\uFFFD")), " ")
	switch {
	case title == "" && required:
		return "", problem.Field("title", "is_required", "Say in a few words what happened.")
	case utf8.RuneCountInString(title) > maxTitle:
		return "", problem.Field("title", "too_long", "The title has %d characters; %d is the most. The note has room for more.", utf8.RuneCountInString(title), maxTitle)
	case len(note) > maxNote:
		return "", problem.Field("note", "too_long", "The note has %d bytes; %d is the most.", len(note), maxNote)
	}
	return title, nil
}

// earliest is when incidents began: anything before is a slip of the hand.
var earliest = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)

func decideTime(at, now time.Time) error {
	if at.After(now.Add(time.Minute)) {
		return problem.Field("at", "in_the_future", "This has not happened yet. Give the time at which it did.")
	}
	if at.Before(earliest) {
		return problem.Field("at", "too_early", "The year %d is too long ago. Give the time at which it happened.", at.Year())
	}
	return nil
}

func sameTime(a, b *time.Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}

func readNote(ctx context.Context, t turn, source string) (string, json.RawMessage, error) {
	document, err := incident.ReadText(ctx, t.tx, strings.TrimSpace(source))
	if err != nil || document.Empty() {
		return "", nil, err
	}
	return document.Source, document.JSON(), nil
}
