package chatops_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/attachment"
	"github.com/musterhq/muster/internal/domain/customers"
	"github.com/musterhq/muster/internal/domain/feature"
	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/nudge"
	"github.com/musterhq/muster/internal/domain/organisation"
	"github.com/musterhq/muster/internal/domain/question"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/stream"
	"github.com/musterhq/muster/internal/domain/timeline"
	"github.com/musterhq/muster/internal/domain/tutorial"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/timer"
	"github.com/musterhq/muster/internal/surface/chatops"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// desk is a bot over the real product, a person who types, and a live incident.
type desk struct {
	t        *testing.T
	bot      *chatops.Bot
	needs    chatops.Needs
	clock    *clock.Manual
	timers   *timer.Timers
	bus      *event.Bus
	queue    *queue
	ctx      context.Context
	org      id.ID
	maya     id.ID
	lena     id.ID
	incident id.ID
}

type queue struct {
	mu      sync.Mutex
	waiting []event.Delivery
}

func (q *queue) Enqueue(_ context.Context, _ pgx.Tx, deliveries []event.Delivery) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, deliveries...)
	return nil
}

func (*queue) Signal(event.Record) {}

func sit(t *testing.T) *desk {
	t.Helper()
	data := testdb.New(t)
	d := &desk{t: t, clock: clock.NewManual(testdb.Start), queue: &queue{}}
	d.bus = event.NewBus(data.DB, d.clock, d.queue, d.queue)
	d.timers = timer.New(data.DB, d.clock)
	d.needs = chatops.Needs{
		Forms:     form.New(data.DB, d.bus, d.clock, incident.OptionHolders{}),
		Incidents: incident.New(data.DB, d.bus, d.clock, d.timers), Actions: action.New(data.DB, d.bus, d.clock, d.timers),
		Rooms: room.New(data.DB, d.bus, d.clock, nil), Users: user.New(data.DB, d.bus, d.clock, nil, user.Options{}),
		Organisations: organisation.New(data.DB, d.bus, d.clock, nil), Clock: d.clock,
	}
	d.needs.Attachments = attachment.New(data.DB, d.bus, d.clock)
	d.needs.Timelines = timeline.New(data.DB, d.bus, d.clock, d.needs.Rooms)
	d.needs.Customers = customers.New(data.DB, d.bus, d.clock, d.needs.Incidents)
	d.needs.Streams = stream.New(data.DB, d.bus, d.clock)
	d.needs.Questions = question.New(data.DB, d.bus, d.clock, d.timers)
	d.needs.Nudges = nudge.New(data.DB, d.bus, d.clock, feature.New(data.DB, d.bus, d.clock), d.needs.Organisations)
	d.needs.Tutorials = tutorial.New(data.DB, d.bus, d.clock, d.needs.Incidents)
	d.bot = chatops.New(d.needs)
	d.needs.Rooms.Subscribe(d.bus)
	d.bot.Subscribe(d.bus)
	d.org = data.Organisation(t, "Demo")
	if err := data.DB.Write(tenant.AsSystem(t.Context(), d.org), func(ctx context.Context, tx pgx.Tx) error {
		return incident.Found(ctx, tx, testdb.Start)
	}); err != nil {
		t.Fatal(err)
	}
	d.maya, d.lena = data.User(t, d.org, "Maya Lind", "responder"), data.User(t, d.org, "Lena Ek", "responder")
	d.ctx = tenant.With(t.Context(), tenant.Scope{Organisation: d.org, Actor: tenant.Actor{Type: tenant.User, ID: d.maya, Name: "Maya Lind"}, Permissions: authz.Responder.Permissions()})
	brief, err := d.needs.Incidents.Declare(d.ctx, incident.Declare{Name: "Card payments fail"})
	if err != nil {
		t.Fatal(err)
	}
	d.incident = brief.ID
	d.drain()
	return d
}

// drain runs what waits for after the commit.
func (d *desk) drain() {
	d.t.Helper()
	for len(d.queue.waiting) > 0 {
		next := d.queue.waiting[0]
		d.queue.waiting = d.queue.waiting[1:]
		if err := d.bus.Deliver(d.t.Context(), next); err != nil {
			d.t.Fatalf("deliver %s to %s: %v", next.Kind, next.Subscriber, err)
		}
	}
}

