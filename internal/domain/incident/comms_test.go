package incident_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/testing/testdb"
)

func testCommsIsTheLeadsUntilGiven(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	inc := w.declare("Payments fail")
	expect := func(when string, wanted id.ID) {
		t.Helper()
		err := w.DB.Read(w.as, func(ctx context.Context, tx pgx.Tx) error {
			holder, err := incident.CommsHolder(ctx, tx, inc)
			if holder != wanted {
				t.Errorf("%s: %q speaks for it, wanted %q", when, holder, wanted)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	expect("at first", w.maya)
	if role, found, err := w.incidents.Comms(w.as); err != nil || !found || !role.ID.Empty() {
		t.Fatalf("before it is taken there is %+v, %v, %v", role, found, err)
	}
	comms, err := w.incidents.TakeComms(w.as)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := w.incidents.TakeComms(w.as); err != nil || again.ID != comms.ID {
		t.Fatalf("taken again it is %+v, %v", again, err)
	}
	if _, err := w.incidents.AssignRole(w.as, incident.AssignRole{Incident: inc, Role: comms.ID, Assignee: w.jonas}); err != nil {
		t.Fatal(err)
	}
	expect("once given", w.jonas)
	if _, err := w.DB.Pool().Exec(t.Context(), `UPDATE muster.user SET state = 'deactivated' WHERE id = $1`, string(w.jonas)); err != nil {
		t.Fatal(err)
	}
	expect("when the holder is gone", w.maya)
	if _, err := w.incidents.AssignRole(w.as, incident.AssignRole{Incident: inc, Role: comms.ID}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.incidents.ArchiveRole(w.as, incident.ArchiveRole{ID: comms.ID}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.incidents.TakeComms(w.as); !problem.Is(err, problem.NotFound) {
		t.Errorf("an organisation that put it away gets it again: %v", err)
	}
}
