package incident_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/timer"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// TestRecords runs what lists for programs need a database for: one for all, with an organisation for each.
func TestRecords(t *testing.T) {
	t.Parallel()
	d := testdb.New(t)
	for name, run := range map[string]func(*testing.T, *testdb.Database){
		"SiftsAsThePlainModelDoes":            testSiftsAsThePlainModelDoes,
		"PagesNeitherSkipNorDouble":           testPagesNeitherSkipNorDouble,
		"TheDatabaseIsAskedAsOftenForMany":    testTheDatabaseIsAskedAsOftenForMany,
		"ARuleOfElsewhereIsRefused":           testARuleOfElsewhereIsRefused,
		"ACursorIsAnIncidentThatIsSeen":       testACursorIsAnIncidentThatIsSeen,
		"OneEditIsAllOrNothing":               testOneEditIsAllOrNothing,
		"AnUnsaidEditStaysOutOfTheRoom":       testAnUnsaidEditSaysSoToTheRoom,
		"DeclaredWithAllThatIsKnown":          testDeclaredWithAllThatIsKnown,
		"ANumberOfElsewhereIsKept":            testANumberOfElsewhereIsKept,
		"AKeyDeclaresPrivateWhatItDoesNotSee": testAKeyDeclaresPrivateWhatItDoesNotSee,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, d)
		})
	}
}

// catalog is what the incidents of a test differ by.
type catalog struct {
	severities   []incident.Severity
	statuses     []incident.Status
	types        []id.ID
	people       []id.ID
	lead, custom id.ID
	team, many   form.Field
	words, size  form.Field
	records      []incident.Record
	began        time.Time
}

// stocked declares incidents that differ in all that rules look at.
func (w *world) stocked(count int) *catalog {
	w.t.Helper()
	forms := form.New(w.DB, w.bus, w.clock, incident.OptionHolders{})
	field := func(cmd form.CreateField) form.Field {
		made, err := forms.CreateField(w.as, cmd)
		if err != nil {
			w.t.Fatal(err)
		}
		return made
	}
	c := &catalog{
		people: []id.ID{w.maya, w.jonas}, lead: w.role("lead"), custom: w.role("comms"), began: w.clock.Now(),
		team:  field(form.CreateField{Name: "Team", Type: form.SingleSelect, Options: []string{"Alpha", "Beta", "Gamma"}}),
		many:  field(form.CreateField{Name: "Regions", Type: form.MultiSelect, Options: []string{"North", "South", "East"}}),
		words: field(form.CreateField{Name: "Ticket", Type: form.Words}), size: field(form.CreateField{Name: "Customers", Type: form.Numeric}),
	}
	var err error
	if c.severities, err = w.incidents.Severities(w.as); err != nil {
		w.t.Fatal(err)
	}
	if c.statuses, err = w.incidents.Statuses(w.as); err != nil {
		w.t.Fatal(err)
	}
	c.statuses = slices.DeleteFunc(c.statuses, func(s incident.Status) bool {
		return !slices.Contains([]incident.Category{incident.CategoryTriage, incident.CategoryLive, incident.CategoryLearning, incident.CategoryClosed}, s.Category)
	})
	types, err := w.incidents.Types(w.as)
	if err != nil {
		w.t.Fatal(err)
	}
	made, err := w.incidents.CreateType(w.as, incident.CreateType{Name: "Security", CreateInTriage: incident.TriageOptional})
	if err != nil {
		w.t.Fatal(err)
	}
	c.types = []id.ID{types[0].ID, made.ID}
	var ids []id.ID
	for n := range count {
		w.clock.Advance(time.Duration(n%3) * 7 * time.Hour) // some in the same moment
		cmd := incident.Declare{Name: "Incident " + strconv.Itoa(n), Status: c.statuses[n%len(c.statuses)].ID, Type: c.types[n/3%2], Fields: form.Values{}}
		if n%4 != 0 {
			cmd.Severity = c.severities[n%len(c.severities)].ID
		}
		if n%5 == 1 {
			cmd.Roles = map[id.ID]id.ID{c.custom: c.people[n%2]}
		}
		if n%7 == 2 {
			cmd.Mode = incident.Test
		}
		if n%2 == 0 {
			cmd.Fields[c.team.ID] = []string{string(c.team.Options[n%3].ID)}
		}
		if n%3 == 0 {
			cmd.Fields[c.many.ID] = []string{string(c.many.Options[n%2].ID), string(c.many.Options[2].ID)}
		}
		if n%4 == 1 {
			cmd.Fields[c.words.ID] = []string{"ABC-" + strconv.Itoa(n%8)}
			cmd.Fields[c.size.ID] = []string{strconv.Itoa(n*5) + ".50"}
		}
		brief, err := w.incidents.Declare(w.as, cmd)
		if err != nil {
			w.t.Fatal(err)
		}
		ids = append(ids, brief.ID)
	}
	if c.records, err = w.incidents.RecordsOf(w.as, ids...); err != nil || len(c.records) != count {
		w.t.Fatalf("%d records of %d, %v", len(c.records), count, err)
	}
	return c
}

