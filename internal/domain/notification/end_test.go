package notification_test

import (
	"net/url"
	"testing"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/notification"
	"github.com/musterhq/muster/internal/kernel/problem"
)

func TestMailEndsByItsOwnAddressOnly(t *testing.T) {
	o := move(t)
	in := o.declare("Maya", incident.Declare{}).ID
	o.say("Maya", in, "@Lena look")
	o.run(1)
	address, err := url.Parse(o.sent.mails[0].Unsubscribe)
	if err != nil {
		t.Fatal(err)
	}
	forged := notification.ParseEndMails(address.Query())
	forged.User = o.people["Jonas"]
	if err := o.service.EndMails(t.Context(), forged); !problem.Is(err, problem.Forbidden) {
		t.Errorf("a forged address: %v", err)
	}
	if err := o.service.EndMails(t.Context(), notification.ParseEndMails(address.Query())); err != nil {
		t.Fatal(err)
	}
	o.forget()
	o.say("Maya", in, "@Lena look again")
	o.run(1)
	if got := o.inboxes(); len(got) != 0 {
		t.Errorf("mail goes on to %v", got)
	}
}
