package app

import (
	"context"
	"time"

	"github.com/musterhq/muster/internal/domain/feature"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
)

// lifecycle tells what else becomes of incidents: declined, merged, canceled, paused, quiet, a test, and one that was
// written down afterwards. The organisation offers all of it.
func (d *demo) lifecycle() {
	for _, flag := range []*feature.Flag[bool]{
		incident.PrivateIncidents, incident.TriageIncidents, incident.QuietIncidents, incident.RetrospectiveIncidents, incident.TestIncidents,
	} {
		d.do(demoOwner, func(ctx context.Context) error { return feature.Set(ctx, d.app.Features, flag, true) })
	}
	d.wrongYear()
	d.slowTrain()
	d.vouchers()
	d.emptyPage()
	d.bugHunt()
	d.pushTest()
	d.printer()
}

// special declares what is no incident like any other.
func (d *demo) special(ago time.Duration, by string, cmd incident.Declare) *tale {
	t := &tale{demo: d, began: d.present.Add(-ago)}
	t.after(0)
	cmd.Key = d.key()
	d.do(by, func(ctx context.Context) error {
		brief, err := d.app.Incidents.Declare(ctx, cmd)
		t.incident = brief.ID
		return err
	})
	return t
}

// decide runs a decision about the incident at a minute of its time.
func (t *tale) decide(minute float64, who string, verb func(ctx context.Context) (incident.Outcome, error)) {
	t.minutes(minute)
	t.do(who, func(ctx context.Context) error {
		_, err := verb(ctx)
		return err
	})
}

func (d *demo) wrongYear() {
	times := map[id.ID]time.Time{}
	d.do("Lena", func(ctx context.Context) error {
		all, err := d.app.Incidents.Timestamps(ctx)
		for _, one := range all {
			switch one.SetBy {
			case "reported":
				times[one.ID] = d.present.Add(-40 * day)
			case "resolved":
				times[one.ID] = d.present.Add(-40*day + 3*time.Hour)
			case "closed":
				times[one.ID] = d.present.Add(-39 * day)
			}
		}
		return err
	})
	d.special(46*time.Hour, "Lena", incident.Declare{
		Name: "Invoices had the wrong year", Mode: incident.Retrospective, Severity: d.severities["Minor"], Times: times,
		Summary: "Sixty invoices of the first days of the year were dated a year back. All were sent again.",
	})
}

func (d *demo) slowTrain() {
	t := d.declare(opening{ago: 44 * time.Hour, by: "Nora", name: "The shop is slow on my phone", status: "Triage"})
	t.say(2, "Nora", "Every page takes ten seconds, since I got on the train.")
	t.say(9, "Maya", "It answers in 200 ms from here, and for everyone else.")
	t.decide(12, "Maya", func(ctx context.Context) (incident.Outcome, error) {
		return d.app.Incidents.Decline(ctx, incident.Decline{Incident: t.incident, Reason: "The train's network. The shop answers in 200 ms."})
	})
}

func (d *demo) vouchers() {
	whole := d.declare(opening{
		ago: 30 * time.Hour, by: "Sam", lead: "Priya", name: "Discounts are not taken off", severity: "Major",
		summary: "Discounts were shown in the cart and not taken off at checkout.",
	})
	part := d.declare(opening{ago: 30*time.Hour - 6*time.Minute, by: "Inês", name: "Vouchers are refused", severity: "Minor"})
	seen := part.say(2, "Inês", "Every voucher that ends in a letter is refused since 11:40.")
	part.minutes(3)
	part.pin("Inês", seen)
	part.decide(5, "Inês", func(ctx context.Context) (incident.Outcome, error) {
		return d.app.Incidents.Merge(ctx, incident.Merge{Incident: part.incident, Into: whole.incident})
	})
	whole.update(25, "Priya", "Fixing", "Discounts and vouchers are not taken off. A release of this morning is being taken back.", 30)
	whole.end(50, "Priya", "Discounts and vouchers work again. Whoever paid too much gets it back by tomorrow.")
}

func (d *demo) emptyPage() {
	t := d.declare(opening{ago: 26 * time.Hour, by: "Tomás", name: "The front page is empty"})
	t.decide(3, "Tomás", func(ctx context.Context) (incident.Outcome, error) {
		return d.app.Incidents.Cancel(ctx, incident.Cancel{Incident: t.incident, Reason: "I was looking at the test shop"})
	})
}

func (d *demo) bugHunt() {
	t := d.special(25*time.Hour, "Aiko", incident.Declare{
		Name: "Bug hunt: filters on the phone", Quiet: true, Severity: d.severities["Minor"],
		Summary: "What is odd about filters on small screens. Add to it when you see something.",
	})
	t.say(5, "Aiko", "Two filters of the same kind take each other away.")
	t.say(180, "Tomás", "The price slider cannot be moved by a left thumb.")
}

func (d *demo) pushTest() {
	t := d.special(22*time.Hour, "Omar", incident.Declare{Name: "Does everyone on call get a push", Mode: incident.Test})
	t.say(1, "Omar", "@Maya do you?")
	t.say(2, "Maya", "Yes, within a second.")
	t.end(4, "Omar", "")
}

func (d *demo) printer() {
	t := d.declare(opening{ago: 20 * time.Hour, by: "Ravi", lead: "Ravi", name: "A label printer jams in warehouse one", severity: "Minor", summary: "One of four printers is out. Parcels go out by the others."})
	t.say(8, "Ravi", "The roller is worn. The other three keep up.")
	t.decide(14, "Ravi", func(ctx context.Context) (incident.Outcome, error) {
		return d.app.Incidents.Pause(ctx, incident.Pause{Incident: t.incident, Until: d.present.Add(19 * time.Hour).Truncate(time.Hour), Reason: "The technician comes with a new roller"})
	})
}
