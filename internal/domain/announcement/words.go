package announcement

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// lengths of what a post tells of a summary, the last update and a custom field; all of it stands a click away.
const (
	longestSummary = 600
	longestUpdate  = 400
	longestValue   = 100
	// mostValues is how many custom fields a post tells at the most; people take in no more at a glance.
	mostValues = 5
)

// The actions of a post's buttons; the value of each is the incident.
const (
	SubscribeAction = "announcement.subscribe"
	JoinAction      = "announcement.join"
	openAction      = "announcement.open"
)

// told is what a post is made from.
type told struct {
	inc incident.Incident
	// open is the address of the incident.
	open string
	// into is the incident that it lives on in, nil where there is none that everyone may see; intoOpen is its address.
	into     *incident.Incident
	intoOpen string
	zone     *time.Location
	now      time.Time
}

// read gathers what the post of an incident tells.
func (s *Service) read(ctx context.Context, inc incident.Incident, zone *time.Location) (told, error) {
	t := told{inc: inc, zone: zone, now: s.clock.Now()}
	var err error
	if t.open, err = s.Address(ctx, "/incidents/"+inc.Reference); err != nil {
		return t, err
	}
	if inc.Aside == nil || inc.Aside.Into == nil {
		return t, nil
	}
	into, err := s.Incidents.Get(ctx, inc.Aside.Into.ID)
	if err != nil || into.Private {
		return t, err
	}
	t.into = &into
	t.intoOpen, err = s.Address(ctx, "/incidents/"+into.Reference)
	return t, err
}

// post says where an incident stands.
func (t told) post() chat.Message {
	inc := t.inc
	blocks := []chat.Block{chat.Text(richtext.Of(richtext.P(richtext.B(t.situation()+": "), richtext.A(inc.Reference+" "+inc.Name, t.open))))}
	if t.into != nil {
		blocks = append(blocks, chat.Text(richtext.Of(richtext.P(
			richtext.T("It goes on in "), richtext.A(t.into.Reference+" "+t.into.Name, t.intoOpen), richtext.T(".")))))
	}
	if summary := inc.Summary.Excerpt(longestSummary); summary != "" {
		blocks = append(blocks, chat.Text(richtext.Literal(summary)))
	}
	blocks = append(blocks, chat.Fields(t.facts()...))
	if last := inc.LastUpdate; last != nil {
		if words := last.Message.Excerpt(longestUpdate); words != "" {
			line := []richtext.Node{richtext.B("Last update"), richtext.T(" by " + last.Author.Name + ", " + t.moment(last.At) + ": " + words)}
			blocks = append(blocks, chat.Text(richtext.Of(richtext.P(line...))))
		}
	}
	message := chat.Say("", append(blocks, chat.Buttons(t.buttons()...))...)
	message.Text = t.situation() + ": " + inc.Reference + " " + inc.Name
	return message
}

// situation is how it stands in a word or two: "Major, Fixing", or what it turned out to be.
func (t told) situation() string {
	switch category := t.inc.Status.Category; category {
	case incident.CategoryDeclined, incident.CategoryMerged, incident.CategoryCanceled, incident.CategoryClosed:
		return t.inc.Status.Name
	default:
		if t.inc.Severity == nil {
			return t.inc.Status.Name
		}
		return t.inc.Severity.Name + ", " + t.inc.Status.Name
	}
}

func (t told) facts() []chat.Fact {
	fact := func(label, value string) chat.Fact { return chat.Fact{Label: label, Value: richtext.Literal(value)} }
	inc := t.inc
	severity, lead := "Not known yet", "Nobody yet"
	if inc.Severity != nil {
		severity = inc.Severity.Name
	}
	if who := inc.Lead(); who != nil {
		lead = who.Name
	}
	facts := []chat.Fact{fact("Severity", severity), fact("Status", inc.Status.Name)}
	if inc.Status.Category.Ongoing() || inc.Lead() != nil {
		facts = append(facts, fact("Lead", lead))
	}
	told := 0
	for _, f := range inc.Fields {
		if f.Field.Announced && len(f.Words) > 0 && told < mostValues {
			facts = append(facts, fact(f.Field.Name, richtext.Truncate(strings.Join(f.Words, ", "), longestValue)))
			told++
		}
	}
	if inc.ClosedAt != nil || !inc.Status.Category.Ongoing() {
		return append(facts, fact("It lasted", lasting(inc.Duration(t.now))))
	}
	return append(facts, fact("Since", t.moment(inc.DeclaredAt)))
}

func (t told) buttons() []chat.Button {
	open := chat.Button{Action: openAction, Label: "Open in Muster", URL: t.open}
	if !t.inc.Status.Category.Ongoing() && t.inc.Status.Category != incident.CategoryLearning {
		return []chat.Button{open}
	}
	value := string(t.inc.ID)
	return []chat.Button{
		{Action: SubscribeAction, Value: value, Label: "Subscribe"}, {Action: JoinAction, Value: value, Label: "Join"}, open,
	}
}

// reply tells of an update in the thread of a post.
func reply(u incident.Update) chat.Message {
	var blocks []chat.Block
	if !u.Message.Empty() {
		blocks = append(blocks, chat.Text(u.Message))
	}
	line := "Update by " + u.Author.Name
	if changes := u.Changes(); changes != "" {
		line += ". " + changes
	}
	if u.Marked() {
		line += " (edited)"
	}
	message := chat.Say("", append(blocks, chat.Context(richtext.Literal(line)))...)
	if !u.Message.Empty() {
		message.Text = u.Message.Excerpt(longestUpdate)
	}
	return message
}

// moment is a time for readers in several places: "Mon 2 Mar, 09:05 UTC".
func (t told) moment(at time.Time) string {
	return at.In(t.zone).Format("Mon 2 Jan, 15:04 MST")
}

// lasting words how long something took: "2 h 05 min".
func lasting(d time.Duration) string {
	minutes := int(d.Minutes())
	days, hours := minutes/(24*60), minutes/60%24
	switch {
	case days > 0:
		return strings.TrimSpace(fmt.Sprintf("%d %s %d h", days, plural(days, "day"), hours))
	case minutes >= 60:
		return fmt.Sprintf("%d h %02d min", hours, minutes%60)
	default:
		return fmt.Sprintf("%d min", max(minutes, 1))
	}
}

func plural(count int, noun string) string {
	if count == 1 {
		return noun
	}
	return noun + "s"
}

// digest tells messages apart without keeping them.
func digest(m chat.Message) (string, error) {
	encoded, err := json.Marshal(m)
	if err != nil {
		return "", fmt.Errorf("write an announcement: %w", err)
	}
	sum := sha256.Sum256(encoded)
	return hex.EncodeToString(sum[:16]), nil
}