// holds is the plain model of a rule.
func (c *catalog) holds(rule incident.Rule, r incident.Record) bool {
	has := func(value string) bool { return slices.Contains(rule.Values, value) }
	in := func(value string) bool {
		if rule.Operator == incident.NotIn {
			return !has(value)
		}
		return has(value)
	}
	within := func(at time.Time) bool {
		return (rule.From.IsZero() || !at.Before(rule.From)) && (rule.To.IsZero() || at.Before(rule.To))
	}
	switch rule.Property {
	case incident.StatusProperty:
		return in(string(r.Status.ID))
	case incident.CategoryProperty:
		return in(string(r.Status.Category))
	case incident.TypeProperty:
		return in(string(r.Type.ID))
	case incident.CreatedProperty:
		return within(r.CreatedAt)
	case incident.UpdatedProperty:
		return within(r.UpdatedAt)
	case incident.SeverityProperty:
		return c.judged(rule, r.Severity, in)
	case incident.RoleProperty:
		holder := r.Roles[slices.IndexFunc(r.Roles, func(one incident.RoleRecord) bool { return one.Role.ID == rule.Of })].Holder
		switch rule.Operator {
		case incident.IsSet:
			return holder != ""
		case incident.IsBlank:
			return holder == ""
		default:
			return in(string(holder))
		}
	}
	answer := r.Answers[slices.IndexFunc(r.Answers, func(one incident.AnswerRecord) bool { return one.Field.ID == rule.Of })]
	any := func(like func(value, wanted string) bool) bool {
		return slices.ContainsFunc(answer.Values, func(value string) bool {
			return slices.ContainsFunc(rule.Values, func(wanted string) bool { return like(value, wanted) })
		})
	}
	number := func(text string) float64 { n, _ := strconv.ParseFloat(text, 64); return n }
	switch rule.Operator {
	case incident.IsSet:
		return len(answer.Values) > 0
	case incident.IsBlank:
		return len(answer.Values) == 0
	case incident.NotIn:
		return !any(func(value, wanted string) bool { return value == wanted })
	case incident.Contains:
		return any(func(value, wanted string) bool {
			return strings.Contains(strings.ToLower(value), strings.ToLower(wanted))
		})
	case incident.AtLeast:
		return any(func(value, wanted string) bool { return number(value) >= number(wanted) })
	case incident.AtMost:
		return any(func(value, wanted string) bool { return number(value) <= number(wanted) })
	default:
		return any(func(value, wanted string) bool { return value == wanted })
	}
}

func (c *catalog) judged(rule incident.Rule, severity *incident.Severity, in func(string) bool) bool {
	if severity == nil {
		return rule.Operator == incident.NotIn
	}
	rank := func(value string) int32 {
		return c.severities[slices.IndexFunc(c.severities, func(s incident.Severity) bool { return string(s.ID) == value })].Rank
	}
	switch rule.Operator {
	case incident.AtLeast:
		return slices.ContainsFunc(rule.Values, func(v string) bool { return severity.Rank >= rank(v) })
	case incident.AtMost:
		return slices.ContainsFunc(rule.Values, func(v string) bool { return severity.Rank <= rank(v) })
	default:
		return in(string(severity.ID))
	}
}

// model lists what a sift lets through, in its order.
func (c *catalog) model(sift incident.Sift) []id.ID {
	modes := sift.Modes
	if len(modes) == 0 {
		modes = []incident.Mode{incident.Standard, incident.Retrospective}
	}
	var found []incident.Record
	for _, r := range c.records {
		holds := func(rule incident.Rule) bool { return c.holds(rule, r) }
		wanted := !slices.ContainsFunc(sift.Rules, func(rule incident.Rule) bool { return !holds(rule) })
		if sift.Any && len(sift.Rules) > 0 {
			wanted = slices.ContainsFunc(sift.Rules, holds)
		}
		if wanted && slices.Contains(modes, r.Mode) {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b incident.Record) int {
		order := a.CreatedAt.Compare(b.CreatedAt)
		if order == 0 {
			order = strings.Compare(string(a.ID), string(b.ID))
		}
		if !sift.Oldest {
			order = -order
		}
		return order
	})
	ids := []id.ID{}
	for _, r := range found {
		ids = append(ids, r.ID)
	}
	return ids
}

