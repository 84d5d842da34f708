// Package stream divides the work in an incident: a stream is a part of it with a name, a lead and updates of its own.
package stream

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/feature"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/stream/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Offered offers to divide an incident's work; the command and the addresses work all the same.
var Offered = feature.Define("streams", false,
	"Offers to divide the work in a large incident into streams, each with its own lead, thread and updates.", feature.FirstUse).Called("Streams")

// State is whether a stream's work goes on.
type State string

// The states.
const (
	Going State = "open"
	Over  State = "closed"
)

// Stream is a part of the work in an incident.
type Stream struct {
	ID, Incident id.ID
	Private      bool
	Name         string
	// Lead is nil only where no person opened it and nobody took it.
	Lead  *incident.Person
	State State
	// Outcome is what came of it, empty while it is open.
	Outcome   string
	Creator   tenant.Actor
	CreatedAt time.Time
	ClosedAt  *time.Time
	Version   int32
	// Last is the newest update, nil for none; Updates is how many there are.
	Last    *Update
	Updates int
}

// Update is what a stream's people said of it.
type Update struct {
	ID      id.ID
	Message richtext.Document
	Author  tenant.Actor
	At      time.Time
}

// LastLine is the newest word on the stream in one line: its outcome once it is closed, else its last update, if any.
func (s Stream) LastLine() string {
	switch {
	case s.State == Over:
		return s.Outcome
	case s.Last != nil:
		return s.Last.Message.Excerpt(200)
	default:
		return ""
	}
}

// LeadName is who leads it, in words.
func (s Stream) LeadName() string {
	if s.Lead == nil {
		return "nobody yet"
	}
	return s.Lead.Name
}

// Service runs the verbs and reads of streams.
type Service struct {
	db    *postgres.DB
	bus   *event.Bus
	clock clock.Clock
}

// New returns the service.
func New(db *postgres.DB, bus *event.Bus, clock clock.Clock) *Service {
	return &Service{db: db, bus: bus, clock: clock}
}

const (
	maxName    = 80
	maxOutcome = 2000
	maxMessage = 10_000
)

func clean(text string) string {
	return strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "\uFFFD"))
}

// decideName tidies a name and refuses one that another open stream of the incident has.
func decideName(name string, of id.ID, open []db.OpenNamesRow) (string, error) {
	name = strings.Join(strings.Fields(clean(name)), " ")
	switch {
	case name == "":
		return "", problem.Field("name", "is_required", "Name the part of the work: “Database”, or “Telling the shops”.")
	case utf8.RuneCountInString(name) > maxName:
		return "", problem.Field("name", "too_long", "A stream's name has %d characters at most.", maxName)
	}
	for _, one := range open {
		if one.ID != of && strings.EqualFold(one.Name, name) {
			return "", problem.Field("name", "taken", "There is an open stream “%s” already.", one.Name)
		}
	}
	return name, nil
}

// decideKey refuses keys that cannot be kept.
func decideKey(key string) (*string, error) {
	if key == "" {
		return nil, nil
	}
	if utf8.RuneCountInString(key) > 200 || clean(key) != key {
		return nil, problem.Field("idempotency_key", "invalid", "An idempotency key is text of 200 characters at most.")
	}
	return &key, nil
}

// change locks a stream with its incident, lets fn change its row and say what happened, and writes that. No event
// means no change.
func (s *Service) change(ctx context.Context, stream id.ID, fn func(ctx context.Context, t turn) (event.Event, error)) (Stream, error) {
	scope, err := tenant.Require(ctx, authz.EditIncidents)
	if err != nil {
		return Stream{}, err
	}
	if !stream.Valid() {
		return Stream{}, problem.Missing("stream")
	}
	var after Stream
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q, at := db.New(tx), s.clock.Now()
		of, err := q.IncidentOf(ctx, stream)
		if postgres.None(err) {
			return problem.Missing("stream")
		}
		if err != nil {
			return fmt.Errorf("look for the stream: %w", err)
		}
		inc, err := incident.Lock(ctx, tx, of)
		if err != nil {
			return err
		}
		row, err := q.Lock(ctx, stream)
		if err != nil {
			return fmt.Errorf("lock the stream: %w", err)
		}
		was := shown(row)
		told, err := fn(ctx, turn{tx: tx, q: q, at: at, scope: scope, inc: inc, row: &row, what: What{About: inc.About(), Stream: row.ID, Name: row.Name}})
		if err != nil {
			return err
		}
		if told != nil {
			err := q.Update(ctx, db.UpdateParams{
				Name: row.Name, LeadID: row.LeadID, State: row.State, Outcome: row.Outcome, ClosedAt: row.ClosedAt, At: at, ID: row.ID,
			})
			if err != nil {
				return fmt.Errorf("write the stream: %w", err)
			}
			now := shown(row)
			if sent, news := told.(UpdateSent); news {
				now["update"] = sent.Update
			}
			err = audit.Write(ctx, tx, at, audit.Entry{
				Action: told.Kind(), TargetType: "stream", TargetID: row.ID, Incident: inc.ID, Private: inc.Private, Before: was, After: now,
			})
			if err != nil {
				return err
			}
			if err := s.bus.Publish(ctx, tx, told); err != nil {
				return err
			}
		}
		after, err = read(ctx, q, row.ID)
		return err
	})
	return after, err
}

