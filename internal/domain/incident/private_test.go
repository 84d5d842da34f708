package incident_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// TestPrivate runs what private incidents need a database for: one for all, with an organisation for each.
func TestPrivate(t *testing.T) {
	t.Parallel()
	d := testdb.New(t)
	for name, run := range map[string]func(*testing.T, *testdb.Database){
		"MadePrivateHidesEveryRow":               testMadePrivateHidesEveryRow,
		"MadePrivateWhileOthersWrite":            testMadePrivateWhileOthersWrite,
		"MadePublicOnlyOnPurpose":                testMadePublicOnlyOnPurpose,
		"WhoIsGivenARoleSeesTheIncident":         testWhoIsGivenARoleSeesTheIncident,
		"AccessIsNotTakenFromTheLastOne":         testAccessIsNotTakenFromTheLastOne,
		"AskingTellsNothing":                     testAskingTellsNothing,
		"WhatNobodySeesIsTakenOverByAnOwner":     testWhatNobodySeesIsTakenOverByAnOwner,
		"ALateWriterCannotLeaveARowOpen":         testALateWriterCannotLeaveARowOpen,
		"CountsFollowTheMark":                    testCountsFollowTheMark,
		"TablesOfIncidentsKeepTheMarkThemselves": testTablesOfIncidentsKeepTheMarkThemselves,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, d)
		})
	}
}

// marks counts the rows of an incident over all tables by their mark, as the owner sees them.
func (w *world) marks(inc id.ID) (open, private int) {
	w.t.Helper()
	rows, err := w.DB.Pool().Query(w.t.Context(), `SELECT muster.incident_tables()::text`)
	if err != nil {
		w.t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) < 15 {
		w.t.Fatalf("%d tables belong to incidents, %v", len(tables), err)
	}
	for _, table := range tables {
		var o, p int
		err := w.DB.Pool().QueryRow(w.t.Context(), fmt.Sprintf(`SELECT count(*) FILTER (WHERE NOT private), count(*) FILTER (WHERE private)
			FROM %s WHERE organisation_id = $1 AND incident_id = $2`, table), w.organisation, inc).Scan(&o, &p)
		if err != nil {
			w.t.Fatal(err)
		}
		open, private = open+o, private+p
	}
	return open, private
}

