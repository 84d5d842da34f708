package incident_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// become puts somebody into a state, past the verbs of users.
func (w *world) become(user id.ID, state string) {
	w.t.Helper()
	if _, err := w.DB.Pool().Exec(w.t.Context(), `UPDATE muster.user SET state = $1 WHERE organisation_id = $2 AND id = $3`, state, w.organisation, user); err != nil {
		w.t.Fatal(err)
	}
}

func testWhatNobodySeesIsTakenOverByAnOwner(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	secret, err := w.incidents.Declare(w.as, incident.Declare{Name: "Secret", Private: true})
	if err != nil {
		t.Fatal(err)
	}
	shared, err := w.incidents.Declare(w.as, incident.Declare{Name: "Shared", Private: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.incidents.GrantAccess(w.as, incident.GrantAccess{Incident: shared.ID, User: w.jonas}); err != nil {
		t.Fatal(err)
	}
	olga := w.person(d.User(t, w.organisation, "Olga Owner", "owner"), "Olga Owner", authz.Owner)
	admin := w.person(w.jonas, "Jonas Vogel", authz.Administrator)
	alone := func() map[id.ID]int {
		t.Helper()
		counts, err := w.incidents.LastMembers(admin)
		if err != nil {
			t.Fatal(err)
		}
		return counts
	}
	abandoned := func() int {
		t.Helper()
		count, err := w.incidents.Abandoned(olga)
		if err != nil {
			t.Fatal(err)
		}
		return count
	}
	take := func(as context.Context, reason string) ([]incident.Brief, error) {
		return w.incidents.TakeOver(as, incident.TakeOver{Reason: reason})
	}

	if counts := alone(); counts[w.maya] != 1 || counts[w.jonas] != 0 {
		t.Errorf("alone in incidents are %v", counts)
	}
	if _, err := take(olga, "To look"); abandoned() != 0 || problem.KindOf(err) != problem.Conflict {
		t.Errorf("an owner breaks into what others see: %v", err)
	}
	w.become(w.maya, "deactivated")
	if counts := alone(); counts[w.maya] != 0 || counts[w.jonas] != 1 || abandoned() != 1 {
		t.Errorf("once Maya is gone, alone are %v, and %d nobody sees", counts, abandoned())
	}
	if _, err := take(olga, " "); problem.KindOf(err) != problem.Invalid {
		t.Errorf("without a reason: %v", err)
	}
	if _, err := take(admin, "To look"); problem.KindOf(err) != problem.Forbidden {
		t.Errorf("an administrator: %v", err)
	}
	if _, err := w.incidents.Get(olga, secret.ID); !problem.Is(err, problem.NotFound) {
		t.Errorf("before it is taken over, an owner gets %v", err)
	}

	// Two presses at once take it over once.
	var taken atomic.Int32
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			got, err := take(olga, "Maya has left")
			if err == nil && len(got) == 1 && got[0].Reference == secret.Reference {
				taken.Add(1)
			} else if problem.KindOf(err) != problem.Conflict {
				t.Errorf("taken over: %+v, %v", got, err)
			}
		})
	}
	wg.Wait()
	if taken.Load() != 1 || abandoned() != 0 {
		t.Errorf("taken over %d times; %d are left", taken.Load(), abandoned())
	}
	if _, err := w.incidents.Get(olga, secret.ID); err != nil {
		t.Errorf("who took it over gets %v", err)
	}
	if _, err := w.incidents.Get(olga, shared.ID); !problem.Is(err, problem.NotFound) {
		t.Errorf("of what Jonas sees, the owner gets %v", err)
	}
	if people, err := w.incidents.People(olga, secret.ID); err != nil || len(people) != 2 {
		t.Errorf("in the room are %+v, %v", people, err)
	}
	var after string
	if err := w.DB.Pool().QueryRow(t.Context(), `SELECT after::text FROM muster.audit_entry
		WHERE organisation_id = $1 AND action = 'incident.taken_over' AND NOT private`, w.organisation).Scan(&after); err != nil || !strings.Contains(after, "Maya has left") {
		t.Errorf("the audit log has %s, %v", after, err)
	}
}
