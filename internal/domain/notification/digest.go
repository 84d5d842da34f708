package notification

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/notification/internal/db"
	"github.com/musterhq/muster/internal/domain/subscription"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/mail"
)

// digest sends what waited for a person in one letter: each incident once, as it stands now.
func (s *Service) digest(ctx context.Context, r event.Record, e subscription.DigestDue) error {
	err := s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return s.planFor(ctx, db.New(tx), news{reason: Subscribed, event: r}, e.User, []target{{Mail, inbox}}, s.clock.Now())
	})
	if err != nil {
		return err
	}
	n := news{reason: Subscribed, event: r, words: words{path: "/", action: "Open Muster", tag: "digest"}}
	letter, count, err := s.digestLetter(ctx, e)
	if err != nil {
		return err
	}
	n.wanted = func(id.ID, Method) bool { return count > 0 }
	n.words.title, n.words.subject, n.words.blocks = letter.Title, letter.Title, letter.Blocks
	return s.send(ctx, n)
}

func (s *Service) digestLetter(ctx context.Context, e subscription.DigestDue) (mail.Letter, int, error) {
	var gathered []subscription.Gathered
	var zone string
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var err error
		if zone, err = db.New(tx).ZoneOf(ctx, e.User); err != nil {
			return fmt.Errorf("read the reader's zone: %w", err)
		}
		gathered, err = s.needs.Subscriptions.Digest(ctx, tx, e.User, e.Digest)
		return err
	})
	if err != nil {
		return mail.Letter{}, 0, err
	}
	letter := mail.Letter{Title: fmt.Sprintf("News of %d incidents", len(gathered))}
	if len(gathered) == 1 {
		letter.Title = "News of an incident"
	}
	for _, one := range gathered {
		inc, err := s.needs.Incidents.Get(ctx, one.Incident)
		if err != nil {
			return letter, 0, err
		}
		blocks, err := s.digestBlocks(ctx, inc, zone)
		if err != nil {
			return letter, 0, err
		}
		letter.Blocks = append(letter.Blocks, blocks...)
	}
	return letter, len(gathered), nil
}

func (s *Service) digestBlocks(ctx context.Context, inc incident.Incident, zone string) ([]mail.Block, error) {
	address, err := s.needs.Address(ctx, path(inc)+"/brief")
	if err != nil {
		return nil, err
	}
	told, err := s.needs.Customers.Get(ctx, inc.ID)
	if err != nil {
		return nil, err
	}
	blocks := []mail.Block{{Text: subjectOf(inc) + " · " + inc.Status.Name}}
	if inc.LastUpdate != nil {
		html, plain := inc.LastUpdate.Message.Mail()
		blocks = append(blocks, mail.Block{Quote: plain, HTML: safe(html)})
	}
	var table []mail.Fact
	if told.Text != "" {
		table = append(table, mail.Fact{Name: "You can tell customers", Value: told.Text})
	}
	if due := inc.NextUpdateDueAt; due != nil && due.After(s.clock.Now().Add(-time.Hour)) {
		table = append(table, nextFact(due, zone)...)
	}
	return append(blocks, mail.Block{Facts: append(table, mail.Fact{Name: "More", Value: address})}), nil
}
