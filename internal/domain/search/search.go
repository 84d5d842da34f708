// Package search finds what was written in incidents: names and summaries, updates, words for customers, messages,
// questions and answers, actions, follow-ups, streams, links, and what was added to timelines. It finds nothing that its reader may not see.
package search

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/search/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Kind is what sort of text was found.
type Kind string

// The kinds of text, from what says most of an incident to what says least.
const (
	Incident  Kind = "incident"
	Update    Kind = "update"
	Customers Kind = "customers"
	Message   Kind = "message"
	Question  Kind = "question"
	Action    Kind = "action"
	FollowUp  Kind = "follow_up"
	Stream    Kind = "stream"
	Item      Kind = "item"
	Link      Kind = "link"
)

// Kinds lists the kinds in the order in which they are shown.
func Kinds() []Kind {
	return []Kind{Incident, Update, Customers, Message, Question, Action, FollowUp, Stream, Item, Link}
}

// Label is what the kind is called where several are found.
func (k Kind) Label() string {
	switch k {
	case Incident:
		return "Incidents"
	case Update:
		return "Updates"
	case Message:
		return "Messages"
	case Action:
		return "Actions"
	case Customers:
		return "Told to customers"
	case Question:
		return "Questions"
	case FollowUp:
		return "Follow-ups"
	case Stream:
		return "Streams"
	case Link:
		return "Links"
	default:
		return "Timeline"
	}
}

// Find says what is looked for, and where; what is empty does not matter.
type Find struct {
	// Text has words that must all be there; each may be the beginning of one if it has three letters.
	Text string
	// Incident narrows to one.
	Incident                          id.ID
	Kinds                             []Kind
	Severities, Statuses, Types, Lead []id.ID
	// From is included and To is not.
	From, To time.Time
	// Most is how many are answered, 50 when 0.
	Most int
}

// Hit is one text that was found.
type Hit struct {
	Kind Kind
	// ID is that of the text itself: the incident, update, message and so on.
	ID       id.ID
	Incident Place
	// Within is the stream that tells it, for what is told of one.
	Within id.ID
	// Title is what the text is called, empty for most.
	Title []Piece
	// Text is the part of it in which the words are, with Code a line of code.
	Text   []Piece
	Code   bool
	Author tenant.Actor
	At     time.Time
	score  float64
}

// Place is the incident that something was found in.
type Place struct {
	ID        id.ID
	Reference string
	Name      string
	Private   bool
	Severity  *incident.Severity
	Status    incident.Status
}

// Results are what was found, the best and newest first; within one incident the newest.
type Results struct {
	Hits []Hit
	// More tells that there are more than were asked for.
	More bool
}

// Service finds.
type Service struct {
	db    *postgres.DB
	clock clock.Clock
}

// New returns the service over db.
func New(db *postgres.DB, clock clock.Clock) *Service { return &Service{db: db, clock: clock} }

const (
	usual = 50
	most  = 200
	// longest is how many characters of a text are looked for.
	longest = 200
)

// Find looks for a text in what the actor may see.
func (s *Service) Find(ctx context.Context, cmd Find) (Results, error) {
	if _, err := tenant.Require(ctx, authz.ViewIncidents); err != nil {
		return Results{}, err
	}
	cmd.Text = strings.TrimSpace(richtext.Truncate(strings.ToValidUTF8(strings.ReplaceAll(cmd.Text, "\x00", ""), ""), longest))
	if cmd.Most <= 0 {
		cmd.Most = usual
	}
	cmd.Most = min(cmd.Most, most)
	var results Results
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if !cmd.Incident.Empty() {
			if _, err := incident.Find(ctx, tx, cmd.Incident); err != nil {
				return err
			}
		}
		if cmd.Text == "" {
			return nil
		}
		hits, err := s.look(ctx, tx, cmd)
		if err != nil {
			return err
		}
		if results.More = len(hits) > cmd.Most; results.More {
			hits = hits[:cmd.Most]
		}
		results.Hits, err = fill(ctx, db.New(tx), hits, terms(cmd.Text))
		return err
	})
	return results, err
}

