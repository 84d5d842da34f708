package app

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/app/config"
	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/organisation"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
)

// The organisation of sample data, and who owns it.
const (
	demoName  = "Demo shop (sample data)"
	demoOwner = "Lena"
	demoMail  = "@demo.example"
)

// demoPeople are made up, and known by first names only.
var demoPeople = []struct {
	name, address, zone string
	role                authz.Role
}{
	{"Maya", "maya", "Europe/Berlin", authz.Administrator},
	{"Tomás", "tomas", "Europe/Madrid", authz.Responder},
	{"Jonas", "jonas", "Europe/Berlin", authz.Responder},
	{"Priya", "priya", "Asia/Kolkata", authz.Responder},
	{"Omar", "omar", "Africa/Cairo", authz.Responder},
	{"Aiko", "aiko", "Asia/Tokyo", authz.Responder},
	{"Inês", "ines", "Europe/Lisbon", authz.Responder},
	{"Ravi", "ravi", "Asia/Kolkata", authz.Responder},
	{"Sam", "sam", "America/New_York", authz.Responder},
	{"Nora", "nora", "Europe/Oslo", authz.Responder},
	{"Kofi", "kofi", "Africa/Accra", authz.Viewer},
}

// Demo makes an organisation of sample data unless it is there, and returns the mail address of its owner.
func Demo(ctx context.Context, cfg *config.Config) (string, error) {
	present := clock.System{}.Now()
	watch := clock.NewManual(present.Add(-34 * 24 * time.Hour))
	cards := &demoQueue{}
	a, err := New(ctx, cfg, Options{Name: "demo", Clock: watch, Queue: cards})
	if err != nil {
		return "", err
	}
	defer a.Close()
	owner := strings.ToLower(demoOwner) + demoMail
	here, err := a.demoOrganisation(ctx, owner)
	if err != nil {
		return "", err
	}
	there, err := a.Incidents.Recent(tenant.AsSystem(ctx, here), 1)
	if err != nil || len(there) > 0 {
		return owner, err
	}
	// All of it or nothing: a demo that was interrupted begins again at the next start.
	err = a.DB.Write(tenant.AsSystem(ctx, here), func(ctx context.Context, _ pgx.Tx) error {
		d := &demo{app: a, ctx: ctx, organisation: here, clock: watch, cards: cards, present: present, people: map[string]id.ID{}}
		d.staff()
		d.learn()
		d.forms()
		d.past()
		d.lifecycle()
		d.live()
		return d.err
	})
	if err != nil {
		return "", fmt.Errorf("make the sample data: %w", err)
	}
	return owner, nil
}

func (a *App) demoOrganisation(ctx context.Context, owner string) (id.ID, error) {
	here, err := a.Organisations.BySlug(ctx, organisation.Slug(demoName))
	if !problem.Is(err, problem.NotFound) {
		return here, err
	}
	begun, err := a.Organisations.CreateWithOwner(ctx, organisation.CreateWithOwner{Name: demoName, OwnerName: demoOwner, OwnerEmail: owner, Zone: "Europe/Berlin", Demo: true})
	return begun.ID, err
}

// demoQueue keeps what would be done after the verbs: nobody is to be mailed about sample data, but cards belong to it.
type demoQueue struct {
	mu      sync.Mutex
	waiting []event.Delivery
}

// Enqueue keeps the deliveries of the bot and of rooms, and drops the others.
func (q *demoQueue) Enqueue(_ context.Context, _ pgx.Tx, deliveries []event.Delivery) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, one := range deliveries {
		if strings.HasPrefix(one.Subscriber, "chatops.") || strings.HasPrefix(one.Subscriber, "room.") {
			q.waiting = append(q.waiting, one)
		}
	}
	return nil
}

func (q *demoQueue) take() []event.Delivery {
	q.mu.Lock()
	defer q.mu.Unlock()
	taken := q.waiting
	q.waiting = nil
	return taken
}