func (d *desk) types(text string) chat.Reply {
	d.t.Helper()
	return d.typesIn(d.incident, text)
}

func (d *desk) typesIn(in id.ID, text string) chat.Reply {
	d.t.Helper()
	reply, err := d.bot.Command(d.ctx, in, text)
	if err != nil {
		d.t.Fatalf("%s: %v", text, err)
	}
	d.drain()
	return reply
}

func (d *desk) does(in chat.Interaction) chat.Reply {
	d.t.Helper()
	in.Conversation = chat.ConversationRef{Platform: "room", ID: string(d.incident)}
	reply, err := d.bot.Interact(d.ctx, in)
	if err != nil {
		d.t.Fatalf("%s: %v", in.Action, err)
	}
	d.drain()
	return reply
}

func (d *desk) now() incident.Incident {
	d.t.Helper()
	inc, err := d.needs.Incidents.Get(d.ctx, d.incident)
	if err != nil {
		d.t.Fatal(err)
	}
	return inc
}

// cards returns what Muster says in the room, and lines how many event lines there are.
func (d *desk) cards() (cards []chat.Message, lines int) {
	d.t.Helper()
	all, _, err := d.needs.Rooms.History(d.ctx, d.incident, 0, 200)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, m := range all {
		if m.Kind == room.FromEvent {
			lines++
		}
		if m.Kind == room.FromBot {
			var message chat.Message
			if err := json.Unmarshal(m.Blocks, &message); err != nil {
				d.t.Fatal(err)
			}
			cards = append(cards, message)
		}
	}
	return cards, lines
}

func told(r chat.Reply) string {
	if r.Ephemeral == nil {
		return ""
	}
	return r.Ephemeral.Text
}

func TestOneLineDoesWhatItSays(t *testing.T) {
	d := sit(t)
	for _, c := range []struct {
		line, told string
		holds      func(incident.Incident) bool
	}{
		{"/inc severity major", "The severity is Major now", func(i incident.Incident) bool { return i.Severity != nil && i.Severity.Name == "Major" }},
		{"/severity crit", "The severity is Critical now", func(i incident.Incident) bool { return i.Severity.Name == "Critical" }},
		{"/inc sev critical", "is Critical already", nil},
		{"/inc status Fixing", "The status is Fixing now", func(i incident.Incident) bool { return i.Status.Name == "Fixing" }},
		{"/inc lead @Lena", "Lena Ek has the role", func(i incident.Incident) bool { return i.Lead().ID == d.lena }},
		{"/lead me", "You have the role", func(i incident.Incident) bool { return i.Lead().ID == d.maya }},
		{"/comms @Lena", "Lena Ek has the role Communications", nil},
		{"/inc comms nobody", "Nobody has the role Communications", nil},
		{"/inc rename Card payments fail at checkout", "new name", func(i incident.Incident) bool { return i.Name == "Card payments fail at checkout" }},
		{"/inc summary One in five fails.\n\n- cause unknown", "rewritten", func(i incident.Incident) bool { return strings.Contains(i.Summary.Plain(), "cause unknown") }},
		{"/inc update We found it. --next 45m --status monitoring", "reminded of the next one in 45 minutes", func(i incident.Incident) bool {
			return i.LastUpdate.Message.Plain() == "We found it." && i.Status.Name == "Monitoring" && i.LastUpdate.NextMinutes == 45
		}},
		{"/inc update --next 1h --severity major Rolling back now", "in 1 hour", func(i incident.Incident) bool {
			return i.LastUpdate.Message.Plain() == "Rolling back now" && i.Severity.Name == "Major" && i.LastUpdate.NextMinutes == 60
		}},
		{"/update Half is back, next in 30m", "in 30 minutes", func(i incident.Incident) bool {
			return i.LastUpdate.Message.Plain() == "Half is back" && i.LastUpdate.NextMinutes == 30
		}},
		{"/inc action Tell the shops @Lena Ek", "Noted for Lena Ek", nil},
		{"/inc close All is well.", "is closed", func(i incident.Incident) bool {
			return i.ClosedAt != nil && i.LastUpdate.Message.Plain() == "All is well."
		}},
	} {
		d.clock.Advance(time.Second)
		if got := told(d.types(c.line)); !strings.Contains(got, c.told) {
			t.Errorf("%s: told %q, want %q", c.line, got, c.told)
		}
		if c.holds != nil && !c.holds(d.now()) {
			t.Errorf("%s: it is not so", c.line)
		}
	}
	if _, lines := d.cards(); lines < 10 {
		t.Errorf("the room shows %d lines of what was done", lines)
	}
}

