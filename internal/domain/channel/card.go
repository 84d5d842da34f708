package channel

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/channel/internal/db"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// firstCard is the key of the card that a room begins with. In the room the incident's page stands around it; in a channel
// there is no such page, so there the card itself tells where the incident stands, and is kept so.
const firstCard = "declared"

// longestSummary is how many characters of a summary the card shows; all of it stands in Muster.
const longestSummary = 600

// standing is what the card tells of an incident.
type standing struct {
	Name    string            `json:"name"`
	Summary richtext.Document `json:"summary"`
	Facts   []chat.Fact       `json:"facts"`
	Over    bool              `json:"over"`
	Open    string            `json:"open"`
}

func (s *Service) standing(ctx context.Context, row db.MusterChannel) (standing, error) {
	inc, err := s.Incidents.Get(ctx, row.IncidentID)
	if err != nil {
		return standing{}, err
	}
	open, err := s.Address(ctx, "/incidents/"+inc.Reference)
	if err != nil {
		return standing{}, err
	}
	fact := func(label string, value richtext.Node) chat.Fact {
		return chat.Fact{Label: label, Value: richtext.Of(richtext.P(value))}
	}
	now := standing{Name: inc.Reference + " " + inc.Name, Summary: inc.Summary, Over: inc.ClosedAt != nil || !inc.Status.Category.Ongoing(), Open: open}
	if richtext.Characters(inc.Summary.Plain()) > longestSummary {
		now.Summary = richtext.Literal(inc.Summary.Excerpt(longestSummary))
	}
	severity, lead := richtext.T("Not known yet"), richtext.T("Nobody yet")
	if inc.Severity != nil {
		severity = richtext.T(inc.Severity.Name)
	}
	if who := inc.Lead(); who != nil {
		lead = richtext.At(who.ID, who.Name)
	}
	now.Facts = []chat.Fact{fact("Severity", severity), fact("Status", richtext.T(inc.Status.Name)), fact("Lead", lead)}
	if inc.Creator.Name != "" {
		now.Facts = append(now.Facts, fact("Declared by", richtext.T(inc.Creator.Name)))
	}
	return now, nil
}

// tells notes that the card tells this, and reports whether it told something else before.
func tells(row db.MusterChannel, now standing) (noted db.MusterChannel, news bool, err error) {
	encoded, err := json.Marshal(now)
	if err != nil {
		return row, false, fmt.Errorf("write a card: %w", err)
	}
	shown, err := drawnOf(row)
	if err != nil {
		return row, false, err
	}
	sum := sha256.Sum256(encoded)
	digest := hex.EncodeToString(sum[:16])
	if shown.Card == digest {
		return row, false, nil
	}
	shown.Card = digest
	if row.Drawn, err = json.Marshal(shown); err != nil {
		return row, false, fmt.Errorf("write how a channel is drawn: %w", err)
	}
	return row, true, nil
}

// card is the room's first card as the channel shows it: with where the incident stands, and the card's own buttons while
// there is something to do.
func (now standing) card(of chat.Message) chat.Message {
	blocks := []chat.Block{chat.Text(richtext.Of(richtext.P(richtext.B(now.Name))))}
	if !now.Summary.Empty() {
		blocks = append(blocks, chat.Text(now.Summary))
	}
	blocks = append(blocks, chat.Fields(now.Facts...))
	var buttons []chat.Button
	if !now.Over {
		for _, b := range of.Blocks {
			if b.Kind == chat.ButtonsBlock {
				buttons = append(buttons, b.Buttons...)
			}
		}
	}
	blocks = append(blocks, chat.Buttons(append(buttons, chat.Button{Action: "open", Label: "Open in Muster", URL: now.Open})...))
	if !now.Over {
		blocks = append(blocks, chat.Context(richtext.Of(richtext.P(
			richtext.T("What is said here stands in Muster too, and the other way round. "), richtext.C("/inc help"), richtext.T(" tells what you can do.")))))
	}
	message := chat.Say(of.Key, blocks...)
	message.Text = now.Name
	return message
}

// renew puts an edit of the card at the end of the outbox when the incident stands elsewhere than the card tells. What the
// card tells is kept with what else the channel was made to look like; where that was lost, the edit is made again.
func (s *Service) renew(ctx context.Context, row db.MusterChannel, value int64) (db.MusterChannel, error) {
	if value == row.DrawnSeq {
		return row, nil
	}
	now, err := s.standing(ctx, row)
	if err != nil {
		return row, err
	}
	told, news, err := tells(row, now)
	if err != nil || !news {
		return row, err
	}
	said, err := s.Rooms.Said(ctx, row.IncidentID, []string{firstCard})
	if err != nil || said[firstCard].Empty() {
		return told, err
	}
	m, err := s.Rooms.Message(ctx, said[firstCard])
	if err != nil || m.Deleted {
		return told, err
	}
	message, err := botMessage(m)
	if err != nil {
		return row, err
	}
	message = now.card(message)
	message.Key, message.Target = fmt.Sprintf("card/%s/%d", m.ID, value), chat.RoomKey(m.ID)
	return told, s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		there, err := db.New(tx).States(ctx, db.StatesParams{ConversationID: row.ConversationID, Messages: []string{string(m.ID)}})
		if err != nil || len(there) == 0 { // it was said after this visit began, and the next one brings it as it is then
			return err
		}
		return s.Outbox.Add(ctx, tx, row.ConversationID, chat.Edit, message)
	})
}

// botMessage is what Muster says in a message of the room.
func botMessage(m room.Message) (chat.Message, error) {
	var message chat.Message
	if err := json.Unmarshal(m.Blocks, &message); err != nil {
		return message, fmt.Errorf("read what Muster says in message %s: %w", m.ID, err)
	}
	message.Target = ""
	return message, nil
}

// begins reports whether one of these messages is the card.
func begins(messages []room.Message) bool {
	return slices.ContainsFunc(messages, func(m room.Message) bool { return m.Kind == room.FromBot && m.ClientKey == firstCard })
}
