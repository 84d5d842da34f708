package migrations_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/testing/testdb"
)

// exempt lists the tables that carry no organisation's policy, each with its reason. control tables hold what is
// known before the tenant is, or what belongs to the installation.
var exempt = map[string]string{
	"muster.schema_version": "which migrations ran; no tenant's data",
}

// exemptSchemas hold no tenant's rows at all.
var exemptSchemas = map[string]string{
	"control": "known before the tenant is: accounts, sessions, timers, the state of workers; reached through named functions or holding ids and times only",
	"river":   "the job queue: ids only in arguments",
}

type table struct {
	schema, name  string
	enabled       bool
	forced        bool
	hasTenant     bool
	hasPrivate    bool
	hasIncident   bool
	tenantPolicy  string
	tenantCheck   string
	ownerPolicies int
	otherPolicies []string
}

// marks lists the tables whose private column is not the mark of a private incident's row.
var marks = map[string]string{
	"muster.incident_count":  "totals per class, with no incident's id; readers add up the classes that they may see",
	"muster.incident_access": "the grants that the mark's policy asks; an actor sees only their own",
}

// query reads the catalogue with every name written out in full.
func query(t *testing.T, d *testdb.Database, sql string) pgx.Rows {
	t.Helper()
	conn, err := d.DB.Pool().Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Release)
	if _, err := conn.Exec(t.Context(), "SET search_path = ''"); err != nil {
		t.Fatal(err)
	}
	rows, err := conn.Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func tables(t *testing.T, d *testdb.Database) []table {
	t.Helper()
	rows := query(t, d, `
		SELECT n.nspname, c.relname, c.relrowsecurity, c.relforcerowsecurity,
			EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'organisation_id' AND a.attnotnull),
			EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'private'),
			EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'incident_id'),
			coalesce((SELECT pg_get_expr(p.polqual, p.polrelid) FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenant'), ''),
			coalesce((SELECT pg_get_expr(p.polwithcheck, p.polrelid) FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenant'), ''),
			(SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'owner' AND p.polroles = ARRAY[c.relowner]),
			ARRAY(SELECT p.polname::text FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname NOT IN ('tenant', 'owner'))
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
		ORDER BY 1, 2`)
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r table, err error) {
		err = row.Scan(&r.schema, &r.name, &r.enabled, &r.forced, &r.hasTenant, &r.hasPrivate, &r.hasIncident, &r.tenantPolicy, &r.tenantCheck, &r.ownerPolicies, &r.otherPolicies)
		return r, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestEveryTableIsHeldToItsTenant(t *testing.T) {
	d := testdb.New(t)
	seen := map[string]bool{}
	for _, r := range tables(t, d) {
		name := r.schema + "." + r.name
		seen[name], seen[r.schema] = true, true
		if exemptSchemas[r.schema] != "" || exempt[name] != "" {
			continue
		}
		if r.schema != "muster" {
			t.Errorf("%s: lies in a schema that is neither muster nor listed as exempt with a reason", name)
			continue
		}
		if !r.hasTenant {
			t.Errorf("%s: has no organisation_id that is NOT NULL", name)
		}
		if !r.enabled || !r.forced {
			t.Errorf("%s: row-level security is enabled %v, forced %v; call muster.protect", name, r.enabled, r.forced)
		}
		const tenant = "organisation_id = ( SELECT muster.current_organisation() AS current_organisation)"
		if !strings.Contains(r.tenantPolicy, tenant) || !strings.Contains(r.tenantCheck, tenant) {
			t.Errorf("%s: the tenant policy is %q with check %q", name, r.tenantPolicy, r.tenantCheck)
		}
		if r.ownerPolicies != 1 || len(r.otherPolicies) > 0 {
			t.Errorf("%s: has %d policies for the owner and also %v; want one and none", name, r.ownerPolicies, r.otherPolicies)
		}
		if marks[name] == "" && r.hasPrivate != strings.Contains(r.tenantPolicy, "NOT private") {
			t.Errorf("%s: carries the private mark %v, but its policy is %q", name, r.hasPrivate, r.tenantPolicy)
		}
		// What belongs to an incident carries the mark, but for the grants themselves.
		if marks[name] == "" && r.hasIncident && !r.hasPrivate {
			t.Errorf("%s: belongs to an incident and carries no private mark", name)
		}
	}
	for _, names := range []map[string]string{exempt, exemptSchemas, marks} {
		for name, reason := range names {
			if !seen[name] || reason == "" {
				t.Errorf("%s: is exempt (%q) but not there", name, reason)
			}
		}
	}
}

func TestEveryKeyIncludesTheTenant(t *testing.T) {
	d := testdb.New(t)
	type key struct {
		on, name, definition string
		first                string
	}
	rows := query(t, d, `
		SELECT c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid),
			(SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.conrelid AND a.attnum = c.conkey[1])
		FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
		WHERE n.nspname = 'muster' AND c.contype IN ('p', 'u', 'f', 'x')
		UNION ALL
		SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid),
			(SELECT a.attname FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = i.indkey[0])
		FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = 'muster' AND i.indisunique`)
	keys, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (k key, err error) {
		err = row.Scan(&k.on, &k.name, &k.definition, &k.first)
		return k, err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(keys) < 40 {
		t.Fatalf("only %d keys found: the catalogue is not read as expected", len(keys))
	}
	for _, k := range keys {
		if exempt[k.on] == "" && k.first != "organisation_id" {
			t.Errorf("%s: the key %s does not begin with organisation_id: %s", k.on, k.name, k.definition)
		}
	}
}

// TestDefinersAreNamed keeps the doors around row-level security few: each function that runs with its owner's
// rights has a fixed search path and is not open to everybody by accident.
func TestDefinersAreNamed(t *testing.T) {
	d := testdb.New(t)
	rows := query(t, d, `
		SELECT p.oid::regprocedure::text, coalesce(array_to_string(p.proconfig, ','), ''),
			EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee = 0)
		FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE n.nspname IN ('muster', 'control') AND p.prosecdef`)
	var name, config string
	var public bool
	if _, err := pgx.ForEachRow(rows, []any{&name, &config, &public}, func() error {
		if public {
			t.Errorf("%s runs with its owner's rights for everybody", name)
		}
		if !strings.Contains(config, "search_path=") {
			t.Errorf("%s runs with its owner's rights and has no fixed search_path", name)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// TestRowsOfAnotherTenantAreNotThere proves the policy from within: for every tenant table, rows of one organisation
// are counted by another, and by nobody.
func TestRowsOfAnotherTenantAreNotThere(t *testing.T) {
	d := testdb.New(t)
	ours, theirs := d.Organisation(t, "Ours"), d.Organisation(t, "Theirs")
	d.User(t, theirs, "Stranger", "owner")
	for _, r := range tables(t, d) {
		if r.schema != "muster" || exempt[r.schema+"."+r.name] != "" {
			continue
		}
		for _, as := range []string{string(ours), ""} {
			count := countAs(t, d, as, r.name)
			want := 0
			if as == string(ours) && slices.Contains([]string{"organisation"}, r.name) {
				want = 1
			}
			if count != want {
				t.Errorf("muster.%s: organisation %q sees %d rows, want %d", r.name, as, count, want)
			}
		}
	}
	if got := countAs(t, d, string(theirs), "user"); got != 1 {
		t.Errorf("the other organisation sees %d of its users, want 1: the test would prove nothing", got)
	}
}

func countAs(t *testing.T, d *testdb.Database, organisation, name string) int {
	t.Helper()
	var count int
	err := pgx.BeginFunc(t.Context(), d.DB.Pool(), func(tx pgx.Tx) error {
		if _, err := tx.Exec(context.WithoutCancel(t.Context()), `SELECT set_config('role', 'muster_app', true), set_config('muster.organisation_id', $1, true)`, organisation); err != nil {
			return err
		}
		return tx.QueryRow(t.Context(), "SELECT count(*) FROM muster."+pgx.Identifier{name}.Sanitize()).Scan(&count)
	})
	if err != nil {
		t.Fatal(err)
	}
	return count
}

// TestWhatBelongsToAnIncidentIsFoundByIt keeps reads of one incident from reading everybody's rows: each table whose rows
// belong to one has an index that begins with the organisation and the incident. A partial one counts only where it leaves
// out nothing but the rows of no incident.
func TestWhatBelongsToAnIncidentIsFoundByIt(t *testing.T) {
	d := testdb.New(t)
	rows := query(t, d, `
		SELECT c.relname, count(i.indexrelid) FILTER (WHERE k.first = 'organisation_id' AND k.second = 'incident_id'
			AND (i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) = '(incident_id IS NOT NULL)'))
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'incident_id'
		LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisvalid
		LEFT JOIN LATERAL (SELECT
			(SELECT x.attname FROM pg_attribute x WHERE x.attrelid = c.oid AND x.attnum = i.indkey[0]) AS first,
			(SELECT x.attname FROM pg_attribute x WHERE x.attrelid = c.oid AND x.attnum = i.indkey[1]) AS second) k ON true
		WHERE n.nspname = 'muster' AND c.relkind IN ('r', 'p')
		GROUP BY c.relname`)
	var name string
	var indexes, seen int
	if _, err := pgx.ForEachRow(rows, []any{&name, &indexes}, func() error {
		if seen++; indexes == 0 {
			t.Errorf("muster.%s: no index begins with organisation_id, incident_id", name)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if seen < 30 {
		t.Fatalf("only %d tables found: the catalogue is not read as expected", seen)
	}
}
