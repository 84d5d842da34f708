package settings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/musterhq/muster/internal/domain/webhook"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// deliveriesPage is how many deliveries stand on a page.
const deliveriesPage = 50

// webhookView is one webhook with what was sent to it.
type webhookView struct {
	Row     webhookRow
	Problem string
	// Until is when the secret before the present one stops signing; empty when there is none.
	Until  string
	States []ui.TabView
	// Failed says that what failed can be sent again.
	Failed     bool
	Deliveries []deliveryRow
	Older      string
	Nothing    string
}

// deliveryRow is one delivery in the list.
type deliveryRow struct {
	Href, Type, Words, State string
	At                       ui.Moment
	Test                     bool
}

// deliveryView is one delivery with all that was sent and came back.
type deliveryView struct {
	Row         deliveryRow
	Name, Back  string
	Message     string
	Body        string
	Note, Again string
	Attempts    []attemptView
	// Resends is the address to send it again; empty where that is not possible.
	Resends, Resend string
}

// attemptView is one request and what came of it.
type attemptView struct {
	Title, Trouble string
	At             ui.Moment
	Good           bool
	// Request and Answer are as on the wire, without the body that is the same each time.
	Request, Answer string
}

// webhookSecretView shows a secret.
type webhookSecretView struct{ Title, Lead, Secret, Back string }

// icon is the sign of a state; its words stand beside it.
func (v deliveryRow) icon() string {
	switch webhook.State(v.State) {
	case webhook.Delivered:
		return "circle-check"
	case webhook.Failed:
		return "triangle-alert"
	case webhook.Waiting:
		return "clock"
	default:
		return "circle-pause"
	}
}

func (p *Pages) webhook(w http.ResponseWriter, r *http.Request) error {
	return p.webhookPage(w, r, http.StatusOK, "")
}

func (p *Pages) webhookPage(w http.ResponseWriter, r *http.Request, status int, wrong string) error {
	all, err := p.Webhooks.Endpoints(r.Context())
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(one webhook.Health) bool { return string(one.ID) == r.PathValue("webhook") })
	if at < 0 {
		_, err := p.Webhooks.Endpoint(r.Context(), "")
		return err
	}
	one := all[at]
	words, bad := p.health(r.Context(), one)
	v := webhookView{
		Row:     webhookRow{ID: string(one.ID), Name: webhookName(one.Endpoint), URL: one.URL, Told: toldOf(one.Endpoint), Health: words, Bad: bad, Disabled: one.DisabledAt != nil},
		Problem: wrong, Failed: one.Failed > 0 && one.DisabledAt == nil,
	}
	if one.PreviousUntil != nil {
		v.Until = p.moment(r, *one.PreviousUntil).Exact()
	}
	return p.fillDeliveries(w, r, status, one, v)
}

func (p *Pages) fillDeliveries(w http.ResponseWriter, r *http.Request, status int, one webhook.Health, v webhookView) error {
	state := webhook.State(r.URL.Query().Get("state"))
	if state != webhook.Failed && state != webhook.Waiting {
		state = ""
	}
	v.States = []ui.TabView{
		{Label: "All", Href: webhookPath(one.ID), Current: state == ""},
		{Label: "Failed", Href: webhookPath(one.ID) + "?state=failed", Current: state == webhook.Failed},
		{Label: "Waiting", Href: webhookPath(one.ID) + "?state=waiting", Current: state == webhook.Waiting},
	}
	found, more, err := p.Webhooks.Deliveries(r.Context(), webhook.ListDeliveries{
		Endpoint: one.ID, State: state, Before: id.ID(r.URL.Query().Get("before")), Most: deliveriesPage,
	})
	if err != nil {
		return err
	}
	for _, d := range found {
		v.Deliveries = append(v.Deliveries, p.deliveryRow(r, d))
	}
	if more {
		v.Older = webhookPath(one.ID) + "?state=" + string(state) + "&before=" + string(found[len(found)-1].ID)
	}
	switch state {
	case webhook.Failed:
		v.Nothing = "Nothing was given up."
	case webhook.Waiting:
		v.Nothing = "Nothing is on its way."
	default:
		v.Nothing = "What happens from now on is sent and kept here for 30 days. Send a test to see whether it arrives."
	}
	return p.show(w, r, status, "webhooks", v.Row.Name, webhookPageOf(v))
}

func (p *Pages) moment(r *http.Request, at time.Time) ui.Moment {
	viewer, _ := page.ViewerOf(r.Context())
	return ui.Moment{At: at, Now: p.Clock.Now(), Zone: viewer.Zone}
}

func (p *Pages) deliveryRow(r *http.Request, d webhook.Delivery) deliveryRow {
	v := deliveryRow{
		Href: webhookPath(d.Endpoint) + "/deliveries/" + string(d.ID), Type: d.Type, State: string(d.State), At: p.moment(r, d.CreatedAt), Test: d.Test,
	}
	attempts := "after 1 attempt"
	if d.Attempts != 1 {
		attempts = "after " + strconv.Itoa(d.Attempts) + " attempts"
	}
	switch {
	case d.State == webhook.Delivered:
		v.Words = "Delivered"
		if d.Attempts > 1 {
			v.Words += " " + attempts
		}
	case d.State == webhook.Failed && d.Attempts == 0:
		v.Words = "Given up before it was sent"
	case d.State == webhook.Failed:
		v.Words = "Given up " + attempts
	case d.State == webhook.Dropped:
		v.Words = "Not sent"
	case d.Attempts == 0:
		v.Words = "On its way"
	default:
		v.Words = "Next try " + p.moment(r, d.DueAt).Short() + ", " + attempts
	}
	return v
}

