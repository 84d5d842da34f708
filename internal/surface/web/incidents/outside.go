package incidents

import (
	"context"
	"fmt"
	"net/http"

	"github.com/musterhq/muster/internal/domain/customers"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/question"
	"github.com/musterhq/muster/internal/domain/subscription"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// Outside is what the area needs for those outside of rooms.
type Outside struct {
	Customers     *customers.Service
	Questions     *question.Service
	Subscriptions *subscription.Service
	// URL is the address of this installation, for what people pass on.
	URL string
}

// outsideView is what an incident's page shows of those outside its room.
type outsideView struct {
	Told toldView
	// Hears tells that the reader is subscribed, Subscribable that there is something to subscribe to.
	Hears, Subscribable bool
	Reach               subscription.Reach
	Waiting             []questionView
}

// toldView is what customers may be told.
type toldView struct {
	Text    string
	Version int32
	Author  ui.PersonView
	At      ui.Moment
}

// outsideRoutes registers the short page and what goes between its readers and the room.
func (p *Pages) outsideRoutes(on func(pattern string, handle page.Handler)) {
	on("GET /i/{ref}", p.Frame.Moment(p.follow))
	on("GET /incidents/{ref}/brief", p.Frame.Moment(p.brief))
	on("GET /incidents/{ref}/brief/{part}", p.Frame.Moment(p.briefPart))
	on("GET /incidents/{ref}/share", p.share)

	on("GET /incidents/{ref}/customers", p.customersForm)
	on("PUT /incidents/{ref}/customers", p.changeCustomers)
	on("POST /incidents/{ref}/customers/hints", p.customersHints)
	on("GET /incidents/{ref}/customers/history", p.customersHistory)
	on("PUT /incidents/{ref}/customers/{version}", p.restoreCustomers)

	on("POST /incidents/{ref}/questions", p.ask)
	on("POST /incidents/{ref}/questions/similar", p.similar)
	on("GET /incidents/{ref}/questions/{question}/edit", p.rewordForm)
	on("PUT /incidents/{ref}/questions/{question}", p.rewordQuestion)
	on("DELETE /incidents/{ref}/questions/{question}", p.withdrawQuestion)
	on("GET /incidents/{ref}/questions/{question}/answer", p.answerForm)
	on("PUT /incidents/{ref}/questions/{question}/answer", p.answerQuestion)
	on("PUT /incidents/{ref}/questions/{question}/followers", p.followQuestion)
	on("DELETE /incidents/{ref}/questions/{question}/followers", p.followQuestion)

	on("GET /incidents/{ref}/subscription", p.subscriptionForm)
	on("PUT /incidents/{ref}/subscription", p.subscribe)
	on("DELETE /incidents/{ref}/subscription", p.unsubscribe)
}

// enter leads to the room those who work on incidents, and to the short page those who read only.
func (p *Pages) enter(w http.ResponseWriter, r *http.Request) error {
	viewer, _ := page.ViewerOf(r.Context())
	if !viewer.Permissions.Has(authz.EditIncidents) {
		inc, err := p.load(r)
		if err != nil {
			return err
		}
		http.Redirect(w, r, path(inc)+"/brief", http.StatusSeeOther)
		return nil
	}
	return p.room(w, r)
}

func (p *Pages) readTold(ctx context.Context, l sight, inc incident.Incident, v *incidentView) error {
	text, err := p.Customers.Get(ctx, inc.ID)
	v.Outside.Told = l.told(text)
	return err
}

func (p *Pages) readHears(ctx context.Context, _ sight, inc incident.Incident, v *incidentView) error {
	mine, err := p.Subscriptions.Of(ctx, inc.ID)
	v.Outside.Hears = subscription.Hears(mine)
	return err
}

func (p *Pages) readReach(ctx context.Context, _ sight, inc incident.Incident, v *incidentView) (err error) {
	v.Outside.Reach, err = p.Subscriptions.Reach(ctx, inc.ID)
	return err
}

func (p *Pages) readWaiting(ctx context.Context, l sight, inc incident.Incident, v *incidentView) error {
	list, err := p.Questions.List(ctx, inc.ID)
	for _, q := range list {
		if q.State == question.Open {
			v.Outside.Waiting = append(v.Outside.Waiting, l.question(inc, q))
		}
	}
	return err
}

func (l sight) told(text customers.Text) toldView {
	return toldView{Text: text.Text, Version: text.Version, Author: l.Actor(text.Author), At: l.Moment(text.At)}
}

func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

// outsideMenu is for those who tell others of the incident.
func (v incidentView) outsideMenu() []ui.MenuItem {
	return []ui.MenuItem{
		{Label: "Share", Icon: "share-2", Href: v.Path + "/share", Dialog: true},
		{Label: "In 30 seconds", Icon: "eye", Href: v.Path + "/brief"},
	}
}

// roomPath leads to the room also those whom the incident's own address leads to the short page.
func (v incidentView) roomPath() string {
	if v.MayEdit {
		return v.Path
	}
	return v.Path + "/room"
}