func TestBareCommandAsksByAForm(t *testing.T) {
	d := sit(t)
	for _, c := range []struct {
		line   string
		values chat.FormValues
		holds  func(incident.Incident) bool
	}{
		{"/inc update", chat.FormValues{"message": "Looking", "next_update_in": "30"}, func(i incident.Incident) bool { return i.LastUpdate.NextMinutes == 30 }},
		{"/inc severity", chat.FormValues{"severity": "Major"}, func(i incident.Incident) bool { return i.Severity.Name == "Major" }},
		{"/inc status", chat.FormValues{"status": "Fixing"}, func(i incident.Incident) bool { return i.Status.Name == "Fixing" }},
		{"/inc summary", chat.FormValues{"summary": "What we know"}, func(i incident.Incident) bool { return i.Summary.Source == "What we know" }},
		{"/inc rename", chat.FormValues{"name": "Another"}, func(i incident.Incident) bool { return i.Name == "Another" }},
		{"/inc lead", chat.FormValues{"assignee": string(d.lena)}, func(i incident.Incident) bool { return i.Lead().ID == d.lena }},
		{"/inc action", chat.FormValues{"description": "Call"}, nil},
		{"/inc attach", chat.FormValues{"url": "https://acme.zoom.us/j/98765432100"}, nil},
		{"/inc timeline", chat.FormValues{"title": "The pool ran empty", "when": "08:00"}, nil},
		{"/inc close", chat.FormValues{"message": "Over"}, func(i incident.Incident) bool { return i.ClosedAt != nil }},
	} {
		d.clock.Advance(time.Second)
		form := d.types(c.line).Form
		if form == nil {
			t.Errorf("%s: no form", c.line)
			continue
		}
		values := chat.FormValues{}
		for _, in := range form.Inputs { // as a browser sends it: everything, with what was there at first
			values[in.Name] = in.Initial
			if wanted, given := c.values[in.Name]; given {
				values[in.Name] = wanted
				for _, o := range in.Options {
					if o.Label == wanted {
						values[in.Name] = o.Value
					}
				}
			}
		}
		if err := form.Check(values); err != nil {
			t.Errorf("%s: the form refuses %v: %v", c.line, values, err)
		}
		reply := d.does(chat.Interaction{Kind: chat.Submission, Action: form.Action, Value: form.Value, Values: values, Key: "key-" + c.line})
		if len(reply.Errors) > 0 || reply.Ephemeral == nil {
			t.Errorf("%s: answered %+v", c.line, reply)
		}
		if c.holds != nil && !c.holds(d.now()) {
			t.Errorf("%s: it is not so", c.line)
		}
	}
}

func TestWrongFormSaysWhichFieldAndWhat(t *testing.T) {
	d := sit(t)
	reply := d.does(chat.Interaction{Kind: chat.Submission, Action: "incident.update.send", Value: string(d.incident), Values: chat.FormValues{"message": "  "}})
	if reply.Errors["message"] == "" {
		t.Errorf("answered %+v", reply)
	}
	form := d.types("/inc summary").Form
	d.types("/inc summary Theirs")
	reply = d.does(chat.Interaction{Kind: chat.Submission, Action: form.Action, Value: form.Value, Values: chat.FormValues{"summary": "Mine"}})
	if !strings.Contains(reply.Errors["summary"], "Theirs") || d.now().Summary.Source != "Theirs" {
		t.Errorf("a stale summary: %+v, now %q", reply, d.now().Summary.Source)
	}
}

