package notification_test

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/customers"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/notification"
	"github.com/musterhq/muster/internal/domain/question"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/subscription"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
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
		Address: func(_ context.Context, path string) (string, error) { return "https://muster.test" + path, nil },
	})
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

func TestDeclaredWakesSubscribedDevicesAndNobodysInbox(t *testing.T) {
	o := move(t)
	o.device("Maya", "maya-phone")
	o.device("Lena", "lena-phone")
	o.device("Lena", "lena-laptop")
	o.declare("Maya", incident.Declare{Summary: "One in five fails"})
	o.run(1)
	if diff := cmp.Diff([]string{"lena-laptop", "lena-phone"}, o.endpoints()); diff != "" {
		t.Errorf("devices (-want +got):\n%s", diff)
	}
	if got := o.inboxes(); len(got) != 0 {
		t.Errorf("mails to %v", got)
	}
	if p := o.sent.pushes[0]; !strings.Contains(p.title, "INC-1 declared: Card payments fail") || p.url != "https://muster.test/incidents/INC-1" || !strings.Contains(p.body, "One in five fails") {
		t.Errorf("the words: %+v", p)
	}
	o.forget()
	for _, mode := range []incident.Mode{incident.Test, incident.Retrospective} {
		o.declare("Maya", incident.Declare{Mode: mode})
	}
	o.run(1)
	if got := o.endpoints(); len(got) != 0 {
		t.Errorf("a test and a retrospective incident woke %v", got)
	}
}

func TestMentionReachesByPushOrElseByMail(t *testing.T) {
	o := move(t)
	o.device("Lena", "lena-phone")
	in := o.declare("Maya", incident.Declare{}).ID
	o.run(1)
	o.forget()
	m := o.say("Maya", in, "@Lena @Jonas @Maya the **rollback** is out")
	o.run(1)
	if diff := cmp.Diff([]string{"lena-phone"}, o.endpoints()); diff != "" {
		t.Errorf("devices (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Jonas"}, o.inboxes()); diff != "" {
		t.Errorf("inboxes (-want +got):\n%s", diff)
	}
	if p := o.sent.pushes[0]; p.title != "Maya mentioned you in INC-1" || p.body != "@Lena @Jonas @Maya the rollback is out" || p.url != "https://muster.test/incidents/INC-1#m-"+string(m.ID) {
		t.Errorf("the push: %+v", p)
	}
	letter := o.sent.mails[0]
	if !strings.Contains(letter.Text, "the rollback is out") || !strings.Contains(letter.HTML, "rollback") || !strings.Contains(letter.Unsubscribe, "https://muster.test/mail/end?") || letter.Key == "" {
		t.Errorf("the letter: %+v", letter)
	}
}

func TestWhoHasReadItIsNotTold(t *testing.T) {
	o := move(t)
	in := o.declare("Maya", incident.Declare{}).ID
	o.run(1)
	o.forget()
	m := o.say("Maya", in, "@Lena @Jonas look")
	if err := o.rooms.MarkRead(o.as("Lena"), room.MarkRead{Incident: in, Seq: m.Seq}); err != nil {
		t.Fatal(err)
	}
	o.run(1)
	if diff := cmp.Diff([]string{"Jonas"}, o.inboxes()); diff != "" {
		t.Errorf("inboxes (-want +got):\n%s", diff)
	}
}

func TestEditTellsOnlyThoseMentionedAnew(t *testing.T) {
	o := move(t)
	in := o.declare("Maya", incident.Declare{}).ID
	m := o.say("Maya", in, "@Lena look")
	o.run(1)
	o.forget()
	if _, err := o.rooms.Edit(o.as("Maya"), room.Edit{Message: m.ID, Version: 1, Source: "@Lena @Jonas look"}); err != nil {
		t.Fatal(err)
	}
	o.run(1)
	if diff := cmp.Diff([]string{"Jonas"}, o.inboxes()); diff != "" {
		t.Errorf("inboxes (-want +got):\n%s", diff)
	}
}

