package chatops

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/nudge"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/platform/event"
)

// notNow is how long the button of that name keeps a nudge away.
const notNow = time.Hour

// near is how many messages may stand below the card for it to be changed where it is; further up nobody sees it.
const near = 10

const nudgeCard = "nudge/"

func nudgeKey(card int) string { return nudgeCard + strconv.Itoa(card) }

// nudgeRaised makes the incident's one card say what is missing: in place where it is in sight, else at the end of the
// room, with the old one taken back.
func (b *Bot) nudgeRaised(ctx context.Context, _ event.Record, e nudge.Raised) error {
	inc, err := b.Incidents.Get(ctx, e.Incident)
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	key, err := b.nudgePlace(ctx, e)
	if err != nil {
		return err
	}
	return b.card(ctx, inc.ID, chat.Say(key, append(nudgeWords(inc, e.Nudge, b.Clock.Now()), nudgeButtons(inc, e.Nudge))...))
}

// nudgePlace is the key of the card in sight, or of a new one once those before are taken back.
func (b *Bot) nudgePlace(ctx context.Context, e nudge.Raised) (string, error) {
	latest, _, err := b.Rooms.History(ctx, e.Incident, 0, near)
	if err != nil {
		return "", err
	}
	for _, m := range latest {
		if m.Kind == room.FromBot && !m.Deleted && strings.HasPrefix(m.ClientKey, nudgeCard) {
			return m.ClientKey, nil
		}
	}
	return nudgeKey(e.Card), b.takeBackNudges(ctx, e.Incident, e.Card-1)
}

func (b *Bot) takeBackNudges(ctx context.Context, in id.ID, upTo int) error {
	for card := upTo; card > 0; card-- {
		if err := b.Rooms.DeleteBot(ctx, room.DeleteBot{Incident: in, Key: nudgeKey(card)}); err != nil {
			return err
		}
	}
	return nil
}

// nudgeSettled takes the card back: what is not missing any more is not worth a line.
func (b *Bot) nudgeSettled(ctx context.Context, _ event.Record, e nudge.Settled) error {
	showing, cards, err := b.Nudges.Showing(ctx, e.Incident)
	if err != nil || showing != "" { // another one is shown by now
		return err
	}
	return b.takeBackNudges(ctx, e.Incident, cards)
}

// nudgeWords says what is missing.
func nudgeWords(inc incident.Incident, kind nudge.Kind, now time.Time) []chat.Block {
	lead := "The lead"
	if l := inc.Lead(); l != nil {
		lead = l.Name
	}
	title, text := "", ""
	switch kind {
	case nudge.NoLead:
		title, text = "Nobody leads this incident", "Whoever takes it decides who does what. It can be handed on at any time."
	case nudge.NoSeverity:
		title, text = "How bad is it?", "Nobody has chosen a severity yet. A guess is fine, it can be changed."
	case nudge.NoSummary:
		title, text = "What is going on?", "The summary is empty. One sentence helps everyone who comes: what is wrong, for whom, since when."
	case nudge.LeadIsDeep:
		title, text = lead+" is deep in the work", "The last update is a while ago. Take the lead off their hands, or name someone for comms."
	case nudge.FirstTimer:
		title, text = "Someone here responds for the first time", "Say what would help most right now. `/inc help` shows what can be typed."
	case nudge.LongRunning:
		title, text = "This has been going on for "+hours(now.Sub(inc.DeclaredAt)), "Eat something, take turns, hand over what can be handed over."
	case nudge.QuietRoom:
		title, text = "It is quiet here", "Is this still going on? Say where it stands, pause it, or close it."
	case nudge.Unowned:
		title, text = "A follow-up has no owner", "What nobody has is not done. Take it, or give it to whoever knows best."
	default:
		title, text = "Can this be closed?", "Nothing has happened here for a while."
	}
	return []chat.Block{chat.Text(richtext.Of(richtext.P(richtext.B(title)))), chat.Text(words(text))}
}

// hours is a long time in words: "5 hours".
func hours(d time.Duration) string {
	if n := int(d.Round(time.Hour) / time.Hour); n != 1 {
		return strconv.Itoa(n) + " hours"
	}
	return "an hour"
}

// nudgeButtons offers the one thing to do, and to be left alone.
func nudgeButtons(inc incident.Incident, kind nudge.Kind) chat.Block {
	self := string(inc.ID)
	does := map[nudge.Kind][]chat.Button{
		nudge.NoLead:      {{Action: "incident.lead.take", Value: self, Label: "I lead", Style: chat.Primary}},
		nudge.NoSeverity:  {{Action: "incident.severity.change", Value: self, Label: "Choose a severity", Style: chat.Primary}},
		nudge.NoSummary:   {{Action: "incident.summary.change", Value: self, Label: "Write the summary", Style: chat.Primary}},
		nudge.LeadIsDeep:  {{Action: "incident.update.send", Value: self, Label: "Send an update", Style: chat.Primary}, {Action: "incident.role.assign", Value: self, Label: "Give a role"}},
		nudge.LongRunning: {{Action: "incident.role.assign", Value: self, Label: "Hand a role over"}},
		nudge.QuietRoom:   {{Action: "incident.update.send", Value: self, Label: "Send an update", Style: chat.Primary}, {Action: "incident.close", Value: self, Label: "Close it"}},
		nudge.Unowned:     {{Action: "follow_up.list", Value: self, Label: "Choose who does it", Style: chat.Primary}},
		nudge.CanBeClosed: {{Action: "incident.close", Value: self, Label: "Close it", Style: chat.Primary}},
	}
	about := self + " " + string(kind)
	return chat.Buttons(append(
		does[kind],
		chat.Button{Action: "nudge.later", Value: about, Label: "Not now"},
		chat.Button{Action: "nudge.dismiss", Value: about, Label: "Not in this incident"},
	)...)
}

// nudgeOf reads which nudge of which incident a button is about.
func nudgeOf(in chat.Interaction) (id.ID, nudge.Kind) {
	incident, kind, _ := strings.Cut(in.Value, " ")
	return id.ID(incident), nudge.Kind(kind)
}

func (b *Bot) nudgeLater(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	about, kind := nudgeOf(in)
	if err := b.Nudges.Hold(ctx, nudge.Hold{Incident: about, Nudge: kind, For: notNow}); err != nil {
		return chat.Reply{}, err
	}
	return say("Muster asks again in an hour, if it is still so."), nil
}

func (b *Bot) nudgeDismissed(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	about, kind := nudgeOf(in)
	if err := b.Nudges.Dismiss(ctx, nudge.Dismiss{Incident: about, Nudge: kind}); err != nil {
		return chat.Reply{}, err
	}
	return say("Muster does not ask that again in this incident."), nil
}

// causes names the nudge whose cause a form deals with.
var causes = map[string]nudge.Kind{
	"incident.severity.change": nudge.NoSeverity, "incident.summary.change": nudge.NoSummary, "incident.role.assign": nudge.NoLead,
	"incident.close": nudge.CanBeClosed,
}

// dealing notes that somebody is at the cause of a nudge, as they were just given the form for it.
func (b *Bot) dealing(ctx context.Context, about id.ID, action string) {
	if kind, found := causes[action]; found {
		// A nudge too many is the worst that comes of a failure here.
		_ = b.Nudges.Hold(ctx, nudge.Hold{Incident: about, Nudge: kind, For: nudge.Dealing})
	}
}
