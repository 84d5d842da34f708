// Package customers keeps what customers may be told about an incident: one text of its own, with every version of it.
package customers

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/customers/internal/db"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Text is what customers may be told, plain and in lines, as one version of it.
type Text struct {
	Incident id.ID
	// Version is 0 when nothing was ever written.
	Version int32
	// Text is empty when nothing was written, or it was taken back.
	Text string
	// RestoredVersion is the version whose words were brought back; 0 for new words.
	RestoredVersion int32
	Author          tenant.Actor
	At              time.Time
}

// Service runs the verbs and reads of these texts.
type Service struct {
	db        *postgres.DB
	bus       *event.Bus
	clock     clock.Clock
	incidents *incident.Service
}

// New returns the service; incidents send the updates that come with a text.
func New(db *postgres.DB, bus *event.Bus, clock clock.Clock, incidents *incident.Service) *Service {
	return &Service{db: db, bus: bus, clock: clock, incidents: incidents}
}

// Get returns what customers may be told now.
func (s *Service) Get(ctx context.Context, in id.ID) (Text, error) {
	text := Text{Incident: in}
	err := s.read(ctx, in, func(ctx context.Context, q *db.Queries) error {
		row, err := latest(ctx, q, in)
		text = view(in, row)
		return err
	})
	return text, err
}

// History lists the versions, the newest first.
func (s *Service) History(ctx context.Context, in id.ID) ([]Text, error) {
	var texts []Text
	err := s.read(ctx, in, func(ctx context.Context, q *db.Queries) error {
		rows, err := q.Versions(ctx, in)
		if err != nil {
			return fmt.Errorf("read the versions: %w", err)
		}
		for _, row := range rows {
			texts = append(texts, view(in, db.LatestRow(row)))
		}
		return nil
	})
	return texts, err
}

func (s *Service) read(ctx context.Context, in id.ID, fn func(ctx context.Context, q *db.Queries) error) error {
	if _, err := tenant.Require(ctx, authz.ViewIncidents); err != nil {
		return err
	}
	return s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := incident.Find(ctx, tx, in); err != nil {
			return err
		}
		return fn(ctx, db.New(tx))
	})
}

// latest returns the newest version, an empty row when there is none.
func latest(ctx context.Context, q *db.Queries, in id.ID) (db.LatestRow, error) {
	row, err := q.Latest(ctx, in)
	if err != nil && !postgres.None(err) {
		return db.LatestRow{}, fmt.Errorf("read what customers may be told: %w", err)
	}
	return row, nil
}

func view(in id.ID, row db.LatestRow) Text {
	text := Text{
		Incident: in, Version: row.Version, Text: row.Text, At: row.CreatedAt,
		Author: tenant.Actor{Type: tenant.ActorType(row.AuthorType), ID: row.AuthorID, Name: row.AuthorName},
	}
	if row.RestoredVersion != nil {
		text.RestoredVersion = *row.RestoredVersion
	}
	return text
}

// maxText is how many characters a text has at most; nobody reads out more.
const maxText = 4000

func checkText(text string) (string, error) {
	text = strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\x00", ""), "\uFFFD"))
	if length := utf8.RuneCountInString(text); length > maxText {
		return "", problem.Field("customers", "too_long", "What customers are told has %d characters at most; this has %d.", maxText, length)
	}
	return text, nil
}
