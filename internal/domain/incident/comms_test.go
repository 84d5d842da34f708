package incident_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
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
	if _, err := w.incidents.AssignRole(w.as, incident.AssignRole{Incident: inc, Role: w.role(incident.Comms), Assignee: w.jonas}); err != nil {
		t.Fatal(err)
	}
	expect("once given", w.jonas)
	if _, err := w.DB.Pool().Exec(t.Context(), `UPDATE muster.user SET state = 'deactivated' WHERE id = $1`, string(w.jonas)); err != nil {
		t.Fatal(err)
	}
	expect("when the holder is gone", w.maya)
}