// look asks the index of words; it answers one more than wanted, to tell that there are more.
func (s *Service) look(ctx context.Context, tx pgx.Tx, cmd Find) ([]Hit, error) {
	since, until := cmd.From, cmd.To
	if since.IsZero() {
		since = time.Unix(0, 0)
	}
	now := s.clock.Now()
	if until.IsZero() {
		until = now.AddDate(10, 0, 0) // times that people set may lie ahead
	}
	rows, err := tx.Query(ctx, "SELECT kind, subject_id, incident_id, at, score FROM muster.search($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
		cmd.Text, texts(cmd.Kinds), string(cmd.Incident), texts(cmd.Severities), texts(cmd.Statuses), texts(cmd.Types), texts(cmd.Lead), since, until, now, cmd.Most+1)
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	hits, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (h Hit, err error) {
		err = row.Scan(&h.Kind, &h.ID, &h.Incident.ID, &h.At, &h.score)
		return h, err
	})
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	slices.SortStableFunc(hits, func(a, b Hit) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		default:
			return b.At.Compare(a.At)
		}
	})
	return hits, nil
}

func texts[T ~string](values []T) []string {
	out := make([]string, len(values))
	for n, v := range values {
		out[n] = strings.ToValidUTF8(strings.ReplaceAll(string(v), "\x00", ""), "")
	}
	return out
}

// fill reads the texts and the incidents of what was found, under the policies that hold for its reader; what went away
// meanwhile is left out.
func fill(ctx context.Context, q *db.Queries, hits []Hit, sought []string) ([]Hit, error) {
	ids, places := map[Kind][]string{}, []string{}
	for _, kind := range Kinds() {
		ids[kind] = []string{}
	}
	for _, h := range hits {
		ids[h.Kind] = append(ids[h.Kind], string(h.ID))
		places = append(places, string(h.Incident.ID))
	}
	rows, err := q.Texts(ctx, db.TextsParams{
		Incidents: ids[Incident], Updates: ids[Update], Customers: ids[Customers], Messages: ids[Message], Questions: ids[Question],
		Actions: ids[Action], FollowUps: ids[FollowUp], Streams: ids[Stream], Items: ids[Item], Links: ids[Link],
	})
	if err != nil {
		return nil, fmt.Errorf("read what was found: %w", err)
	}
	incidents, err := q.Incidents(ctx, places)
	if err != nil {
		return nil, fmt.Errorf("read where it was found: %w", err)
	}
	filled := hits[:0]
	for _, h := range hits {
		text := slices.IndexFunc(rows, func(row db.TextsRow) bool { return row.ID == h.ID && Kind(row.Kind) == h.Kind })
		place := slices.IndexFunc(incidents, func(row db.IncidentsRow) bool { return row.ID == h.Incident.ID })
		if text < 0 || place < 0 {
			continue
		}
		row := rows[text]
		if h.Text, h.Code, err = passage(row.Document, row.Source, sought); err != nil {
			return nil, fmt.Errorf("read %s %s: %w", h.Kind, h.ID, err)
		}
		h.Within = id.ID(row.WithinID)
		h.Incident = placeOf(incidents[place])
		h.Author = tenant.Actor{Type: tenant.User, ID: row.AuthorID, Name: row.AuthorName}
		if row.Title != "" {
			h.Title = marked(row.Title, sought)
		}
		filled = append(filled, h)
	}
	return filled, nil
}

func placeOf(row db.IncidentsRow) Place {
	p := Place{ID: row.ID, Name: row.Name, Private: row.Private, Status: incident.Status{ID: row.StatusID, Name: row.Status, Category: incident.Category(row.Category), Rank: row.StatusRank}}
	if row.Number != nil {
		p.Reference = incident.Reference(*row.Number)
	}
	if !row.SeverityID.Empty() {
		p.Severity = &incident.Severity{ID: row.SeverityID, Name: row.Severity, Rank: row.SeverityRank}
	}
	return p
}
