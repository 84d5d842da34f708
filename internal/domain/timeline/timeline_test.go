package timeline_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/timeline"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/timer"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// nowhere stands in for the job queue and the live signal: nothing here waits for either.
type nowhere struct{}

func (nowhere) Enqueue(context.Context, pgx.Tx, []event.Delivery) error { return nil }
func (nowhere) Signal(event.Record)                                     {}

type world struct {
	t            testing.TB
	d            *testdb.Database
	clock        *clock.Manual
	bus          *event.Bus
	timers       *timer.Timers
	actions      *action.Service
	incidents    *incident.Service
	rooms        *room.Service
	timeline     *timeline.Service
	organisation id.ID
	maya, jonas  id.ID
	as           context.Context
}

func newWorld(t testing.TB, d *testdb.Database) *world {
	t.Helper()
	w := &world{t: t, d: d, clock: clock.NewManual(testdb.Start), organisation: d.Organisation(t, "Test organisation")}
	w.bus = event.NewBus(d.DB, w.clock, nowhere{}, nowhere{})
	w.timers = timer.New(d.DB, w.clock)
	w.incidents = incident.New(d.DB, w.bus, w.clock, w.timers)
	w.actions = action.New(d.DB, w.bus, w.clock, timer.New(d.DB, w.clock))
	w.rooms = room.New(d.DB, w.bus, w.clock, nil)
	w.timeline = timeline.New(d.DB, w.bus, w.clock, w.rooms)
	w.timeline.Subscribe(w.bus)
	w.maya, w.jonas = d.User(t, w.organisation, "Maya Berg", "responder"), d.User(t, w.organisation, "Jonas Vogel", "responder")
	w.as = w.person(w.maya, "Maya Berg")
	err := d.DB.Write(tenant.AsSystem(t.Context(), w.organisation), func(ctx context.Context, tx pgx.Tx) error {
		return incident.Found(ctx, tx, testdb.Start)
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) person(user id.ID, name string) context.Context {
	return tenant.With(w.t.Context(), tenant.Scope{
		Organisation: w.organisation, Actor: tenant.Actor{Type: tenant.User, ID: user, Name: name}, Permissions: authz.Responder.Permissions(),
	})
}

func (w *world) must(_ any, err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	w.clock.Advance(time.Minute)
}

func (w *world) names() (severities, statuses, roles map[string]id.ID) {
	w.t.Helper()
	severities, statuses, roles = map[string]id.ID{}, map[string]id.ID{}, map[string]id.ID{}
	sev, err := w.incidents.Severities(w.as)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, s := range sev {
		severities[s.Name] = s.ID
	}
	sta, err := w.incidents.Statuses(w.as)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, s := range sta {
		statuses[s.Name] = s.ID
	}
	rol, err := w.incidents.Roles(w.as)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range rol {
		roles[r.Shortform] = r.ID
	}
	return severities, statuses, roles
}

// TestTimeline runs what needs a database: one for all, with an organisation for each.
func TestTimeline(t *testing.T) {
	t.Parallel()
	d := testdb.New(t)
	for name, run := range map[string]func(*testing.T, *testdb.Database){
		"IncidentWritesItsOwnStory":         testIncidentWritesItsOwnStory,
		"NamesOfThenStay":                   testNamesOfThenStay,
		"PinnedMessageStandsWhereItWasSaid": testPinnedMessageStandsWhereItWasSaid,
		"TimelineOfOtherOrganisation":       testTimelineOfOtherOrganisation,
		"TimelineIsCurated":                 testTimelineIsCurated,
		"TimesAndTitlesAreChecked":          testTimesAndTitlesAreChecked,
		"MessageOnTheTimeline":              testMessageOnTheTimeline,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, d)
		})
	}
}