func testMadePrivateHidesEveryRow(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	inc := w.declare("Salaries leaked")
	jonas := w.person(w.jonas, "Jonas Vogel", authz.Administrator)
	if _, err := w.incidents.SendUpdate(w.as, incident.SendUpdate{Incident: inc, Message: "We look.", NextMinutes: 30}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.incidents.Join(jonas, incident.Join{Incident: inc}); err != nil {
		t.Fatal(err)
	}
	open, _ := w.marks(inc)
	// Jonas is left out on purpose.
	out, err := w.incidents.MakePrivate(w.as, incident.MakePrivate{Incident: inc, Keep: []id.ID{}})
	if err != nil || !out.Changed {
		t.Fatalf("made private: %+v, %v", out, err)
	}
	if still, private := w.marks(inc); still != 0 || private <= open-2 {
		t.Errorf("%d rows were open; %d are, and %d are private", open, still, private)
	}
	if _, err := w.incidents.Get(jonas, inc); !problem.Is(err, problem.NotFound) {
		t.Errorf("who was left out gets %v", err)
	}
	if people, err := w.incidents.People(w.as, inc); err != nil || len(people) != 1 {
		t.Errorf("in the room are %+v, %v", people, err)
	}
	if again, err := w.incidents.MakePrivate(w.as, incident.MakePrivate{Incident: inc}); err != nil || again.Changed {
		t.Errorf("twice: %+v, %v", again, err)
	}
}

func testMadePrivateWhileOthersWrite(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	inc := w.declare("Busy")
	jonas := w.person(w.jonas, "Jonas Vogel", authz.Administrator)
	if _, err := w.incidents.Join(jonas, incident.Join{Incident: inc}); err != nil {
		t.Fatal(err)
	}
	outsider := d.User(t, w.organisation, "Olga Out", "responder")
	olga := w.person(outsider, "Olga Out", authz.Administrator)
	var wg sync.WaitGroup
	begun := make(chan struct{}, 3)
	for name, as := range map[string]context.Context{"a member": w.as, "another member": jonas, "an outsider": olga} {
		wg.Go(func() {
			shut := false
			for n := range 40 {
				_, err := w.incidents.SendUpdate(as, incident.SendUpdate{Incident: inc, Message: fmt.Sprint(name, n), Key: fmt.Sprint(name, n)})
				switch {
				case name == "an outsider" && problem.Is(err, problem.NotFound):
					shut = true
				case err != nil || shut:
					t.Errorf("%s, message %d: %v (shut out before: %v)", name, n, err, shut)
				}
				if n == 5 {
					begun <- struct{}{}
				}
			}
		})
	}
	<-begun
	<-begun
	<-begun
	if _, err := w.incidents.MakePrivate(w.as, incident.MakePrivate{Incident: inc, Keep: []id.ID{w.jonas}}); err != nil {
		t.Errorf("made private: %v", err)
	}
	wg.Wait()
	if open, private := w.marks(inc); open != 0 || private == 0 {
		t.Errorf("%d rows are open, %d private", open, private)
	}
}

func testALateWriterCannotLeaveARowOpen(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	inc := w.declare("Late")
	if _, err := w.incidents.MakePrivate(w.as, incident.MakePrivate{Incident: inc}); err != nil {
		t.Fatal(err)
	}
	// Somebody who read the incident when it was public writes now.
	err := d.DB.Write(tenant.AsSystem(t.Context(), w.organisation), func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO muster.room_read (organisation_id, incident_id, user_id, private, seq, read_at) VALUES ($1, $2, $3, false, 1, now())`,
			w.organisation, inc, w.maya)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if open, _ := w.marks(inc); open != 0 {
		t.Errorf("%d rows are open", open)
	}
}

func testTablesOfIncidentsKeepTheMarkThemselves(t *testing.T, d *testdb.Database) {
	var without []string
	err := d.DB.Pool().QueryRow(t.Context(), `SELECT ARRAY(SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = 'muster' AND c.relkind IN ('r', 'p')
			AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'incident_id')
			AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'private')
			AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'keep_private'))`).Scan(&without)
	if err != nil || len(without) > 0 {
		t.Errorf("%v carry a mark that they do not keep: call muster.protect with 'incident_id'; %v", without, err)
	}
}

func testMadePublicOnlyOnPurpose(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	brief, err := w.incidents.Declare(w.as, incident.Declare{Name: "Secret", Private: true})
	if err != nil {
		t.Fatal(err)
	}
	jonas := w.person(w.jonas, "Jonas Vogel", authz.Administrator)
	if _, err := w.incidents.MakePublic(w.as, incident.MakePublic{Incident: brief.ID}); !problem.Is(err, problem.Invalid) {
		t.Errorf("without a word: %v", err)
	}
	if _, err := w.incidents.MakePublic(jonas, incident.MakePublic{Incident: brief.ID, Confirmed: true}); !problem.Is(err, problem.NotFound) {
		t.Errorf("by a stranger: %v", err)
	}
	if _, err := w.incidents.MakePublic(w.as, incident.MakePublic{Incident: brief.ID, Confirmed: true}); err != nil {
		t.Fatal(err)
	}
	if open, private := w.marks(brief.ID); open == 0 || private != 0 {
		t.Errorf("%d rows are open, %d private", open, private)
	}
	if _, err := w.incidents.Get(jonas, brief.ID); err != nil {
		t.Errorf("everyone: %v", err)
	}
	// A grant of then must not open what is made private again.
	if _, err := w.incidents.MakePrivate(jonas, incident.MakePrivate{Incident: brief.ID, Keep: []id.ID{}}); err != nil {
		t.Fatal(err)
	}
	access, err := w.incidents.Access(jonas, brief.ID)
	if err != nil || len(access.Members) != 2 { // Jonas, and Maya who leads
		t.Errorf("seen by %+v, %v", access.Members, err)
	}
}

func testWhoIsGivenARoleSeesTheIncident(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	brief, err := w.incidents.Declare(w.as, incident.Declare{Name: "Secret", Private: true})
	if err != nil {
		t.Fatal(err)
	}
	give := incident.AssignRole{Incident: brief.ID, Role: w.role("lead"), Assignee: w.jonas}
	_, err = w.incidents.AssignRole(w.as, give)
	if all := problem.All(err); len(all) != 1 || all[0].Code != incident.NotInvited || all[0].Field != "assignee" {
		t.Fatalf("a role for an outsider: %v", err)
	}
	jonas := w.person(w.jonas, "Jonas Vogel", authz.Responder)
	if _, err := w.incidents.Get(jonas, brief.ID); !problem.Is(err, problem.NotFound) {
		t.Errorf("the refused role let him in: %v", err)
	}
	give.Invite = true
	if _, err := w.incidents.AssignRole(w.as, give); err != nil {
		t.Fatal(err)
	}
	if _, err := w.incidents.Get(jonas, brief.ID); err != nil {
		t.Errorf("the lead: %v", err)
	}
	if happened := w.happened(); !slices.Contains(happened, "incident.access_granted") {
		t.Errorf("nobody is told that he was let in: %v", happened)
	}
}

func testAccessIsNotTakenFromTheLastOne(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	brief, err := w.incidents.Declare(w.as, incident.Declare{Name: "Secret", Private: true})
	if err != nil {
		t.Fatal(err)
	}
	revoke := func(user id.ID) error {
		_, err := w.incidents.RevokeAccess(w.as, incident.RevokeAccess{Incident: brief.ID, User: user})
		return err
	}
	code := func(err error) string {
		if all := problem.All(err); len(all) > 0 {
			return all[0].Code
		}
		return ""
	}
	if got := code(revoke(w.maya)); got != "last_member" {
		t.Errorf("the last one: %q", got)
	}
	if _, err := w.incidents.GrantAccess(w.as, incident.GrantAccess{Incident: brief.ID, User: w.jonas}); err != nil {
		t.Fatal(err)
	}
	if got := code(revoke(w.maya)); got != "holds_role" {
		t.Errorf("who leads: %q", got)
	}
	if err := revoke(w.jonas); err != nil {
		t.Errorf("a member: %v", err)
	}
	if _, err := w.incidents.Get(w.person(w.jonas, "Jonas Vogel", authz.Responder), brief.ID); !problem.Is(err, problem.NotFound) {
		t.Errorf("who was shut out gets %v", err)
	}
}

func testAskingTellsNothing(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	brief, err := w.incidents.Declare(w.as, incident.Declare{Name: "Secret", Private: true})
	if err != nil {
		t.Fatal(err)
	}
	jonas, vera := w.person(w.jonas, "Jonas Vogel", authz.Responder), w.person(w.viewer, "Vera Klein", authz.Viewer)
	ask := func(as context.Context, reference string) (time.Time, error) {
		return w.incidents.RequestAccess(as, incident.RequestAccess{Reference: reference})
	}
	there, errThere := ask(jonas, brief.Reference)
	nowhere, errNowhere := ask(vera, "INC-99999")
	if errThere != nil || errNowhere != nil || !there.Equal(nowhere) {
		t.Errorf("asked for a private one: %v, %v; for none: %v, %v", there, errThere, nowhere, errNowhere)
	}
	_, errThere = ask(jonas, "INC-99999")
	_, errNowhere = ask(vera, brief.Reference)
	if !problem.Is(errThere, problem.TooMany) || !problem.Is(errNowhere, problem.TooMany) || errThere.Error() != errNowhere.Error() {
		t.Errorf("asked again at once: %v; %v", errThere, errNowhere)
	}
	w.clock.Advance(15 * time.Minute)
	if _, err := ask(jonas, string(brief.ID)); err != nil {
		t.Errorf("asked again after 15 minutes: %v", err)
	}
}

func testCountsFollowTheMark(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	inc := w.declare("Counted")
	jonas := w.person(w.jonas, "Jonas Vogel", authz.Administrator)
	if _, err := w.incidents.MakePrivate(w.as, incident.MakePrivate{Incident: inc}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		as   context.Context
		want int64
	}{"a member": {w.as, 1}, "an outsider": {jonas, 0}} {
		counts, err := w.incidents.Counts(c.as)
		if err != nil || counts[incident.CategoryLive] != c.want {
			t.Errorf("%s counts %v, %v", name, counts, err)
		}
	}
}
