// Package bulk makes many incidents fast: it multiplies some that the product's own verbs have written, so that every
// copy has all the rows which verbs keep, counts and numbers included.
package bulk

import (
	"context"
	"fmt"
	"strings"
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

// Multiply copies incidents with everything that belongs to them, order by order. The address is one of a superuser,
// because foreign keys are not checked row by row: they hold by construction.
func Multiply(ctx context.Context, address string, orders ...Order) error {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return fmt.Errorf("connect as superuser: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	for _, order := range orders {
		m := multiplier{conn: conn, order: order}
		if err := pgx.BeginFunc(ctx, conn, func(pgx.Tx) error { return m.run(ctx) }); err != nil {
			return err
		}
	}
	_, err = conn.Exec(ctx, "ANALYZE")
	return err
}

type multiplier struct {
	conn  *pgx.Conn
	order Order
}

// turned are the columns whose ids are other ones in each copy; the same function of the same id keeps them together.
var turned = map[string]bool{
	"id": true, "incident_id": true, "stream_id": true, "event_id": true, "message_id": true, "source_id": true, "subject_id": true,
	"last_update_id": true, "conversation_id": true, "target_id": true,
}

func (m *multiplier) run(ctx context.Context) error {
	patterns := id.Strings(m.order.Patterns)
	for _, statement := range []struct {
		sql  string
		args []any
	}{
		{"SET LOCAL session_replication_role = replica", nil},
		{"SET LOCAL synchronous_commit = off", nil},
		// Of immutable functions only, so that it is inlined; else it would take most of the time.
		{`CREATE OR REPLACE FUNCTION pg_temp.other(id text, n integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
			AS $$ SELECT left(id, 10) || upper(left(md5(id || n::text), 16)) $$`, nil},
		{"CREATE TEMPORARY TABLE copy (n integer, pattern text) ON COMMIT DROP", nil},
		{"INSERT INTO copy SELECT n, ($2::text[])[1 + n % cardinality($2::text[])] FROM generate_series(1, $1::integer) n", []any{m.order.Copies, patterns}},
		{"CREATE INDEX ON copy (pattern)", nil},
		{"ANALYZE copy", nil},
	} {
		if _, err := m.conn.Exec(ctx, statement.sql, statement.args...); err != nil {
			return fmt.Errorf("prepare: %w", err)
		}
	}
	tables, err := m.tables(ctx)
	if err != nil {
		return err
	}
	for _, t := range tables {
		if err := m.copy(ctx, t); err != nil {
			return fmt.Errorf("copy %s: %w", t.name, err)
		}
	}
	return m.count(ctx)
}

// table is one whose rows belong to incidents; key is the column that says to which.
type table struct {
	name, key string
	columns   []column
}

type column struct{ name, kind string }

// tables reads from the catalogue which tables hold rows of incidents, so that a new one is copied too.
func (m *multiplier) tables(ctx context.Context) ([]table, error) {
	rows, err := m.conn.Query(ctx, `SELECT c.relname, a.attname, format_type(a.atttypid, NULL) FROM pg_attribute a
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
	return ours, err
}

// words make names that can be told apart and found.
const words = `(ARRAY['Checkout', 'Search', 'Login', 'Payments', 'Mail', 'Invoices', 'Images', 'Reports', 'Webhooks', 'Exports', 'Cache', 'Queue', 'Billing', 'Sync', 'Sessions', 'Uploads'])[1 + (c.n * 7) % 16]
	|| ' ' || (ARRAY['slow', 'down', 'failing', 'stuck', 'doubled', 'late', 'empty', 'wrong'])[1 + (c.n / 16) % 8]
	|| ' in ' || (ARRAY['Lisbon', 'Oslo', 'Quito', 'Nairobi', 'Osaka', 'Perth', 'Turin', 'Leeds', 'Riga', 'Cork', 'Lima'])[1 + c.n % 11] || ' ' || c.n`

func (m *multiplier) copy(ctx context.Context, t table) error {
	var names, values []string
	for _, c := range t.columns {
		source := "x." + pgx.Identifier{c.name}.Sanitize()
		value := source
		switch {
		case turned[c.name]:
			value = "pg_temp.other(" + source + ", c.n)"
		case c.kind == "timestamp with time zone":
			value = source + " - c.n * $2::interval"
		case t.name == "incident" && c.name == "name":
			value = words
		case t.name == "incident" && c.name == "number":
			value = fmt.Sprintf("(SELECT value FROM muster.counter WHERE organisation_id = $1 AND name = 'incident') + %d - c.n", m.order.Copies+1)
		case t.name == "incident" && c.name == "idempotency_key":
			value = "NULL"
		case t.name == "notification" && c.name == "key":
			value = source + " || c.n"
		case t.name == "event" && c.name == "payload":
			value = "replace(x.payload::text, x.incident_id, pg_temp.other(x.incident_id, c.n))::jsonb"
		}
		names = append(names, pgx.Identifier{c.name}.Sanitize())
		values = append(values, value)
	}
	_, err := m.conn.Exec(ctx, fmt.Sprintf("INSERT INTO muster.%s (%s) SELECT %s FROM muster.%s x JOIN copy c ON c.pattern = x.%s WHERE x.organisation_id = $1 AND $2::interval IS NOT NULL",
		pgx.Identifier{t.name}.Sanitize(), strings.Join(names, ", "), strings.Join(values, ", "), pgx.Identifier{t.name}.Sanitize(), t.key),
		string(m.order.Organisation), m.order.Step)
	return err
}

// count brings the kept totals and the counter of numbers to what the triggers and verbs would have made of them.
func (m *multiplier) count(ctx context.Context) error {
	for _, sql := range []string{
		`DELETE FROM muster.incident_count WHERE organisation_id = $1`,
		`INSERT INTO muster.incident_count (organisation_id, status_category, mode, private, part, total)
			SELECT organisation_id, status_category, mode, private, 0, count(*) FROM muster.incident WHERE organisation_id = $1 GROUP BY 1, 2, 3, 4`,
		`UPDATE muster.counter SET value = (SELECT max(number) FROM muster.incident WHERE organisation_id = $1) WHERE organisation_id = $1 AND name = 'incident'`,
	} {
		if _, err := m.conn.Exec(ctx, sql, string(m.order.Organisation)); err != nil {
			return fmt.Errorf("keep the counts: %w", err)
		}
	}
	return nil
}
