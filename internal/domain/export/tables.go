package export

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// table is a table of the organisation as the catalogue has it.
type table struct {
	name    string
	columns []column
	// key are the columns of the primary key after the organisation's, with the types that they are compared in.
	key []keyColumn
}

type keyColumn struct{ name, kind string }

// column is one that is written out.
type column struct {
	name     string
	kind     kind
	nullable bool
	// sql gives the value in the type of its kind.
	sql string
}

// tables reads from the catalogue which tables hold rows of organisations, and which of their columns are written.
// A table that is made tomorrow is among them by itself.
func tables(ctx context.Context, tx pgx.Tx) ([]table, error) {
	rows, err := tx.Query(ctx, `
		SELECT c.relname, a.attname, pg_catalog.format_type(a.atttypid, NULL), NOT a.attnotnull,
			coalesce(array_position(k.conkey, a.attnum), 0), pg_catalog.format_type(a.atttypid, a.atttypmod)
		FROM pg_catalog.pg_class c
		JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'muster'
		JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		LEFT JOIN pg_catalog.pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
		WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
			AND EXISTS (SELECT FROM pg_catalog.pg_attribute o WHERE o.attrelid = c.oid AND o.attname = 'organisation_id' AND NOT o.attisdropped)
		ORDER BY c.relname, a.attnum`)
	if err != nil {
		return nil, fmt.Errorf("read the tables: %w", err)
	}
	type keyed struct {
		keyColumn
		place int
	}
	var found []table
	keys := map[string][]keyed{}
	var name, attribute, kind, exact string
	var nullable bool
	var place int
	_, err = pgx.ForEachRow(rows, []any{&name, &attribute, &kind, &nullable, &place, &exact}, func() error {
		if _, left := leftOut[name]; left {
			return nil
		}
		if len(found) == 0 || found[len(found)-1].name != name {
			found = append(found, table{name: name})
		}
		if place > 0 && attribute != "organisation_id" {
			keys[name] = append(keys[name], keyed{keyColumn{attribute, exact}, place})
		}
		if hidden(name, attribute, kind) == "" {
			last := &found[len(found)-1]
			last.columns = append(last.columns, columnOf(attribute, kind, nullable))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the tables: %w", err)
	}
	for n, t := range found {
		slices.SortFunc(keys[t.name], func(a, b keyed) int { return a.place - b.place })
		for _, k := range keys[t.name] {
			found[n].key = append(found[n].key, k.keyColumn)
		}
	}
	return found, nil
}

// quote names a column of the table that is read, so that it cannot be taken for one of the answer.
func quote(column string) string { return pgx.Identifier{"t", column}.Sanitize() }

func columnOf(name, kind string, nullable bool) column {
	c := column{name: name, nullable: nullable}
	quoted := quote(name)
	c.sql = quoted
	switch kind {
	case "text", "character varying":
		c.kind, c.sql = textKind, quoted+"::text"
	case "boolean":
		c.kind = boolKind
	case "smallint", "integer", "bigint":
		c.kind, c.sql = intKind, quoted+"::bigint"
	case "real", "double precision":
		c.kind, c.sql = floatKind, quoted+"::double precision"
	case "timestamp with time zone":
		c.kind = timeKind
	case "date":
		c.kind = dateKind
	case "json", "jsonb":
		c.kind, c.sql = jsonKind, quoted+"::text"
	case "text[]", "character varying[]":
		c.kind, c.sql = listKind, quoted+"::text[]"
	default: // what has no type of its own in the files is written as PostgreSQL writes it
		c.kind, c.sql = textKind, quoted+"::text"
	}
	return c
}

// rows is the query for the table's rows in the order of its key, after a row that is named by its key as text. Behind
// the columns comes the key as text.
func (t table) rows(columns, after []string) string {
	where := "t.organisation_id = (SELECT muster.current_organisation())"
	if len(after) > 0 {
		var names, params []string
		for n, k := range t.key {
			names = append(names, quote(k.name))
			params = append(params, fmt.Sprintf("$%d::%s", n+1, k.kind))
		}
		where += fmt.Sprintf(" AND (%s) > (%s)", strings.Join(names, ", "), strings.Join(params, ", "))
	}
	order := ""
	selected := slices.Clone(columns)
	for n, k := range t.key {
		quoted := quote(k.name)
		selected = append(selected, quoted+"::text")
		if order += ", "; n == 0 {
			order = " ORDER BY "
		}
		order += quoted
	}
	return "SELECT " + strings.Join(selected, ", ") + " FROM " + pgx.Identifier{"muster", t.name}.Sanitize() + " t WHERE " + where + order
}