func TestUnknownWordsGetTheNearestCommand(t *testing.T) {
	d := sit(t)
	for line, want := range map[string]string{
		"/inc severty major":      "/inc severity",
		"/inc updaet x":           "/inc update",
		"/severity majr":          "Did you mean Major?",
		"/inc role captain @Lena": "There is no role",
		"/inc lead @Nobody Here":  "Nobody here is called",
		"/inc update x --next ho": "no time",
		"/sevrity":                "/inc severity",
		"/inc Checkout is slow":   "There is no command",
	} {
		if got := told(d.types(line)); !strings.Contains(got, want) {
			t.Errorf("%s: told %q, want %q in it", line, got, want)
		}
	}
	reply := d.types("/inc Checkout is slow")
	button := reply.Ephemeral.Blocks[len(reply.Ephemeral.Blocks)-1].Buttons[0]
	declared := d.does(chat.Interaction{Kind: chat.Press, Action: button.Action, Value: button.Value})
	if !strings.HasPrefix(declared.Redirect, "/incidents/INC-2") {
		t.Errorf("the button to declare: %+v", declared)
	}
}

func TestOutsideOfAnIncident(t *testing.T) {
	d := sit(t)
	if form := d.typesIn("", "/inc").Form; form == nil || form.Action != "incident.declare" {
		t.Errorf("bare: %+v", form)
	}
	if got := d.typesIn("", "/inc update service is down"); got.Redirect != "/incidents/INC-2" {
		t.Errorf("a name that begins with a command's word: %+v", got)
	}
	if got := told(d.typesIn("", "/inc close")); !strings.Contains(got, "incident's room") {
		t.Errorf("a command: %q", got)
	}
	if got := told(d.typesIn("", "/inc help")); !strings.Contains(got, "/inc") {
		t.Errorf("help: %q", got)
	}
}

func TestOverviewTellsHowItStands(t *testing.T) {
	d := sit(t)
	d.types("/inc severity major")
	got := told(d.types("/inc"))
	for _, want := range []string{"INC-1 Card payments fail", "Severity: Major", "Lead: Maya Lind"} {
		if !strings.Contains(got, want) {
			t.Errorf("the overview %q does not tell %q", got, want)
		}
	}
}

func TestCompletionTellsHowItStandsNow(t *testing.T) {
	d := sit(t)
	d.types("/inc severity major")
	for typed, want := range map[string][]string{
		"/s":            {"/severity", "/status", "/summary", "/subscribe", "/stream", "/streams"},
		"/inc se":       {"/inc severity"},
		"/severity c":   {"/severity critical"},
		"/role ":        nil,
		"no command":    nil,
		"/inc status f": {"/inc status fixing"},
	} {
		got, err := d.bot.Complete(d.ctx, d.incident, typed)
		if err != nil {
			t.Fatal(err)
		}
		var commands []string
		for _, s := range got {
			commands = append(commands, s.Command)
		}
		if typed == "/role " {
			if len(got) < 2 {
				t.Errorf("%q: %v", typed, commands)
			}
			continue
		}
		if !slices.Equal(commands, want) {
			t.Errorf("%q: got %v, want %v", typed, commands, want)
		}
		if typed == "/s" && got[0].Meaning != "Change the severity, now Major" {
			t.Errorf("meaning: %q", got[0].Meaning)
		}
	}
}