func TestRoleIsToldToItsHolderAndNotToWhoTookIt(t *testing.T) {
	o := move(t)
	o.device("Lena", "lena-phone")
	o.device("Jonas", "jonas-phone")
	o.declare("Maya", incident.Declare{Lead: o.people["Lena"]})
	o.run(1)
	titles := map[string]string{}
	for _, p := range o.sent.pushes {
		titles[strings.TrimPrefix(p.endpoint, "https://push.test/")] += p.title
	}
	if len(titles) != 2 || !strings.HasPrefix(titles["lena-phone"], "You are the Incident Lead of INC-1") || !strings.Contains(titles["jonas-phone"], "declared") {
		t.Errorf("told: %v", titles)
	}
	if strings.Contains(titles["lena-phone"], "declared") {
		t.Error("the lead was told twice of one declaration")
	}
}

func TestPrivateIncidentIsToldToThoseWithAccess(t *testing.T) {
	o := move(t)
	o.device("Lena", "lena-phone")
	in := o.declare("Maya", incident.Declare{Private: true}).ID
	o.say("Maya", in, "@Lena look")
	o.run(1)
	if got := append(o.endpoints(), o.inboxes()...); len(got) != 0 {
		t.Errorf("told: %v", got)
	}
}

func TestPreferencesDecide(t *testing.T) {
	o := move(t)
	o.device("Lena", "lena-phone")
	for _, c := range []notification.Prefer{
		{Reason: notification.Mentioned, Method: notification.Push, Wanted: false},
		{Reason: notification.IsDeclared, Method: notification.Mail, Wanted: true},
	} {
		if err := o.service.Prefer(o.as("Lena"), c); err != nil {
			t.Fatal(err)
		}
	}
	in := o.declare("Maya", incident.Declare{}).ID
	o.run(1)
	if len(o.endpoints()) != 1 || len(o.inboxes()) != 1 {
		t.Errorf("declared: pushes %v, mails %v; want one each", o.endpoints(), o.inboxes())
	}
	o.forget()
	o.say("Maya", in, "@Lena look")
	o.run(1)
	if len(o.endpoints()) != 0 || len(o.inboxes()) != 1 {
		t.Errorf("mention: pushes %v, mails %v; want one mail", o.endpoints(), o.inboxes())
	}
	if err := o.service.Prefer(o.as("Lena"), notification.Prefer{Reason: "weather", Method: notification.Push}); !problem.Is(err, problem.Invalid) {
		t.Errorf("an unknown reason: %v", err)
	}
	all, err := o.service.Preferences(o.as("Lena"))
	if err != nil || len(all) != 2*len(notification.Reasons()) {
		t.Fatalf("preferences: %v, %v", all, err)
	}
	if all[0] != (notification.Preference{Reason: notification.Mentioned, Method: notification.Push}) || !all[1].Default {
		t.Errorf("preferences: %+v", all[:2])
	}
}

func TestFailedTargetsAreTriedAgainAndOthersNot(t *testing.T) {
	o := move(t)
	o.device("Lena", "good")
	o.device("Lena", "away")
	o.device("Jonas", "gone")
	tries := 0
	o.sent.answer = func(endpoint string) (push.Outcome, error) {
		switch {
		case strings.HasSuffix(endpoint, "/away"):
			if tries++; tries < 3 {
				return push.Outcome{Result: push.Retry}, errors.New("503")
			}
		case strings.HasSuffix(endpoint, "/gone"):
			return push.Outcome{Result: push.Gone}, errors.New("410")
		}
		return push.Outcome{Result: push.Sent}, nil
	}
	o.declare("Maya", incident.Declare{})
	if failed := o.run(3); failed != 0 {
		t.Errorf("%d jobs never came through", failed)
	}
	if diff := cmp.Diff([]string{"away", "away", "away", "gone", "good"}, o.endpoints()); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}
	topics := map[string]bool{}
	for _, p := range o.sent.pushes {
		if strings.HasSuffix(p.endpoint, "/away") {
			topics[p.topic] = true
		}
	}
	if len(topics) != 1 {
		t.Errorf("the service saw %d topics for one notification", len(topics))
	}
	if left, err := o.service.Devices(o.as("Jonas")); err != nil || len(left) != 0 {
		t.Errorf("a device that is gone is still there: %v, %v", left, err)
	}
}

func TestTargetThatAlwaysFailsIsGivenUp(t *testing.T) {
	o := move(t)
	in := o.declare("Maya", incident.Declare{}).ID
	o.run(1)
	o.sent.refuse = errors.New("connection refused")
	o.say("Maya", in, "@Lena look")
	if failed := o.run(8); failed != 0 {
		t.Errorf("%d jobs go on for ever", failed)
	}
	var state string
	var attempts int
	if err := o.DB.Pool().QueryRow(t.Context(), `SELECT state, attempts FROM muster.notification`).Scan(&state, &attempts); err != nil || state != "failed" || attempts != 8 {
		t.Errorf("state %q after %d attempts, %v", state, attempts, err)
	}
}

