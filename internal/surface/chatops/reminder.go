package chatops

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/platform/event"
)

// snoozeFor is how many minutes the card's second button gives.
const snoozeFor = 10

// The card of a promised update is a picture of how things stand: whatever happened, it is drawn anew from the incident.

func (b *Bot) reminderDue(ctx context.Context, _ event.Record, e incident.UpdateDue) error {
	inc, key, err := b.promise(ctx, e.Incident)
	if err != nil {
		return err
	}
	if inc.NextUpdateDueAt == nil || inc.NextUpdateDueAt.After(e.Due) {
		return nil // kept, skipped or put off meanwhile
	}
	return b.drawReminder(ctx, inc, key)
}

func (b *Bot) reminderSnoozed(ctx context.Context, _ event.Record, e incident.ReminderSnoozed) error {
	return b.refreshReminder(ctx, e.Incident)
}

func (b *Bot) reminderSkipped(ctx context.Context, _ event.Record, e incident.ReminderSkipped) error {
	return b.refreshReminder(ctx, e.Incident)
}

// reminderKept closes the card of the promise that an update kept; the key is that of the update before.
func (b *Bot) reminderKept(ctx context.Context, _ event.Record, e incident.UpdateSent) error {
	updates, err := b.Incidents.Updates(ctx, e.Incident, 20)
	if err != nil {
		return err
	}
	before := id.ID("")
	for n, update := range updates {
		if update.ID == e.Update && n+1 < len(updates) {
			before = updates[n+1].ID
		}
	}
	key := reminderKey(before)
	if there, err := b.Rooms.HasBot(ctx, e.Incident, key); err != nil || !there {
		return err
	}
	return b.card(ctx, e.Incident, chat.Say(key, chat.Context(richtext.Literal("The update that was due here has been sent."))))
}

// refreshReminder draws the card anew if there is one.
func (b *Bot) refreshReminder(ctx context.Context, in id.ID) error {
	inc, key, err := b.promise(ctx, in)
	if err != nil {
		return err
	}
	if there, err := b.Rooms.HasBot(ctx, in, key); err != nil || !there {
		return err
	}
	return b.drawReminder(ctx, inc, key)
}

// promise returns the incident and the key of the card for the update that it owes.
func (b *Bot) promise(ctx context.Context, in id.ID) (incident.Incident, string, error) {
	inc, err := b.Incidents.Get(ctx, in)
	if err != nil {
		return incident.Incident{}, "", err
	}
	last := id.ID("")
	if inc.LastUpdate != nil {
		last = inc.LastUpdate.ID
	}
	return inc, reminderKey(last), nil
}

// reminderKey gives each promise one card, however often it is reminded of.
func reminderKey(last id.ID) string { return "update-due/" + string(last) }

func (b *Bot) drawReminder(ctx context.Context, inc incident.Incident, key string) error {
	message, err := b.reminder(ctx, inc, key)
	if err != nil {
		return err
	}
	return b.card(ctx, inc.ID, message)
}

func (b *Bot) reminder(ctx context.Context, inc incident.Incident, key string) (chat.Message, error) {
	if inc.NextUpdateDueAt == nil || !inc.Live() {
		return chat.Say(key, chat.Context(richtext.Literal("No update is due any more."))), nil
	}
	zone, err := b.zone(ctx)
	if err != nil {
		return chat.Message{}, err
	}
	title := "The next update is due now"
	switch late := b.Clock.Now().Sub(*inc.NextUpdateDueAt); {
	case late < 0:
		title = "The next update is due at " + moment(*inc.NextUpdateDueAt, zone)
	case late > time.Minute:
		title = "The next update has been due since " + moment(*inc.NextUpdateDueAt, zone)
	}
	who := "Nobody leads. Whoever knows best where it stands: please write it."
	if lead := inc.Lead(); lead != nil {
		who = lead.Name + ", you lead. People are waiting to hear where it stands."
	}
	return chat.Say(key,
		chat.Text(richtext.Of(richtext.P(richtext.B(title)))), chat.Text(richtext.Literal(who)),
		chat.Buttons(
			chat.Button{Action: "incident.update.send", Value: string(inc.ID), Label: "Write it now", Style: chat.Primary},
			chat.Button{Action: "incident.update.snooze", Value: string(inc.ID) + " 10", Label: "In 10 min"},
			chat.Button{Action: "incident.update.skip", Value: string(inc.ID), Label: "Skip"},
		)), nil
}

// zone is the organisation's, in which cards that everybody sees tell the time.
func (b *Bot) zone(ctx context.Context) (*time.Location, error) {
	found, err := b.Organisations.Get(ctx)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(found.Zone)
	if err != nil {
		return time.UTC, nil //nolint:nilerr // a zone that this machine does not know is no reason to be silent
	}
	return zone, nil
}

// moment tells a time of day with its zone, since readers sit in several.
func moment(at time.Time, zone *time.Location) string { return at.In(zone).Format("15:04 MST") }

// card makes Muster's message of a key in an incident's room look as given. An incident that is gone needs none.
func (b *Bot) card(ctx context.Context, in id.ID, message chat.Message) error {
	if err := message.Check(); err != nil {
		return err
	}
	blocks, err := json.Marshal(message.Fit())
	if err != nil {
		return fmt.Errorf("write a card: %w", err)
	}
	_, err = b.Rooms.PutBot(ctx, room.PutBot{Incident: in, Key: message.Key, Blocks: blocks})
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	return err
}