func testIncidentWritesItsOwnStory(t *testing.T, _ *testdb.Database) {
	w := newWorld(t, testdb.New(t)) // timers are everybody's in a database, and each test has its own time
	severities, statuses, roles := w.names()
	s, jonas := w.incidents, w.person(w.jonas, "Jonas Vogel")
	brief, err := s.Declare(w.as, incident.Declare{Name: "Payments fail", Severity: severities["Minor"]})
	w.must(brief, err)
	inc := brief.ID
	w.must(s.Join(jonas, incident.Join{Incident: inc}))
	w.must(s.ChangeSeverity(w.as, incident.ChangeSeverity{Incident: inc, Severity: severities["Major"]}))
	w.must(s.HandOver(w.as, incident.HandOver{Incident: inc, Role: roles["lead"], To: w.jonas, Note: "I fix."}))
	w.must(s.ChangeSummary(jonas, incident.ChangeSummary{Incident: inc, Source: "A secret"}))
	w.must(s.Rename(jonas, incident.Rename{Incident: inc, Name: "Card payments fail"}))
	made, err := w.actions.Create(jonas, action.Create{Incident: inc, Description: "Roll back", Assignee: w.maya})
	w.must(made, err)
	w.must(w.actions.Complete(w.as, action.Complete{Action: made.ID}))
	w.must(s.ChangeStatus(w.as, incident.ChangeStatus{Incident: inc, Status: statuses["Fixing"]}))
	w.must(s.SendUpdate(jonas, incident.SendUpdate{
		Incident: inc, Message: "**Rolled** back.", Status: statuses["Monitoring"], Severity: severities["Minor"], NextMinutes: 15,
	}))
	w.clock.Advance(15 * time.Minute)
	w.must(w.timers.Fire(t.Context()))
	w.must(s.SnoozeReminder(jonas, incident.SnoozeReminder{Incident: inc, Minutes: 60}))
	w.must(s.Close(jonas, incident.Close{Incident: inc, Message: "All is well."}))
	w.must(s.Reopen(w.as, incident.Reopen{Incident: inc}))

	log, err := w.timeline.Activity(w.as, inc, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range log {
		got = append(got, a.Sentence(w.maya).String())
	}
	want := []string{
		"You reopened the incident",
		"Jonas Vogel closed the incident",
		"Jonas Vogel sent an update and set the status to Closed",
		"Jonas Vogel moved the next update to 1 hour later",
		"The next update is due",
		"Jonas Vogel sent an update, set the status to Monitoring and lowered the severity from Major to Minor",
		"You set the status to Fixing",
		"You completed an action: “Roll back”",
		"Jonas Vogel gave you an action: “Roll back”",
		"Jonas Vogel renamed the incident to “Card payments fail”",
		"Jonas Vogel rewrote the summary",
		"You handed Incident Lead over to Jonas Vogel: “I fix.”",
		"You raised the severity from Minor to Major",
		"Jonas Vogel joined",
		"You declared the incident as Minor",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("activity (-want +got):\n%s", diff)
	}
	older, err := w.timeline.Activity(w.as, inc, log[12].Seq, 100)
	if err != nil || len(older) != 2 || older[0].ID != log[13].ID {
		t.Errorf("before place %d there are %d, %v", log[12].Seq, len(older), err)
	}

	items, err := w.timeline.Timeline(w.as, inc)
	if err != nil {
		t.Fatal(err)
	}
	got = nil
	for _, i := range items {
		line := i.Title(w.jonas).String()
		if text := i.Body.Line(); text != "" {
			line += ": " + text
		}
		got = append(got, line)
	}
	want = []string{
		"Maya Berg declared the incident as Minor",
		"Maya Berg raised the severity from Minor to Major",
		"Maya Berg handed Incident Lead over to you: “I fix.”",
		"Maya Berg set the status to Fixing",
		"You sent an update, set the status to Monitoring and lowered the severity from Major to Minor: Rolled back.",
		"You sent an update and set the status to Closed: All is well.",
		"You closed the incident",
		"Maya Berg reopened the incident",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("timeline (-want +got):\n%s", diff)
	}

	byID, err := w.timeline.Activities(w.as, []id.ID{log[0].ID, log[2].ID, "01NONE"})
	if err != nil || len(byID) != 2 || byID[log[0].ID].Kind != "incident.reopened" {
		t.Errorf("by id: %+v, %v", byID, err)
	}
}

func testNamesOfThenStay(t *testing.T, d *testdb.Database) {
	w := newWorld(t, d)
	severities, _, _ := w.names()
	brief, err := w.incidents.Declare(w.as, incident.Declare{Name: "Payments fail", Severity: severities["Major"]})
	w.must(brief, err)
	admin := tenant.AsSystem(t.Context(), w.organisation)
	w.must(w.incidents.EditSeverity(admin, incident.EditSeverity{ID: severities["Major"], Name: "Serious"}))
	log, err := w.timeline.Activity(w.as, brief.ID, 0, 1)
	if err != nil || log[0].Sentence("").String() != "Maya Berg declared the incident as Major" {
		t.Errorf("the log says %q, %v", log[0].Sentence("").String(), err)
	}
}

func testPinnedMessageStandsWhereItWasSaid(t *testing.T, d *testdb.Database) {
	w := newWorld(t, d)
	brief, err := w.incidents.Declare(w.as, incident.Declare{Name: "Payments fail"})
	w.must(brief, err)
	inc, said := brief.ID, w.clock.Now()
	message := id.New(said)
	_, err = w.d.DB.Pool().Exec(t.Context(), `INSERT INTO muster.room_message
		(organisation_id, id, incident_id, seq, changed_seq, client_key, kind, author_id, author_name, source, posted_at, recorded_at)
		VALUES ($1, $2, $3, 1000, 1000, 'k', 'user', $4, 'Jonas Vogel', 'It starts at 13:52', $5, $5)`,
		string(w.organisation), string(message), string(inc), string(w.jonas), said)
	w.must(nil, err)
	w.must(w.incidents.ChangeSummary(w.as, incident.ChangeSummary{Incident: inc, Source: "x"}))
	w.must(w.incidents.Close(w.as, incident.Close{Incident: inc}))
	publish := func(e event.Event) {
		t.Helper()
		w.must(nil, w.d.DB.Write(w.as, func(ctx context.Context, tx pgx.Tx) error { return w.bus.Publish(ctx, tx, e) }))
	}
	titles := func() []string {
		items, err := w.timeline.Timeline(w.as, inc)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, i := range items {
			all = append(all, i.Title(w.maya).String()+" "+i.Body.Source)
		}
		return all
	}
	pinned := []string{"You declared the incident ", "Jonas Vogel wrote It starts at 13:52", "You closed the incident "}
	without := []string{pinned[0], pinned[2]}
	for n, want := range [][]string{pinned, pinned, without, pinned} { // pinned, again, unpinned, pinned anew
		if n == 2 {
			publish(room.MessageUnpinned{Incident: inc, Message: message})
		} else {
			publish(room.MessagePinned{Incident: inc, Message: message, PostedAt: said})
		}
		if diff := cmp.Diff(want, titles()); diff != "" {
			t.Errorf("step %d (-want +got):\n%s", n, diff)
		}
	}
	publish(room.MessageDeleted{Incident: inc, Message: message})
	if diff := cmp.Diff(without, titles()); diff != "" {
		t.Errorf("after it was deleted (-want +got):\n%s", diff)
	}
}

func testTimelineOfOtherOrganisation(t *testing.T, d *testdb.Database) {
	theirs, ours := newWorld(t, d), newWorld(t, d)
	brief, err := theirs.incidents.Declare(theirs.as, incident.Declare{Name: "Theirs"})
	theirs.must(brief, err)
	if _, err := ours.timeline.Activity(ours.as, brief.ID, 0, 10); !problem.Is(err, problem.NotFound) {
		t.Errorf("activity: %v", err)
	}
	if _, err := ours.timeline.Timeline(ours.as, brief.ID); !problem.Is(err, problem.NotFound) {
		t.Errorf("timeline: %v", err)
	}
	log, err := theirs.timeline.Activity(theirs.as, brief.ID, 0, 10)
	if err != nil || len(log) != 1 {
		t.Fatalf("their log %+v, %v", log, err)
	}
	if found, err := ours.timeline.Activities(ours.as, []id.ID{log[0].ID}); err != nil || len(found) != 0 {
		t.Errorf("found %+v, %v", found, err)
	}
}

func TestSentences(t *testing.T) {
	t.Parallel()
	maya := tenant.Actor{Type: tenant.User, ID: "01MAYA", Name: "Maya"}
	me, jonas, lena := &timeline.Named{ID: "01MAYA", Name: "Maya"}, &timeline.Named{ID: "01JONAS", Name: "Jonas"}, &timeline.Named{ID: "01LENA", Name: "Lena"}
	lead := &timeline.Named{ID: "01ROLE", Name: "Incident Lead"}
	for _, c := range []struct {
		kind    string
		details timeline.Details
		plain   string // for nobody in particular
		yours   string // for Maya, who did it
	}{
		{"incident.role_assigned", timeline.Details{Role: lead, To: me}, "Maya became Incident Lead", "You became Incident Lead"},
		{"incident.role_assigned", timeline.Details{Role: lead, From: jonas, To: me}, "Maya took over as Incident Lead from Jonas", "You took over as Incident Lead from Jonas"},
		{"incident.role_assigned", timeline.Details{Role: lead, To: jonas}, "Maya made Jonas Incident Lead", "You made Jonas Incident Lead"},
		{"incident.role_assigned", timeline.Details{Role: lead, From: lena, To: jonas}, "Maya made Jonas Incident Lead in place of Lena", "You made Jonas Incident Lead in place of Lena"},
		{"incident.role_assigned", timeline.Details{Role: lead, From: me}, "Maya stepped down as Incident Lead", "You stepped down as Incident Lead"},
		{"incident.role_assigned", timeline.Details{Role: lead, From: jonas}, "Maya removed Jonas as Incident Lead", "You removed Jonas as Incident Lead"},
		{"incident.severity_changed", timeline.Details{Severity: &timeline.Shift{To: lead}}, "Maya set the severity to Incident Lead", "You set the severity to Incident Lead"},
		{"incident.update_due", timeline.Details{Reminder: 2}, "The next update is still due", "The next update is still due"},
		{"incident.reminder_snoozed", timeline.Details{Minutes: 120}, "Maya moved the next update to 2 hours later", "You moved the next update to 2 hours later"},
		{"incident.reminder_skipped", timeline.Details{}, "Maya skipped the next update", "You skipped the next update"},
		{"action.created", timeline.Details{Text: "Look"}, "Maya added an action: “Look”", "You added an action: “Look”"},
		{"action.created", timeline.Details{Text: "Look", To: me}, "Maya took on an action: “Look”", "You took on an action: “Look”"},
		{"action.assigned", timeline.Details{Text: "Look", From: jonas}, "Maya took an action from Jonas: “Look”", "You took an action from Jonas: “Look”"},
		{"action.not_doing", timeline.Details{Text: "Look"}, "Maya dropped an action: “Look”", "You dropped an action: “Look”"},
	} {
		a := timeline.Activity{Kind: c.kind, Actor: maya, Details: c.details}
		if got := a.Sentence("").String(); got != c.plain {
			t.Errorf("%q, wanted %q", got, c.plain)
		}
		if got := a.Sentence("01MAYA").String(); got != c.yours {
			t.Errorf("%q, wanted %q", got, c.yours)
		}
	}
	system := timeline.Activity{Kind: "incident.closed", Actor: tenant.Muster}
	if got := system.Sentence(""); got.String() != "Muster closed the incident" || got[0].Kind != timeline.Words {
		t.Errorf("%+v", got)
	}
}
