package webhook_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/webhook"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/platform/mail"
	"github.com/musterhq/muster/internal/platform/secrets"
	"github.com/musterhq/muster/internal/platform/timer"
	"github.com/musterhq/muster/internal/testing/hooksink"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// house is the service with incidents that it tells of, in one organisation.
type house struct {
	*testdb.Database
	t         *testing.T
	clock     *clock.Manual
	bus       *event.Bus
	incidents *incident.Service
	actions   *action.Service
	keys      *secrets.Keys
	service   *webhook.Service
	org       id.ID
	ctx       context.Context

	mu      sync.Mutex
	waiting []event.Delivery
	mails   []mail.Message
	// says is what the payloads of public incidents hold besides the id.
	says string
}

// Enqueue keeps what is to follow the commit.
func (h *house) Enqueue(_ context.Context, _ pgx.Tx, deliveries []event.Delivery) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.waiting = append(h.waiting, deliveries...)
	return nil
}

// Signal hears of commits.
func (*house) Signal(event.Record) {}

// Send keeps a mail.
func (h *house) Send(_ context.Context, m mail.Message) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.mails = append(h.mails, m)
	return nil
}

// Render tells the id, the incident's name and what the test wants said.
func (h *house) Render(ctx context.Context, of webhook.Occasion) (json.RawMessage, bool, error) {
	inc, err := h.incidents.Get(ctx, of.Incident)
	if err != nil {
		return nil, false, err
	}
	body, err := json.Marshal(map[string]string{"id": string(of.Subject), "name": inc.Name, "says": h.says})
	return body, inc.Private, err
}

func build(t *testing.T) *house {
	t.Helper()
	h := &house{Database: testdb.New(t), t: t, clock: clock.NewManual(testdb.Start)}
	h.bus = event.NewBus(h.DB, h.clock, h, h)
	timers := timer.New(h.DB, h.clock)
	h.incidents = incident.New(h.DB, h.bus, h.clock, timers)
	h.actions = action.New(h.DB, h.bus, h.clock, timers)
	var err error
	if h.keys, err = secrets.Parse(secrets.Generate()); err != nil {
		t.Fatal(err)
	}
	h.service = h.reaching(httpx.Outbound{AllowPrivate: true})
	h.service.Subscribe(h.bus)
	h.org = h.organisation("Demo")
	h.ctx = h.as(h.org)
	return h
}

// reaching is a service whose requests reach so far.
func (h *house) reaching(o httpx.Outbound) *webhook.Service {
	return webhook.New(h.DB, h.bus, h.clock, webhook.Needs{
		Keys: h.keys, Mail: h, Client: httpx.NewClient(o), Plain: o.AllowPrivate, Renderer: h,
		Address: func(_ context.Context, path string) (string, error) { return "https://muster.test" + path, nil },
	})
}

func (h *house) organisation(name string) id.ID {
	h.t.Helper()
	org := h.Organisation(h.t, name)
	err := h.DB.Write(tenant.AsSystem(h.t.Context(), org), func(ctx context.Context, tx pgx.Tx) error { return incident.Found(ctx, tx, testdb.Start) })
	if err != nil {
		h.t.Fatal(err)
	}
	return org
}

// as is an owner of the organisation, who sees its private incidents.
func (h *house) as(org id.ID) context.Context {
	owner := h.User(h.t, org, "Maya"+string(org), "owner")
	scope, err := tenant.From(tenant.AsSystem(h.t.Context(), org))
	if err != nil {
		h.t.Fatal(err)
	}
	scope.Actor = tenant.Actor{Type: tenant.User, ID: owner, Name: "Maya"}
	return tenant.With(h.t.Context(), scope)
}

func (h *house) endpoint(cmd webhook.CreateEndpoint) (webhook.Endpoint, string) {
	h.t.Helper()
	made, secret, err := h.service.CreateEndpoint(h.ctx, cmd)
	if err != nil {
		h.t.Fatal(err)
	}
	return made, secret
}

