package settings_test

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
)

// logbook is an organisation in which something was done: to a severity by its owner, in two incidents by two people.
func logbook(t *testing.T) (d *desk, ben id.ID, first, second incident.Brief) {
	t.Helper()
	d = open(t)
	ben = d.Enrol(t, d.organisation.ID, "ben@example.com", authz.Administrator)
	_, ids := d.entries(t, "severities")
	d.check(t, d.owner(), http.MethodPost, "/settings/severities/"+ids["Minor"], put("name", "Small", "description", "x", "version", "1"), http.StatusSeeOther)
	declare := func(who id.ID, name string) incident.Brief {
		made, err := d.incidents.Declare(d.As(t, d.organisation.ID, who), incident.Declare{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	first, second = declare(ben, "Checkout is down"), declare(d.owner(), "=HYPERLINK(\"http://example.com\")")
	if _, err := d.incidents.Rename(d.As(t, d.organisation.ID, ben), incident.Rename{Incident: second.ID, Name: "Slow pages"}); err != nil {
		t.Fatal(err)
	}
	return d, ben, first, second
}

func TestAuditLogIsFilteredByItsAddress(t *testing.T) {
	t.Parallel()
	d, ben, first, second := logbook(t)
	all := []string{"changed the severity", "renamed", "Checkout is down"}
	for _, c := range []struct {
		query string
		shows []string
	}{
		{"", all},
		{"?who=" + string(ben), all[1:]},
		{"?what=severity.edited", all[:1]},
		{"?what=incident.*", all[1:]},
		{"?what=moon.*", nil},
		{"?about=" + first.Reference, all[2:]},
		{"?about=" + strings.ToLower(second.Reference) + "&what=incident.renamed", all[1:2]},
		{"?from=2026-03-02&until=2026-03-02", all},
		{"?until=2026-03-01", nil},
		{"?from=2026-03-03", nil},
		{"?who=system&what=incident.*", nil},
		{"?about=INC-999", nil},
		{"?about=anything", nil},
	} {
		text := d.check(t, d.owner(), http.MethodGet, "/settings/audit"+c.query, nil, http.StatusOK)
		log := text[strings.Index(text, "</form>"):]
		if _, after, found := strings.Cut(text, "audit-filters"); found {
			_, log, _ = strings.Cut(after, "</form>")
		}
		for _, words := range all {
			if shown := strings.Contains(log, words); shown != slices.Contains(c.shows, words) {
				t.Errorf("%q shows %q: %v", c.query, words, shown)
			}
		}
	}
	d.check(t, d.owner(), http.MethodGet, "/settings/audit?about=INC-999", nil, http.StatusOK, "There is no INC-999 here")
	d.check(t, d.owner(), http.MethodGet, "/settings/audit?from=soon", nil, http.StatusUnprocessableEntity)
	d.check(t, d.owner(), http.MethodGet, "/settings/audit", nil, http.StatusOK,
		`<optgroup label="Incidents"><option value="incident.*">`, ">Renamed an incident<", "renamed <a class=\"link\" href=\"/incidents/"+string(second.ID)+"\"", "→ Slow pages")
}

func TestAuditLogIsTakenOutAsItIsFiltered(t *testing.T) {
	t.Parallel()
	d, ben, _, second := logbook(t)
	query := "?" + url.Values{"about": {second.Reference}}.Encode()
	w := d.do(t, d.owner(), http.MethodGet, "/settings/audit/csv"+query)
	rows, err := csv.NewReader(w.Body).ReadAll()
	if err != nil || len(rows) < 3 || w.Header().Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Fatalf("%v, %d rows, %v", err, len(rows), w.Header())
	}
	column := func(name string) int { return slices.Index(rows[0], name) }
	newest := rows[1]
	if newest[column("action")] != "incident.renamed" || newest[column("actor_id")] != string(ben) || !strings.Contains(newest[column("after")], "Slow pages") {
		t.Errorf("the newest row is %q", newest)
	}
	for _, row := range rows[1:] {
		if row[column("incident_id")] != string(second.ID) {
			t.Errorf("a row is about something else: %q", row)
		}
	}
	w = d.do(t, d.owner(), http.MethodGet, "/settings/audit/jsonl"+query)
	lines := strings.Split(strings.TrimSpace(w.Body.String()), "\n")
	if len(lines) != len(rows)-1 {
		t.Errorf("%d lines of JSON for %d rows", len(lines), len(rows)-1)
	}
	for _, line := range lines {
		var entry struct {
			At, Action, Did string
			Actor           struct{ Name string }
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.At == "" || entry.Action == "" || entry.Did == "" || entry.Actor.Name == "" {
			t.Errorf("%s: %v", line, err)
		}
	}
	if w := d.do(t, d.owner(), http.MethodGet, "/settings/audit/csv?what=moon.*"); strings.Count(w.Body.String(), "\n") != 1 {
		t.Errorf("nothing is told as %q", w.Body)
	}
	d.check(t, d.owner(), http.MethodGet, "/settings/audit/csv?about=INC-999", nil, http.StatusNotFound)
	d.check(t, d.owner(), http.MethodGet, "/settings/audit", nil, http.StatusOK, "downloaded the audit log")
	responder := d.Enrol(t, d.organisation.ID, "rita@example.com", authz.Responder)
	for _, path := range []string{"csv", "jsonl"} {
		d.check(t, responder, http.MethodGet, "/settings/audit/"+path, nil, http.StatusForbidden)
	}
}
