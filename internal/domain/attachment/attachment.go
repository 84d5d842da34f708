// Package attachment keeps the things elsewhere that belong to an incident: pull requests, tickets, pages, calls. They
// are recognized by their addresses where people paste them, or attached by hand; nothing is fetched.
package attachment

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/attachment/internal/db"
	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Service runs the verbs and reads of attachments.
type Service struct {
	db    *postgres.DB
	bus   *event.Bus
	clock clock.Clock
}

// New returns the service.
func New(db *postgres.DB, bus *event.Bus, clock clock.Clock) *Service {
	return &Service{db: db, bus: bus, clock: clock}
}

// Attachment is one thing elsewhere.
type Attachment struct {
	ID, Incident id.ID
	Kind         Kind
	ExternalID   string
	URL          string
	// Label is what its service calls it, Title what people of the incident call it, or empty.
	Label, Title string
	AddedBy      tenant.Actor
	Version      int32
	CreatedAt    time.Time
}

// Name is the title that people gave it, else its label.
func (a Attachment) Name() string {
	if a.Title != "" {
		return a.Title
	}
	return a.Label
}

// Attach adds a thing by its address; Title may be empty.
type Attach struct {
	Incident   id.ID
	URL, Title string
	// Kind and ExternalID say what it is where that is known better than from the address; empty for what the address tells.
	Kind       Kind
	ExternalID string
}

// Retitle gives an attachment another name; empty for what its service calls it.
type Retitle struct {
	Attachment id.ID
	Title      string
}

// Remove takes an attachment away, for good: pasting its address again does not bring it back, attaching it does.
type Remove struct{ Attachment id.ID }

// most bounds how much one incident holds, and with it what a page shows.
const most = 500

// Attach adds a thing, or answers with the attachment that it is already.
func (s *Service) Attach(ctx context.Context, cmd Attach) (Attachment, error) {
	found, ok := Recognize(cmd.URL)
	if !ok {
		return Attachment{}, problem.Field("url", "not_an_address", "Paste the whole address, beginning with https://.")
	}
	found.as(cmd.Kind, cmd.ExternalID)
	title, err := decideTitle(cmd.Title)
	if err != nil {
		return Attachment{}, err
	}
	scope, err := tenant.Require(ctx, authz.CreateAttachments)
	if err != nil {
		return Attachment{}, err
	}
	var made Attachment
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		inc, err := incident.Lock(ctx, tx, cmd.Incident)
		if err != nil {
			return err
		}
		q := db.New(tx)
		if _, err := s.add(ctx, tx, inc.About(), scope.Actor, found, title, "hand"); err != nil {
			return err
		}
		row, err := q.AttachmentByKey(ctx, db.AttachmentByKeyParams{IncidentID: inc.ID, Kind: string(found.Kind), Reference: found.ExternalID})
		if postgres.None(err) {
			return problem.New(problem.Conflict, "too_many", "This incident has %d links. Remove some of them first.", most)
		}
		if err != nil {
			return fmt.Errorf("read an attachment: %w", err)
		}
		if row.RemovedAt != nil {
			if err := q.SetRemoved(ctx, db.SetRemovedParams{ID: row.ID, Title: title}); err != nil {
				return fmt.Errorf("put an attachment back: %w", err)
			}
			row.RemovedAt, row.Title = nil, title
			if err := s.tell(ctx, tx, inc.About(), row.ID, "attachment.added", nil, Added{s.what(inc.About(), row)}); err != nil {
				return err
			}
		}
		made = of(row)
		return nil
	})
	return made, err
}

// as says what the thing is, in the place of what its address tells.
func (r *Resource) as(kind Kind, externalID string) {
	if kind != "" && kind.ResourceType() != r.Kind.ResourceType() {
		r.Kind, r.ExternalID = kind, r.URL
	}
	if externalID != "" {
		r.ExternalID = externalID
	}
}