// turn is what a verb on a stream works with.
type turn struct {
	tx    pgx.Tx
	q     *db.Queries
	at    time.Time
	scope tenant.Scope
	inc   incident.Held
	row   *db.MusterIncidentStream
	what  What
}

// shown is what the audit log keeps of a stream.
func shown(row db.MusterIncidentStream) map[string]any {
	return map[string]any{"name": row.Name, "lead": row.LeadID, "state": row.State, "outcome": row.Outcome}
}

// mayLead checks that somebody can lead a stream, and lets them take part.
func mayLead(ctx context.Context, tx pgx.Tx, inc incident.Held, user id.ID, at time.Time) error {
	if err := incident.ActiveUser(ctx, tx, "assignee", user); err != nil {
		return err
	}
	_, err := incident.TakePart(ctx, tx, inc, user, incident.Responder, at)
	return err
}

// List returns the streams of an incident: open ones first, as they were opened.
func (s *Service) List(ctx context.Context, of id.ID) ([]Stream, error) {
	var all []Stream
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, q *db.Queries) error {
		if _, err := incident.Find(ctx, tx, of); err != nil {
			return err
		}
		var err error
		all, err = list(ctx, q, db.ListParams{Incident: string(of)})
		return err
	})
	return all, err
}

// Get returns one stream.
func (s *Service) Get(ctx context.Context, stream id.ID) (Stream, error) {
	var found Stream
	err := s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
		var err error
		found, err = read(ctx, q, stream)
		return err
	})
	return found, err
}

func (s *Service) read(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx, q *db.Queries) error) error {
	if _, err := tenant.Require(ctx, authz.ViewIncidents); err != nil {
		return err
	}
	return s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error { return fn(ctx, tx, db.New(tx)) })
}

func read(ctx context.Context, q *db.Queries, stream id.ID) (Stream, error) {
	if !stream.Valid() {
		return Stream{}, problem.Missing("stream")
	}
	found, err := list(ctx, q, db.ListParams{ID: string(stream)})
	if err == nil && len(found) == 0 {
		err = problem.Missing("stream")
	}
	if err != nil {
		return Stream{}, err
	}
	return found[0], nil
}

func list(ctx context.Context, q *db.Queries, f db.ListParams) ([]Stream, error) {
	rows, err := q.List(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("list streams: %w", err)
	}
	all := make([]Stream, len(rows))
	for n, row := range rows {
		one := row.MusterIncidentStream
		all[n] = Stream{
			ID: one.ID, Incident: one.IncidentID, Private: one.Private, Name: one.Name, State: State(one.State), Outcome: one.Outcome,
			Creator:   tenant.Actor{Type: tenant.ActorType(one.CreatorType), ID: one.CreatorID, Name: one.CreatorName},
			CreatedAt: one.CreatedAt, ClosedAt: one.ClosedAt, Version: one.RowVersion, Updates: int(row.Updates),
		}
		if row.LeadName != nil {
			all[n].Lead = &incident.Person{ID: one.LeadID, Name: *row.LeadName, Deactivated: row.LeadState != nil && *row.LeadState == "deactivated"}
			if row.AvatarKey != nil {
				all[n].Lead.AvatarKey = *row.AvatarKey
			}
		}
		if row.UpdateID == "" {
			continue
		}
		message := richtext.Document{Source: row.MessageSource}
		if len(row.Message) > 0 {
			if message, _, err = richtext.FromJSON(row.Message); err != nil {
				return nil, fmt.Errorf("read an update of a stream: %w", err)
			}
			message.Source = row.MessageSource
		}
		all[n].Last = &Update{
			ID: id.ID(row.UpdateID), Message: message, At: row.SentAt,
			Author: tenant.Actor{Type: tenant.ActorType(row.AuthorType), ID: row.AuthorID, Name: row.AuthorName},
		}
	}
	return all, nil
}
