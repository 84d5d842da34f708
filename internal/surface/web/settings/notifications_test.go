package settings_test

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/notification"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/platform/push"
	"github.com/musterhq/muster/internal/platform/secrets"
)

// taker is a push service that takes everything.
type taker struct{}

func (taker) Send(context.Context, push.Subscription, push.Payload, string) (push.Outcome, error) {
	return push.Outcome{Result: push.Sent}, nil
}

func notifications(t *testing.T, d *desk) *notification.Service {
	t.Helper()
	var err error
	if d.keys, err = secrets.Parse(secrets.Generate()); err != nil {
		t.Fatal(err)
	}
	return notification.New(d.DB, d.Clock, notification.Needs{
		Incidents: d.incidents, Keys: d.keys, Mail: d, Push: func(push.Keys) notification.Pusher { return taker{} },
		Address: func(_ context.Context, path string) (string, error) { return "https://muster.test" + path, nil },
	})
}

func TestEveryReasonAndMethodIsASwitch(t *testing.T) {
	d := open(t)
	viewer := d.Enrol(t, d.organisation.ID, "vera@example.com", authz.Viewer)
	d.check(t, viewer, http.MethodGet, "/settings/notifications", nil, http.StatusOK,
		`name="mention.mail" value="on" checked`, `name="declared.push" value="on" checked`, `name="declared.mail" value="on" aria`, "Someone mentions you")
	d.check(t, viewer, http.MethodPost, "/settings/notifications", put("declared.mail", "on", "mention.push", "on"), http.StatusSeeOther)
	d.check(t, viewer, http.MethodGet, "/settings/notifications", nil, http.StatusOK,
		`name="mention.mail" value="on" aria`, `name="mention.push" value="on" checked`, `name="declared.mail" value="on" checked`)
	d.check(t, d.owner(), http.MethodGet, "/settings/notifications", nil, http.StatusOK, `name="mention.mail" value="on" checked`)
}

func TestDevicesComeAndGo(t *testing.T) {
	d := open(t)
	subscription := []string{
		"endpoint", "https://push.test/phone", "device", "Telephone", "auth", "BTBZMqHH6r4Tts7J_aSIgg",
		"p256dh", "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
	}
	d.check(t, d.owner(), http.MethodGet, "/settings/notifications", nil, http.StatusOK, "No device is notified yet", "data-push")
	d.check(t, d.owner(), http.MethodPost, "/me/devices", []string{"endpoint", "http://push.test", "device", "x"}, http.StatusUnprocessableEntity)
	d.check(t, d.owner(), http.MethodPost, "/me/devices", subscription, http.StatusSeeOther)
	d.check(t, d.owner(), http.MethodGet, "/settings/notifications", nil, http.StatusOK, "Browser of Telephone", "Send a test")
	w := d.do(t, d.owner(), http.MethodPost, "/settings/notifications/test")
	if cookie, _ := url.PathUnescape(w.Header().Get("Set-Cookie")); w.Code != http.StatusSeeOther || !strings.Contains(cookie, "Sent to your device") {
		t.Errorf("a test answers %d with %q", w.Code, cookie)
	}
	d.check(t, d.owner(), http.MethodPost, "/me/devices", append([]string{"_method", "DELETE"}, subscription[:2]...), http.StatusSeeOther)
	d.check(t, d.owner(), http.MethodGet, "/settings/notifications", nil, http.StatusOK, "No device is notified yet")
}

func TestMailsEndByTheirOwnAddressOnly(t *testing.T) {
	d := open(t)
	expires := d.Clock.Now().Add(time.Hour)
	signed := d.keys.Sign("end mails", string(d.organisation.ID)+"/"+string(d.owner())+"/mention", expires)
	query := url.Values{
		"organisation": {string(d.organisation.ID)}, "user": {string(d.owner())}, "reason": {"mention"}, "until": {strconv.FormatInt(expires.Unix(), 10)}, "signature": {signed},
	}
	at := "/mail/end?" + query.Encode()

	mailsWanted := func() bool {
		t.Helper()
		return strings.Contains(d.check(t, d.owner(), http.MethodGet, "/settings/notifications", nil, http.StatusOK), `name="mention.mail" value="on" checked`)
	}
	d.check(t, "", http.MethodGet, at, nil, http.StatusOK, "End these mails", "Someone mentions you")
	if !mailsWanted() {
		t.Error("opening the address ended the mails, as a program that looks through mail would")
	}
	query.Set("reason", "role")
	d.check(t, "", http.MethodPost, "/mail/end?"+query.Encode(), nil, http.StatusForbidden, "does not work any more")
	d.check(t, "", http.MethodGet, "/mail/end", nil, http.StatusNotFound)
	d.check(t, "", http.MethodPost, at, []string{"List-Unsubscribe", "One-Click"}, http.StatusOK, "will not get these mails")
	if mailsWanted() {
		t.Error("the mails did not end")
	}
}
