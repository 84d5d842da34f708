package scenario_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/verbs"
)

// fillers are verbs that leave rows in tables which the world as it is made leaves empty.
var fillers = []string{
	"room.React", "room.Edit", "room.MarkRead", "incident.EditUpdate", "incident.SetFields", "incident.Visit", "question.Follow", "incident.Pause",
}

// fill lets every table of incidents hold a row of the incident that is made private: by verbs, and where none did by a
// row that the catalogue tells how to write, so that a table which comes later is filled by itself.
func (o *outsider) fill() {
	o.t.Helper()
	ctx, w := o.world.Context, o.world
	all := verbs.All()
	for _, name := range fillers {
		if _, err := all[name].Call(ctx, o.s.App, w); err != nil {
			o.t.Fatalf("%s: %v", name, err)
		}
	}
	if _, err := o.s.App.Incidents.Resume(ctx, incident.Resume{Incident: w.Incident}); err != nil {
		o.t.Fatal(err)
	}
	_, err := o.s.App.Rooms.Post(ctx, room.Post{Incident: w.Incident, ClientKey: "with a picture", Source: verbs.Marker + " picture", Files: []id.ID{w.Picture}})
	if err != nil {
		o.t.Fatal(err)
	}
	o.s.Work()
	for _, table := range o.columns("incident_id") {
		if o.rows(table.Table) == 0 {
			o.insert(table.Table)
		}
	}
}

// rows counts the rows of the incident in a table, as the owner of the database sees them.
func (o *outsider) rows(table string) int {
	o.t.Helper()
	var n int
	err := o.s.App.DB.Pool().QueryRow(o.t.Context(), fmt.Sprintf("SELECT count(*) FROM %s WHERE incident_id = $1", table), o.world.Incident).Scan(&n)
	if err != nil {
		o.t.Fatal(err)
	}
	return n
}

// needed is a column that a row cannot do without, or that may hold people's words.
type needed struct {
	Name, Type string
	// Check is what the values of the column are held to, Key the table that it refers to and At the column there.
	Check, Key, At string
}

var literal = regexp.MustCompile(`'([^']+)'`)

// insert writes a row that is of no use but to be seen.
func (o *outsider) insert(table string) {
	o.t.Helper()
	ctx, pool := o.t.Context(), o.s.App.DB.Pool()
	found, err := pool.Query(ctx, `SELECT a.attname, format_type(a.atttypid, NULL),
			coalesce((SELECT string_agg(pg_get_constraintdef(k.oid), ' ') FROM pg_constraint k WHERE k.conrelid = a.attrelid AND k.contype = 'c' AND k.conkey = ARRAY[a.attnum]), ''),
			coalesce(f.confrelid::regclass::text, ''), coalesce(f.column_there, '')
		FROM pg_attribute a LEFT JOIN LATERAL (SELECT k.confrelid, t.attname AS column_there FROM pg_constraint k
			JOIN pg_attribute t ON t.attrelid = k.confrelid AND t.attnum = k.confkey[array_position(k.conkey, a.attnum)]
			WHERE k.conrelid = a.attrelid AND k.contype = 'f' AND a.attnum = ANY (k.conkey) LIMIT 1) f ON true
		WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity = ''
			AND (a.attnotnull AND NOT a.atthasdef OR a.atttypid = 'text'::regtype AND a.attnotnull)`, table)
	if err != nil {
		o.t.Fatal(err)
	}
	columns, err := pgx.CollectRows(found, pgx.RowToStructByPos[needed])
	if err != nil {
		o.t.Fatal(err)
	}
	var names, values []string
	for _, c := range columns {
		names, values = append(names, c.Name), append(values, o.value(table, c))
	}
	sql := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, strings.Join(names, ", "), strings.Join(values, ", "))
	if _, err := pool.Exec(ctx, sql); err != nil {
		o.t.Fatalf("no verb of the fillers leaves a row in %s, and none could be written: %v\n%s", table, err, sql)
	}
}