func drawn[T any](t *rapid.T, what string, of ...T) []T {
	return rapid.SliceOfN(rapid.SampledFrom(of), 0, 3).Draw(t, what)
}

func idsOf[T any](all []T, of func(T) id.ID) []string {
	var ids []string
	for _, one := range all {
		ids = append(ids, string(of(one)))
	}
	return ids
}

// rule draws a rule about anything.
func (c *catalog) rule(t *rapid.T) incident.Rule {
	listed := func(p incident.Property, operators []incident.Operator, values ...string) incident.Rule {
		return incident.Rule{Property: p, Operator: rapid.SampledFrom(operators).Draw(t, "operator"), Values: drawn(t, "values", values...)}
	}
	either := []incident.Operator{incident.OneOf, incident.NotIn}
	strange := "01JZ0000000000000000000000"
	day := func(what string) time.Time {
		if rapid.Bool().Draw(t, what+" is open") {
			return time.Time{}
		}
		return c.began.Add(time.Duration(rapid.IntRange(-5, 200).Draw(t, what)) * time.Hour)
	}
	options := func(f form.Field) []string { return idsOf(f.Options, func(o form.Option) id.ID { return o.ID }) }
	set := []incident.Operator{incident.OneOf, incident.NotIn, incident.IsSet, incident.IsBlank}
	switch rapid.IntRange(0, 10).Draw(t, "property") {
	case 0:
		return listed(incident.StatusProperty, either, append(idsOf(c.statuses, func(s incident.Status) id.ID { return s.ID }), strange)...)
	case 1:
		return listed(incident.CategoryProperty, either, "live", "closed", "triage", "learning", "merged")
	case 2:
		return listed(incident.SeverityProperty, append([]incident.Operator{incident.AtLeast, incident.AtMost}, either...), idsOf(c.severities, func(s incident.Severity) id.ID { return s.ID })...)
	case 3:
		return listed(incident.TypeProperty, either, idsOf(c.types, func(one id.ID) id.ID { return one })...)
	case 4:
		return incident.Rule{Property: incident.CreatedProperty, Operator: incident.Within, From: day("from"), To: day("to")}
	case 5:
		return incident.Rule{Property: incident.UpdatedProperty, Operator: incident.Within, From: day("from"), To: day("to")}
	case 6, 7:
		rule := listed(incident.RoleProperty, set, string(c.people[0]), string(c.people[1]), strange)
		rule.Of = rapid.SampledFrom([]id.ID{c.lead, c.custom}).Draw(t, "role")
		return rule
	case 8:
		rule := listed(incident.FieldProperty, set, options(c.team)...)
		rule.Of = c.team.ID
		return rule
	case 9:
		rule := listed(incident.FieldProperty, set, options(c.many)...)
		rule.Of = c.many.ID
		return rule
	default:
		if rapid.Bool().Draw(t, "by number") {
			rule := listed(incident.FieldProperty, append([]incident.Operator{incident.AtLeast, incident.AtMost}, set...), "25.5", "45.5", "1000", "-3")
			rule.Of = c.size.ID
			return rule
		}
		rule := listed(incident.FieldProperty, append([]incident.Operator{incident.Contains}, set...), "ABC-1", "ABC-5", "abc", "x%")
		rule.Of = c.words.ID
		return rule
	}
}

