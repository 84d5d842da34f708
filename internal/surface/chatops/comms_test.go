package chatops_test

import (
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/customers"
	"github.com/musterhq/muster/internal/domain/incident"
)

// offer is the card that offers comms, as the room shows it; empty where there is none.
func (d *desk) offer() string {
	d.t.Helper()
	d.drain()
	cards, _ := d.cards()
	for _, card := range cards {
		if card.Key == "comms-offer" {
			return card.Text
		}
	}
	return ""
}

func TestCommsIsOfferedBesideTheLeadFromMajorUp(t *testing.T) {
	d := sit(t)
	d.types("/severity minor")
	if got := d.offer(); got != "" {
		t.Errorf("a minor one offers %q", got)
	}
	d.types("/severity major")
	if got := d.offer(); !strings.Contains(got, "Who speaks for this incident?") {
		t.Errorf("a major one offers %q", got)
	}
	reply := d.does(chat.Interaction{Kind: chat.Press, Action: "incident.role.take", Value: string(d.incident) + " " + incident.Comms})
	if got := told(reply); !strings.Contains(got, "You have the role Communications") || !strings.Contains(got, "Send the updates") {
		t.Errorf("whoever takes it is told %q", got)
	}
	if got := d.offer(); !strings.Contains(got, "Maya Lind has Communications") {
		t.Errorf("once taken the card says %q", got)
	}
}

func TestUpdateFormOfWhoIsOvertakenComesBack(t *testing.T) {
	d := sit(t)
	form := d.types("/update").Form
	d.types("/update The first. --next none")
	send := func(form *chat.Form) chat.Reply {
		return d.does(chat.Interaction{Kind: chat.Submission, Action: form.Action, Value: form.Value, Values: chat.FormValues{"message": "The second."}, Key: "key-" + form.Value})
	}
	again := send(form)
	if again.Form == nil || again.Form.Inputs[0].Initial != "The second." || again.Form.Intro == nil || !strings.Contains(again.Form.Intro.Text.Plain(), "The first.") {
		t.Fatalf("the second is answered %+v", again)
	}
	if got := d.now().Updates; got != 1 {
		t.Errorf("%d updates are sent", got)
	}
	send(again.Form)
	if got := d.now().LastUpdate.Message.Plain(); got != "The second." {
		t.Errorf("the last says %q", got)
	}
}

func TestCatchingUpRegroupingAndHandingOver(t *testing.T) {
	d := sit(t)
	d.types("/action Call the shops @Lena")
	if got := told(d.types("/catchup")); !strings.Contains(got, "Call the shops (Lena Ek)") {
		t.Errorf("catching up tells %q", got)
	}
	d.types("/regroup")
	cards, _ := d.cards()
	if got := cards[len(cards)-1].Text; !strings.Contains(got, "Call the shops (Lena Ek)") {
		t.Errorf("the room is shown %q", got)
	}
	form := d.types("/handover @Lena").Form
	if form == nil || form.Inputs[0].Initial != string(d.lena) || !strings.Contains(form.Inputs[1].Initial, "Call the shops (Lena Ek)") {
		t.Fatalf("the hand-over is %+v", form)
	}
	d.does(chat.Interaction{Kind: chat.Submission, Action: form.Action, Value: form.Value, Values: chat.FormValues{"to": string(d.lena), "note": "Yours."}, Key: "h"})
	if lead := d.now().Lead(); lead.ID != d.lena {
		t.Errorf("%s leads", lead.Name)
	}
}

func TestWordsForCustomersGoWithAnUpdateWhenTheyAreChanged(t *testing.T) {
	d := sit(t)
	told := func() customers.Text {
		text, err := d.needs.Customers.Get(d.ctx, d.incident)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	send := func(form *chat.Form, words, message string) chat.Reply {
		return d.does(chat.Interaction{
			Kind: chat.Submission, Action: form.Action, Value: form.Value, Values: chat.FormValues{"message": message, "customers": words}, Key: "key-" + message,
		})
	}
	send(d.types("/update").Form, "Some payments fail.", "First")
	if got := told(); got.Text != "Some payments fail." || got.Version != 1 {
		t.Errorf("customers are told %+v", got)
	}
	send(d.types("/update").Form, "Some payments fail.", "Second")
	if got := told(); got.Version != 1 {
		t.Errorf("words that were left as they were made version %d", got.Version)
	}
	form := d.types("/update").Form
	d.types("/inc customers All payments fail.")
	again := send(form, "Most payments fail.", "Third")
	if again.Form == nil || again.Form.Intro == nil || !strings.Contains(again.Form.Intro.Text.Plain(), "All payments fail.") {
		t.Fatalf("whoever did not see the others' words is answered %+v", again)
	}
	if got := d.now().LastUpdate.Message.Plain(); got != "Second" {
		t.Errorf("the last update says %q", got)
	}
	send(again.Form, "Most payments fail.", "Third")
	if got := told(); got.Text != "Most payments fail." {
		t.Errorf("customers are told %q at last", got.Text)
	}
}
