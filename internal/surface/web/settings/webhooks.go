package settings

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/domain/webhook"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

const webhooksPath = "/settings/webhooks"

// webhooksView is the list of webhooks.
type webhooksView struct {
	Webhooks []webhookRow
	Problem  string
}

// webhookRow is a webhook and how it does.
type webhookRow struct {
	ID, Name, URL, Told, Health string
	// Bad ones have something wrong with them, Disabled ones are sent nothing.
	Bad, Disabled bool
}

// webhookFormView is the form that makes a webhook or changes it.
type webhookFormView struct {
	Title, Back, Action, Method, Save string
	Form                              *page.Form
	Groups                            []typeGroup
}

// typeGroup is what can be told of one noun.
type typeGroup struct {
	Label string
	Types []typeChoice
}

// typeChoice is one type, by what happened and by its name on the wire.
type typeChoice struct {
	Field, Label, Name string
	Chosen             bool
}

func webhookPath(webhook id.ID) string { return webhooksPath + "/" + string(webhook) }

func (v webhookRow) at() string { return webhooksPath + "/" + v.ID }

func (v webhookRow) icon() string {
	switch {
	case v.Disabled:
		return "circle-pause"
	case v.Bad:
		return "triangle-alert"
	default:
		return "webhook"
	}
}

func (v webhookRow) menu() []ui.MenuItem { return webhookMenu(v.at(), v.Name, v.Disabled) }

// webhookMenu is what can be done with a webhook besides looking at it and testing it.
func webhookMenu(at, name string, disabled bool) []ui.MenuItem {
	items := []ui.MenuItem{{Label: "Edit", Icon: "pencil", Href: at + "/edit"}}
	if disabled {
		items = append(items, ui.MenuItem{Label: "Switch on", Icon: "play", Href: at + "/disabled", Method: http.MethodDelete})
	} else {
		items = append(items, ui.MenuItem{
			Label: "Switch off", Icon: "pause", Href: at + "/disabled", Method: http.MethodPut,
			Asks: "Switch off " + name + "? What waits for it is given up, and what happens meanwhile is not told to it.",
		})
	}
	return append(items, ui.MenuItem{
		Label: "Delete", Icon: "trash-2", Href: at, Method: http.MethodDelete, Danger: true, Apart: true,
		Asks: "Delete " + name + "? Nothing is sent there any more, and what was sent cannot be looked at any more.",
	})
}

// webhookRoutes registers what webhooks are set by, for those who may.
func (p *Pages) webhookRoutes(on func(string, page.Handler)) {
	guarded := func(pattern string, handle page.Handler) {
		method, path, _ := strings.Cut(pattern, " ")
		on(method+" "+webhooksPath+path, func(w http.ResponseWriter, r *http.Request) error {
			if _, err := tenant.Require(r.Context(), authz.UpdateOrganisation); err != nil {
				return err
			}
			return handle(w, r)
		})
	}
	guarded("GET ", func(w http.ResponseWriter, r *http.Request) error {
		return p.webhooks(w, r, http.StatusOK, webhooksView{})
	})
	guarded("GET /new", p.newWebhook)
	guarded("POST ", p.createWebhook)
	guarded("GET /{webhook}", p.webhook)
	guarded("GET /{webhook}/edit", p.editWebhookForm)
	guarded("PUT /{webhook}", p.editWebhook)
	guarded("DELETE /{webhook}", p.deleteWebhook)
	guarded("PUT /{webhook}/disabled", p.switchWebhook)
	guarded("DELETE /{webhook}/disabled", p.switchWebhook)
	guarded("POST /{webhook}/secret", p.revealSecret)
	guarded("PUT /{webhook}/secret", p.rotateSecret)
	guarded("POST /{webhook}/test", p.testWebhook)
	guarded("POST /{webhook}/failed", p.resendFailed)
	guarded("GET /{webhook}/deliveries/{delivery}", p.delivery)
	guarded("POST /{webhook}/deliveries/{delivery}", p.resendDelivery)
}