// value is something that the column takes.
func (o *outsider) value(table string, c needed) string {
	quoted := func(text string) string { return "'" + text + "'" }
	allowed := literal.FindStringSubmatch(c.Check)
	switch {
	case c.Name == "organisation_id":
		return quoted(string(o.s.Organisation))
	case c.Name == "incident_id":
		return quoted(string(o.world.Incident))
	case c.Key == "incident":
		return quoted(string(o.world.Closed))
	case c.Key == "room_message":
		return quoted(string(o.world.Message))
	case c.Key == `"user"` || c.Name == "user_id" || strings.HasSuffix(c.Name, "by_id"):
		return quoted(string(o.world.Member))
	case c.Key != "":
		return fmt.Sprintf("(SELECT %s FROM %s WHERE organisation_id = '%s' LIMIT 1)", c.At, c.Key, o.s.Organisation)
	case allowed != nil:
		return quoted(allowed[1])
	case c.Name == "id" || strings.HasSuffix(c.Name, "_id"):
		return quoted(string(id.New(o.s.Clock.Now())))
	case c.Type == "text":
		return quoted(verbs.Marker + " in " + table + " " + c.Name)
	case c.Type == "timestamp with time zone":
		return quoted(o.s.Clock.Now().Format("2006-01-02 15:04:05Z"))
	case c.Type == "jsonb":
		return quoted(`{"words": "` + verbs.Marker + ` in ` + table + `"}`)
	case c.Type == "boolean":
		return "false"
	default:
		return "1"
	}
}

// sees counts, for every table of incidents, how many rows of the incident somebody's own transaction gives them.
func (o *outsider) sees(who context.Context) map[string]int {
	o.t.Helper()
	seen := map[string]int{}
	tables := o.columns("incident_id")
	err := o.s.App.DB.Read(who, func(ctx context.Context, tx pgx.Tx) error {
		for _, table := range tables {
			var n int
			if err := tx.QueryRow(ctx, fmt.Sprintf("SELECT count(*) FROM muster.%s WHERE incident_id = $1", table.Table), o.world.Incident).Scan(&n); err != nil {
				return fmt.Errorf("%s: %w", table.Table, err)
			}
			seen[table.Table] = n
		}
		return nil
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return seen
}

// everyTable holds that nothing of the incident is there for an outsider, in whichever table, and all of it for a member.
func (o *outsider) everyTable(t *testing.T) {
	outside, inside := o.sees(o.who.Context()), o.sees(o.world.Context)
	if len(outside) < 40 {
		t.Errorf("only %d tables belong to incidents", len(outside))
	}
	for _, table := range slices.Sorted(maps.Keys(outside)) {
		if outside[table] > 0 {
			t.Errorf("an outsider sees %d rows of %s", outside[table], table)
		}
		if there := o.rows(table); inside[table] != there && table != "incident_access" || there == 0 {
			t.Errorf("a member sees %d of %d rows of %s", inside[table], there, table)
		}
	}
}

// figures are what pages count for somebody.
func (o *outsider) figures() map[incident.Category]int64 {
	o.t.Helper()
	counts, err := o.s.App.Incidents.Counts(o.who.Context())
	if err != nil {
		o.t.Fatal(err)
	}
	maps.DeleteFunc(counts, func(_ incident.Category, n int64) bool { return n == 0 })
	return counts
}

func total(counts map[incident.Category]int64) int64 {
	sum := int64(0)
	for _, n := range counts {
		sum += n
	}
	return sum
}

// shownAgain makes the incident public: it is there again for everyone, with every row, and in the numbers.
func (o *outsider) shownAgain(t *testing.T, before map[incident.Category]int64) {
	o.who.Get("/incidents/" + o.world.Reference).Is(http.StatusNotFound)
	for _, in := range []id.ID{o.world.Incident, o.world.Closed, o.world.Joined} {
		if _, err := o.s.App.Incidents.MakePublic(o.world.Context, incident.MakePublic{Incident: in, Confirmed: true}); err != nil {
			t.Fatal(err)
		}
	}
	o.s.Work()
	o.who.Get("/incidents/" + o.world.Reference).Is(http.StatusOK)
	for table, n := range o.sees(o.who.Context()) {
		if there := o.rows(table); n != there {
			t.Errorf("%d of %d rows of %s are seen again", n, there, table)
		}
	}
	if diff := cmp.Diff(before, o.figures()); diff != "" {
		t.Errorf("the figures are not what they were (-before +after):\n%s", diff)
	}
}