// demo tells its stories through the product's verbs, each at its time. After an error nothing more is done.
type demo struct {
	app          *App
	ctx          context.Context
	organisation id.ID
	clock        *clock.Manual
	cards        *demoQueue
	present      time.Time
	people       map[string]id.ID
	roles        map[string]authz.Role
	severities   map[string]id.ID
	statuses     map[string]id.ID
	lead         id.ID
	area         form.Field
	stamps       map[string]id.ID
	keys         int
	err          error
}

// do runs one verb as a person, and what the bot says to it.
func (d *demo) do(who string, verb func(ctx context.Context) error) {
	if d.err != nil {
		return
	}
	if err := verb(d.as(who)); err != nil {
		d.err = fmt.Errorf("%s, at %s: %w", who, d.clock.Now().Format(time.DateTime), err)
		return
	}
	for _, delivery := range d.cards.take() {
		if err := d.app.Bus.Deliver(d.ctx, delivery); err != nil {
			d.err = fmt.Errorf("%s: %w", delivery.Subscriber, err)
			return
		}
	}
}

func (d *demo) as(who string) context.Context {
	if who == "" {
		return tenant.AsSystem(d.ctx, d.organisation)
	}
	return tenant.With(d.ctx, tenant.Scope{
		Organisation: d.organisation, Actor: tenant.Actor{Type: tenant.User, ID: d.people[who], Name: who}, Permissions: d.roles[who].Permissions(),
	})
}

// key makes each verb one of its own.
func (d *demo) key() string {
	d.keys++
	return fmt.Sprintf("demo-%d", d.keys)
}

// typed writes @Maya as the composer does when she is chosen from its list.
func (d *demo) typed(text string) string {
	for name, who := range d.people {
		text = strings.ReplaceAll(text, "@"+name, fmt.Sprintf("@[%s](user:%s)", name, who))
	}
	return text
}

// staff brings the people in.
func (d *demo) staff() {
	d.roles = map[string]authz.Role{demoOwner: authz.Owner}
	d.do("", func(ctx context.Context) error {
		page, err := d.app.Users.List(ctx, user.List{Search: strings.ToLower(demoOwner) + demoMail, Count: 1})
		if err == nil && len(page.Users) == 1 {
			d.people[demoOwner] = page.Users[0].ID
		}
		return err
	})
	for _, one := range demoPeople {
		d.do("", func(ctx context.Context) (err error) {
			d.roles[one.name] = one.role
			d.people[one.name], err = d.app.Users.Enrol(ctx, user.Enrol{Name: one.name, Email: one.address + demoMail, Role: one.role, Zone: one.zone})
			return err
		})
	}
}

// learn looks up what the organisation was founded with.
func (d *demo) learn() {
	d.severities, d.statuses = map[string]id.ID{}, map[string]id.ID{}
	d.do("", func(ctx context.Context) error {
		severities, err := d.app.Incidents.Severities(ctx)
		if err != nil {
			return err
		}
		for _, one := range severities {
			d.severities[one.Name] = one.ID
		}
		statuses, err := d.app.Incidents.Statuses(ctx)
		if err != nil {
			return err
		}
		for _, one := range statuses {
			d.statuses[one.Name] = one.ID
		}
		roles, err := d.app.Incidents.Roles(ctx)
		if err != nil {
			return err
		}
		for _, one := range roles {
			if one.Kind == incident.RoleLead {
				d.lead = one.ID
			}
		}
		return nil
	})
}

// tale is one incident that is being told.
type tale struct {
	*demo
	incident id.ID
	began    time.Time
}

// opening is how an incident begins: so long ago, by whom, with what.
type opening struct {
	ago                              time.Duration
	by, lead, name, severity, status string
	summary                          string
}

func (d *demo) declare(o opening) *tale {
	t := &tale{demo: d, began: d.present.Add(-o.ago)}
	t.after(0)
	d.do(o.by, func(ctx context.Context) error {
		brief, err := d.app.Incidents.Declare(ctx, incident.Declare{
			Name: o.name, Severity: d.severities[o.severity], Status: d.statuses[o.status], Summary: d.typed(o.summary), Lead: d.people[o.lead], Key: d.key(),
		})
		t.incident = brief.ID
		return err
	})
	return t
}