func testSiftsAsThePlainModelDoes(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	c := w.stocked(42)
	rapid.Check(t, func(t *rapid.T) {
		sift := incident.Sift{Any: rapid.Bool().Draw(t, "any"), Oldest: rapid.Bool().Draw(t, "oldest"), Modes: drawn(t, "modes", incident.Standard, incident.Test)}
		for range rapid.IntRange(0, 3).Draw(t, "rules") {
			sift.Rules = append(sift.Rules, c.rule(t))
		}
		want := c.model(sift)
		got, pages := []id.ID{}, 0
		size := rapid.IntRange(1, 50).Draw(t, "size")
		for after := incident.Cursor(""); ; pages++ {
			page, err := w.incidents.Records(w.as, sift, after, size)
			if err != nil || page.Total != int64(len(want)) {
				t.Fatalf("%+v: total %d, want %d, %v", sift, page.Total, len(want), err)
			}
			for _, r := range page.Records {
				got = append(got, r.ID)
			}
			if after = page.Next; after.Empty() {
				break
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%+v (-model +listed):\n%s", sift, diff)
		}
	})
}

func testPagesNeitherSkipNorDouble(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	var were []id.ID
	for n := range 24 {
		if n%4 == 0 {
			w.clock.Advance(time.Minute)
		}
		were = append(were, w.declare(fmt.Sprintf("Incident %d", n)))
	}
	for _, oldest := range []bool{false, true} {
		var others sync.WaitGroup
		ctx, stop := context.WithCancel(t.Context())
		for n := range 2 {
			others.Go(func() {
				for k := 0; ctx.Err() == nil && k < 60; k++ {
					if _, err := w.incidents.Declare(w.as, incident.Declare{Name: fmt.Sprintf("Meanwhile %d %d", n, k)}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		seen := map[id.ID]int{}
		for after := incident.Cursor(""); ; {
			page, err := w.incidents.Records(w.as, incident.Sift{Oldest: oldest}, after, 3)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page.Records {
				seen[r.ID]++
			}
			if after = page.Next; after.Empty() {
				break
			}
		}
		stop()
		others.Wait()
		for _, inc := range were {
			if seen[inc] != 1 {
				t.Errorf("oldest first %v: an incident that was there was listed %d times", oldest, seen[inc])
			}
		}
	}
}

// rounds counts how often the database is asked.
type rounds struct{ n int }

func (r *rounds) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	r.n++
	return ctx
}

func (r *rounds) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (r *rounds) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	r.n++
	return ctx
}

func (r *rounds) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

func (r *rounds) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

func testTheDatabaseIsAskedAsOftenForMany(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	c := w.stocked(20)
	asked := &rounds{}
	traced, err := postgres.Open(t.Context(), postgres.Options{URL: d.URL, Connections: 2, Application: "test", Tracer: asked})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(traced.Close)
	counted := incident.New(traced, event.NewBus(traced, w.clock, &recorder{}, &recorder{}), w.clock, timer.New(traced, w.clock))
	count := func(read func() error) int {
		before := asked.n
		if err := read(); err != nil {
			t.Fatal(err)
		}
		return asked.n - before
	}
	listed := func(limit int) int {
		return count(func() error {
			page, err := counted.Records(w.as, incident.Sift{}, "", limit)
			if len(page.Records) != min(limit, 17) {
				t.Errorf("%d of %d listed", len(page.Records), limit)
			}
			return err
		})
	}
	if one, many := listed(1), listed(500); one != many || many > 10 {
		t.Errorf("asked %d times for one incident, %d times for all", one, many)
	}
	named := func(n int) int {
		return count(func() error {
			var ids []id.ID
			for _, r := range c.records[:n] {
				ids = append(ids, r.ID)
			}
			_, err := counted.RecordsOf(w.as, ids...)
			return err
		})
	}
	if one, many := named(1), named(20); one != many || many > 6 {
		t.Errorf("asked %d times for one incident, %d times for twenty", one, many)
	}
}

func testARuleOfElsewhereIsRefused(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	w.declare("Ours")
	strange := id.ID("01JZ0000000000000000000000")
	for field, rule := range map[string]incident.Rule{
		"severity":      {Property: incident.SeverityProperty, Operator: incident.AtLeast, Values: []string{string(strange)}},
		"incident_role": {Property: incident.RoleProperty, Operator: incident.IsSet, Of: strange},
		"custom_field":  {Property: incident.FieldProperty, Operator: incident.IsSet, Of: strange},
	} {
		_, err := w.incidents.Records(w.as, incident.Sift{Rules: []incident.Rule{rule}}, "", 10)
		if all := problem.All(err); len(all) != 1 || all[0].Field != field || all[0].Kind != problem.Invalid {
			t.Errorf("%s: %v", field, err)
		}
	}
	zero := incident.Rule{Property: incident.StatusProperty, Operator: incident.OneOf, Values: []string{"a\x00b", "\xff", "'; DROP"}}
	if page, err := w.incidents.Records(w.as, incident.Sift{Rules: []incident.Rule{zero}}, "", 10); err != nil || len(page.Records) != 0 {
		t.Errorf("%+v, %v", page, err)
	}
}

func testACursorIsAnIncidentThatIsSeen(t *testing.T, d *testdb.Database) {
	w, other := join(t, d), join(t, d)
	mine := w.declare("Mine")
	hidden, err := w.incidents.Declare(w.as, incident.Declare{Name: "Hidden", Private: true})
	if err != nil {
		t.Fatal(err)
	}
	jonas := w.person(w.jonas, "Jonas Vogel", authz.Responder)
	for name, after := range map[string]id.ID{"elsewhere": other.declare("Theirs"), "private": hidden.ID, "no id": "x'\x00", "a number": "1"} {
		_, err := w.incidents.Records(jonas, incident.Sift{}, after, 10)
		if all := problem.All(err); len(all) != 1 || all[0].Field != "after" || all[0].Kind != problem.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	page, err := w.incidents.Records(jonas, incident.Sift{}, mine, 10)
	if err != nil || len(page.Records) != 0 || page.Next != "" || page.Total != 1 {
		t.Errorf("after the last: %+v, %v", page, err)
	}
}
