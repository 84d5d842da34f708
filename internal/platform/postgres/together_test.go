package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// trips counts what is sent to the database.
type trips struct{ single, batches []string }

func (s *trips) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	s.single = append(s.single, data.SQL)
	return ctx
}
func (*trips) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
func (s *trips) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	s.batches = append(s.batches, fmt.Sprint(data.Batch.Len()))
	return ctx
}
func (*trips) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}
func (*trips) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     {}

// watched is a database whose round trips are counted.
func watched(t *testing.T, d *testdb.Database) (*postgres.DB, *trips) {
	t.Helper()
	sent := &trips{}
	db, err := postgres.Open(t.Context(), postgres.Options{URL: d.URL, Connections: 1, Tracer: sent})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db, sent
}

// reader reads numbers one after the other, by way of the transaction that ctx has.
func reader(t *testing.T, db *postgres.DB, into *[]int, numbers ...int) func(context.Context) error {
	return func(ctx context.Context) error {
		return db.Read(ctx, func(_ context.Context, tx pgx.Tx) error {
			for _, n := range numbers {
				rows, err := tx.Query(t.Context(), "SELECT generate_series(1, $1)", n)
				if err != nil {
					return err
				}
				read, err := pgx.CollectRows(rows, pgx.RowTo[int])
				if err != nil {
					return err
				}
				*into = append(*into, len(read))
			}
			return nil
		})
	}
}

func TestWhatIsReadTogetherTakesTheTripsOfTheLongest(t *testing.T) {
	d := testdb.New(t)
	db, sent := watched(t, d)
	ctx := tenant.AsSystem(t.Context(), d.Organisation(t, "Night shift"))
	var one, two, three, four []int
	err := db.Read(ctx, func(ctx context.Context, _ pgx.Tx) error {
		sent.single, sent.batches = nil, nil
		return postgres.Together(ctx,
			reader(t, db, &one, 1, 2, 3),
			func(ctx context.Context) error {
				err := postgres.Together(ctx, reader(t, db, &two, 4, 5), reader(t, db, &three, 6))
				return errors.Join(err, reader(t, db, &two, 7)(ctx))
			},
			reader(t, db, &four),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(one, []int{1, 2, 3}) || !slices.Equal(two, []int{4, 5, 7}) || !slices.Equal(three, []int{6}) || len(four) > 0 {
		t.Errorf("read %v, %v, %v and %v", one, two, three, four)
	}
	if !slices.Equal(sent.batches, []string{"3", "2", "2"}) || !slices.Equal(sent.single, []string{"commit"}) {
		t.Errorf("batches of %v and %v were sent", sent.batches, sent.single)
	}
}

// Whoever goes on as Muster must not let the others see what Muster sees.
func TestOthersDoNotSeeAsTheOneWhoGoesOnAsAnotherActor(t *testing.T) {
	d := testdb.New(t)
	organisation := d.Organisation(t, "Night shift")
	maya := d.User(t, organisation, "Maya", "responder")
	person := as(t, organisation, maya)
	look := func(want, wantPrivate string) func(context.Context) error {
		return func(ctx context.Context) error {
			return d.DB.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
				for range 3 {
					if actor, private := setting(t, ctx, tx); actor != want || private != wantPrivate {
						t.Errorf("seen as %q, private %q, want %q and %q", actor, private, want, wantPrivate)
					}
				}
				return nil
			})
		}
	}
	muster := func(ctx context.Context) error { return look("", "all")(tenant.AsSystem(ctx, organisation)) }
	mine := look(string(maya), "")
	both := func(ctx context.Context) error { return postgres.Together(ctx, mine, muster, mine) }
	err := d.DB.Read(person, func(ctx context.Context, _ pgx.Tx) error {
		return errors.Join(postgres.Together(ctx, muster, mine, both, muster, both, mine), mine(ctx))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestOneWhoFailsEndsWhatIsReadTogether(t *testing.T) {
	d := testdb.New(t)
	db, _ := watched(t, d)
	ctx := tenant.AsSystem(t.Context(), d.Organisation(t, "Night shift"))
	refused := errors.New("refused")
	ended := false
	waits := func(ctx context.Context) error {
		defer func() { ended = true }()
		var read []int
		return reader(t, db, &read, 1, 2, 3, 4)(ctx)
	}
	err := db.Read(ctx, func(ctx context.Context, _ pgx.Tx) error {
		err := postgres.Together(ctx, waits, func(ctx context.Context) error {
			var read []int
			return errors.Join(reader(t, db, &read, 1)(ctx), refused)
		})
		if !errors.Is(err, refused) || !ended {
			t.Errorf("answered with %v, and the other ended: %t", err, ended)
		}
		var read []int
		return reader(t, db, &read, 5)(ctx) // the transaction is still good
	})
	if err != nil {
		t.Error(err)
	}
	err = db.Read(ctx, func(ctx context.Context, _ pgx.Tx) error {
		return postgres.Together(ctx, waits, func(ctx context.Context) error {
			return db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
				var n int
				return tx.QueryRow(ctx, "SELECT 1 / (1 - $1::integer)", 1).Scan(&n)
			})
		})
	})
	if err == nil || !ended {
		t.Errorf("what the database refuses is answered with %v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a panic was kept")
		}
		var read []int
		if err := reader(t, db, &read, 1)(ctx); err != nil { // there is only one connection, and it has come back
			t.Error(err)
		}
	}()
	_ = db.Read(ctx, func(ctx context.Context, _ pgx.Tx) error {
		return postgres.Together(ctx, waits, func(context.Context) error { panic("told") })
	})
}
