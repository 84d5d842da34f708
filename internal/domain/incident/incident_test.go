package incident_test

import (
	"context"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/timer"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// world is an organisation with its defaults and three people, on a database that tests share.
type world struct {
	*testdb.Database
	t            testing.TB
	clock        *clock.Manual
	bus          *event.Bus
	timers       *timer.Timers
	incidents    *incident.Service
	organisation id.ID
	maya, jonas  id.ID
	viewer       id.ID
	as           context.Context // Maya, a responder
}

// recorder stands in for the job queue and the live signal.
type recorder struct {
	mu         sync.Mutex
	deliveries []event.Delivery
}

func (r *recorder) Enqueue(_ context.Context, _ pgx.Tx, deliveries []event.Delivery) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.deliveries = append(r.deliveries, deliveries...)
	return nil
}

func (r *recorder) Signal(event.Record) {}

// TestIncident runs what needs a database: one for all, with an organisation for each.
func TestIncident(t *testing.T) {
	t.Parallel()
	d := testdb.New(t)
	for name, run := range map[string]func(*testing.T, *testdb.Database){
		"Declare":                              testDeclare,
		"DeclarerLeadsUntilSomeoneTakesOver":   testDeclarerLeadsUntilSomeoneTakesOver,
		"HugeAndBrokenTextsAreKept":            testHugeAndBrokenTextsAreKept,
		"NamesInEveryScript":                   testNamesInEveryScript,
		"DeclareRefuses":                       testDeclareRefuses,
		"NumbersHaveNoGapsUnderConcurrency":    testNumbersHaveNoGapsUnderConcurrency,
		"TutorialsTakeNoNumber":                testTutorialsTakeNoNumber,
		"DoubleClickDeclaresOnce":              testDoubleClickDeclaresOnce,
		"PrivateIncidentIsSeenByThoseInIt":     testPrivateIncidentIsSeenByThoseInIt,
		"Verbs":                                testVerbs,
		"VerbsOfOtherOrganisation":             testVerbsOfOtherOrganisation,
		"VerbsNeedPermission":                  testVerbsNeedPermission,
		"SecondEditorIsTold":                   testSecondEditorIsTold,
		"UpdateChangesStatusAndSeverityAlong":  testUpdateChangesStatusAndSeverityAlong,
		"CloseAndReopen":                       testCloseAndReopen,
		"WhoHoldsARoleCannotLeave":             testWhoHoldsARoleCannotLeave,
		"CommsIsTheLeadsUntilGiven":            testCommsIsTheLeadsUntilGiven,
		"UpdateIsEditedWithinTheRules":         testUpdateIsEditedWithinTheRules,
		"SecondSenderIsToldOfTheFirst":         testSecondSenderIsToldOfTheFirst,
		"UpdateMayChangeAndSayNothing":         testUpdateMayChangeAndSayNothing,
		"VisitsTellWhoSawAndSinceWhen":         testVisitsTellWhoSawAndSinceWhen,
		"ListFilters":                          testListFilters,
		"PagesFollowEachOtherWithoutGaps":      testPagesFollowEachOtherWithoutGaps,
		"LiveShowsTheWorstFirst":               testLiveShowsTheWorstFirst,
		"ReferencesInEverySpelling":            testReferencesInEverySpelling,
		"SettingsInUseAreNotArchived":          testSettingsInUseAreNotArchived,
		"SettingsInANewOrder":                  testSettingsInANewOrder,
		"FormsAreEnforced":                     testFormsAreEnforcedWhereSomebodyCanFillThemIn,
		"GapsKeepAnIncidentFromEnding":         testGapsKeepAnIncidentFromEnding,
		"AnIncidentWithTwoOptionsIsListedOnce": testAnIncidentWithTwoOptionsIsListedOnce,
		"AnOptionGivesWayToAnother":            testAnOptionGivesWayToAnother,
		"ATypeGivesWayToAnother":               testATypeGivesWayToAnother,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, d)
		})
	}
}

// join adds an organisation to a database.
func join(t testing.TB, d *testdb.Database) *world {
	t.Helper()
	w := &world{Database: d, t: t, clock: clock.NewManual(testdb.Start)}
	w.bus = event.NewBus(d.DB, w.clock, &recorder{}, &recorder{})
	w.timers = timer.New(d.DB, w.clock)
	w.incidents = incident.New(d.DB, w.bus, w.clock, w.timers)
	w.organisation = d.Organisation(t, "Test organisation")
	w.maya = d.User(t, w.organisation, "Maya Berg", "responder")
	w.jonas = d.User(t, w.organisation, "Jonas Vogel", "responder")
	w.viewer = d.User(t, w.organisation, "Vera Klein", "viewer")
	w.as = w.person(w.maya, "Maya Berg", authz.Administrator)
	err := d.DB.Write(tenant.AsSystem(t.Context(), w.organisation), func(ctx context.Context, tx pgx.Tx) error {
		return incident.Found(ctx, tx, testdb.Start)
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) person(user id.ID, name string, role authz.Role) context.Context {
	return tenant.With(w.t.Context(), tenant.Scope{
		Organisation: w.organisation, Actor: tenant.Actor{Type: tenant.User, ID: user, Name: name}, Permissions: role.Permissions(),
	})
}

func (w *world) declare(name string) id.ID {
	w.t.Helper()
	brief, err := w.incidents.Declare(w.as, incident.Declare{Name: name})
	if err != nil {
		w.t.Fatal(err)
	}
	return brief.ID
}

func (w *world) get(inc id.ID) incident.Incident {
	w.t.Helper()
	view, err := w.incidents.Get(w.as, inc)
	if err != nil {
		w.t.Fatal(err)
	}
	return view
}

func (w *world) severity(name string) id.ID {
	w.t.Helper()
	all, err := w.incidents.Severities(w.as)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, one := range all {
		if one.Name == name {
			return one.ID
		}
	}
	w.t.Fatalf("no severity %q", name)
	return ""
}

func (w *world) status(name string) id.ID {
	w.t.Helper()
	all, err := w.incidents.Statuses(w.as)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, one := range all {
		if one.Name == name {
			return one.ID
		}
	}
	w.t.Fatalf("no status %q", name)
	return ""
}

func (w *world) role(shortform string) id.ID {
	w.t.Helper()
	if shortform == incident.Comms { // comes about by being taken
		comms, err := w.incidents.TakeComms(w.as)
		if err != nil {
			w.t.Fatal(err)
		}
		return comms.ID
	}
	all, err := w.incidents.Roles(w.as)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, one := range all {
		if one.Shortform == shortform {
			return one.ID
		}
	}
	w.t.Fatalf("no role %q", shortform)
	return ""
}

// happened lists the kinds of an organisation's events in order.
func (w *world) happened() []string {
	w.t.Helper()
	rows, err := w.DB.Pool().Query(w.t.Context(), `SELECT kind FROM muster.event WHERE organisation_id = $1 ORDER BY incident_id, seq, id`, string(w.organisation))
	if err != nil {
		w.t.Fatal(err)
	}
	kinds, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		w.t.Fatal(err)
	}
	return kinds
}

// rows counts what an organisation has in a table.
func (w *world) rows(table string) int {
	w.t.Helper()
	var n int
	err := w.DB.Pool().QueryRow(w.t.Context(), `SELECT count(*) FROM muster.`+pgx.Identifier{table}.Sanitize()+` WHERE organisation_id = $1`, string(w.organisation)).Scan(&n)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}
