// Package postgres opens the database and gives out transactions that belong to one organisation and one actor.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/platform/telemetry"
)

// Options says how to reach the database.
type Options struct {
	// URL is a postgres:// address.
	URL string
	// Connections bounds the pool of this process; 0 means 10.
	Connections int
	// Application is shown in pg_stat_activity.
	Application string
	// Tracer hears of each round trip; nil where nobody listens.
	Tracer pgx.QueryTracer
}

// DB is a pool of connections whose transactions are held to a tenant.
type DB struct {
	pool *pgxpool.Pool
	// role is the statement that leaves the login's rights behind, empty where no role could be made.
	role string
}

// Open connects, and finds out whether the application's role is there.
func Open(ctx context.Context, options Options) (*DB, error) {
	config, err := pgxpool.ParseConfig(options.URL)
	if err != nil {
		return nil, fmt.Errorf("read the database address: %w", err)
	}
	config.MaxConns = int32(max(options.Connections, 0)) //nolint:gosec // a budget of connections is small
	if config.MaxConns == 0 {
		config.MaxConns = 10
	}
	config.ConnConfig.ConnectTimeout = 5 * time.Second
	config.ConnConfig.RuntimeParams["application_name"] = options.Application
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	config.ConnConfig.Tracer = options.Tracer
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	db := &DB{pool: pool}
	if err := db.takeRole(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return db, nil
}

// takeRole finds out whether transactions have a role of their own here. A database that was made with the role must not
// be used without: there the login sees every organisation's rows.
func (db *DB) takeRole(ctx context.Context) error {
	var usable, needed bool
	err := db.pool.QueryRow(ctx, `SELECT
		EXISTS (SELECT FROM pg_roles r JOIN pg_namespace n ON n.nspname = 'muster' WHERE r.rolname = 'muster_app'
			AND pg_has_role(current_user, r.oid, 'MEMBER') AND has_schema_privilege(r.oid, n.oid, 'USAGE')),
		EXISTS (SELECT FROM pg_policies WHERE schemaname = 'muster' AND policyname = 'owner')`).Scan(&usable, &needed)
	if err != nil {
		return fmt.Errorf("reach the database: %w", err)
	}
	if needed && !usable {
		return errors.New("this database keeps organisations apart by the role muster_app, which is missing, has lost its rights, or does not have this login as a member; " +
			"docs/hosting.md says how to restore it")
	}
	if usable {
		db.role = "set_config('role', 'muster_app', true), "
	}
	return nil
}

// Close gives all connections back.
func (db *DB) Close() { db.pool.Close() }

// Pool is the login's own pool, for the job queue and for reading the catalogue; it is not held to any tenant.
func (db *DB) Pool() *pgxpool.Pool { return db.pool }

// Isolated reports whether transactions take a role of their own; without it row-level security is forced on the login.
func (db *DB) Isolated() bool { return db.role != "" }

type txKey struct{}

// open is a transaction in progress.
type open struct {
	tx       pgx.Tx
	db       *DB
	scope    tenant.Scope
	readOnly bool
	after    []func()
	known    map[seen]any
}

func current(ctx context.Context) *open {
	state, _ := ctx.Value(txKey{}).(*open)
	return state
}

// AfterCommit runs fn once the transaction in ctx has been committed; it is dropped with the transaction otherwise.
func AfterCommit(ctx context.Context, fn func()) {
	if state := current(ctx); state != nil {
		state.after = append(state.after, fn)
		return
	}
	fn()
}

// Write runs fn in a transaction of the tenant and actor in ctx. Within another Write of the same tenant it joins it.
// A deadlock is tried again, so fn must not act outside the transaction.
func (db *DB) Write(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx) error) error {
	return db.tenant(ctx, "BEGIN", false, fn)
}

// Read runs fn in a read-only transaction that sees one moment, of the tenant and actor in ctx.
func (db *DB) Read(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx) error) error {
	return db.tenant(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", true, fn)
}

// Control runs fn in a transaction of no tenant, in which tenant tables hold no rows: for signing in, and for the
// few tables that are known before the tenant is.
func (db *DB) Control(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx) error) error {
	return db.run(ctx, "BEGIN", tenant.Scope{}, false, fn)
}

func (db *DB) tenant(ctx context.Context, begin string, readOnly bool, fn func(ctx context.Context, tx pgx.Tx) error) error {
	scope, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	if state := current(ctx); state != nil && state.db == db {
		if state.scope.Organisation != scope.Organisation || (state.readOnly && !readOnly) {
			return fmt.Errorf("a transaction of organisation %q is open, and another of %q was asked for", state.scope.Organisation, scope.Organisation)
		}
		return state.as(ctx, scope, fn)
	}
	return db.run(ctx, begin, scope, readOnly, fn)
}

// as runs fn in the open transaction with the sight of another actor: what Muster does on somebody's behalf within its
// own transaction must show them no more than they see, and what it does within theirs no less than it needs.
func (o *open) as(ctx context.Context, scope tenant.Scope, fn func(ctx context.Context, tx pgx.Tx) error) error {
	before := o.scope
	if before.Actor.ID == scope.Actor.ID && before.SeesPrivate == scope.SeesPrivate {
		return fn(ctx, o.tx)
	}
	if err := o.look(ctx, scope); err != nil {
		return err
	}
	if err := fn(ctx, o.tx); err != nil {
		// Whoever goes on after an error goes on as before; where the server has given up, nobody does.
		_ = o.look(ctx, before)
		return err
	}
	return o.look(ctx, before)
}

