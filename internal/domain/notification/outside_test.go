package notification_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/customers"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/notification"
	"github.com/musterhq/muster/internal/domain/question"
	"github.com/musterhq/muster/internal/domain/subscription"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/mail"
)

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) subscribe(name string, cmd subscription.Subscribe) {
	o.t.Helper()
	o.must(o.subscriptions.Subscribe(o.as(name), cmd))
}

func (o *office) tellAll(name string, in id.ID, text string) {
	o.t.Helper()
	_, err := o.incidents.SendUpdate(o.as(name), incident.SendUpdate{Incident: in, Message: text, NextMinutes: 30})
	o.must(err)
}

// quietly forgets what was sent and what waits, so that a test begins where its phenomenon does.
func (o *office) quietly() { o.run(1); o.forget() }

func TestSubscriberHearsOfAnUpdateByTheWaysChosenAndOnce(t *testing.T) {
	o := move(t)
	o.device("Lena", "lena-phone")
	in := o.declare("Maya", incident.Declare{}).ID
	o.subscribe("Lena", subscription.Subscribe{Scope: subscription.ToIncident, Incident: in, Push: true, Mail: true})
	o.subscribe("Lena", subscription.Subscribe{Scope: subscription.ToEverything, Push: true, Mail: true})
	o.subscribe("Jonas", subscription.Subscribe{Scope: subscription.ToIncident, Incident: in, Mail: true})
	o.subscribe("Maya", subscription.Subscribe{Scope: subscription.ToEverything, Mail: true})
	_, err := o.customers.Change(o.as("Maya"), customers.Change{Incident: in, Text: "Other ways to pay work."})
	o.must(err)
	o.quietly()

	o.tellAll("Maya", in, "We found the **cause**.")
	o.run(2)
	if diff := cmp.Diff([]string{"lena-phone"}, o.endpoints()); diff != "" {
		t.Errorf("devices (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Jonas", "Lena"}, o.inboxes()); diff != "" {
		t.Errorf("inboxes (-want +got):\n%s", diff)
	}
	letter := o.sent.mails[0]
	for _, words := range []string{"We found the", "cause", "Other ways to pay work.", "Next update", "/incidents/INC-1/brief"} {
		if !strings.Contains(letter.Text, words) || !strings.Contains(letter.HTML, words) {
			t.Errorf("the letter lacks %q:\n%s", words, letter.Text)
		}
	}
	if !strings.HasPrefix(letter.Subject, "INC-1") || !strings.Contains(letter.Subject, "Card payments fail") {
		t.Errorf("the subject is %q", letter.Subject)
	}
}

func TestSubscriptionToASeverityHearsOfWorseOnesOnly(t *testing.T) {
	o := move(t)
	severities, err := o.incidents.Severities(o.as("Maya"))
	o.must(err)
	o.subscribe("Jonas", subscription.Subscribe{Scope: subscription.ToSeverity, Severity: severities[1].ID, Mail: true})
	small := o.declare("Maya", incident.Declare{Severity: severities[0].ID}).ID
	o.run(1)
	if got := o.inboxes(); len(got) != 0 {
		t.Fatalf("a lesser incident reached %v", got)
	}
	_, err = o.incidents.ChangeSeverity(o.as("Maya"), incident.ChangeSeverity{Incident: small, Severity: severities[2].ID})
	o.must(err)
	o.run(1)
	if diff := cmp.Diff([]string{"Jonas"}, o.inboxes()); diff != "" {
		t.Fatalf("raised above the line (-want +got):\n%s", diff)
	}
	o.forget()
	_, err = o.incidents.ChangeSeverity(o.as("Maya"), incident.ChangeSeverity{Incident: small, Severity: severities[1].ID})
	o.must(err)
	o.run(1)
	if got := o.inboxes(); len(got) != 0 {
		t.Errorf("a lowered severity reached %v", got)
	}
}

func TestTestsQuietOnesAndMutedIncidentsTellNobodyElse(t *testing.T) {
	o := move(t)
	o.subscribe("Jonas", subscription.Subscribe{Scope: subscription.ToEverything, Mail: true})
	test := o.declare("Maya", incident.Declare{Mode: incident.Test}).ID
	quiet := o.declare("Maya", incident.Declare{Quiet: true}).ID
	loud := o.declare("Maya", incident.Declare{}).ID
	_, err := o.subscriptions.Unsubscribe(o.as("Jonas"), subscription.Unsubscribe{Incident: loud})
	o.must(err)
	o.quietly()
	for _, in := range []id.ID{test, quiet, loud} {
		o.tellAll("Maya", in, "News.")
	}
	o.run(1)
	if got := o.inboxes(); len(got) != 0 {
		t.Errorf("mails to %v", got)
	}
	o.subscribe("Jonas", subscription.Subscribe{Scope: subscription.ToIncident, Incident: quiet, Mail: true})
	o.tellAll("Maya", quiet, "More news.")
	o.run(1)
	if diff := cmp.Diff([]string{"Jonas"}, o.inboxes()); diff != "" {
		t.Errorf("asked for by name (-want +got):\n%s", diff)
	}
}