// add writes the thing if the incident does not know it.
func (s *Service) add(ctx context.Context, tx pgx.Tx, about incident.About, by tenant.Actor, found Resource, title, where string) (bool, error) {
	q, now := db.New(tx), s.clock.Now()
	count, err := q.CountAttachments(ctx, about.Incident)
	if err != nil {
		return false, fmt.Errorf("count the attachments: %w", err)
	}
	if count >= most {
		return false, nil
	}
	row := db.MusterAttachment{ID: id.New(now), Kind: string(found.Kind), Reference: found.ExternalID, Title: title}
	written, err := q.InsertAttachment(ctx, db.InsertAttachmentParams{
		ID: row.ID, IncidentID: about.Incident, Private: about.Private, Kind: row.Kind, Reference: row.Reference, URL: found.URL, Title: title,
		FoundIn: where, AddedByType: string(by.Type), AddedByID: by.ID, AddedByName: by.Name, CreatedAt: now,
	})
	if err != nil {
		return false, fmt.Errorf("write an attachment: %w", err)
	}
	if written == 0 {
		return false, nil
	}
	row.URL = found.URL
	return true, s.tell(ctx, tx, about, row.ID, "attachment.added", nil, Added{s.what(about, row)})
}

// Retitle gives an attachment another name.
func (s *Service) Retitle(ctx context.Context, cmd Retitle) (Attachment, error) {
	title, err := decideTitle(cmd.Title)
	if err != nil {
		return Attachment{}, err
	}
	return s.change(ctx, authz.CreateAttachments, cmd.Attachment, func(ctx context.Context, tx pgx.Tx, about incident.About, row *db.MusterAttachment) error {
		if title == row.Title {
			return nil
		}
		if err := db.New(tx).SetTitle(ctx, db.SetTitleParams{Title: title, ID: row.ID}); err != nil {
			return fmt.Errorf("name an attachment: %w", err)
		}
		before := row.Title
		row.Title = title
		return s.tell(ctx, tx, about, row.ID, "attachment.retitled", before, Retitled{s.what(about, *row)})
	})
}

// Remove takes an attachment away.
func (s *Service) Remove(ctx context.Context, cmd Remove) error {
	_, err := s.change(ctx, authz.DestroyAttachments, cmd.Attachment, func(ctx context.Context, tx pgx.Tx, about incident.About, row *db.MusterAttachment) error {
		now := s.clock.Now()
		if err := db.New(tx).SetRemoved(ctx, db.SetRemovedParams{RemovedAt: &now, Title: row.Title, ID: row.ID}); err != nil {
			return fmt.Errorf("remove an attachment: %w", err)
		}
		return s.tell(ctx, tx, about, row.ID, "attachment.removed", nil, Removed{s.what(about, *row)})
	})
	return err
}

func (s *Service) change(ctx context.Context, permission authz.Permission, attachment id.ID, fn func(ctx context.Context, tx pgx.Tx, about incident.About, row *db.MusterAttachment) error) (Attachment, error) {
	if _, err := tenant.Require(ctx, permission); err != nil {
		return Attachment{}, err
	}
	var changed Attachment
	err := s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		row, err := one(ctx, tx, attachment)
		if err != nil {
			return err
		}
		inc, err := incident.Lock(ctx, tx, row.IncidentID)
		if err != nil {
			return err
		}
		if row, err = one(ctx, tx, attachment); err != nil { // as it is under the lock
			return err
		}
		if err := fn(ctx, tx, inc.About(), &row); err != nil {
			return err
		}
		changed = of(row)
		return nil
	})
	return changed, err
}

// List returns what is attached to an incident, the first first.
func (s *Service) List(ctx context.Context, inc id.ID) ([]Attachment, error) {
	if _, err := tenant.Require(ctx, authz.ViewAttachments); err != nil {
		return nil, err
	}
	var list []Attachment
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := incident.Find(ctx, tx, inc); err != nil {
			return err
		}
		rows, err := db.New(tx).Attachments(ctx, inc)
		if err != nil {
			return fmt.Errorf("read the attachments: %w", err)
		}
		for _, row := range rows {
			list = append(list, of(row))
		}
		return nil
	})
	return list, err
}

