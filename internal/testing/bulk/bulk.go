// Package bulk makes many incidents fast: it multiplies some that the product's own verbs have written, so that every
// copy has all the rows which verbs keep, counts and numbers included.
package bulk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/id"
)

// Order says what is multiplied.
type Order struct {
	Organisation id.ID
	// Patterns are the incidents that are copied, one after the other in turns.
	Patterns []id.ID
	Copies   int
	// Step is how much older each copy is than the one before it.
	Step time.Duration
}

// Multiply copies incidents with everything that belongs to them, several tables at once. The address is one of a
// superuser: triggers and foreign keys are not asked row by row, because what they would do holds by construction, and
// indexes are made once at the end of a table.
func Multiply(ctx context.Context, address string, orders ...Order) error {
	m := multiplier{address: address, orders: orders}
	conn, err := m.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	tables, err := readTables(ctx, conn)
	if err != nil {
		return err
	}
	queue := make(chan table, len(tables))
	for _, t := range tables {
		queue <- t
	}
	close(queue)
	// Every worker plans before any copies, because the plan is made of the patterns and what they number.
	var planned, workers sync.WaitGroup
	planned.Add(abreast)
	failures := make(chan error, abreast)
	for range abreast {
		workers.Go(func() { failures <- m.work(ctx, queue, &planned) })
	}
	workers.Wait()
	close(failures)
	var failed error
	for err := range failures {
		failed = errors.Join(failed, err)
	}
	if failed != nil {
		return failed
	}
	return count(ctx, conn, orders)
}

// abreast is how many tables are filled at once.
const abreast = 3

type multiplier struct {
	address string
	orders  []Order
}

func (m *multiplier) connect(ctx context.Context) (*pgx.Conn, error) {
	conn, err := pgx.Connect(ctx, m.address)
	if err != nil {
		return nil, fmt.Errorf("connect as superuser: %w", err)
	}
	for _, sql := range []string{
		"SET session_replication_role = replica", "SET synchronous_commit = off", "SET maintenance_work_mem = '384MB'", "SET work_mem = '64MB'", "SET jit = off",
		// Of immutable functions only, so that it is inlined; else it would take most of the time.
		`CREATE OR REPLACE FUNCTION pg_temp.other(id text, n integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
			AS $$ SELECT left(id, 10) || upper(left(md5(id || n::text), 16)) $$`,
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return nil, errors.Join(fmt.Errorf("prepare: %w", err), conn.Close(ctx))
		}
	}
	return conn, nil
}

// work fills one table after the other.
func (m *multiplier) work(ctx context.Context, queue <-chan table, planned *sync.WaitGroup) error {
	conn, err := m.connect(ctx)
	if err == nil {
		defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
		err = m.plan(ctx, conn)
	}
	planned.Done()
	planned.Wait()
	if err != nil {
		return err
	}
	for t := range queue {
		if err := fill(ctx, conn, t); err != nil {
			return fmt.Errorf("copy %s: %w", t.name, err)
		}
	}
	return nil
}

// plan writes down each copy: of which pattern it is, how much older, and what follows from that for more than one table.
func (m *multiplier) plan(ctx context.Context, conn *pgx.Conn) error {
	if _, err := conn.Exec(ctx, `CREATE TEMPORARY TABLE copy (
		n integer, organisation text, pattern text, incident text, older interval, number bigint, name text, summary text)`); err != nil {
		return fmt.Errorf("prepare the plan: %w", err)
	}
	before := map[id.ID]int{}
	for _, o := range m.orders {
		_, err := conn.Exec(ctx, `INSERT INTO copy
			SELECT c.n, $1, i.id, pg_temp.other(i.id, c.n), c.n * $4::interval, k.value + $5 + $3 + 1 - c.n, `+words+`, i.summary_source
			FROM generate_series(1, $3::integer) c (n)
			JOIN muster.incident i ON i.organisation_id = $1 AND i.id = ($2::text[])[1 + c.n % cardinality($2::text[])]
			JOIN muster.counter k ON k.organisation_id = $1 AND k.name = 'incident'`,
			string(o.Organisation), id.Strings(o.Patterns), o.Copies, o.Step, before[o.Organisation])
		if err != nil {
			return fmt.Errorf("plan the copies: %w", err)
		}
		before[o.Organisation] += o.Copies
	}
	_, err := conn.Exec(ctx, "CREATE INDEX ON copy (pattern); ANALYZE copy")
	return err
}

// turned are the columns whose ids are other ones in each copy; the same function of the same id keeps them together.
var turned = map[string]bool{
	"id": true, "stream_id": true, "event_id": true, "message_id": true, "source_id": true, "subject_id": true,
	"last_update_id": true, "conversation_id": true, "target_id": true,
}

// table is one whose rows belong to incidents; key is the column that says to which.
type table struct {
	name, key string
	columns   []column
}

type column struct{ name, kind string }