// after moves the clock to so long after the incident began.
func (t *tale) after(d time.Duration) { t.clock.Advance(t.began.Add(d).Sub(t.clock.Now())) }

// minutes is after in whole minutes, which is how tales are told.
func (t *tale) minutes(n float64) { t.after(time.Duration(n * float64(time.Minute))) }

func (t *tale) say(minute float64, who, text string, files ...id.ID) id.ID {
	t.minutes(minute)
	var said room.Message
	t.do(who, func(ctx context.Context) (err error) {
		said, err = t.app.Rooms.Post(ctx, room.Post{Incident: t.incident, ClientKey: t.key(), Source: t.typed(text), Files: files})
		return err
	})
	return said.ID
}

func (t *tale) react(message id.ID, emoji string, who ...string) {
	for _, one := range who {
		t.do(one, func(ctx context.Context) error {
			_, err := t.app.Rooms.React(ctx, room.React{Message: message, Emoji: emoji})
			return err
		})
	}
}

func (t *tale) pin(who string, message id.ID) {
	t.do(who, func(ctx context.Context) error {
		_, err := t.app.Rooms.Pin(ctx, room.Pin{Message: message})
		return err
	})
}

func (t *tale) update(minute float64, who, status, text string, next int) {
	t.minutes(minute)
	t.do(who, func(ctx context.Context) error {
		_, err := t.app.Incidents.SendUpdate(ctx, incident.SendUpdate{Incident: t.incident, Message: t.typed(text), Status: t.statuses[status], NextMinutes: next, Key: t.key()})
		return err
	})
}

func (t *tale) severity(minute float64, who, severity string) {
	t.minutes(minute)
	t.do(who, func(ctx context.Context) error {
		_, err := t.app.Incidents.ChangeSeverity(ctx, incident.ChangeSeverity{Incident: t.incident, Severity: t.severities[severity]})
		return err
	})
}

func (t *tale) status(minute float64, who, status string) {
	t.minutes(minute)
	t.do(who, func(ctx context.Context) error {
		_, err := t.app.Incidents.ChangeStatus(ctx, incident.ChangeStatus{Incident: t.incident, Status: t.statuses[status]})
		return err
	})
}

func (t *tale) leads(minute float64, by, who, note string) {
	t.minutes(minute)
	t.do(by, func(ctx context.Context) error {
		_, err := t.app.Incidents.HandOver(ctx, incident.HandOver{Incident: t.incident, Role: t.lead, To: t.people[who], Note: note})
		return err
	})
}

func (t *tale) todo(minute float64, by, assignee, what string) id.ID {
	t.minutes(minute)
	var made action.Action
	t.do(by, func(ctx context.Context) (err error) {
		made, err = t.app.Actions.Create(ctx, action.Create{Incident: t.incident, Description: what, Assignee: t.people[assignee], Key: t.key()})
		return err
	})
	return made.ID
}

func (t *tale) done(minute float64, who string, what id.ID) {
	t.minutes(minute)
	t.do(who, func(ctx context.Context) error {
		_, err := t.app.Actions.Complete(ctx, action.Complete{Action: what})
		return err
	})
}

func (t *tale) end(minute float64, who, message string) {
	t.minutes(minute)
	t.do(who, func(ctx context.Context) error {
		_, err := t.app.Incidents.Close(ctx, incident.Close{Incident: t.incident, Message: t.typed(message), Key: t.key()})
		return err
	})
}

// read lets somebody have seen all that was said so far.
func (t *tale) read(who ...string) {
	for _, one := range who {
		t.do(one, func(ctx context.Context) error {
			last, err := t.app.Rooms.Latest(ctx, t.incident)
			if err != nil {
				return err
			}
			return t.app.Rooms.MarkRead(ctx, room.MarkRead{Incident: t.incident, Seq: last})
		})
	}
}