func (h *house) declare(ctx context.Context, name string) id.ID {
	h.t.Helper()
	brief, err := h.incidents.Declare(ctx, incident.Declare{Name: name})
	if err != nil {
		h.t.Fatal(err)
	}
	return brief.ID
}

func (h *house) rename(in id.ID, name string) {
	h.t.Helper()
	if _, err := h.incidents.Rename(h.ctx, incident.Rename{Incident: in, Name: name}); err != nil {
		h.t.Fatal(err)
	}
}

// deliver sends what is due.
func (h *house) deliver() {
	h.t.Helper()
	if err := h.service.Deliver(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

// pass lets time go by in steps and sends what comes due on the way.
func (h *house) pass(d, step time.Duration) {
	h.t.Helper()
	for until := h.clock.Now().Add(d); h.clock.Now().Before(until); {
		h.clock.Advance(min(step, until.Sub(h.clock.Now())))
		h.deliver()
	}
}

// follow runs what was queued to follow commits.
func (h *house) follow() {
	h.t.Helper()
	h.mu.Lock()
	waiting := h.waiting
	h.waiting = nil
	h.mu.Unlock()
	for _, one := range waiting {
		if err := h.bus.Deliver(h.t.Context(), one); err != nil {
			h.t.Fatal(err)
		}
	}
}

func (h *house) deliveries(endpoint id.ID) []webhook.Delivery {
	h.t.Helper()
	found, _, err := h.service.Deliveries(h.ctx, webhook.ListDeliveries{Endpoint: endpoint, Most: 100})
	if err != nil {
		h.t.Fatal(err)
	}
	return found
}

func (h *house) inspect(delivery id.ID) webhook.Inspected {
	h.t.Helper()
	found, err := h.service.Inspect(h.ctx, delivery)
	if err != nil {
		h.t.Fatal(err)
	}
	return found
}

func TestEndpointsHearWhatTheyChoseOncePerChange(t *testing.T) {
	t.Parallel()
	h := build(t)
	all, some := hooksink.New(t), hooksink.New(t)
	_, secret := h.endpoint(webhook.CreateEndpoint{URL: all.URL()})
	h.endpoint(webhook.CreateEndpoint{URL: some.URL(), Types: []string{"action_created_v1"}})
	in := h.declare(h.ctx, "Checkout is slow")
	if got := all.Requests(); len(got) != 0 {
		t.Fatalf("sent within the verb: %v", got)
	}
	h.deliver()
	if got := all.Types(); !slices.Equal(got, []string{"public_incident.incident_created_v2"}) {
		t.Fatalf("a declaration told %v", got)
	}
	first := all.Requests()[0]
	if !first.SignedBy(secret) || first.Payload["id"] != string(in) || first.Payload["name"] != "Checkout is slow" || !strings.HasPrefix(first.ID, "msg_") {
		t.Errorf("sent %+v", first)
	}
	all.Forget()
	statuses, err := h.incidents.Statuses(h.ctx)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(statuses, func(s incident.Status) bool { return s.Name == "Monitoring" })
	severities, err := h.incidents.Severities(h.ctx)
	if err != nil {
		t.Fatal(err)
	}
	worst := severities[len(severities)-1].ID
	if _, err := h.incidents.SendUpdate(h.ctx, incident.SendUpdate{Incident: in, Message: "Rolled back", Status: statuses[at].ID, Severity: worst}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.actions.Create(h.ctx, action.Create{Incident: in, Description: "Watch the queue"}); err != nil {
		t.Fatal(err)
	}
	h.deliver()
	got := all.Types()
	slices.Sort(got)
	// One update changed message, status and severity: it is told once, and once more as a change of status.
	if want := []string{"public_incident.action_created_v1", "public_incident.incident_status_updated_v2", "public_incident.incident_updated_v2"}; !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
	if got := some.Types(); !slices.Equal(got, []string{"public_incident.action_created_v1"}) {
		t.Errorf("who chose actions was told %v", got)
	}
}

func TestOtherOrganisationsHearNothing(t *testing.T) {
	t.Parallel()
	h := build(t)
	sink := hooksink.New(t)
	endpoint, _ := h.endpoint(webhook.CreateEndpoint{URL: sink.URL(), PrivateIncidents: true})
	stranger := h.as(h.organisation("Elsewhere"))
	h.declare(stranger, "None of your business")
	h.deliver()
	if got := sink.Requests(); len(got) != 0 {
		t.Errorf("told of another organisation: %v", got)
	}
	h.declare(h.ctx, "Ours")
	h.deliver()
	mine := h.deliveries(endpoint.ID)[0].ID
	for name, err := range map[string]error{
		"resend": second(h.service.Resend(stranger, mine)), "test": second(h.service.Test(stranger, endpoint.ID)), "inspect": second(h.service.Inspect(stranger, mine)),
	} {
		if !problem.Is(err, problem.NotFound) {
			t.Errorf("%s by a stranger: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestPrivateIncidentsAreToldByIDsAlone(t *testing.T) {
	t.Parallel()
	h := build(t)
	trusted, open := hooksink.New(t), hooksink.New(t)
	h.endpoint(webhook.CreateEndpoint{URL: trusted.URL(), PrivateIncidents: true})
	public, _ := h.endpoint(webhook.CreateEndpoint{URL: open.URL()})
	scope, _ := tenant.From(h.ctx)
	in := h.declare(h.ctx, "Salaries leaked")
	// It is made private before anything of it is sent.
	if _, err := h.incidents.MakePrivate(h.ctx, incident.MakePrivate{Incident: in, Keep: []id.ID{}}); err != nil {
		t.Fatal(err)
	}
	h.rename(in, "Quartz leaked")
	lena := h.User(t, h.org, "Lena", "responder")
	if _, err := h.incidents.GrantAccess(h.ctx, incident.GrantAccess{Incident: in, User: lena}); err != nil {
		t.Fatal(err)
	}
	h.deliver()
	if got := open.Requests(); len(got) != 0 {
		t.Errorf("who is told nothing of private incidents was told %s", got[0].Body)
	}
	for _, d := range h.deliveries(public.ID) {
		if d.State != webhook.Dropped {
			t.Errorf("what was to be told of it: %+v", d)
		}
	}
	granted := false
	for _, r := range trusted.Requests() {
		if strings.Contains(string(r.Body), "leaked") || !strings.HasPrefix(r.Type, "private_incident.") {
			t.Errorf("told %s", r.Body)
		}
		switch r.Type {
		case "private_incident.membership_granted_v1":
			granted = true
			if r.Payload["incident_id"] != string(in) || r.Payload["user_id"] != string(lena) || r.Payload["actor_user_id"] != string(scope.Actor.ID) {
				t.Errorf("told of the grant: %s", r.Body)
			}
		default:
			if len(r.Payload) != 1 || r.Payload["id"] != string(in) {
				t.Errorf("told %s", r.Body)
			}
		}
	}
	if !granted || !slices.Contains(trusted.Types(), "private_incident.incident_created_v2") || !slices.Contains(trusted.Types(), "private_incident.incident_updated_v2") {
		t.Errorf("told %v", trusted.Types())
	}
}

// TestMadePrivateBetweenAttempts holds that what was written while it was public is not sent again as it is.
func TestMadePrivateBetweenAttempts(t *testing.T) {
	t.Parallel()
	h := build(t)
	sink := hooksink.New(t)
	sink.Refuse(http.StatusServiceUnavailable)
	endpoint, _ := h.endpoint(webhook.CreateEndpoint{URL: sink.URL(), PrivateIncidents: true, Types: []string{"incident_created_v2"}})
	in := h.declare(h.ctx, "Quartz is out")
	h.deliver()
	if _, err := h.incidents.MakePrivate(h.ctx, incident.MakePrivate{Incident: in, Keep: []id.ID{}}); err != nil {
		t.Fatal(err)
	}
	sink.Forget()
	h.pass(time.Minute, 10*time.Second)
	for _, r := range sink.Requests() {
		if strings.Contains(string(r.Body), "Quartz") || r.Type != "private_incident.incident_created_v2" {
			t.Errorf("sent again as %s", r.Body)
		}
	}
	if body := string(h.inspect(h.deliveries(endpoint.ID)[0].ID).Body); strings.Contains(body, "Quartz") {
		t.Errorf("kept %s", body)
	}
}

func TestFailuresAreTriedForADay(t *testing.T) {
	t.Parallel()
	h := build(t)
	sink := hooksink.New(t)
	endpoint, secret := h.endpoint(webhook.CreateEndpoint{URL: sink.URL()})
	elsewhere := hooksink.New(t)
	for name, c := range map[string]struct {
		answer  func(w http.ResponseWriter, r hooksink.Request)
		trouble string
	}{
		"500": {func(w http.ResponseWriter, _ hooksink.Request) {
			http.Error(w, "out of discs", http.StatusInternalServerError)
		}, "answered 500"},
		"redirect": {func(w http.ResponseWriter, _ hooksink.Request) {
			w.Header().Set("Location", elsewhere.URL())
			w.WriteHeader(http.StatusTemporaryRedirect)
		}, "Redirects are not followed"},
		"cut off": {func(http.ResponseWriter, hooksink.Request) { panic(http.ErrAbortHandler) }, "could not be reached"},
	} {
		sink.Answer(c.answer)
		h.declare(h.ctx, "With "+name)
		h.deliver()
		d := h.inspect(h.deliveries(endpoint.ID)[0].ID)
		if d.State != webhook.Waiting || !strings.Contains(d.Trouble, c.trouble) || len(d.Tries) != 1 || !d.DueAt.After(h.clock.Now()) {
			t.Errorf("%s: %+v", name, d)
		}
		if name == "500" && (d.Tries[0].Status != 500 || !strings.Contains(d.Tries[0].Response, "out of discs") || d.Tries[0].Request["Webhook-Id"] != d.Message) {
			t.Errorf("kept of the attempt: %+v", d.Tries[0])
		}
		sink.Forget()
		sink.Answer(nil)
		h.pass(time.Minute, 10*time.Second)
		again := sink.Requests()
		if d = h.inspect(d.ID); d.State != webhook.Delivered || len(again) != 1 || again[0].ID != d.Message || !again[0].SignedBy(secret) {
			t.Errorf("%s: when it is well again: %+v, %d requests", name, d.Delivery, len(again))
		}
	}
	if got := elsewhere.Requests(); len(got) != 0 {
		t.Errorf("a redirect was followed: %v", got)
	}

	sink.Refuse(http.StatusBadGateway)
	h.declare(h.ctx, "Given up")
	h.pass(25*time.Hour, time.Minute)
	d := h.inspect(h.deliveries(endpoint.ID)[0].ID)
	if d.State != webhook.Failed || d.Attempts != 11 {
		t.Errorf("after a day: %s after %d attempts", d.State, d.Attempts)
	}
	if last := d.Tries[0].At.Sub(d.CreatedAt); last < 20*time.Hour || last > 24*time.Hour+time.Minute {
		t.Errorf("the last attempt came after %v", last)
	}

	sink.Answer(nil)
	sink.Forget()
	if resent, err := h.service.Resend(h.ctx, d.ID); err != nil || resent.State != webhook.Delivered || sink.Requests()[0].ID != d.Message {
		t.Errorf("sent again by hand: %+v, %v", resent, err)
	}
}

func TestSilenceAndHugeAnswers(t *testing.T) {
	t.Parallel()
	h := build(t)
	sink := hooksink.New(t)
	endpoint, _ := h.endpoint(webhook.CreateEndpoint{URL: sink.URL()})
	hold := make(chan struct{})
	sink.Answer(func(http.ResponseWriter, hooksink.Request) { <-hold })
	h.declare(h.ctx, "Silent")
	h.service = h.reaching(httpx.Outbound{AllowPrivate: true, Timeout: 200 * time.Millisecond})
	h.deliver()
	close(hold)
	if d := h.deliveries(endpoint.ID)[0]; d.State != webhook.Waiting || d.Status != 0 || !strings.Contains(d.Trouble, "no answer") {
		t.Errorf("silence: %+v", d)
	}
	h.service = h.reaching(httpx.Outbound{AllowPrivate: true})
	sink.Answer(func(w http.ResponseWriter, _ hooksink.Request) {
		for range 1000 {
			_, _ = fmt.Fprint(w, strings.Repeat("large ", 1000))
		}
	})
	h.pass(time.Minute, 10*time.Second)
	if d := h.inspect(h.deliveries(endpoint.ID)[0].ID); d.State != webhook.Delivered || len(d.Tries[0].Response) != 4096 {
		t.Errorf("a huge answer: %s, %d bytes kept", d.State, len(d.Tries[0].Response))
	}

	// Nobody is there any more.
	sink.Close()
	h.declare(h.ctx, "Gone")
	h.deliver()
	if d := h.deliveries(endpoint.ID)[0]; d.State != webhook.Waiting || !strings.Contains(d.Trouble, "could not be reached") {
		t.Errorf("refused: %+v", d)
	}
	// And private networks are not reached where that is not allowed.
	h.service = h.reaching(httpx.Outbound{})
	h.clock.Advance(time.Second)
	h.declare(h.ctx, "Private network")
	h.deliver()
	if d := h.deliveries(endpoint.ID)[0]; d.State != webhook.Waiting || !strings.Contains(d.Trouble, "private network") {
		t.Errorf("a private address: %+v", d)
	}
}

func TestBothSecretsSignWhileOneTakesOver(t *testing.T) {
	t.Parallel()
	h := build(t)
	sink := hooksink.New(t)
	endpoint, old := h.endpoint(webhook.CreateEndpoint{URL: sink.URL(), Types: []string{"incident_created_v2"}})
	if shown, err := h.service.RevealSecret(h.ctx, endpoint.ID); err != nil || shown != old {
		t.Fatalf("revealed %q, %v", shown, err)
	}
	next, err := h.service.RotateSecret(h.ctx, endpoint.ID)
	if err != nil || next == old {
		t.Fatalf("rotated to %q, %v", next, err)
	}
	h.declare(h.ctx, "During")
	h.deliver()
	h.clock.Advance(webhook.Grace)
	h.declare(h.ctx, "After")
	h.deliver()
	got := sink.Requests()
	if len(got) != 2 || !got[0].SignedBy(old) || !got[0].SignedBy(next) || strings.Count(got[0].Signature, " ") != 1 {
		t.Errorf("during the change: %+v", got)
	}
	if got[1].SignedBy(old) || !got[1].SignedBy(next) {
		t.Error("after it the old secret signs, or the new one does not")
	}
}

func TestDeadEndpointIsSwitchedOffAfterFiveDays(t *testing.T) {
	t.Parallel()
	h := build(t)
	dead, well := hooksink.New(t), hooksink.New(t)
	dead.Refuse(http.StatusInternalServerError)
	h.User(t, h.org, "Jonas", "responder")
	endpoint, _ := h.endpoint(webhook.CreateEndpoint{URL: dead.URL(), Description: "Old dashboard", Types: []string{"incident_created_v2"}})
	h.endpoint(webhook.CreateEndpoint{URL: well.URL()})
	for day := range 5 {
		if at, err := h.service.Endpoint(h.ctx, endpoint.ID); err != nil || at.DisabledAt != nil {
			t.Fatalf("on day %d: %+v, %v", day, at, err)
		}
		h.declare(h.ctx, fmt.Sprintf("On day %d", day))
		h.deliver()
		h.pass(24*time.Hour, 20*time.Minute)
	}
	at, err := h.service.Endpoint(h.ctx, endpoint.ID)
	if err != nil || at.DisabledWhy != webhook.Failing || at.DisabledAt.Sub(*at.FailingSince) < webhook.Forbearance {
		t.Fatalf("after five days: %+v, %v", at, err)
	}
	h.follow()
	if len(h.mails) != 1 || !strings.Contains(h.mails[0].Subject, "Old dashboard") || !strings.Contains(h.mails[0].Text, "/settings/webhooks/"+string(endpoint.ID)) {
		t.Errorf("mailed %+v", h.mails)
	}
	dead.Forget()
	h.declare(h.ctx, "Nobody listens")
	h.deliver()
	if got := dead.Requests(); len(got) != 0 {
		t.Errorf("sent to what is switched off: %v", got)
	}
	if len(well.Requests()) != 6 {
		t.Errorf("the other one heard of %d of 6", len(well.Requests()))
	}

	// It comes back, and gets what it missed while it failed.
	dead.Answer(nil)
	failed := 0
	for _, d := range h.deliveries(endpoint.ID) {
		if d.State == webhook.Failed {
			failed++
		}
	}
	if _, err := h.service.ResendFailed(h.ctx, endpoint.ID); !problem.Is(err, problem.Conflict) {
		t.Errorf("sent again while it is off: %v", err)
	}
	if _, err := h.service.SwitchEndpoint(h.ctx, webhook.SwitchEndpoint{Endpoint: endpoint.ID}); err != nil {
		t.Fatal(err)
	}
	count, err := h.service.ResendFailed(h.ctx, endpoint.ID)
	h.deliver()
	if err != nil || count != failed || count < 5 || len(dead.Requests()) != count {
		t.Errorf("sent again %d of %d, %d arrived, %v", count, failed, len(dead.Requests()), err)
	}
	if at, err = h.service.Endpoint(h.ctx, endpoint.ID); err != nil || at.FailingSince != nil {
		t.Errorf("well again: %+v, %v", at, err)
	}
}

// TestOneThatFailsNowAndThenStaysOn: five days count from the last success.
func TestOneThatFailsNowAndThenStaysOn(t *testing.T) {
	t.Parallel()
	h := build(t)
	sink := hooksink.New(t)
	endpoint, _ := h.endpoint(webhook.CreateEndpoint{URL: sink.URL(), Types: []string{"incident_created_v2"}})
	for range 3 {
		sink.Refuse(http.StatusInternalServerError)
		h.declare(h.ctx, "Lost")
		h.deliver()
		h.pass(60*time.Hour, time.Hour)
		sink.Answer(nil)
		h.declare(h.ctx, "Heard")
		h.deliver()
	}
	if at, err := h.service.Endpoint(h.ctx, endpoint.ID); err != nil || at.DisabledAt != nil || at.FailingSince != nil {
		t.Errorf("%+v, %v", at, err)
	}
}

func TestGoneIsBelieved(t *testing.T) {
	t.Parallel()
	h := build(t)
	sink := hooksink.New(t)
	sink.Refuse(http.StatusGone)
	endpoint, _ := h.endpoint(webhook.CreateEndpoint{URL: sink.URL()})
	h.declare(h.ctx, "Once")
	h.deliver()
	if at, err := h.service.Endpoint(h.ctx, endpoint.ID); err != nil || at.DisabledWhy != webhook.Gone {
		t.Errorf("%+v, %v", at, err)
	}
}

// TestKilledWhileSending claims as a worker does that dies before it writes anything down.
func TestKilledWhileSending(t *testing.T) {
	t.Parallel()
	h := build(t)
	sink := hooksink.New(t)
	endpoint, _ := h.endpoint(webhook.CreateEndpoint{URL: sink.URL()})
	h.declare(h.ctx, "Half way")
	dying, kill := context.WithCancel(h.t.Context())
	sink.Answer(func(http.ResponseWriter, hooksink.Request) { kill() })
	if err := h.service.Deliver(dying); err == nil {
		t.Fatal("who was killed wrote it down")
	}
	sink.Answer(nil)
	h.deliver()
	if got := sink.Requests(); len(got) != 1 {
		t.Fatalf("sent under another's lease: %d requests", len(got))
	}
	if _, err := h.DB.Pool().Exec(t.Context(), "UPDATE muster.webhook_delivery SET leased_until = now() - interval '1 second'"); err != nil {
		t.Fatal(err)
	}
	h.deliver()
	got := sink.Requests()
	if d := h.deliveries(endpoint.ID)[0]; d.State != webhook.Delivered || len(got) != 2 || got[0].ID != got[1].ID || string(got[0].Body) != string(got[1].Body) {
		t.Errorf("after the lease: %+v, %d requests", d, len(got))
	}
}

func TestTooLargeIsToldByID(t *testing.T) {
	t.Parallel()
	h := build(t)
	sink := hooksink.New(t)
	endpoint, _ := h.endpoint(webhook.CreateEndpoint{URL: sink.URL()})
	h.says = strings.Repeat("x", webhook.Largest)
	in := h.declare(h.ctx, "Long")
	h.deliver()
	if d := h.deliveries(endpoint.ID)[0]; !d.Cut || d.State != webhook.Delivered {
		t.Errorf("%+v", d)
	}
	if got := sink.Requests()[0]; len(got.Payload) != 1 || got.Payload["id"] != string(in) {
		t.Errorf("told %s", got.Body)
	}
}

func TestTestIsAnsweredAtOnce(t *testing.T) {
	t.Parallel()
	h := build(t)
	sink := hooksink.New(t)
	endpoint, secret := h.endpoint(webhook.CreateEndpoint{URL: sink.URL()})
	came, err := h.service.Test(h.ctx, endpoint.ID)
	if got := sink.Requests(); err != nil || came.State != webhook.Delivered || came.Status != http.StatusOK || len(got) != 1 || got[0].Type != webhook.TestType || !got[0].SignedBy(secret) {
		t.Errorf("a test: %+v, %v", came, err)
	}
	sink.Refuse(http.StatusUnauthorized)
	came, err = h.service.Test(h.ctx, endpoint.ID)
	if err != nil || came.State != webhook.Failed || came.Status != http.StatusUnauthorized {
		t.Errorf("a test that fails: %+v, %v", came, err)
	}
	if at, err := h.service.Endpoint(h.ctx, endpoint.ID); err != nil || at.FailingSince != nil {
		t.Errorf("a test counts against the endpoint: %+v, %v", at, err)
	}
}

func TestAddressesThatAreRefused(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.service = h.reaching(httpx.Outbound{})
	for address, code := range map[string]string{
		"": "is_required", "hooks.example.test": "invalid", "ftp://hooks.example.test": "invalid", "http://hooks.example.test": "https_only",
		"https://me:secret@hooks.example.test": "no_password", "https://127.0.0.1/x": "address_refused", "https://[fd00::1]/": "address_refused",
		"https://hooks.example.test/" + strings.Repeat("x", 2000): "too_long",
	} {
		_, _, err := h.service.CreateEndpoint(h.ctx, webhook.CreateEndpoint{URL: address})
		if all := problem.All(err); len(all) != 1 || all[0].Code != code || all[0].Field != "url" {
			t.Errorf("%q: %v", address, err)
		}
	}
	if _, _, err := h.service.CreateEndpoint(h.ctx, webhook.CreateEndpoint{URL: "https://hooks.example.test", Types: []string{"alert_created_v1"}}); problem.All(err)[0].Field != "event_types" {
		t.Errorf("a type that never happens: %v", err)
	}
}

func TestOldDeliveriesAreSwept(t *testing.T) {
	t.Parallel()
	h := build(t)
	sink := hooksink.New(t)
	kept, _ := h.endpoint(webhook.CreateEndpoint{URL: sink.URL()})
	gone, _ := h.endpoint(webhook.CreateEndpoint{URL: sink.URL()})
	h.declare(h.ctx, "Old")
	h.deliver()
	h.clock.Advance(webhook.Kept + time.Minute)
	h.declare(h.ctx, "New")
	h.deliver()
	if _, err := h.service.DeleteEndpoint(h.ctx, webhook.DeleteEndpoint{Endpoint: gone.ID}); err != nil {
		t.Fatal(err)
	}
	if err := h.service.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := h.DB.Pool().QueryRow(t.Context(), "SELECT count(*) FROM muster.webhook_attempt").Scan(&left); err != nil {
		t.Fatal(err)
	}
	if d := h.deliveries(kept.ID); len(d) != 1 || left != 1 {
		t.Errorf("%d deliveries, %d attempts left", len(d), left)
	}
}