func TestReminderIsOneCardThatFollowsWhatHappens(t *testing.T) {
	d := sit(t)
	d.types("/inc update Looking --next 15m")
	card := func() chat.Message {
		t.Helper()
		cards, _ := d.cards()
		var found []chat.Message
		for _, c := range cards {
			if strings.HasPrefix(c.Key, "update-due/") {
				found = append(found, c)
			}
		}
		if len(found) != 1 {
			t.Fatalf("%d cards of the reminder", len(found))
		}
		return found[0]
	}
	fire := func(after time.Duration) {
		t.Helper()
		d.clock.Advance(after)
		if _, err := d.timers.Fire(t.Context()); err != nil {
			t.Fatal(err)
		}
		d.drain()
	}
	fire(15 * time.Minute)
	first := card()
	if !strings.Contains(first.Text, "due now") || !strings.Contains(first.Text, "Maya Lind") {
		t.Errorf("the card: %q", first.Text)
	}
	snooze := first.Blocks[len(first.Blocks)-1].Buttons[1]
	if got := told(d.does(chat.Interaction{Kind: chat.Press, Action: snooze.Action, Value: snooze.Value})); !strings.Contains(got, "10 minutes") {
		t.Errorf("snoozed: %q", got)
	}
	if got := card(); !strings.Contains(got.Text, "due at 09:25 UTC") {
		t.Errorf("after the snooze: %q", got.Text)
	}
	fire(10 * time.Minute)
	if got := card(); !strings.Contains(got.Text, "due now") {
		t.Errorf("reminded again: %q", got.Text)
	}
	write := card().Blocks[len(card().Blocks)-1].Buttons[0]
	if form := d.does(chat.Interaction{Kind: chat.Press, Action: write.Action, Value: write.Value}).Form; form == nil {
		t.Error("the first button shows no form")
	}
	d.types("/inc update Done --next none")
	if got := card(); !strings.Contains(got.Text, "has been sent") {
		t.Errorf("after the update: %q", got.Text)
	}
}

func TestSameSubmissionTwiceIsOneUpdate(t *testing.T) {
	d := sit(t)
	for range 2 {
		d.does(chat.Interaction{Kind: chat.Submission, Action: "incident.update.send", Value: string(d.incident), Values: chat.FormValues{"message": "Once"}, Key: "k"})
	}
	if got := d.now().Updates; got != 1 {
		t.Errorf("updates: %d", got)
	}
}

func TestPathsAreNoCommands(t *testing.T) {
	for text, want := range map[string]bool{"/severity major": true, "/inc": true, "/inc\nCheckout": true, "/?": true, "/var/log is full": false, "/dev/sda": false, "hello /inc": false, "/": false, "/ x": false} {
		if got := chatops.IsCommand(text); got != want {
			t.Errorf("IsCommand(%q) = %v", text, got)
		}
	}
}

func TestSameCommandTwiceIsOneUpdate(t *testing.T) {
	d := sit(t)
	for range 2 {
		if _, err := d.bot.CommandOnce(d.ctx, d.incident, "/inc update Once", "k"); err != nil {
			t.Fatal(err)
		}
	}
	if got := d.now().Updates; got != 1 {
		t.Errorf("updates: %d", got)
	}
}

func TestClosedIncidentIsReopenedByItsStatus(t *testing.T) {
	d := sit(t)
	d.types("/inc close")
	d.does(chat.Interaction{Kind: chat.Submission, Action: "incident.close", Value: string(d.incident), Values: chat.FormValues{}})
	if d.now().ClosedAt == nil {
		t.Fatal("it is not closed")
	}
	if got := told(d.types("/inc status fixing")); !strings.Contains(got, "Fixing now") || !d.now().Live() {
		t.Errorf("told %q, live %v", got, d.now().Live())
	}
}

func TestPrivateIncidentsRoomTellsItsStory(t *testing.T) {
	d := sit(t)
	brief, err := d.needs.Incidents.Declare(d.ctx, incident.Declare{Name: "Someone got in", Private: true})
	if err != nil {
		t.Fatal(err)
	}
	d.drain()
	d.incident = brief.ID
	d.types("/inc severity critical")
	cards, lines := d.cards()
	if len(cards) != 2 || lines < 2 {
		t.Errorf("the room has %d cards and %d lines", len(cards), lines)
	}
}

func TestViewerIsToldThatTheyMayNot(t *testing.T) {
	d := sit(t)
	d.ctx = tenant.With(t.Context(), tenant.Scope{Organisation: d.org, Actor: tenant.Actor{Type: tenant.User, ID: d.lena, Name: "Lena Ek"}, Permissions: authz.Viewer.Permissions()})
	if got := told(d.types("/inc severity critical")); !strings.Contains(got, "You may not do this") {
		t.Errorf("told %q", got)
	}
}
