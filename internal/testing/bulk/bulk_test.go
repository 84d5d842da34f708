package bulk_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/postgres/local"
	"github.com/musterhq/muster/internal/testing/bulk"
	"github.com/musterhq/muster/internal/testing/scenario"
)

func TestCopiesKeepEveryRuleOfTheSchema(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	var patterns []id.ID
	for n := range 3 {
		key := fmt.Sprint(n)
		where := s.Owner.Post("/incidents", url.Values{"name": {"Pattern " + key}, "key": {key}}).Is(200).Path
		s.Owner.Post(where+"/room/messages", url.Values{"text": {"Said " + key}, "client_key": {key}}).Is(200)
		s.Owner.Post(where+"/updates", url.Values{"message": {"Told " + key}, "next": {"0"}, "key": {key}}).Is(200)
		s.Work()
		found, err := s.App.Incidents.ByReference(s.System(), where[strings.LastIndex(where, "/")+1:])
		if err != nil {
			t.Fatal(err)
		}
		patterns = append(patterns, found)
	}
	address := strings.Replace(s.App.Config.DatabaseURL, local.Role+"@", local.Superuser+"@", 1)
	err := bulk.Multiply(t.Context(), address, bulk.Order{Organisation: s.Organisation, Patterns: patterns, Copies: 50, Step: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	// Checking a foreign key anew reads every row.
	rows, err := conn.Query(t.Context(), `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname), format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
		FROM pg_constraint WHERE contype = 'f' AND connamespace = 'muster'::regnamespace`)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct{ Drop, Add string }])
	if err != nil || len(keys) < 20 {
		t.Fatalf("%d foreign keys: %v", len(keys), err)
	}
	for _, key := range keys {
		if _, err := conn.Exec(t.Context(), key.Drop+"; "+key.Add); err != nil {
			t.Errorf("%s: %v", key.Add, err)
		}
	}

	asTriggersWouldHave(t, conn)

	counts, err := s.App.Incidents.Counts(s.System())
	if err != nil || counts[incident.CategoryLive] != 53 {
		t.Errorf("there are %v, want 53 live ones: %v", counts, err)
	}
	oldest, err := s.App.Incidents.List(s.System(), incident.Filter{}, "", 100)
	if err != nil || len(oldest.Incidents) != 53 {
		t.Fatalf("%d are listed: %v", len(oldest.Incidents), err)
	}
	copied := oldest.Incidents[52]
	where := "/incidents/" + copied.Reference
	s.Owner.Get(where).Is(200).Has("Said 2", copied.Name)
	s.Owner.Get(where + "/timeline").Is(200).Has("Told 2")
	s.Owner.Post(where+"/room/messages", url.Values{"text": {"Still going"}, "client_key": {"more"}}).Is(200).Has("Still going")
	if path := s.Owner.Post("/incidents", url.Values{"name": {"The next"}, "key": {"next"}}).Is(200).Path; path != "/incidents/INC-54" {
		t.Errorf("the next incident is at %s", path)
	}
}

// asTriggersWouldHave lets the triggers make anew what they keep, and finds it as it was; and every index whole.
func asTriggersWouldHave(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	all := func(sql string) []string {
		rows, err := conn.Query(t.Context(), sql)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		return lines
	}
	kept := map[string]string{
		"the words of": `SELECT to_jsonb(e)::text FROM muster.search_entry e ORDER BY organisation_id, kind, subject_id`,
		"the number of": `SELECT concat_ws(' ', organisation_id, status_category, mode, private, sum(total)) FROM muster.incident_count
			GROUP BY organisation_id, status_category, mode, private HAVING sum(total) <> 0 ORDER BY 1`,
	}
	before := map[string][]string{}
	for what, sql := range kept {
		before[what] = all(sql)
	}
	if _, err := conn.Exec(t.Context(), "DELETE FROM muster.search_entry; DELETE FROM muster.incident_count; INSERT INTO muster.incident_count SELECT organisation_id, status_category, mode, private, 0, count(*) FROM muster.incident GROUP BY 1, 2, 3, 4"); err != nil {
		t.Fatal(err)
	}
	for _, touch := range all(`SELECT format('UPDATE %s SET %s', g.tgrelid::regclass,
			coalesce((SELECT string_agg(format('%I = %1$I', a.attname), ', ') FROM pg_attribute a WHERE a.attrelid = g.tgrelid AND a.attnum = ANY (g.tgattr::int2[])), 'organisation_id = organisation_id'))
		FROM pg_trigger g WHERE g.tgname = 'keep_new_words'`) {
		if _, err := conn.Exec(t.Context(), touch); err != nil {
			t.Fatalf("%s: %v", touch, err)
		}
	}
	for what, sql := range kept {
		if after := all(sql); !slices.Equal(before[what], after) || len(after) == 0 {
			t.Errorf("triggers keep %s %d rows otherwise than the copies have it", what, len(after))
		}
	}
	if broken := all("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT (indisready AND indisvalid)"); len(broken) > 0 {
		t.Errorf("indexes are left unusable: %v", broken)
	}
}