// tables reads from the catalogue which tables hold rows of incidents, so that a new one is copied too.
func readTables(ctx context.Context, conn *pgx.Conn) ([]table, error) {
	rows, err := conn.Query(ctx, `SELECT c.relname, a.attname, format_type(a.atttypid, NULL) FROM pg_attribute a
		JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'muster'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
			AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY c.relname, a.attnum`)
	if err != nil {
		return nil, err
	}
	var all []table
	var name string
	var c column
	_, err = pgx.ForEachRow(rows, []any{&name, &c.name, &c.kind}, func() error {
		if len(all) == 0 || all[len(all)-1].name != name {
			all = append(all, table{name: name})
		}
		t := &all[len(all)-1]
		t.columns = append(t.columns, c)
		if c.name == "incident_id" || name == "incident" && c.name == "id" || name == "stream" && c.name == "stream_id" {
			t.key = c.name
		}
		return nil
	})
	var ours []table
	for _, t := range all {
		if t.key != "" {
			ours = append(ours, t)
		}
	}
	// The largest first, so that no worker is left alone with one.
	slices.SortStableFunc(ours, func(a, b table) int { return large[b.name] - large[a.name] })
	return ours, err
}

// large are the tables that hold most of what an organisation writes.
var large = map[string]int{"event": 4, "search_entry": 3, "room_message": 2, "activity": 1}

// words make names that can be told apart and found.
const words = `(ARRAY['Checkout', 'Search', 'Login', 'Payments', 'Mail', 'Invoices', 'Images', 'Reports', 'Webhooks', 'Exports', 'Cache', 'Queue', 'Billing', 'Sync', 'Sessions', 'Uploads'])[1 + (c.n * 7) % 16]
	|| ' ' || (ARRAY['slow', 'down', 'failing', 'stuck', 'doubled', 'late', 'empty', 'wrong'])[1 + (c.n / 16) % 8]
	|| ' in ' || (ARRAY['Lisbon', 'Oslo', 'Quito', 'Nairobi', 'Osaka', 'Perth', 'Turin', 'Leeds', 'Riga', 'Cork', 'Lima'])[1 + c.n % 11] || ' ' || c.n`

// fill writes the copies of a table's rows without its indexes and makes those anew.
func fill(ctx context.Context, conn *pgx.Conn, t table) error {
	name := "muster." + pgx.Identifier{t.name}.Sanitize()
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		var some bool
		if err := tx.QueryRow(ctx, fmt.Sprintf("SELECT EXISTS (SELECT FROM %s x JOIN copy c ON c.pattern = x.%s AND c.organisation = x.organisation_id)", name, t.key)).Scan(&some); err != nil || !some {
			return err
		}
		for _, sql := range []string{
			fmt.Sprintf("LOCK TABLE %s", name),
			fmt.Sprintf("UPDATE pg_index SET indisready = false, indisvalid = false WHERE indrelid = '%s'::regclass", name),
			t.copy(name),
			fmt.Sprintf("REINDEX TABLE %s", name),
			fmt.Sprintf("ANALYZE %s", name),
		} {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return err
			}
		}
		return nil
	})
}

// copy is the statement that writes the copies.
func (t table) copy(name string) string {
	var names, values []string
	for _, c := range t.columns {
		source := "x." + pgx.Identifier{c.name}.Sanitize()
		value := source
		switch {
		case c.name == t.key:
			value = "c.incident"
		case t.name == "search_entry" && c.name == "words": // as the trigger makes them
			value = "CASE x.kind WHEN 'incident' THEN muster.words_of(left(concat(' ', c.name, ' ', c.summary), 20000)) || array_to_tsvector(ARRAY[x.organisation_id::text]) ELSE x.words END"
		case turned[c.name]:
			value = "pg_temp.other(" + source + ", c.n)"
		case c.kind == "timestamp with time zone":
			value = source + " - c.older"
		case t.name == "incident" && c.name == "name":
			value = "c.name"
		case t.name == "incident" && c.name == "number":
			value = "c.number"
		case t.name == "incident" && c.name == "idempotency_key":
			value = "NULL"
		case t.name == "notification" && c.name == "key":
			value = source + " || c.n"
		case t.name == "event" && c.name == "payload":
			value = "replace(x.payload::text, x.incident_id, c.incident)::jsonb"
		}
		names = append(names, pgx.Identifier{c.name}.Sanitize())
		values = append(values, value)
	}
	return fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s x JOIN copy c ON c.pattern = x.%s AND c.organisation = x.organisation_id",
		name, strings.Join(names, ", "), strings.Join(values, ", "), name, t.key)
}

// count brings the kept totals and the counters of numbers to what the triggers and verbs would have made of them.
func count(ctx context.Context, conn *pgx.Conn, orders []Order) error {
	var organisations []string
	for _, o := range orders {
		organisations = append(organisations, string(o.Organisation))
	}
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		for _, sql := range []string{
			`DELETE FROM muster.incident_count WHERE organisation_id = ANY ($1)`,
			`INSERT INTO muster.incident_count (organisation_id, status_category, mode, private, part, total)
				SELECT organisation_id, status_category, mode, private, 0, count(*) FROM muster.incident WHERE organisation_id = ANY ($1) GROUP BY 1, 2, 3, 4`,
			`UPDATE muster.counter k SET value = (SELECT max(number) FROM muster.incident i WHERE i.organisation_id = k.organisation_id)
				WHERE organisation_id = ANY ($1) AND name = 'incident'`,
		} {
			if _, err := tx.Exec(ctx, sql, organisations); err != nil {
				return fmt.Errorf("keep the counts: %w", err)
			}
		}
		return nil
	})
}
