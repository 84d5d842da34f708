package settings

import (
	"fmt"
	"net/http"

	"github.com/musterhq/muster/internal/domain/notification"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// notificationsView is how the reader is reached.
type notificationsView struct {
	Reasons []reasonView
	Devices []deviceView
	// Subscriptions are what they hear of without taking part.
	Subscriptions subscriptionsView
	// Slack says that they are reached there too.
	Slack bool
	// Hints says that the reader wants to be shown shorter ways.
	Hints bool
}

// reasonView is one reason and its switches.
type reasonView struct {
	Label    string
	Switches []switchView
}

// switchView is one way to be told of a reason.
type switchView struct {
	Name, Label, Says string
	On                bool
}

// deviceView is a browser that shows notifications.
type deviceView struct {
	Name, Endpoint string
	Since          ui.Moment
}

var methodLabels = map[notification.Method]string{notification.Push: "On my devices", notification.Slack: "In Slack", notification.Mail: "By mail"}

// switchName is the field of a reason and a method.
func switchName(reason notification.Reason, method notification.Method) string {
	return string(reason) + "." + string(method)
}

func (p *Pages) notifications(w http.ResponseWriter, r *http.Request) error {
	preferences, err := p.Notifications.Preferences(r.Context())
	if err != nil {
		return err
	}
	devices, err := p.Notifications.Devices(r.Context())
	if err != nil {
		return err
	}
	viewer, _ := page.ViewerOf(r.Context())
	var v notificationsView
	if v.Subscriptions, err = p.subscriptions(r); err != nil {
		return err
	}
	if v.Hints, err = p.Hints.Wanted(r.Context()); err != nil {
		return err
	}
	for _, pref := range preferences {
		label := pref.Reason.Label()
		v.Slack = v.Slack || pref.Method == notification.Slack
		if len(v.Reasons) == 0 || v.Reasons[len(v.Reasons)-1].Label != label {
			v.Reasons = append(v.Reasons, reasonView{Label: label})
		}
		last := &v.Reasons[len(v.Reasons)-1]
		last.Switches = append(last.Switches, switchView{
			Name: switchName(pref.Reason, pref.Method), Label: methodLabels[pref.Method], Says: label + ": " + methodLabels[pref.Method], On: pref.Wanted,
		})
	}
	for _, d := range devices {
		name := d.Name
		if name == "" {
			name = "A browser"
		}
		v.Devices = append(v.Devices, deviceView{Name: name, Endpoint: d.Endpoint, Since: ui.Moment{At: d.Since, Now: p.Clock.Now(), Zone: viewer.Zone}})
	}
	return p.show(w, r, http.StatusOK, "notifications", "Notifications", notificationsPage(v))
}

// prefer keeps what the switches say where it is another than before.
func (p *Pages) prefer(w http.ResponseWriter, r *http.Request) error {
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	preferences, err := p.Notifications.Preferences(r.Context())
	if err != nil {
		return err
	}
	for _, pref := range preferences {
		wanted := form.Has(switchName(pref.Reason, pref.Method))
		if wanted == pref.Wanted {
			continue
		}
		if err := p.Notifications.Prefer(r.Context(), notification.Prefer{Reason: pref.Reason, Method: pref.Method, Wanted: wanted}); err != nil {
			return err
		}
	}
	return page.Done(w, r, "/settings/notifications", "Saved")
}

func (p *Pages) tryNotifications(w http.ResponseWriter, r *http.Request) error {
	taken, err := p.Notifications.Try(r.Context())
	if err != nil {
		return err
	}
	words := "Sent to your device"
	switch {
	case taken == 0:
		words = "No device of yours is notified yet"
	case taken > 1:
		words = fmt.Sprintf("Sent to %d devices", taken)
	}
	return page.Done(w, r, "/settings/notifications", words)
}

// subscribeDevice takes what a browser's own subscription says.
func (p *Pages) subscribeDevice(w http.ResponseWriter, r *http.Request) error {
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	cmd := notification.SubscribeDevice{Endpoint: form.Value("endpoint"), P256DH: form.Value("p256dh"), Auth: form.Value("auth"), Device: form.Value("device")}
	if p.Browser != nil {
		cmd.Device = p.Browser(cmd.Device)
	}
	if _, err := p.Notifications.SubscribeDevice(r.Context(), cmd); err != nil {
		return err
	}
	return page.Done(w, r, "/settings/notifications", "This device will be notified")
}

func (p *Pages) unsubscribeDevice(w http.ResponseWriter, r *http.Request) error {
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	if err := p.Notifications.UnsubscribeDevice(r.Context(), notification.UnsubscribeDevice{Endpoint: form.Value("endpoint")}); err != nil {
		return err
	}
	return page.Done(w, r, "/settings/notifications", "Device removed")
}
