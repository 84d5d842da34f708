package channel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/channel/internal/db"
	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
)

// draw makes the channel look as the incident is at a value of its stream: its name, topic, links and members, and whether it is archived. It
// returns when it wants to be called again, zero for when the incident changes.
func (s *Service) draw(ctx context.Context, row db.MusterChannel, value int64) (time.Time, error) {
	now := s.clock.Now()
	if value == row.DrawnSeq {
		if row.ArchiveAt == nil {
			return time.Time{}, nil
		}
		if row.ArchiveAt.After(now) {
			return *row.ArchiveAt, nil
		}
		return time.Time{}, s.archive(ctx, row)
	}
	inc, err := s.Incidents.Get(ctx, row.IncidentID)
	if err != nil {
		return time.Time{}, err
	}
	settings, err := s.Settings(ctx)
	if err != nil {
		return time.Time{}, err
	}
	shown, err := drawnOf(row)
	if err != nil {
		return time.Time{}, err
	}
	troubles := s.apply(ctx, row, inc, settings, &shown)
	archiveAt := settings.archiveAt(inc, now)
	if row.AdoptedAt != nil { // it was there before, and goes on
		archiveAt = nil
	}
	if err := s.noteDrawn(ctx, row, shown, value, archiveAt, troubles); err != nil {
		return time.Time{}, err
	}
	if archiveAt == nil {
		return time.Time{}, nil
	}
	return *archiveAt, nil
}

// apply changes on the platform what is not as it should be; each thing for itself, so that one that the platform refuses
// does not keep the others from being done.
func (s *Service) apply(ctx context.Context, row db.MusterChannel, inc incident.Incident, settings Settings, shown *drawn) error {
	ref := of(row).Ref(s.Platform.Name())
	var troubles []error
	refused := func(err error) bool { return errors.Is(err, chat.ErrRefused) }
	own := row.AdoptedAt == nil // the name and topic of one that was there before are not Muster's
	if topic := topicOf(inc); own && topic != shown.Topic && s.Platform.Capabilities().Topics {
		if err := s.Platform.Topic(ctx, ref, topic); err == nil || refused(err) {
			shown.Topic = topic
		} else {
			troubles = append(troubles, fmt.Errorf("set the topic: %w", err))
		}
	}
	people, err := s.Incidents.People(ctx, inc.ID)
	if err != nil {
		return err
	}
	missing := newcomers(people, shown.Members)
	ruled, err := s.ruled(ctx, row, inc)
	if err != nil {
		return err
	}
	for _, person := range ruled {
		if !slices.Contains(shown.Members, person) && !slices.Contains(missing, person) {
			missing = append(missing, person)
		}
	}
	if len(missing) > 0 {
		if _, err := s.Platform.Invite(ctx, ref, missing); err == nil || refused(err) {
			shown.Members = append(shown.Members, missing...)
		} else {
			troubles = append(troubles, fmt.Errorf("invite: %w", err))
		}
	}
	bookmarks, err := s.bookmarks(ctx, inc)
	if err != nil {
		return err
	}
	if !slices.Equal(bookmarks, shown.Bookmarks) {
		if err := s.Platform.Bookmarks(ctx, ref, bookmarks); err == nil || refused(err) {
			shown.Bookmarks = bookmarks
		} else {
			troubles = append(troubles, fmt.Errorf("set the links: %w", err))
		}
	}
	if name := nameOf(settings.Name, inc); own && name != shown.Name {
		got, err := s.Platform.Rename(ctx, ref, name)
		switch {
		case err == nil:
			shown.Name = name
			if err := s.setName(ctx, row.ConversationID, got); err != nil {
				return err
			}
		case refused(err):
			shown.Name = name
		default:
			troubles = append(troubles, fmt.Errorf("rename: %w", err))
		}
	}
	return errors.Join(troubles...)
}

// newcomers are the people of an incident, without mere onlookers, who have not been brought into the channel yet.
func newcomers(people []incident.Participant, members []id.ID) []id.ID {
	var missing []id.ID
	for _, p := range people {
		if p.As != incident.Observer && !slices.Contains(members, p.ID) {
			missing = append(missing, p.ID)
		}
	}
	return missing
}

func (s *Service) streamValue(ctx context.Context, stream id.ID) (value int64, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		value, err = db.New(tx).StreamValue(ctx, stream)
		return err
	})
	return value, err
}

func (s *Service) setName(ctx context.Context, conversation id.ID, name string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return db.New(tx).SetName(ctx, db.SetNameParams{ConversationID: conversation, Name: name})
	})
}

// noteDrawn remembers what the channel shows; what could not be done stays behind, for the next visit.
func (s *Service) noteDrawn(ctx context.Context, row db.MusterChannel, shown drawn, value int64, archiveAt *time.Time, troubles error) error {
	encoded, err := json.Marshal(shown)
	if err != nil {
		return fmt.Errorf("write how a channel is drawn: %w", err)
	}
	if troubles != nil {
		value = row.DrawnSeq
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return db.New(tx).SetDrawn(ctx, db.SetDrawnParams{ConversationID: row.ConversationID, Drawn: encoded, DrawnSeq: value, ArchiveAt: archiveAt})
	})
	return errors.Join(troubles, err)
}

// archive closes the channel of an incident that ended some time ago.
func (s *Service) archive(ctx context.Context, row db.MusterChannel) error {
	if err := s.Platform.Archive(ctx, of(row).Ref(s.Platform.Name())); err != nil && !errors.Is(err, chat.ErrRefused) {
		return fmt.Errorf("archive a channel: %w", err)
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return db.New(tx).SetState(ctx, db.SetStateParams{ConversationID: row.ConversationID, State: string(Archived)})
	})
}

// topicOf is where the incident stands, in one line: "Major · Fixing · Ada leads".
func topicOf(inc incident.Incident) string {
	var parts []string
	if inc.Severity != nil {
		parts = append(parts, inc.Severity.Name)
	}
	parts = append(parts, inc.Status.Name)
	switch lead := inc.Lead(); {
	case lead != nil:
		parts = append(parts, lead.Name+" leads")
	case inc.Status.Category.Ongoing():
		parts = append(parts, "no lead yet")
	}
	return strings.Join(parts, " · ")
}

// bookmarks are the links above the channel: the incident itself, and the call where one is attached.
func (s *Service) bookmarks(ctx context.Context, inc incident.Incident) ([]chat.Bookmark, error) {
	address, err := s.Address(ctx, "/incidents/"+inc.Reference)
	if err != nil {
		return nil, err
	}
	bookmarks := []chat.Bookmark{{Key: "dashboard", Title: inc.Reference + " in Muster", URL: address}}
	for _, field := range inc.Fields {
		if field.Field.Type == form.Link && len(field.Values) == 1 {
			bookmarks = append(bookmarks, chat.Bookmark{Key: string(field.Field.ID), Title: field.Field.Name, URL: field.Values[0]})
		}
	}
	return bookmarks, nil
}
