package channel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/channel/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/postgres"
)

const (
	// lease is how long a visit may take before another worker takes its place; every call within is far shorter.
	lease = 2 * time.Minute
	// never is when a channel with nothing to do is due.
	never = 100 * 365 * 24 * time.Hour
)

// visit does everything that a channel needs now: opens it, brings the room into it, and makes it look as the incident is.
// Any number of workers may try; one works. It returns when to come again, zero for when the room goes on.
func (s *Service) visit(ctx context.Context, conversation id.ID) (time.Time, error) {
	visitor := string(id.New(s.clock.Now()))
	taken, err := s.take(ctx, conversation, visitor)
	if err != nil || !taken {
		return time.Time{}, err
	}
	row, err := s.row(ctx, conversation)
	if err != nil {
		return time.Time{}, err
	}
	again, trouble := s.tend(ctx, row)
	return again, errors.Join(trouble, s.leave(context.WithoutCancel(ctx), row, visitor, again, trouble))
}

func (s *Service) take(ctx context.Context, conversation id.ID, visitor string) (taken bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).Visit(ctx, db.VisitParams{ConversationID: conversation, Visitor: visitor, Seconds: lease.Seconds()})
		taken = rows > 0
		return err
	})
	return taken, err
}

func (s *Service) row(ctx context.Context, conversation id.ID) (row db.MusterChannel, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		row, err = db.New(tx).Channel(ctx, conversation)
		return err
	})
	if err != nil {
		return row, fmt.Errorf("read a channel: %w", err)
	}
	return row, nil
}

// leave gives the channel back and remembers when to come again: after trouble in 1 s doubling to 5 minutes, or when the
// platform asks.
func (s *Service) leave(ctx context.Context, row db.MusterChannel, visitor string, again time.Time, trouble error) error {
	now := s.clock.Now()
	next := db.EndVisitParams{ConversationID: row.ConversationID, Visitor: visitor, Again: now.Add(never)}
	if !again.IsZero() {
		next.Again = again
	}
	switch {
	case chat.Paced(trouble):
		next.Attempts, next.Trouble, next.Again = row.Attempts, row.Trouble, now.Add(pause(0, trouble))
	case trouble != nil:
		next.Attempts, next.Trouble = row.Attempts+1, short(trouble)
		next.Again = now.Add(pause(int(row.Attempts), trouble))
		slog.WarnContext(ctx, "a channel could not be kept as the incident is", "incident", row.IncidentID, "attempt", next.Attempts, "error", trouble)
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error { return db.New(tx).EndVisit(ctx, next) })
}

// pause is how long a channel rests after trouble.
func pause(attempts int, err error) time.Duration {
	var later *chat.Later
	if errors.As(err, &later) && later.After > 0 {
		return later.After
	}
	if errors.Is(err, chat.ErrRefused) {
		return time.Hour
	}
	return min(time.Second<<min(attempts, 20), 5*time.Minute)
}

func short(err error) string {
	words := err.Error()
	return words[:min(len(words), 300)]
}

// tend does the work of a visit in the order in which people need it: the channel, what was said, then what it looks like.
func (s *Service) tend(ctx context.Context, row db.MusterChannel) (time.Time, error) {
	if State(row.State) == Opened {
		moved, err := s.hide(ctx, row)
		if err != nil {
			return time.Time{}, err
		}
		row = moved
	}
	if State(row.State) == Opening {
		opened, err := s.opening(ctx, row)
		if err != nil {
			return time.Time{}, err
		}
		row = opened
	}
	if State(row.State) != Opened {
		return time.Time{}, nil
	}
	value, err := s.streamValue(ctx, row.IncidentID)
	if err != nil {
		return time.Time{}, err
	}
	if value > row.MirroredSeq {
		if row, err = s.mirror(ctx, row, value); err != nil {
			return time.Time{}, err
		}
	}
	if row, err = s.renew(ctx, row, value); err != nil {
		return time.Time{}, err
	}
	if row, err = s.announce(ctx, row); err != nil {
		return time.Time{}, err
	}
	sent, err := s.Outbox.Drain(ctx, row.ConversationID)
	if err != nil {
		return time.Time{}, fmt.Errorf("say what waits: %w", err)
	}
	due, err := s.draw(ctx, row, value)
	if err != nil {
		return time.Time{}, err
	}
	return earlier(sent.Again, due), nil
}

