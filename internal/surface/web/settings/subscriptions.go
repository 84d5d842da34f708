package settings

import (
	"net/http"
	"strings"

	"github.com/musterhq/muster/internal/domain/subscription"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// subscriptionsView is all that the reader hears of without taking part.
type subscriptionsView struct {
	Mine []subscribedView
	// Offers are what can be subscribed to besides single incidents, by "scope id".
	Offers []ui.Option
	Paces  []ui.Option
}

// subscribedView is one subscription.
type subscribedView struct {
	ID, Label, Note, Href string
	Mail, Push, Silent    bool
}

var paceLabels = map[subscription.Pace]string{
	subscription.Immediate: "At once", subscription.Hourly: "Every hour, in one mail", subscription.Daily: "Every morning, in one mail",
}

func (p *Pages) subscriptions(r *http.Request) (subscriptionsView, error) {
	var v subscriptionsView
	ctx := r.Context()
	mine, err := p.Subscriptions.Mine(ctx)
	if err != nil {
		return v, err
	}
	for _, one := range mine {
		v.Mine = append(v.Mine, subscribed(one))
	}
	severities, err := p.Incidents.Severities(ctx)
	if err != nil {
		return v, err
	}
	types, err := p.Incidents.Types(ctx)
	if err != nil {
		return v, err
	}
	v.Offers = []ui.Option{{Value: "everything", Label: "Every incident", Chosen: true}}
	for n, one := range severities {
		label := one.Name + " and worse"
		if n == len(severities)-1 {
			label = one.Name
		}
		v.Offers = append(v.Offers, ui.Option{Value: "severity " + string(one.ID), Label: label})
	}
	if len(types) > 1 {
		for _, one := range types {
			v.Offers = append(v.Offers, ui.Option{Value: "type " + string(one.ID), Label: "Type " + one.Name})
		}
	}
	pace, err := p.Subscriptions.Pace(ctx)
	if err != nil {
		return v, err
	}
	for _, one := range subscription.Paces() {
		v.Paces = append(v.Paces, ui.Option{Value: string(one), Label: paceLabels[one], Chosen: one == pace})
	}
	return v, nil
}

func subscribed(one subscription.Subscription) subscribedView {
	v := subscribedView{ID: string(one.ID), Label: one.Name, Mail: one.Mail, Push: one.Push, Silent: one.Silent()}
	switch one.Scope {
	case subscription.ToEverything:
		v.Label = "Every incident"
	case subscription.ToSeverity:
		v.Label += " and worse"
	case subscription.ToType:
		v.Note = "Incidents of this type"
	case subscription.ToIncident:
		v.Note, v.Href = one.Reference, "/incidents/"+one.Reference+"/brief"
		if one.Over {
			v.Note += ", over"
		}
		if one.Silent() {
			v.Note += ", kept silent"
		}
	}
	return v
}

func (p *Pages) subscribe(w http.ResponseWriter, r *http.Request) error {
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	scope, of, _ := strings.Cut(form.Value("to"), " ")
	cmd := subscription.Subscribe{Scope: subscription.Scope(scope), Mail: form.Has("mail"), Push: form.Has("push")}
	switch cmd.Scope {
	case subscription.ToSeverity:
		cmd.Severity = id.ID(of)
	case subscription.ToType:
		cmd.Type = id.ID(of)
	}
	if err := p.Subscriptions.Subscribe(r.Context(), cmd); err != nil {
		return err
	}
	return page.Done(w, r, "/settings/notifications#subscriptions", "Subscribed")
}

func (p *Pages) adjustSubscription(w http.ResponseWriter, r *http.Request) error {
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	cmd := subscription.Adjust{Subscription: id.ID(r.PathValue("subscription"))}
	words := "The subscription is ended"
	if r.Method == http.MethodPut {
		cmd.Mail, cmd.Push = form.Has("mail"), form.Has("push")
		words = "Saved"
	}
	if err := p.Subscriptions.Adjust(r.Context(), cmd); err != nil {
		return err
	}
	return page.Done(w, r, "/settings/notifications#subscriptions", words)
}

func (p *Pages) setPace(w http.ResponseWriter, r *http.Request) error {
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	if err := p.Subscriptions.SetPace(r.Context(), subscription.SetPace{Pace: subscription.Pace(form.Value("pace"))}); err != nil {
		return err
	}
	return page.Done(w, r, "/settings/notifications#subscriptions", "Saved")
}

// subscriptionsPart is the section alone, for a page that is open.
func (p *Pages) subscriptionsPart(w http.ResponseWriter, r *http.Request) error {
	v, err := p.subscriptions(r)
	if err != nil {
		return err
	}
	return page.Part(w, r, http.StatusOK, subscriptionsSection(v))
}
