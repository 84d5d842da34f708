package action_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/incident"
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

// world is an organisation with one live incident, led by Maya.
type world struct {
	t            testing.TB
	d            *testdb.Database
	clock        *clock.Manual
	timers       *timer.Timers
	actions      *action.Service
	incidents    *incident.Service
	organisation id.ID
	incident     id.ID
	maya, jonas  id.ID
	as           context.Context
}

func newWorld(t testing.TB, d *testdb.Database) *world {
	t.Helper()
	w := &world{t: t, d: d, clock: clock.NewManual(testdb.Start), organisation: d.Organisation(t, "Test organisation")}
	bus := event.NewBus(d.DB, w.clock, nowhere{}, nowhere{})
	w.timers = timer.New(d.DB, w.clock)
	w.incidents = incident.New(d.DB, bus, w.clock, w.timers)
	w.actions = action.New(d.DB, bus, w.clock, w.timers)
	w.maya, w.jonas = d.User(t, w.organisation, "Maya Berg", "responder"), d.User(t, w.organisation, "Jonas Vogel", "responder")
	w.as = w.person(w.maya, "Maya Berg", authz.Responder)
	err := d.DB.Write(tenant.AsSystem(t.Context(), w.organisation), func(ctx context.Context, tx pgx.Tx) error {
		return incident.Found(ctx, tx, testdb.Start)
	})
	if err != nil {
		t.Fatal(err)
	}
	brief, err := w.incidents.Declare(w.as, incident.Declare{Name: "Payments fail"})
	if err != nil {
		t.Fatal(err)
	}
	w.incident = brief.ID
	return w
}

func (w *world) person(user id.ID, name string, role authz.Role) context.Context {
	return tenant.With(w.t.Context(), tenant.Scope{
		Organisation: w.organisation, Actor: tenant.Actor{Type: tenant.User, ID: user, Name: name}, Permissions: role.Permissions(),
	})
}

func (w *world) create(description string) action.Action {
	w.t.Helper()
	made, err := w.actions.Create(w.as, action.Create{Incident: w.incident, Description: description})
	if err != nil {
		w.t.Fatal(err)
	}
	return made
}

// happened lists the kinds of events about actions in order.
func (w *world) happened() []string {
	w.t.Helper()
	rows, err := w.d.DB.Pool().Query(w.t.Context(), `SELECT kind FROM muster.event WHERE organisation_id = $1 AND kind LIKE 'action.%' ORDER BY seq`, string(w.organisation))
	if err != nil {
		w.t.Fatal(err)
	}
	kinds, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		w.t.Fatal(err)
	}
	return kinds
}

