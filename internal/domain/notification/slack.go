package notification

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/notification/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// Direct reaches people by the direct messages of a chat platform.
type Direct interface {
	// Reachable returns where each of the users is reached; who is nobody there is missing. It reads rows alone, and may
	// run in a transaction.
	Reachable(ctx context.Context, users ...id.ID) (map[id.ID]string, error)
	// Tell says a message there, once for its key; urgent ones go before others.
	Tell(ctx context.Context, to string, message chat.Message, urgent bool) error
}

// directTimeout is how long one message may take; the other ways go on meanwhile, and the next try follows.
const directTimeout = 10 * time.Second

// reachable tells where people are reached by direct messages; nowhere when there is no platform for it.
func (s *Service) reachable(ctx context.Context, people []db.AudienceRow) (map[id.ID]string, error) {
	if s.needs.Direct == nil || len(people) == 0 {
		return nil, nil
	}
	users := make([]id.ID, len(people))
	for n, person := range people {
		users[n] = person.ID
	}
	at, err := s.needs.Direct.Reachable(ctx, users...)
	if err != nil {
		return nil, fmt.Errorf("find people on the chat platform: %w", err)
	}
	return at, nil
}

// methods are the ways to reach somebody that there are for them.
func (s *Service) methods(ctx context.Context, user id.ID) ([]Method, error) {
	at, err := s.reachable(ctx, []db.AudienceRow{{ID: user}})
	if err != nil || at[user] == "" {
		return []Method{Push, Mail}, err
	}
	return Methods(), nil
}

// tries is how often a direct message that is not urgent is tried before a mail takes its place.
const tries = 2

// direct tells somebody by a direct message. Where the platform refuses, or is away, a mail takes its place.
func (s *Service) direct(ctx context.Context, n news, row db.WaitingRow) verdict {
	message, err := s.directMessage(ctx, n, row)
	if err != nil {
		return verdict{state: "waiting", err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, directTimeout)
	defer cancel()
	err = s.needs.Direct.Tell(ctx, row.Target, message, n.urgent)
	switch {
	case err == nil:
		return verdict{state: "sent"}
	case errors.Is(err, chat.ErrRefused), !n.urgent && row.Attempts+1 >= tries:
		return verdict{state: "failed", err: err, instead: !n.urgent}
	default:
		return verdict{state: "waiting", err: err}
	}
}

// longFact is from how many characters on a fact gets a paragraph of its own.
const longFact = 120

// directMessage is a letter in few words.
func (s *Service) directMessage(ctx context.Context, n news, row db.WaitingRow) (chat.Message, error) {
	open, err := s.needs.Address(ctx, n.words.path)
	if err != nil {
		return chat.Message{}, err
	}
	settings, err := s.needs.Address(ctx, "/settings/notifications")
	if err != nil {
		return chat.Message{}, err
	}
	blocks := []chat.Block{chat.Text(richtext.Of(richtext.P(richtext.B(n.words.title))))}
	body := n.words.body
	if n.words.quote.Quote != "" {
		body = n.words.quote.Quote
	}
	if body = strings.TrimSpace(body); body != "" {
		blocks = append(blocks, chat.Text(richtext.Literal(body)))
	}
	var short []chat.Fact
	var long []chat.Block
	for _, fact := range append(n.words.facts[:len(n.words.facts):len(n.words.facts)], nextFact(n.words.next, row.TimeZone)...) {
		if richtext.Characters(fact.Value) < longFact {
			short = append(short, chat.Fact{Label: fact.Name, Value: richtext.Literal(fact.Value)})
			continue
		}
		long = append(long, chat.Text(richtext.Of(richtext.P(richtext.B(fact.Name)))), chat.Text(richtext.Literal(fact.Value)))
	}
	if len(short) > 0 {
		blocks = append(blocks, chat.Fields(short...))
	}
	blocks = append(blocks, long...)
	buttons := []chat.Button{{Action: "link", Label: n.words.action, URL: open, Style: chat.Primary}}
	for _, act := range n.words.acts {
		address, err := s.needs.Address(ctx, act.URL)
		if err != nil {
			return chat.Message{}, err
		}
		buttons = append(buttons, chat.Button{Action: "link", Label: act.Title, URL: address})
	}
	why := []richtext.Node{richtext.T(n.reason.because())}
	if !n.urgent {
		why = append(why, richtext.T(" "), richtext.A("Change how you are told", settings))
	}
	blocks = append(blocks, chat.Buttons(buttons...), chat.Context(richtext.Of(richtext.P(why...))))
	message := chat.Say("notification/"+string(row.ID), blocks...)
	message.Text = n.words.title
	return message, nil
}

// insteadOf plans a mail for somebody whom a direct message did not reach, unless another way did or may.
func (s *Service) insteadOf(ctx context.Context, q *db.Queries, n news, row db.WaitingRow) error {
	elsewhere, err := q.ReachedElsewhere(ctx, db.ReachedElsewhereParams{EventID: n.event.ID, UserID: row.UserID, Method: string(Slack)})
	if err != nil {
		return fmt.Errorf("look whether somebody was reached: %w", err)
	}
	if elsewhere {
		return nil
	}
	return s.planFor(ctx, q, n, row.UserID, []target{{Mail, inbox}}, s.clock.Now())
}

// settle writes down what came of a target, and plans what takes its place.
func (s *Service) settle(ctx context.Context, n news, row db.WaitingRow, v verdict) error {
	settled := db.SettleParams{State: v.state, ID: row.ID}
	if v.err != nil {
		settled.LastError = v.err.Error()
	}
	if now := s.clock.Now(); v.state == "sent" {
		settled.SentAt = &now
	}
	err := s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		if v.state == "unwanted" && errors.Is(v.err, errGone) {
			if err := q.ForgetDevice(ctx, id.ID(row.Target)); err != nil {
				return err
			}
		}
		if err := q.Settle(ctx, settled); err != nil || !v.instead {
			return err
		}
		return s.insteadOf(ctx, q, n, row)
	})
	if err != nil {
		return fmt.Errorf("write down what came of a notification: %w", err)
	}
	return nil
}