// Filter says which attachments a list over all incidents holds; what is empty leaves nothing out.
type Filter struct {
	Incident   id.ID
	ExternalID string
	Kinds      []Kind
}

// MostListed is how many attachments Across returns at most.
const MostListed = 10_000

// Across returns what is attached to the incidents that the actor may see, the first first.
func (s *Service) Across(ctx context.Context, f Filter) ([]Attachment, error) {
	if _, err := tenant.Require(ctx, authz.ViewIncidents); err != nil {
		return nil, err
	}
	var list []Attachment
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if !f.Incident.Empty() {
			if _, err := incident.Find(ctx, tx, f.Incident); err != nil {
				return err
			}
		}
		kinds := make([]string, len(f.Kinds))
		for n, kind := range f.Kinds {
			kinds[n] = string(kind)
		}
		rows, err := db.New(tx).AttachmentsAcross(ctx, db.AttachmentsAcrossParams{Incident: string(f.Incident), ExternalID: f.ExternalID, Kinds: kinds, Most: MostListed})
		if err != nil {
			return fmt.Errorf("read the attachments: %w", err)
		}
		for _, row := range rows {
			list = append(list, of(row))
		}
		return nil
	})
	return list, err
}

// Get returns one attachment.
func (s *Service) Get(ctx context.Context, attachment id.ID) (Attachment, error) {
	if _, err := tenant.Require(ctx, authz.ViewAttachments); err != nil {
		return Attachment{}, err
	}
	var found Attachment
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		row, err := one(ctx, tx, attachment)
		found = of(row)
		return err
	})
	return found, err
}

func one(ctx context.Context, tx pgx.Tx, attachment id.ID) (db.MusterAttachment, error) {
	if !attachment.Valid() {
		return db.MusterAttachment{}, problem.Missing("link")
	}
	row, err := db.New(tx).Attachment(ctx, attachment)
	if postgres.None(err) {
		return row, problem.Missing("link")
	}
	if err != nil {
		return row, fmt.Errorf("read an attachment: %w", err)
	}
	return row, nil
}

func of(row db.MusterAttachment) Attachment {
	a := Attachment{
		ID: row.ID, Incident: row.IncidentID, Kind: Kind(row.Kind), ExternalID: row.Reference, URL: row.URL, Title: row.Title, Label: row.URL,
		AddedBy: tenant.Actor{Type: tenant.ActorType(row.AddedByType), ID: row.AddedByID, Name: row.AddedByName}, Version: row.RowVersion, CreatedAt: row.CreatedAt,
	}
	if read, ok := Recognize(row.URL); ok {
		a.Label = read.Label
		if read.Kind.ResourceType() != a.Kind.ResourceType() {
			a.Label = row.Reference
		}
	}
	return a
}

func decideTitle(title string) (string, error) {
	title = strings.Join(strings.Fields(strings.ToValidUTF8(strings.ReplaceAll(title, "\x00", ""), "\uFFFD")), " ")
	if n := utf8.RuneCountInString(title); n > 200 {
		return "", problem.Field("title", "too_long", "The name has %d characters; 200 is the most.", n)
	}
	return title, nil
}

func (s *Service) what(about incident.About, row db.MusterAttachment) What {
	return What{About: about, Attachment: row.ID, Text: of(row).Name()}
}

func (s *Service) tell(ctx context.Context, tx pgx.Tx, about incident.About, attachment id.ID, action string, before any, fact fact) error {
	entry := audit.Entry{Action: action, TargetType: "attachment", TargetID: attachment, Incident: about.Incident, Private: about.Private}
	if before != nil {
		entry.Before = map[string]any{"title": before}
	}
	if action != "attachment.removed" {
		entry.After = map[string]any{"title": fact.text()}
	}
	if err := audit.Write(ctx, tx, s.clock.Now(), entry); err != nil {
		return err
	}
	return s.bus.Publish(ctx, tx, fact)
}
