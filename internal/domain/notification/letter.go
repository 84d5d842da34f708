package notification

import (
	"context"
	"html/template"
	"slices"
	"time"

	"github.com/musterhq/muster/internal/domain/notification/internal/db"
	"github.com/musterhq/muster/internal/platform/mail"
	"github.com/musterhq/muster/internal/platform/push"
)

// words is how one thing is said: in short on a device, in a letter by mail.
type words struct {
	// title and body are what a device shows; a later one with the same tag takes the place of the earlier.
	title, body, tag string
	// path is where it leads.
	path string
	// subject, quote and facts are the letter's.
	subject string
	quote   mail.Block
	facts   []mail.Fact
	// blocks are more of the letter; next is when the next update comes, told in the reader's own time.
	blocks []mail.Block
	next   *time.Time
	// action is what the letter's button says.
	action string
	// acts are the buttons on a device; their addresses are paths.
	acts []push.Act
}

func (s *Service) letter(ctx context.Context, n news, row db.WaitingRow) (mail.Message, error) {
	open, err := s.needs.Address(ctx, n.words.path)
	if err != nil {
		return mail.Message{}, err
	}
	settings, err := s.needs.Address(ctx, "/settings/notifications")
	if err != nil {
		return mail.Message{}, err
	}
	end := ""
	if !n.urgent {
		if end, err = s.endAddress(ctx, row.UserID, n); err != nil {
			return mail.Message{}, err
		}
	}
	letter := mail.Letter{Title: n.words.title, Preheader: n.words.body, Action: &mail.Action{Label: n.words.action, URL: open}, Reason: n.reason.because(), Settings: settings}
	if n.words.quote.Quote != "" {
		letter.Blocks = append(letter.Blocks, n.words.quote)
	} else if n.words.body != "" {
		letter.Blocks = append(letter.Blocks, mail.Block{Text: n.words.body})
	}
	letter.Blocks = append(letter.Blocks, n.words.blocks...)
	if table := append(slices.Clone(n.words.facts), nextFact(n.words.next, row.TimeZone)...); len(table) > 0 {
		letter.Blocks = append(letter.Blocks, mail.Block{Facts: table})
	}
	html, text := letter.Render()
	return mail.Message{
		To: row.Email, ToName: row.Name, Subject: n.words.subject, Text: text, HTML: html, Key: row.Key,
		ThreadKey: "incident-" + string(n.incident.ID), Unsubscribe: end,
	}, nil
}

// safe marks what richtext wrote, which escapes every text and writes only tags of its own.
func safe(html string) template.HTML { return template.HTML(html) } //nolint:gosec // see above