func (p *Pages) webhooks(w http.ResponseWriter, r *http.Request, status int, v webhooksView) error {
	all, err := p.Webhooks.Endpoints(r.Context())
	if err != nil {
		return err
	}
	for _, one := range all {
		words, bad := p.health(r.Context(), one)
		v.Webhooks = append(v.Webhooks, webhookRow{
			ID: string(one.ID), Name: webhookName(one.Endpoint), URL: one.URL, Told: toldOf(one.Endpoint), Health: words, Bad: bad, Disabled: one.DisabledAt != nil,
		})
	}
	return p.show(w, r, status, "webhooks", "Webhooks", webhooksPage(v))
}

// webhookName is what people call a webhook: its description, or where it is.
func webhookName(one webhook.Endpoint) string {
	if one.Description != "" {
		return one.Description
	}
	if at, err := url.Parse(one.URL); err == nil && at.Host != "" {
		return at.Host
	}
	return one.URL
}

// toldOf says in a line what a webhook is told.
func toldOf(one webhook.Endpoint) string {
	text := "Everything"
	if n := len(one.Types); n > 0 {
		text = strconv.Itoa(n) + " types of events"
		if t, known := webhook.TypeOf(one.Types[0]); n == 1 && known {
			text = t.Label
		}
	}
	if one.PrivateIncidents {
		text += "; of private incidents their ids"
	}
	return text
}

// health says in a line how a webhook does, and whether somebody should look.
func (p *Pages) health(ctx context.Context, one webhook.Health) (string, bool) {
	viewer, _ := page.ViewerOf(ctx)
	when := func(at time.Time) string {
		return ui.Moment{At: at, Now: p.Clock.Now(), Zone: viewer.Zone}.Short()
	}
	waiting := ""
	if one.Waiting > 0 {
		waiting = ". " + counted(one.Waiting, "waits", "wait")
	}
	switch {
	case one.DisabledWhy == webhook.Failing:
		return "Switched off " + when(*one.DisabledAt) + ", after five days in which nothing got through", true
	case one.DisabledWhy == webhook.Gone:
		return "Switched off " + when(*one.DisabledAt) + ": the receiver said that it is gone", true
	case one.DisabledAt != nil:
		return "Switched off " + when(*one.DisabledAt), false
	case one.FailingSince != nil:
		return "Nothing gets through since " + when(*one.FailingSince) + waiting, true
	case one.Failed > 0:
		return counted(one.Failed, "was given up", "were given up") + " in the last seven days" + waiting, true
	case one.LastDeliveredAt != nil:
		return "All well, last delivered " + when(*one.LastDeliveredAt) + waiting, false
	default:
		return "Nothing sent yet" + waiting, false
	}
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 delivery " + one
	}
	return strconv.Itoa(n) + " deliveries " + many
}

// typeGroups are the choices of the form.
func typeGroups(form *page.Form) []typeGroup {
	var groups []typeGroup
	for _, t := range webhook.Types() {
		if len(groups) == 0 || groups[len(groups)-1].Label != t.Group {
			groups = append(groups, typeGroup{Label: t.Group})
		}
		name := t.Public
		if name == "" {
			name = t.Private
		}
		last := &groups[len(groups)-1]
		last.Types = append(last.Types, typeChoice{Field: typeField(t.Key), Label: t.Label, Name: name, Chosen: form.Value(typeField(t.Key)) == "on"})
	}
	return groups
}

func typeField(key string) string { return "type." + key }

func chosenTypes(form *page.Form) []string {
	var chosen []string
	for _, t := range webhook.Types() {
		if form.Value(typeField(t.Key)) == "on" {
			chosen = append(chosen, t.Key)
		}
	}
	return chosen
}

func (p *Pages) webhookForm(w http.ResponseWriter, r *http.Request, status int, v webhookFormView) error {
	v.Groups = typeGroups(v.Form)
	return p.show(w, r, status, "webhooks", v.Title, webhookFormPage(v))
}

func newWebhookView(form *page.Form) webhookFormView {
	return webhookFormView{Title: "Add a webhook", Back: webhooksPath, Action: webhooksPath, Save: "Add", Form: form}
}

func (p *Pages) newWebhook(w http.ResponseWriter, r *http.Request) error {
	return p.webhookForm(w, r, http.StatusOK, newWebhookView(page.NewForm(map[string]string{"url": "", "description": "", "event_types": ""})))
}

