package postgres_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/testing/testdb"
)

func as(t *testing.T, organisation, user id.ID) context.Context {
	return tenant.With(t.Context(), tenant.Scope{Organisation: organisation, Actor: tenant.Actor{Type: tenant.User, ID: user, Name: "Maya"}})
}

// setting reads what the policies go by.
func setting(t *testing.T, ctx context.Context, tx pgx.Tx) (actor, private string) {
	t.Helper()
	err := tx.QueryRow(ctx, "SELECT current_setting('muster.actor_id'), current_setting('muster.sees_private')").Scan(&actor, &private)
	if err != nil {
		t.Fatal(err)
	}
	return actor, private
}

func TestJoinedTransactionSeesWhatItsOwnActorSees(t *testing.T) {
	d := testdb.New(t)
	organisation := d.Organisation(t, "Night shift")
	maya := d.User(t, organisation, "Maya", "responder")
	person, system := as(t, organisation, maya), tenant.AsSystem(t.Context(), organisation)
	own := func(ctx context.Context) context.Context { // the same scope inside of the transaction in ctx
		scope, _ := tenant.From(person)
		return tenant.With(ctx, scope)
	}
	refused := errors.New("refused")
	err := d.DB.Write(system, func(ctx context.Context, tx pgx.Tx) error {
		for _, answer := range []error{nil, refused} {
			err := d.DB.Write(own(ctx), func(ctx context.Context, tx pgx.Tx) error {
				if actor, private := setting(t, ctx, tx); actor != string(maya) || private != "" {
					t.Errorf("a person within Muster's transaction sees as %q, private %q", actor, private)
				}
				err := d.DB.Read(tenant.AsSystem(ctx, organisation), func(ctx context.Context, tx pgx.Tx) error {
					if actor, private := setting(t, ctx, tx); actor != "" || private != "all" {
						t.Errorf("Muster within a person's transaction sees as %q, private %q", actor, private)
					}
					return nil
				})
				return errors.Join(err, answer)
			})
			if !errors.Is(err, answer) {
				t.Errorf("the joined transaction answers %v, want %v", err, answer)
			}
			if actor, private := setting(t, ctx, tx); actor != "" || private != "all" {
				t.Errorf("afterwards Muster sees as %q, private %q", actor, private)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTransactionOfAnotherOrganisationIsNotJoined(t *testing.T) {
	d := testdb.New(t)
	ours, theirs := d.Organisation(t, "Ours"), d.Organisation(t, "Theirs")
	err := d.DB.Write(tenant.AsSystem(t.Context(), ours), func(ctx context.Context, _ pgx.Tx) error {
		return d.DB.Read(tenant.AsSystem(ctx, theirs), func(context.Context, pgx.Tx) error {
			t.Error("a transaction worked for two organisations")
			return nil
		})
	})
	if err == nil {
		t.Error("no error tells of it")
	}
}

// TestWhoeverLeavesDuringTheCommitLeavesNoDoubt ends the request while the server is at its commit.
func TestWhoeverLeavesDuringTheCommitLeavesNoDoubt(t *testing.T) {
	d := testdb.New(t)
	organisation := d.Organisation(t, "Night shift")
	_, err := d.DB.Pool().Exec(t.Context(), `CREATE FUNCTION public.hold() RETURNS trigger LANGUAGE plpgsql AS
		'BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NULL; END';
		CREATE CONSTRAINT TRIGGER hold AFTER UPDATE ON muster.organisation DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.hold()`)
	if err != nil {
		t.Fatal(err)
	}
	holder, err := d.DB.Pool().Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Release()
	if _, err := holder.Exec(t.Context(), "SELECT pg_advisory_lock(7)"); err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(tenant.AsSystem(t.Context(), organisation))
	told := false
	done := make(chan error)
	go func() {
		done <- d.DB.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
			postgres.AfterCommit(ctx, func() { told = true })
			_, err := tx.Exec(ctx, "UPDATE muster.organisation SET name = 'Day shift'")
			return err
		})
	}()
	for commits := false; !commits; {
		err := d.DB.Pool().QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event = 'advisory' AND query ILIKE 'commit%')`).Scan(&commits)
		if err != nil {
			t.Fatal(err)
		}
	}
	leave()
	if _, err := holder.Exec(t.Context(), "SELECT pg_advisory_unlock(7)"); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil || !told {
		t.Errorf("a transaction that was committed answers %v; others were told: %v", err, told)
	}
}

func TestWhatIsNoTextIsTheSendersMistake(t *testing.T) {
	d := testdb.New(t)
	ctx := tenant.AsSystem(t.Context(), d.Organisation(t, "Night shift"))
	for _, text := range []string{"a\x00b", "a\xffb"} {
		err := d.DB.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
			var found bool
			return tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM muster.user WHERE id = $1)", text).Scan(&found)
		})
		if !problem.Is(err, problem.Invalid) {
			t.Errorf("%q is answered with %v", text, err)
		}
	}
}
