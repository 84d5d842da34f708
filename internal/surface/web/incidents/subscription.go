package incidents

import (
	"net/http"
	"strings"

	"github.com/musterhq/muster/internal/domain/subscription"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// subscriptionView is how the reader hears of one incident.
type subscriptionView struct {
	Path       string
	Mail, Push bool
	// Broader are the other things that they subscribed to of which the incident is part, in words.
	Broader []string
	Form    *page.Form
}

// subscribe begins with both ways: one press is enough, and the dialog changes it.
func (p *Pages) subscribe(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	cmd := subscription.Subscribe{Scope: subscription.ToIncident, Incident: inc.ID, Mail: true, Push: true}
	words := "You will hear of each update, by mail and on your devices"
	if form.Has("chosen") {
		cmd.Mail, cmd.Push = form.Has("mail"), form.Has("push")
		words = "Saved"
	}
	if err := p.Subscriptions.Subscribe(r.Context(), cmd); err != nil {
		if !form.Has("chosen") || !form.Take(err) {
			return err
		}
		return p.showSubscription(w, r, page.Status(err), form)
	}
	return page.Done(w, r, path(inc)+"/brief", words)
}

func (p *Pages) unsubscribe(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	if _, err := p.Subscriptions.Unsubscribe(r.Context(), subscription.Unsubscribe{Incident: inc.ID}); err != nil {
		return err
	}
	return page.Done(w, r, path(inc)+"/brief", "You will not hear of this incident any more")
}

func (p *Pages) subscriptionForm(w http.ResponseWriter, r *http.Request) error {
	return p.showSubscription(w, r, http.StatusOK, nil)
}

func (p *Pages) showSubscription(w http.ResponseWriter, r *http.Request, status int, form *page.Form) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	mine, err := p.Subscriptions.Of(r.Context(), inc.ID)
	if err != nil {
		return err
	}
	v := subscriptionView{Path: path(inc), Mail: true, Push: true, Form: orFresh(form, nil)}
	for n, one := range mine {
		if n == 0 {
			v.Mail, v.Push = one.Mail, one.Push
		}
		if words := broader[one.Scope]; words != "" {
			v.Broader = append(v.Broader, words)
		}
	}
	if form != nil {
		v.Mail, v.Push = form.Has("mail"), form.Has("push")
	}
	return p.dialog(w, r, status, inc, "How you hear of it", subscriptionDialog(v))
}

var broader = map[subscription.Scope]string{
	subscription.ToEverything: "every incident", subscription.ToSeverity: "incidents this bad", subscription.ToType: "incidents of this type",
}

// listed joins words as people do.
func listed(words []string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	default:
		return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
	}
}