func earlier(one, other time.Time) time.Time {
	if one.IsZero() || !other.IsZero() && other.Before(one) {
		return other
	}
	return one
}

// opening makes the channel on its platform.
func (s *Service) opening(ctx context.Context, row db.MusterChannel) (db.MusterChannel, error) {
	switch {
	case row.AdoptedAt != nil && row.Name == "":
		return s.enter(ctx, row)
	case row.ExternalID != "":
		return s.unarchive(ctx, row)
	}
	inc, err := s.Incidents.Get(ctx, row.IncidentID)
	if err != nil {
		return row, err
	}
	settings, err := s.Settings(ctx)
	if err != nil {
		return row, err
	}
	ref, err := s.Platform.OpenConversation(ctx, chat.Opening{
		Key: openingKey(row), Name: nameOf(settings.Name, inc), Topic: topicOf(inc), Private: row.Private, Team: string(row.TeamID),
	})
	if err != nil {
		return row, fmt.Errorf("open a channel: %w", err)
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.Outbox.Opened(ctx, row.ConversationID, ref.ID); err != nil {
			return err
		}
		return db.New(tx).SetOpened(ctx, db.SetOpenedParams{ConversationID: row.ConversationID, ExternalID: id.ID(ref.ID), Name: nameOf(settings.Name, inc), PrivateThere: row.Private})
	})
	if err != nil {
		return row, fmt.Errorf("record an opened channel: %w", err)
	}
	row.State, row.ExternalID, row.Name = string(Opened), id.ID(ref.ID), nameOf(settings.Name, inc)
	row.Drawn, err = json.Marshal(drawn{Name: row.Name, Private: row.Private})
	return row, err
}

// unarchive opens the channel of an incident that began again. Where the platform does not let Muster (Slack puts it out of
// what it archives), a new one takes its place.
func (s *Service) unarchive(ctx context.Context, row db.MusterChannel) (db.MusterChannel, error) {
	err := s.Platform.Unarchive(ctx, of(row).Ref(s.Platform.Name()))
	if errors.Is(err, chat.ErrRefused) {
		if row, err = s.rehouse(ctx, row); err == nil {
			row, err = s.opening(ctx, row)
		}
		return row, err
	}
	if err != nil {
		return row, fmt.Errorf("open an archived channel: %w", err)
	}
	row.State = string(Opened)
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return db.New(tx).SetState(ctx, db.SetStateParams{ConversationID: row.ConversationID, State: row.State})
	})
	return row, err
}

// Tend visits every channel of the organisation that is due, one after the other, and returns the troubles of those that
// could not be kept.
func (s *Service) Tend(ctx context.Context) error {
	due, err := s.due(ctx, true)
	if err != nil {
		return err
	}
	var troubles []error
	for _, conversation := range due {
		if _, err := s.visit(ctx, conversation); err != nil {
			troubles = append(troubles, err)
		}
	}
	return errors.Join(troubles...)
}

// due lists the channels whose time has come, and of a thorough look those that are behind their rooms.
func (s *Service) due(ctx context.Context, thorough bool) (due []id.ID, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		if due, err = q.Tended(ctx, s.clock.Now()); err != nil || !thorough {
			return err
		}
		behind, err := q.Behind(ctx)
		due = append(due, behind...)
		return err
	})
	if err != nil && !postgres.None(err) {
		return nil, fmt.Errorf("look for channels that are due: %w", err)
	}
	seen := map[id.ID]bool{}
	unique := due[:0]
	for _, conversation := range due {
		if !seen[conversation] {
			seen[conversation] = true
			unique = append(unique, conversation)
		}
	}
	return unique, nil
}