func TestActions(t *testing.T) {
	t.Parallel()
	d := testdb.New(t)

	t.Run("the life of one", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, d)
		a := w.create("  Roll back the release \n")
		if a.Description != "Roll back the release" || a.Status != action.Outstanding || a.Creator.Name != "Maya Berg" || a.Assignee != nil {
			t.Errorf("created %+v", a)
		}
		w.clock.Advance(time.Minute)
		steps := []struct {
			kind string
			run  func() (action.Action, error)
			want action.Status
		}{
			{"action.assigned", func() (action.Action, error) {
				return w.actions.Assign(w.as, action.Assign{Action: a.ID, Assignee: w.jonas})
			}, action.Outstanding},
			{"action.completed", func() (action.Action, error) { return w.actions.Complete(w.as, action.Complete{Action: a.ID}) }, action.Completed},
			{"action.reopened", func() (action.Action, error) { return w.actions.Reopen(w.as, action.Reopen{Action: a.ID}) }, action.Outstanding},
			{"action.edited", func() (action.Action, error) {
				return w.actions.Edit(w.as, action.Edit{Action: a.ID, Description: "Roll it back"})
			}, action.Outstanding},
			{"action.not_doing", func() (action.Action, error) { return w.actions.Drop(w.as, action.Drop{Action: a.ID}) }, action.NotDoing},
		}
		want := []string{"action.created"}
		for _, step := range steps {
			want = append(want, step.kind)
			for range 2 { // the second time changes nothing
				got, err := step.run()
				if err != nil || got.Status != step.want {
					t.Errorf("%s: %+v, %v", step.kind, got, err)
				}
				if (got.CompletedAt != nil) != (got.Status == action.Completed) {
					t.Errorf("%s: completed at %v", step.kind, got.CompletedAt)
				}
			}
			if diff := cmp.Diff(want, w.happened()); diff != "" {
				t.Errorf("after %s (-want +got):\n%s", step.kind, diff)
			}
		}
		if got, err := w.actions.Delete(w.as, action.Delete{Action: a.ID}); err != nil || !got.ID.Empty() {
			t.Errorf("deleted: %+v, %v", got, err)
		}
		if _, err := w.actions.Complete(w.as, action.Complete{Action: a.ID}); !problem.Is(err, problem.NotFound) {
			t.Errorf("what is deleted: %v", err)
		}
		if list, err := w.actions.List(w.as, w.incident); err != nil || len(list) != 0 {
			t.Errorf("listed %+v, %v", list, err)
		}
	})

	t.Run("a double click adds one", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, d)
		var wg sync.WaitGroup
		made := make([]action.Action, 5)
		for n := range made {
			wg.Go(func() {
				var err error
				made[n], err = w.actions.Create(w.as, action.Create{Incident: w.incident, Description: "Call support", Key: "k"})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, one := range made {
			if one.ID != made[0].ID {
				t.Errorf("two actions: %s and %s", one.ID, made[0].ID)
			}
		}
		if open, all, err := w.actions.Count(w.as, w.incident); err != nil || open != 1 || all != 1 {
			t.Errorf("%d of %d outstanding, %v", open, all, err)
		}
	})

	t.Run("who is given one takes part and sees it", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, d)
		if _, err := w.actions.Create(w.as, action.Create{Incident: w.incident, Description: "Look at the logs", Assignee: w.jonas}); err != nil {
			t.Fatal(err)
		}
		people, err := w.incidents.People(w.as, w.incident)
		if err != nil || len(people) != 2 || people[1].ID != w.jonas || people[1].As != incident.Collaborator {
			t.Errorf("people %+v, %v", people, err)
		}
		mine, err := w.actions.AssignedTo(w.person(w.jonas, "Jonas Vogel", authz.Responder), w.jonas)
		if err != nil || len(mine) != 1 || mine[0].IncidentReference != "INC-1" || mine[0].IncidentName != "Payments fail" || mine[0].Assignee.Name != "Jonas Vogel" {
			t.Errorf("assigned %+v, %v", mine, err)
		}
		if _, err := w.incidents.Close(w.as, incident.Close{Incident: w.incident}); err != nil {
			t.Fatal(err)
		}
		if mine, err := w.actions.AssignedTo(w.as, w.jonas); err != nil || len(mine) != 0 {
			t.Errorf("after the end: %+v, %v", mine, err)
		}
	})

	t.Run("the second editor is told", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, d)
		a := w.create("First")
		if _, err := w.actions.Edit(w.as, action.Edit{Action: a.ID, Description: "Second", Version: a.Version}); err != nil {
			t.Fatal(err)
		}
		var stale *incident.Stale
		if _, err := w.actions.Edit(w.as, action.Edit{Action: a.ID, Description: "Third", Version: a.Version}); !errors.As(err, &stale) || stale.Now != "Second" {
			t.Errorf("got %v", err)
		}
	})

	t.Run("another organisation finds nothing", func(t *testing.T) {
		t.Parallel()
		theirs, w := newWorld(t, d), newWorld(t, d)
		a, own := theirs.create("Theirs"), w.create("Ours")
		only := func(_ any, err error) error { return err }
		_, _, counted := w.actions.Count(w.as, theirs.incident)
		for name, err := range map[string]error{
			"create":         only(w.actions.Create(w.as, action.Create{Incident: theirs.incident, Description: "x"})),
			"for their user": only(w.actions.Create(w.as, action.Create{Incident: w.incident, Description: "x", Assignee: theirs.maya})),
			"assign":         only(w.actions.Assign(w.as, action.Assign{Action: a.ID, Assignee: w.maya})),
			"to their user":  only(w.actions.Assign(w.as, action.Assign{Action: own.ID, Assignee: theirs.maya})),
			"complete":       only(w.actions.Complete(w.as, action.Complete{Action: a.ID})),
			"reopen":         only(w.actions.Reopen(w.as, action.Reopen{Action: a.ID})),
			"drop":           only(w.actions.Drop(w.as, action.Drop{Action: a.ID})),
			"edit":           only(w.actions.Edit(w.as, action.Edit{Action: a.ID, Description: "x"})),
			"set due":        only(w.actions.SetDue(w.as, action.SetDue{Action: a.ID, Due: testdb.Start.Add(time.Hour)})),
			"delete":         only(w.actions.Delete(w.as, action.Delete{Action: a.ID})),
			"get":            only(w.actions.Get(w.as, a.ID)),
			"list":           only(w.actions.List(w.as, theirs.incident)),
			"count":          counted,
		} {
			if !problem.Is(err, problem.NotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		viewer := w.person(w.jonas, "Jonas Vogel", authz.Viewer)
		if _, err := w.actions.Complete(viewer, action.Complete{Action: own.ID}); !problem.Is(err, problem.Forbidden) {
			t.Errorf("a viewer: %v", err)
		}
		if diff := cmp.Diff([]string{"action.created"}, theirs.happened()); diff != "" {
			t.Errorf("their events (-want +got):\n%s", diff)
		}
	})

	t.Run("a due time", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, testdb.New(t)) // timers are everybody's in a database, and each test has its own time
		a := w.create("Check the pool")
		due := func(at time.Time) error {
			_, err := w.actions.SetDue(w.as, action.SetDue{Action: a.ID, Due: at})
			return err
		}
		for name, wrong := range map[string]time.Time{"past": testdb.Start, "too_far": testdb.Start.Add(91 * 24 * time.Hour)} {
			if all := problem.All(due(wrong)); len(all) != 1 || all[0].Field != "due" || all[0].Code != name {
				t.Errorf("%s: %v", name, all)
			}
		}
		fire := func() {
			t.Helper()
			if _, err := w.timers.Fire(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		must := func(_ any, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(nil, due(testdb.Start.Add(time.Hour)))
		must(nil, due(testdb.Start.Add(time.Hour))) // the same again changes nothing
		w.clock.Advance(time.Hour)
		fire()
		fire()
		must(nil, due(w.clock.Now().Add(time.Minute)))
		must(w.actions.Complete(w.as, action.Complete{Action: a.ID}))
		w.clock.Advance(time.Hour)
		fire() // what is done reminds nobody
		must(w.actions.Reopen(w.as, action.Reopen{Action: a.ID}))
		must(nil, due(w.clock.Now().Add(time.Minute)))
		must(nil, due(time.Time{}))
		w.clock.Advance(time.Hour)
		fire() // nor what is due at no time
		b, err := w.actions.Create(w.as, action.Create{Incident: w.incident, Description: "Call them", Due: w.clock.Now().Add(time.Minute)})
		must(b, err)
		must(w.incidents.Close(w.as, incident.Close{Incident: w.incident}))
		w.clock.Advance(time.Hour)
		fire() // nor what is over
		want := []string{
			"action.created", "action.due_set", "action.due", "action.due_set", "action.completed", "action.reopened", "action.due_set", "action.due_set", "action.created",
		}
		if diff := cmp.Diff(want, w.happened()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})

	t.Run("descriptions", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, d)
		for _, wrong := range []string{"", " \t\n", string(make([]byte, 3))} {
			if _, err := w.actions.Create(w.as, action.Create{Incident: w.incident, Description: wrong}); problem.All(err)[0].Field != "description" {
				t.Errorf("%q: %v", wrong, err)
			}
		}
	})
}

var write = flag.Bool("write", false, "write the golden payloads anew")

// TestPayloads holds the stored form of every event: what an earlier release queued, this one must still read.
func TestPayloads(t *testing.T) {
	t.Parallel()
	what := action.What{About: incident.About{Incident: "01INCIDENT", Private: true}, Action: "01ACTION", Description: "a text"}
	due := testdb.Start.UTC()
	for _, e := range []event.Event{
		action.ActionCreated{What: what, Assignee: "01USER"},
		action.ActionAssigned{What: what, From: "01FROM", To: "01TO"},
		action.ActionCompleted{What: what},
		action.ActionReopened{What: what},
		action.ActionNotDoing{What: what, FollowUp: "01FOLLOWUP"},
		action.ActionDueSet{What: what, Due: &due},
		action.ActionDue{What: what, Due: due},
		action.ActionEdited{What: what},
		action.ActionDeleted{What: what},
	} {
		got, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", e.Kind()+".v"+strconv.Itoa(e.Version())+".json")
		if *write {
			if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Errorf("%s: %v; go test -write makes it", e.Kind(), err)
			continue
		}
		if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
			t.Errorf("%s (-want +got):\n%s", e.Kind(), diff)
		}
	}
}