func (p *Pages) createWebhook(w http.ResponseWriter, r *http.Request) error {
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	made, secret, err := p.Webhooks.CreateEndpoint(r.Context(), webhook.CreateEndpoint{
		URL: form.Value("url"), Description: form.Value("description"), Types: chosenTypes(form), PrivateIncidents: form.Value("private_incidents") == "on",
	})
	if err != nil {
		if !form.Take(err) {
			return err
		}
		return p.webhookForm(w, r, page.Status(err), newWebhookView(form))
	}
	return p.show(w, r, http.StatusOK, "webhooks", "Added", webhookSecretPage(webhookSecretView{
		Title: webhookName(made) + " is added", Secret: secret, Back: webhookPath(made.ID),
		Lead: "This is the secret that signs what is sent. Keep it where your program reads it; you find it again on the page of the webhook.",
	}))
}

func editWebhookView(one webhook.Endpoint, form *page.Form) webhookFormView {
	return webhookFormView{Title: "Edit " + webhookName(one), Back: webhookPath(one.ID), Action: webhookPath(one.ID), Method: http.MethodPut, Save: "Save", Form: form}
}

func (p *Pages) editWebhookForm(w http.ResponseWriter, r *http.Request) error {
	one, err := p.Webhooks.Endpoint(r.Context(), id.ID(r.PathValue("webhook")))
	if err != nil {
		return err
	}
	values := map[string]string{"url": one.URL, "description": one.Description, "event_types": "", "version": strconv.Itoa(int(one.Version))}
	if one.PrivateIncidents {
		values["private_incidents"] = "on"
	}
	for _, key := range one.Types {
		values[typeField(key)] = "on"
	}
	return p.webhookForm(w, r, http.StatusOK, editWebhookView(one, page.NewForm(values)))
}

func (p *Pages) editWebhook(w http.ResponseWriter, r *http.Request) error {
	one, err := p.Webhooks.Endpoint(r.Context(), id.ID(r.PathValue("webhook")))
	if err != nil {
		return err
	}
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	version, _ := strconv.ParseInt(form.Value("version"), 10, 32)
	_, err = p.Webhooks.EditEndpoint(r.Context(), webhook.EditEndpoint{
		Endpoint: one.ID, URL: form.Value("url"), Description: form.Value("description"), Types: chosenTypes(form),
		PrivateIncidents: form.Value("private_incidents") == "on", Version: int32(version), //nolint:gosec // parsed as one
	})
	if err != nil {
		if !form.Take(err) {
			return err
		}
		return p.webhookForm(w, r, page.Status(err), editWebhookView(one, form))
	}
	return page.Done(w, r, webhookPath(one.ID), "Saved")
}

func (p *Pages) deleteWebhook(w http.ResponseWriter, r *http.Request) error {
	gone, err := p.Webhooks.DeleteEndpoint(r.Context(), webhook.DeleteEndpoint{Endpoint: id.ID(r.PathValue("webhook"))})
	if err != nil {
		return err
	}
	return page.Done(w, r, webhooksPath, webhookName(gone)+" deleted")
}

func (p *Pages) switchWebhook(w http.ResponseWriter, r *http.Request) error {
	off := r.Method == http.MethodPut
	one, err := p.Webhooks.SwitchEndpoint(r.Context(), webhook.SwitchEndpoint{Endpoint: id.ID(r.PathValue("webhook")), Disabled: off})
	if err != nil {
		return err
	}
	words := " is switched on"
	if off {
		words = " is switched off"
	}
	return page.Done(w, r, webhookPath(one.ID), webhookName(one)+words)
}

// webhookRefused says above the webhook why something was not done; a script takes the words alone.
func (p *Pages) webhookRefused(w http.ResponseWriter, r *http.Request, err error) error {
	if page.Quiet(r) || !slices.Contains([]problem.Kind{problem.Invalid, problem.Conflict}, problem.KindOf(err)) {
		return err
	}
	return p.webhookPage(w, r, page.Status(err), problem.All(err)[0].Message)
}