func (p *Pages) delivery(w http.ResponseWriter, r *http.Request) error {
	d, err := p.Webhooks.Inspect(r.Context(), id.ID(r.PathValue("delivery")))
	if err != nil {
		return err
	}
	one, err := p.Webhooks.Endpoint(r.Context(), d.Endpoint)
	if err != nil {
		return err
	}
	v := deliveryView{Row: p.deliveryRow(r, d.Delivery), Name: webhookName(one), Back: webhookPath(one.ID), Message: d.Message, Body: indented(d.Body)}
	switch {
	case d.State == webhook.Dropped:
		v.Note = d.Trouble
	case d.Cut:
		v.Note = "It would have been larger than 100 kB, so it tells the id alone. Fetch the rest from the API."
	case d.Private:
		v.Note = "The incident is private: ids are told and nothing else."
	}
	if d.State == webhook.Failed && len(d.Tries) == 0 {
		v.Note = d.Trouble
	}
	if d.State != webhook.Dropped && (one.DisabledAt == nil || d.Test) {
		v.Resends, v.Resend = v.Row.Href, "Send again"
		if d.State == webhook.Waiting {
			v.Resend = "Send now"
		}
	}
	for _, a := range d.Tries {
		v.Attempts = append(v.Attempts, p.attemptView(r, a))
	}
	return p.show(w, r, http.StatusOK, "webhooks", d.Type, deliveryPage(v))
}

func (p *Pages) attemptView(r *http.Request, a webhook.Attempt) attemptView {
	v := attemptView{Title: "No answer", Trouble: a.Trouble, At: p.moment(r, a.At), Good: a.Trouble == ""}
	if a.URL != "" {
		v.Request = "POST " + a.URL + "\n" + headers(a.Request)
	}
	if a.Status != 0 {
		v.Title = strconv.Itoa(a.Status) + " " + http.StatusText(a.Status)
		v.Answer = headers(a.Responded) + "\n" + a.Response
		if a.Status >= http.StatusBadRequest && a.Status != http.StatusGone { // the title says it
			v.Trouble = ""
		}
	}
	v.Title = fmt.Sprintf("%s in %d ms", v.Title, a.Took.Milliseconds())
	return v
}

// headers are written as on the wire, by name.
func headers(all map[string]string) string {
	var text bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&text, "%s: %s\n", name, all[name])
	}
	return text.String()
}

// indented lays JSON out for reading.
func indented(body json.RawMessage) string {
	var text bytes.Buffer
	if err := json.Indent(&text, body, "", "  "); err != nil {
		return string(body)
	}
	return text.String()
}

func (p *Pages) revealSecret(w http.ResponseWriter, r *http.Request) error {
	webhook := id.ID(r.PathValue("webhook"))
	secret, err := p.Webhooks.RevealSecret(r.Context(), webhook)
	if err != nil {
		return err
	}
	return p.show(w, r, http.StatusOK, "webhooks", "Secret", webhookSecretPage(webhookSecretView{
		Title: "The secret", Lead: "It signs what is sent, so that your program knows that it comes from here. That you looked at it is in the audit log.", Secret: secret, Back: webhookPath(webhook),
	}))
}

func (p *Pages) rotateSecret(w http.ResponseWriter, r *http.Request) error {
	webhook := id.ID(r.PathValue("webhook"))
	secret, err := p.Webhooks.RotateSecret(r.Context(), webhook)
	if err != nil {
		return err
	}
	return p.show(w, r, http.StatusOK, "webhooks", "New secret", webhookSecretPage(webhookSecretView{
		Title: "The new secret", Lead: "For 24 hours what is sent is signed by both, the new one and the one before. Give your program the new one within that time.", Secret: secret, Back: webhookPath(webhook),
	}))
}

// testWebhook leads to what came of the test.
func (p *Pages) testWebhook(w http.ResponseWriter, r *http.Request) error {
	d, err := p.Webhooks.Test(r.Context(), id.ID(r.PathValue("webhook")))
	return p.afterSending(w, r, d, err)
}

func (p *Pages) resendDelivery(w http.ResponseWriter, r *http.Request) error {
	d, err := p.Webhooks.Resend(r.Context(), id.ID(r.PathValue("delivery")))
	return p.afterSending(w, r, d, err)
}

func (p *Pages) afterSending(w http.ResponseWriter, r *http.Request, d webhook.Delivery, err error) error {
	if err != nil {
		return p.webhookRefused(w, r, err)
	}
	words := "Delivered"
	if d.State != webhook.Delivered {
		words = "It did not get through"
	}
	return page.Done(w, r, webhookPath(d.Endpoint)+"/deliveries/"+string(d.ID), words)
}

func (p *Pages) resendFailed(w http.ResponseWriter, r *http.Request) error {
	count, err := p.Webhooks.ResendFailed(r.Context(), id.ID(r.PathValue("webhook")))
	if err != nil {
		return p.webhookRefused(w, r, err)
	}
	return page.Done(w, r, webhookPath(id.ID(r.PathValue("webhook"))), counted(count, "is", "are")+" on the way again")
}
