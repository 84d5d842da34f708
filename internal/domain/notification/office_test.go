package notification_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/customers"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/notification"
	"github.com/musterhq/muster/internal/domain/question"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/subscription"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/platform/mail"
	"github.com/musterhq/muster/internal/platform/push"
	"github.com/musterhq/muster/internal/platform/secrets"
	"github.com/musterhq/muster/internal/platform/timer"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// office is the service with people in it and stand-ins that remember what was sent.
type office struct {
	*testdb.Database
	t             *testing.T
	service       *notification.Service
	incidents     *incident.Service
	rooms         *room.Service
	customers     *customers.Service
	questions     *question.Service
	subscriptions *subscription.Service
	clock         *clock.Manual
	timers        *timer.Timers
	bus           *event.Bus
	keys          *secrets.Keys
	sent          *sent
	org           id.ID
	people        map[string]id.ID
	direct        *directs
}

// sent is both senders and the queue.
type sent struct {
	mu      sync.Mutex
	waiting []event.Delivery
	mails   []mail.Message
	pushes  []pushed
	// answer decides what a push service says; nil takes everything.
	answer func(endpoint string) (push.Outcome, error)
	refuse error
}

type pushed struct{ endpoint, topic, title, body, url string }

func (s *sent) Enqueue(_ context.Context, _ pgx.Tx, deliveries []event.Delivery) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = append(s.waiting, deliveries...)
	return nil
}

func (*sent) Signal(event.Record) {}

type mailer struct{ *sent }

func (m mailer) Send(ctx context.Context, message mail.Message) error {
	if err := httpx.RefuseInTransaction(ctx); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refuse != nil {
		return m.refuse
	}
	m.mails = append(m.mails, message)
	return nil
}

type pusher struct{ *sent }

func (p pusher) Send(ctx context.Context, to push.Subscription, payload push.Payload, topic string) (push.Outcome, error) {
	if err := httpx.RefuseInTransaction(ctx); err != nil {
		return push.Outcome{Result: push.Permanent}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pushes = append(p.pushes, pushed{to.Endpoint, topic, payload.Title, payload.Body, payload.URL})
	if p.answer != nil {
		return p.answer(to.Endpoint)
	}
	return push.Outcome{Result: push.Sent}, nil
}

func move(t *testing.T) *office {
	t.Helper()
	o := &office{Database: testdb.New(t), t: t, clock: clock.NewManual(testdb.Start), sent: &sent{}, people: map[string]id.ID{}}
	o.bus = event.NewBus(o.DB, o.clock, o.sent, o.sent)
	o.timers = timer.New(o.DB, o.clock)
	o.incidents = incident.New(o.DB, o.bus, o.clock, o.timers)
	o.rooms = room.New(o.DB, o.bus, o.clock, nil)
	o.customers = customers.New(o.DB, o.bus, o.clock, o.incidents)
	o.questions = question.New(o.DB, o.bus, o.clock, o.timers)
	o.subscriptions = subscription.New(o.DB, o.bus, o.clock, o.timers)
	var err error
	if o.keys, err = secrets.Parse(secrets.Generate()); err != nil {
		t.Fatal(err)
	}
	o.service = o.open()
	o.service.Subscribe(o.bus)
	o.org = o.Organisation(t, "Demo")
	if err := o.DB.Write(tenant.AsSystem(t.Context(), o.org), func(ctx context.Context, tx pgx.Tx) error { return incident.Found(ctx, tx, testdb.Start) }); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Maya", "Lena", "Jonas"} {
		o.people[name] = o.User(t, o.org, name, "responder")
	}
	return o
}

func (o *office) open() *notification.Service {
	return notification.New(o.DB, o.clock, notification.Needs{
		Incidents: o.incidents, Rooms: o.rooms, Customers: o.customers, Questions: o.questions, Subscriptions: o.subscriptions, Keys: o.keys, Mail: mailer{o.sent}, Push: func(push.Keys) notification.Pusher { return pusher{o.sent} },
		Direct:  o,
		Address: func(_ context.Context, path string) (string, error) { return "https://muster.test" + path, nil },
	})
}

// Reachable and Tell are the direct messages of the platform that the test sets up, if it does.
func (o *office) Reachable(ctx context.Context, users ...id.ID) (map[id.ID]string, error) {
	if o.direct == nil {
		return nil, nil
	}
	return o.direct.Reachable(ctx, users...)
}

func (o *office) Tell(ctx context.Context, to string, message chat.Message, urgent bool) error {
	return o.direct.Tell(ctx, to, message, urgent)
}

func (o *office) as(name string) context.Context {
	return tenant.With(o.t.Context(), tenant.Scope{Organisation: o.org, Actor: tenant.Actor{Type: tenant.User, ID: o.people[name], Name: name}, Permissions: authz.Responder.Permissions()})
}

// device subscribes one for a person; its keys are of the right form and open nothing.
func (o *office) device(name, at string) {
	o.t.Helper()
	_, err := o.service.SubscribeDevice(o.as(name), notification.SubscribeDevice{
		Endpoint: "https://push.test/" + at, Device: at,
		P256DH: "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8", Auth: "BTBZMqHH6r4Tts7J_aSIgg",
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

// run delivers what waits, each job up to times over while it fails, and returns how many never came through.
func (o *office) run(times int) (failed int) {
	o.t.Helper()
	for len(o.sent.waiting) > 0 {
		next := o.sent.waiting[0]
		o.sent.waiting = o.sent.waiting[1:]
		var err error
		for range times {
			if err = o.bus.Deliver(o.t.Context(), next); err == nil {
				break
			}
		}
		if err != nil {
			failed++
		}
	}
	return failed
}

func (o *office) declare(name string, cmd incident.Declare) incident.Brief {
	o.t.Helper()
	if cmd.Name == "" {
		cmd.Name = "Card payments fail"
	}
	brief, err := o.incidents.Declare(o.as(name), cmd)
	if err != nil {
		o.t.Fatal(err)
	}
	return brief
}

func (o *office) say(name string, in id.ID, text string) room.Message {
	o.t.Helper()
	o.clock.Advance(time.Second)
	m, err := o.rooms.Post(o.as(name), room.Post{Incident: in, ClientKey: string(id.New(o.clock.Now())), Source: text})
	if err != nil {
		o.t.Fatal(err)
	}
	return m
}

func (o *office) endpoints() []string {
	var out []string
	for _, p := range o.sent.pushes {
		out = append(out, strings.TrimPrefix(p.endpoint, "https://push.test/"))
	}
	slices.Sort(out)
	return out
}

func (o *office) inboxes() []string {
	var out []string
	for _, m := range o.sent.mails {
		out = append(out, m.ToName)
	}
	slices.Sort(out)
	return out
}

func (o *office) forget() { o.sent.mails, o.sent.pushes = nil, nil }