func (o *open) look(ctx context.Context, scope tenant.Scope) error {
	if !plain.MatchString(string(scope.Actor.ID)) {
		return fmt.Errorf("actor %q is not an id", scope.Actor.ID)
	}
	_, err := o.tx.Exec(ctx, "SELECT set_config('muster.actor_id', $1, true), set_config('muster.sees_private', $2, true)", string(scope.Actor.ID), sight(scope))
	if err != nil {
		return fmt.Errorf("go on as another actor: %w", err)
	}
	o.scope = scope
	return nil
}

// sight is what the policies of private incidents ask for.
func sight(scope tenant.Scope) string {
	if scope.SeesPrivate {
		return "all"
	}
	return ""
}

const (
	deadlockTries = 4
	// settling bounds how long the end of a transaction may take once nobody waits for it any more.
	settling = 10 * time.Second
)

func (db *DB) run(ctx context.Context, begin string, scope tenant.Scope, readOnly bool, fn func(ctx context.Context, tx pgx.Tx) error) error {
	for try := 1; ; try++ {
		err := db.once(ctx, begin, scope, readOnly, fn)
		var pgErr *pgconn.PgError
		if try < deadlockTries && errors.As(err, &pgErr) && (pgErr.Code == "40P01" || pgErr.Code == "40001") {
			continue
		}
		return translate(err)
	}
}

// plain is what may stand in the opening statement without quoting trouble: our own ids.
var plain = regexp.MustCompile(`^[0-9A-Za-z_-]{0,64}$`)

func (db *DB) once(ctx context.Context, begin string, scope tenant.Scope, readOnly bool, fn func(ctx context.Context, tx pgx.Tx) error) (err error) {
	organisation, actor := string(scope.Organisation), string(scope.Actor.ID)
	if !plain.MatchString(organisation) || !plain.MatchString(actor) {
		return fmt.Errorf("organisation %q or actor %q is not an id", organisation, actor)
	}
	ctx, end := telemetry.Step(ctx, verb)
	defer func() { end(err) }()
	// One round trip: the transaction, and what holds it to its tenant.
	tx, err := db.pool.BeginTx(ctx, pgx.TxOptions{BeginQuery: begin + "; SELECT " + db.role +
		"set_config('muster.organisation_id', '" + organisation + "', true), " +
		"set_config('muster.actor_id', '" + actor + "', true), " +
		"set_config('muster.sees_private', '" + sight(scope) + "', true)"})
	if err != nil {
		return fmt.Errorf("begin a transaction: %w", err)
	}
	state := &open{tx: tx, db: db, scope: scope, readOnly: readOnly}
	defer func() { // after a commit this does nothing
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settling)
		defer cancel()
		_ = tx.Rollback(ctx)
	}()
	if err := fn(context.WithValue(httpx.MarkTransaction(ctx), txKey{}, state), tx); err != nil {
		return err
	}
	if err := commit(ctx, tx); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	for _, after := range state.after {
		after()
	}
	return nil
}

// commit ends the transaction whole. A browser that leaves now does not cut it: then nobody would know whether it was
// done, and those who listen would not be told.
func commit(ctx context.Context, tx pgx.Tx) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settling)
	defer cancel()
	return tx.Commit(ctx)
}

// translate turns what the database says of its own state into problems; what verbs answered goes through as it is.
func translate(err error) error {
	if err == nil {
		return nil
	}
	var known *problem.Error
	var list problem.List
	if errors.As(err, &known) || errors.As(err, &list) {
		return err
	}
	var pgErr *pgconn.PgError
	var connectErr *pgconn.ConnectError
	switch {
	case errors.As(err, &connectErr), pgconn.SafeToRetry(err):
		return away.Because(err)
	case errors.As(err, &pgErr):
		// 57P0x: shutting down or starting; 53300: too many connections; 55P03: a lock was not had in time.
		if strings.HasPrefix(pgErr.Code, "57P") || pgErr.Code == "53300" || pgErr.Code == "55P03" || strings.HasPrefix(pgErr.Code, "08") {
			return away.Because(err)
		}
		// 22021 and 22P05: zero bytes and bytes that are no UTF-8, which only whoever typed the address or wrote the program can mean.
		if pgErr.Code == "22021" || pgErr.Code == "22P05" {
			return unreadable.Because(err)
		}
		return err
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case isNetwork(err):
		return away.Because(err)
	default:
		return err
	}
}

var away = problem.New(problem.Unavailable, "database_away", "The database does not answer at the moment. Nothing that was saved is lost; try again shortly.")

var unreadable = problem.New(problem.Invalid, "unreadable_text", "There is a character in this that is none. Type it again, or leave it out.")

// Unique reports whether err is a violation of the named unique constraint or index.
func Unique(err error, constraint string) bool {
	var pgErr *pgconn.PgError
	return errors.As(err, &pgErr) && pgErr.Code == "23505" && pgErr.ConstraintName == constraint
}

// None reports whether err says that a query found no row.
func None(err error) bool { return errors.Is(err, pgx.ErrNoRows) }