func TestLosingAccessEndsMailsBeforeTheyAreSent(t *testing.T) {
	o := move(t)
	in := o.declare("Maya", incident.Declare{Private: true}).ID
	grant := func(sql string) {
		o.must(o.DB.Write(tenant.AsSystem(t.Context(), o.org), func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, sql, string(o.org), string(in), string(o.people["Jonas"]))
			return err
		}))
	}
	grant(`INSERT INTO muster.incident_access (organisation_id, incident_id, user_id, granted_at) VALUES ($1, $2, $3, now())`)
	o.subscribe("Jonas", subscription.Subscribe{Scope: subscription.ToIncident, Incident: in, Mail: true})
	o.quietly()
	o.tellAll("Maya", in, "Still here.")
	o.run(1)
	if diff := cmp.Diff([]string{"Jonas"}, o.inboxes()); diff != "" {
		t.Fatalf("with access (-want +got):\n%s", diff)
	}
	o.forget()
	o.tellAll("Maya", in, "Not for him.") // planned or not, it is sent after
	grant(`DELETE FROM muster.incident_access WHERE organisation_id = $1 AND incident_id = $2 AND user_id = $3`)
	o.run(1)
	if got := o.inboxes(); len(got) != 0 {
		t.Errorf("without access: mails to %v", got)
	}
}

func TestManyMailsBecomeOneDigest(t *testing.T) {
	o := move(t)
	in := o.declare("Maya", incident.Declare{}).ID
	o.quietly()
	o.subscribe("Jonas", subscription.Subscribe{Scope: subscription.ToIncident, Incident: in, Mail: true})
	for n := range 8 {
		o.tellAll("Maya", in, fmt.Sprintf("Update number %d.", n+1))
		o.clock.Advance(time.Minute)
	}
	o.run(1)
	if got := len(o.sent.mails); got != 5 {
		t.Fatalf("%d mails within the hour, want 5", got)
	}
	o.forget()
	o.clock.Advance(time.Hour)
	_, err := o.timers.Fire(t.Context())
	o.must(err)
	o.run(2)
	digests := slices.DeleteFunc(slices.Clone(o.sent.mails), func(m mail.Message) bool { return m.ToName != "Jonas" })
	if len(digests) != 1 || !strings.Contains(digests[0].Text, "Update number 8.") || strings.Contains(digests[0].Text, "Update number 6.") {
		t.Fatalf("%d digests: %+v", len(digests), digests)
	}
	if !strings.HasPrefix(digests[0].Unsubscribe, "https://") {
		t.Error("the digest has no address that ends it")
	}
}

func TestOneClickEndsTheMailsOfAnIncident(t *testing.T) {
	o := move(t)
	in := o.declare("Maya", incident.Declare{}).ID
	o.subscribe("Jonas", subscription.Subscribe{Scope: subscription.ToIncident, Incident: in, Mail: true})
	o.quietly()
	o.tellAll("Maya", in, "First.")
	o.run(1)
	address, err := url.Parse(o.sent.mails[0].Unsubscribe)
	o.must(err)
	forged := address.Query()
	forged.Set("incident", "")
	if err := o.service.EndMails(t.Context(), notification.ParseEndMails(forged)); err == nil {
		t.Error("an address that was changed ended mails")
	}
	o.must(o.service.EndMails(t.Context(), notification.ParseEndMails(address.Query())))
	o.must(o.service.EndMails(t.Context(), notification.ParseEndMails(address.Query()))) // mail programs try again
	o.forget()
	o.tellAll("Maya", in, "Second.")
	o.run(1)
	if got := o.inboxes(); len(got) != 0 {
		t.Errorf("after the end: mails to %v", got)
	}
	mine, err := o.subscriptions.Mine(o.as("Jonas"))
	o.must(err)
	if len(mine) != 0 {
		t.Errorf("still subscribed: %+v", mine)
	}
}

func TestQuestionFindsItsKeeperAndTheAnswerAllWhoWait(t *testing.T) {
	o := move(t)
	in := o.declare("Maya", incident.Declare{Lead: o.people["Maya"]}).ID
	o.quietly()
	asked, err := o.questions.Ask(o.as("Lena"), question.Ask{Incident: in, Text: "Is anyone charged twice?", Key: "1"})
	o.must(err)
	_, err = o.questions.Follow(o.as("Jonas"), question.Follow{Question: asked.ID})
	o.must(err)
	o.run(1)
	if diff := cmp.Diff([]string{"Maya"}, o.inboxes()); diff != "" {
		t.Fatalf("asked (-want +got):\n%s", diff)
	}
	if letter := o.sent.mails[0]; !strings.Contains(letter.Text, "Is anyone charged twice?") || !strings.Contains(letter.Text, "/answer") {
		t.Errorf("the letter: %s", letter.Text)
	}
	o.forget()
	for range 3 { // reminded twice, then not again
		o.clock.Advance(15 * time.Minute)
		_, err = o.timers.Fire(t.Context())
		o.must(err)
	}
	o.run(1)
	if diff := cmp.Diff([]string{"Maya", "Maya"}, o.inboxes()); diff != "" {
		t.Fatalf("reminded (-want +got):\n%s", diff)
	}
	o.forget()
	_, err = o.questions.Answer(o.as("Maya"), question.Answer{Question: asked.ID, Text: "No, nobody."})
	o.must(err)
	o.run(1)
	if diff := cmp.Diff([]string{"Jonas", "Lena"}, o.inboxes()); diff != "" {
		t.Errorf("answered (-want +got):\n%s", diff)
	}
}
