// Package channel gives incidents a channel on a chat platform: it opens it, keeps its name, topic, links and members as
// the incident is, and mirrors the room into it and what people write there into the room.
package channel

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/channel/internal/db"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/timeline"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// State is how far a channel is.
type State string

// The states; one that is gone was deleted on its platform, or Muster was put out of it.
const (
	Opening  State = "opening"
	Opened   State = "open"
	Archived State = "archived"
	Gone     State = "gone"
)

// Channel is an incident's channel on a chat platform.
type Channel struct {
	ID       id.ID // of the conversation
	Incident id.ID
	Private  bool
	Team     string // the platform's workspace
	External string // the platform's id of the conversation, "T024BE7LD/C061EG9SL"; empty while it is being opened
	Name     string // without "#"
	State    State
	// Since is from when on a channel that was there before is the incident's; zero for one that Muster opened.
	Since time.Time
	// PrivateThere tells whether only those in it see it on its platform, as it was last seen; nil before anybody looked.
	PrivateThere *bool
	// Trouble is what stands in the way at the moment, in the platform's words; empty when all is well.
	Trouble string
}

// Ref names the channel on its platform.
func (c Channel) Ref(platform string) chat.ConversationRef {
	return chat.ConversationRef{Platform: platform, ID: c.External}
}

// Platform is a chat platform with channels of its own.
type Platform interface {
	chat.Platform
	chat.Place
}

// Needs is what channels stand on.
type Needs struct {
	Platform  Platform
	Outbox    *chat.Outbox
	Posted    *chat.Posted
	Incidents *incident.Service
	Rooms     *room.Service
	Timelines *timeline.Service
	// Directory knows the channels of the platform's workspaces.
	Directory Directory
	// Tell tells those in an incident that the platform is away.
	Tell func(ctx context.Context, r event.Record, incident id.ID) error
	// Address is the full address of a path of Muster.
	Address func(ctx context.Context, path string) (string, error)
}

// Service opens channels and mirrors rooms into them.
type Service struct {
	Needs
	db    *postgres.DB
	bus   *event.Bus
	clock clock.Clock

	mu    sync.Mutex
	lists map[string]listed
}

// New returns the service.
func New(db *postgres.DB, bus *event.Bus, clock clock.Clock, needs Needs) *Service {
	return &Service{Needs: needs, db: db, bus: bus, clock: clock, lists: map[string]listed{}}
}

// Of returns an incident's channel, and NotFound where it has none.
func (s *Service) Of(ctx context.Context, incident id.ID) (Channel, error) {
	return s.find(ctx, func(ctx context.Context, q *db.Queries) (db.MusterChannel, error) { return q.ByIncident(ctx, incident) })
}

// OfMany returns the channels of those of the incidents that have one, by incident.
func (s *Service) OfMany(ctx context.Context, incidents ...id.ID) (map[id.ID]Channel, error) {
	if _, err := tenant.Require(ctx, authz.ViewIncidents); err != nil {
		return nil, err
	}
	found := map[id.ID]Channel{}
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).OfIncidents(ctx, id.Strings(incidents))
		if err != nil {
			return fmt.Errorf("read channels: %w", err)
		}
		for _, row := range rows {
			found[row.IncidentID] = of(row)
		}
		return nil
	})
	return found, err
}

// Seat is an incident's channel as those in the incident see it.
type Seat struct {
	// Channel is the zero value where there is none.
	Channel
	// Connected tells whether the organisation has a workspace in which there could be one.
	Connected bool
	// Away is since when the platform has not answered; nil while it does.
	Away *time.Time
}

// Seat tells whether an incident has a channel, could have one, and whether its platform answers.
func (s *Service) Seat(ctx context.Context, incident id.ID) (Seat, error) {
	if _, err := tenant.Require(ctx, authz.ViewIncidents); err != nil {
		return Seat{}, err
	}
	var seat Seat
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		row, err := db.New(tx).Seat(ctx, incident)
		if err != nil {
			return fmt.Errorf("read an incident's channel: %w", err)
		}
		seat = Seat{Connected: row.Connected, Away: row.DownSince}
		if row.ConversationID != "" {
			seat.Channel = Channel{ID: id.ID(row.ConversationID), Incident: incident, External: row.ExternalID, Name: row.Name, State: State(row.State), Trouble: row.Trouble}
		}
		return nil
	})
	return seat, err
}

