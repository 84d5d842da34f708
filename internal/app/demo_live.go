package app

import (
	"context"
	"time"

	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/id"
)

// live tells what is going on right now, so that there is something to look at and to take part in.
func (d *demo) live() {
	d.mailsLate()
	d.soldOut()
	d.payments()
}

// payments is the incident that a newcomer opens: in the middle of it, with the next update due in twelve minutes.
func (d *demo) payments() {
	t := d.declare(opening{
		ago: 48 * time.Minute, by: "Maya", lead: "Maya", name: "Card payments fail at checkout", severity: "Minor",
		summary: "Some customers cannot pay by card: the last step of checkout ends with an error. Bank transfer and invoice work.",
	})
	first := t.say(0.6, "Maya", "Support has eleven tickets in ten minutes, all from the last step of checkout. Bank transfer and invoice still work.")
	t.react(first, "👀", "Tomás", "Jonas")
	t.say(1.7, "Tomás", "I see it too. Failed payments went from **0.2 %** to **31 %** at once, in both zones.")
	t.severity(2.4, "Maya", "Major")
	t.leads(3.1, "Maya", "Lena", "I stay on the tickets.")
	t.say(3.9, "Lena", "I have it. @Tomás please look into the payment service, @Priya at our provider. I write the updates, so you can stay with the problem.")
	t.react(t.say(4.3, "Priya", "On it."), "👍", "Lena")
	t.update(6.2, "Lena", "", "Some card payments fail at the last step of checkout. Other ways to pay work. We are looking for the cause.", 30)
	if chart := t.picture(8.1, "Tomás"); !chart.Empty() {
		t.react(t.say(8.4, "Tomás", "Failed card payments a minute, over the last hour. It is a step, not a slope: something was switched.", chart), "👀", "Lena", "Priya", "Jonas")
	}
	t.told(7.5, "Lena", "Some card payments do not go through at the moment. Bank transfer and invoice work. We are looking into it.")
	t.say(10.2, "Priya", "Our provider reports no problem, and a test card works from outside.")
	answers := t.todo(11, "Lena", "Maya", "Tell support what to answer")
	t.say(12.7, "Jonas", "We released checkout 4.18.2 at that very minute. It brings the new client for card payments.")
	t.say(14.5, "Aiko", "Only cards that ask for a second factor fail. Mine does not ask, and goes through.")
	t.done(16, "Maya", answers)
	t.say(18.8, "Jonas", "```\nlevel=error service=payments msg=\"confirm failed\" err=\"deadline exceeded\" after=2.00s card=second-factor\nlevel=error service=payments msg=\"confirm failed\" err=\"deadline exceeded\" after=2.00s card=second-factor\n```")
	found := t.say(20.3, "Tomás", "Found it. The new client gives up after **2 seconds**. With a second factor the bank needs 3 to 5, because a person is typing. The old client waited for 30.")
	t.react(found, "🎯", "Lena", "Jonas", "Aiko", "Maya")
	t.react(found, "🎉", "Priya")
	t.minutes(21)
	t.pin("Lena", found)
	t.say(22.4, "Lena", "@Jonas can you roll 4.18.2 back? The setting can come in its own time.")
	t.say(23.1, "Jonas", "Yes, ten minutes for both zones.")
	t.todo(23.6, "Lena", "Jonas", "Roll checkout back to 4.18.1")
	t.todo(24.4, "Tomás", "Tomás", "Make the patience of the card client a setting, 30 seconds at first")
	t.todo(26, "Aiko", "", "Alert on failed payments by kind of card, not only in total")
	twice := t.asks(27, "Kofi", "Is anyone charged twice?")
	t.answers(29, "Lena", twice, "No. A payment that fails is never taken.")
	t.update(30, "Lena", "Fixing", "We know the cause: since today's release, cards that ask for a second factor run into a time limit that is too short. **The release is being rolled back.** Nobody pays twice: what failed was not charged.", 30)
	t.told(32, "Lena", "Some card payments do not go through. Other ways to pay work. We expect it to be fixed within the hour, and nobody is charged twice.")
	t.say(37.5, "Jonas", "Rolled back in the first zone, the second follows.")
	t.react(t.say(41.2, "Tomás", "The first zone is at 0.3 % again."), "🎉", "Lena", "Maya", "Jonas", "Priya")
	t.about("Lena", "340", -4*time.Minute, 20*time.Minute, "Checkout")
	t.say(44.6, "Sam", "No new ticket for five minutes. I answer those that are open.")
	gift := t.asks(45, "Kofi", "Are gift cards affected too?")
	t.wants("Nora", gift)
	t.say(46.4, "Jonas", "Second zone at 60 %.")
	t.read("Maya", "Tomás", "Jonas")
}

// picture attaches the chart, except where files lie in a bucket, which no transaction waits for.
func (t *tale) picture(minute float64, who string) id.ID {
	if t.app.Files == nil {
		return ""
	}
	t.minutes(minute)
	var file room.File
	t.do(who, func(ctx context.Context) error {
		content, err := chart()
		if err != nil {
			return err
		}
		file, err = t.app.Rooms.AttachPicture(ctx, room.AttachPicture{Incident: t.incident, Name: "failed-card-payments.png", Content: content})
		return err
	})
	return file.ID
}

func (d *demo) mailsLate() {
	t := d.declare(opening{
		ago: 3*time.Hour + 20*time.Minute, by: "Nora", lead: "Omar", name: "Order confirmation mails are late", severity: "Minor",
		summary: "Confirmations arrive up to forty minutes after the order. Orders themselves are fine.",
	})
	t.say(1, "Nora", "Customers order a second time because no mail comes.")
	t.say(4, "Omar", "61,000 mails wait in the queue. One of three senders stopped last night and was not started again.")
	t.update(9, "Omar", "Fixing", "Confirmations are late, by forty minutes at most. Orders are not affected. The sender that stopped is running again.", 0)
	started := t.say(14, "Omar", "Started it. The queue shrinks by about 900 a minute.")
	t.react(started, "👍", "Nora", "Inês")
	t.todo(20, "Omar", "Inês", "Let senders be started again by themselves")
	t.update(75, "Omar", "Monitoring", "The queue is empty. New confirmations arrive within seconds. We watch it over the evening.", 0)
	t.say(130, "Inês", "Still empty.")
	t.read("Nora", "Omar", "Inês", "Lena")
}

func (d *demo) soldOut() {
	t := d.declare(opening{
		ago: 71 * time.Minute, by: "Ravi", lead: "Ravi", name: "Search shows products that are sold out", status: "Triage",
		summary: "Two customers wrote that they found shoes which cannot be ordered. It may be how search is meant to be.",
	})
	t.say(3, "Ravi", "Is this new, or has it always been so? @Nora do you know?")
	t.say(16, "Nora", "They should be shown at the end, and marked. I do not see the mark.")
}