// TestWhoLeftMeanwhileIsNotTold lets the mail server answer again after somebody was deactivated.
func TestWhoLeftMeanwhileIsNotTold(t *testing.T) {
	o := move(t)
	inc := o.declare("Maya", incident.Declare{}).ID
	if failed := o.run(1); failed != 0 {
		t.Fatalf("%d jobs failed", failed)
	}
	o.sent.refuse = errors.New("connection refused")
	o.say("Maya", inc, "@Lena @Jonas please look")
	waiting := slices.Clone(o.sent.waiting)
	if failed := o.run(1); failed != 1 {
		t.Fatalf("%d jobs wait for the mail server, want 1", failed)
	}
	if _, err := o.DB.Pool().Exec(t.Context(), "UPDATE muster.user SET state = 'deactivated' WHERE id = $1", o.people["Lena"]); err != nil {
		t.Fatal(err)
	}
	o.sent.refuse, o.sent.waiting = nil, waiting
	if failed := o.run(1); failed != 0 {
		t.Errorf("%d jobs still fail", failed)
	}
	if len(o.sent.mails) != 1 || o.sent.mails[0].ToName != "Jonas" {
		t.Errorf("mails: %+v", o.sent.mails)
	}
}

func TestRepeatedJobSendsNothingTwice(t *testing.T) {
	o := move(t)
	o.device("Lena", "lena-phone")
	o.declare("Maya", incident.Declare{})
	jobs := slices.Clone(o.sent.waiting)
	o.run(1)
	if _, err := o.DB.Pool().Exec(t.Context(), `DELETE FROM muster.event_handled`); err != nil { // as if the worker died before it could say so
		t.Fatal(err)
	}
	o.sent.waiting = jobs
	o.run(1)
	if got := o.endpoints(); len(got) != 1 {
		t.Errorf("pushes: %v", got)
	}
}

func TestUpdateDueReachesTheLeadAndWhoPromised(t *testing.T) {
	o := move(t)
	in := o.declare("Maya", incident.Declare{Lead: o.people["Lena"]}).ID
	if _, err := o.incidents.SendUpdate(o.as("Jonas"), incident.SendUpdate{Incident: in, Message: "Looking", NextMinutes: 15}); err != nil {
		t.Fatal(err)
	}
	o.run(1)
	o.forget()
	o.clock.Advance(15 * time.Minute)
	if _, err := o.timers.Fire(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.run(1)
	if diff := cmp.Diff([]string{"Jonas", "Lena"}, o.inboxes()); diff != "" {
		t.Errorf("inboxes (-want +got):\n%s", diff)
	}
}

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

func TestKeysForPushAreMadeOnceAndKept(t *testing.T) {
	o := move(t)
	var wg sync.WaitGroup
	keys := make([]string, 4)
	for n := range keys {
		wg.Go(func() {
			key, err := o.open().PublicKey(o.as("Maya")) // a process each
			if err != nil {
				t.Error(err)
			}
			keys[n] = key
		})
	}
	wg.Wait()
	if slices.Sort(keys); keys[0] == "" || keys[0] != keys[len(keys)-1] {
		t.Errorf("keys: %v", keys)
	}
}

func TestBrowserOfAnotherPersonIsTakenOver(t *testing.T) {
	o := move(t)
	o.device("Lena", "shared")
	o.device("Jonas", "shared")
	if left, err := o.service.Devices(o.as("Lena")); err != nil || len(left) != 0 {
		t.Errorf("Lena's devices: %v, %v", left, err)
	}
	if err := o.service.UnsubscribeDevice(o.as("Lena"), notification.UnsubscribeDevice{Endpoint: "https://push.test/shared"}); err != nil {
		t.Fatal(err)
	}
	if left, err := o.service.Devices(o.as("Jonas")); err != nil || len(left) != 1 {
		t.Errorf("Jonas's devices after Lena unsubscribed: %v, %v", left, err)
	}
	if taken, err := o.service.Try(o.as("Jonas")); err != nil || taken != 1 {
		t.Errorf("tried: %d, %v", taken, err)
	}
}