// ByExternal returns the channel with the platform's id, and NotFound for others.
func (s *Service) ByExternal(ctx context.Context, external string) (Channel, error) {
	return s.find(ctx, func(ctx context.Context, q *db.Queries) (db.MusterChannel, error) {
		return q.ByExternal(ctx, id.ID(external))
	})
}

// lately is how long after an incident's end its channel is still followed as closely as before.
const lately = 48 * time.Hour

// GoingOn lists the open channels of incidents that are worked on, or ended lately; 500 at most.
func (s *Service) GoingOn(ctx context.Context) ([]Channel, error) {
	if _, err := tenant.Require(ctx, authz.ViewIncidents); err != nil {
		return nil, err
	}
	var going []Channel
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).GoingOn(ctx, s.clock.Now().Add(-lately))
		if err != nil {
			return fmt.Errorf("list channels: %w", err)
		}
		for _, row := range rows {
			going = append(going, of(row))
		}
		return nil
	})
	return going, err
}

// Message returns which message of the room stands in a channel under the platform's id.
func (s *Service) Message(ctx context.Context, channel Channel, external string) (id.ID, error) {
	if _, err := tenant.Require(ctx, authz.ViewIncidents); err != nil {
		return "", err
	}
	if _, err := s.Of(ctx, channel.Incident); problem.Is(err, problem.NotFound) { // of an incident that the actor does not see
		return "", problem.Missing("message")
	} else if err != nil {
		return "", err
	}
	link, err := s.Posted.Key(ctx, channel.Ref(s.Platform.Name()), external)
	if err == nil && link.RoomMessage.Empty() {
		err = problem.Missing("message")
	}
	return link.RoomMessage, err
}

func (s *Service) find(ctx context.Context, find func(context.Context, *db.Queries) (db.MusterChannel, error)) (Channel, error) {
	if _, err := tenant.Require(ctx, authz.ViewIncidents); err != nil {
		return Channel{}, err
	}
	var found Channel
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		row, err := find(ctx, db.New(tx))
		if postgres.None(err) {
			return problem.Missing("channel")
		}
		if err != nil {
			return fmt.Errorf("read a channel: %w", err)
		}
		found = of(row)
		return nil
	})
	return found, err
}

func of(row db.MusterChannel) Channel {
	c := Channel{
		ID: row.ConversationID, Incident: row.IncidentID, Private: row.Private, Team: string(row.TeamID), External: string(row.ExternalID),
		Name: row.Name, State: State(row.State), Trouble: row.Trouble, PrivateThere: row.PrivateThere,
	}
	if row.AdoptedAt != nil {
		c.Since = row.AdoptedAt.UTC()
	}
	return c
}

// drawn is what a channel was last made to look like; the zero value is a channel as it was opened.
type drawn struct {
	Name      string          `json:"name,omitempty"`
	Topic     string          `json:"topic,omitempty"`
	Bookmarks []chat.Bookmark `json:"bookmarks,omitempty"`
	Members   []id.ID         `json:"members,omitempty"`
	Private   bool            `json:"private,omitempty"`
	Card      string          `json:"card,omitempty"` // a digest of what the first card tells
	// Told is up to when what waited was announced in one message.
	Told time.Time `json:"told,omitzero"`
}

func drawnOf(row db.MusterChannel) (d drawn, err error) {
	if err = json.Unmarshal(row.Drawn, &d); err != nil {
		return d, fmt.Errorf("read how a channel was drawn: %w", err)
	}
	return d, nil
}

// origin is how rows call what was written on the platform.
func (s *Service) origin() string { return s.Platform.Name() }
