package nudge

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/domain/nudge/internal/db"
)

var (
	monday = time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC) // 3 a.m.
	lately = monday.Add(-time.Minute)
)

// well is an incident that lacks nothing.
func well() db.FactsRow {
	return db.FactsRow{
		ID: "01INCIDENT", TypeID: "01TYPE", StatusCategory: "live", DeclaredAt: lately, SeverityID: "01SEVERITY", LeadID: "01LEAD",
		SaidAt: lately, DoneAt: lately, ToldAt: lately,
	}
}

// steady are the causes that go by time alone and are there in every live incident.
var steady = []Kind{LongRunning, QuietRoom, CanBeClosed}

func seen(kinds ...Kind) []db.MusterNudge {
	var rows []db.MusterNudge
	for _, kind := range append(kinds, steady...) {
		rows = append(rows, db.MusterNudge{Kind: string(kind), Since: &lately})
	}
	return rows
}

func TestNudgeComesWhenItsTimeHasCome(t *testing.T) {
	t.Parallel()
	ago := func(d time.Duration) *time.Time { at := monday.Add(-d); return &at }
	leaderless := func(change func(n *db.MusterNudge)) []db.MusterNudge {
		rows := seen(NoLead)
		rows[0].Since = ago(10 * time.Minute)
		change(&rows[0])
		return rows
	}
	noLead := func(f *db.FactsRow) { f.LeadID = "" }
	everything := map[Kind]Rule{}
	for _, n := range natures {
		everything[n.Kind] = Rule{Enabled: true, Delay: n.Initial.Delay, Most: n.Initial.Most}
	}
	for name, c := range map[string]struct {
		facts func(f *db.FactsRow)
		known []db.MusterNudge
		set   map[Kind]Rule
		of    map[typed]Rule
		at    time.Time
		want  Kind
	}{
		"nothing lacks":                             {known: seen()},
		"nobody leads for two minutes":              {facts: noLead, known: leaderless(func(*db.MusterNudge) {}), want: NoLead},
		"nobody leads for a minute":                 {facts: noLead, known: leaderless(func(n *db.MusterNudge) { n.Since = ago(time.Minute) })},
		"reminded five times already":               {facts: noLead, known: leaderless(func(n *db.MusterNudge) { n.Raised, n.RaisedAt = 5, ago(time.Hour) })},
		"reminded eleven minutes ago":               {facts: noLead, known: leaderless(func(n *db.MusterNudge) { n.Raised, n.RaisedAt = 1, ago(11*time.Minute) }), want: NoLead},
		"reminded nine minutes ago":                 {facts: noLead, known: leaderless(func(n *db.MusterNudge) { n.Raised, n.RaisedAt = 1, ago(9*time.Minute) })},
		"somebody is choosing a lead":               {facts: noLead, known: leaderless(func(n *db.MusterNudge) { until := monday.Add(time.Minute); n.HeldUntil = &until })},
		"dismissed in this incident":                {facts: noLead, known: leaderless(func(n *db.MusterNudge) { n.DismissedAt = ago(time.Hour) })},
		"switched off":                              {facts: noLead, known: leaderless(func(*db.MusterNudge) {}), set: map[Kind]Rule{NoLead: {Enabled: false, Delay: time.Minute, Most: 5}}},
		"switched off for the type alone":           {facts: noLead, known: leaderless(func(*db.MusterNudge) {}), of: map[typed]Rule{{NoLead, "01TYPE"}: {Enabled: false, Delay: time.Minute, Most: 5}}},
		"switched off for another type":             {facts: noLead, known: leaderless(func(*db.MusterNudge) {}), of: map[typed]Rule{{NoLead, "01OTHER"}: {Enabled: false, Delay: time.Minute, Most: 5}}, want: NoLead},
		"no severity, which is not asked for":       {facts: func(f *db.FactsRow) { f.SeverityID = "" }, known: seen(NoSeverity), at: monday.Add(time.Hour)},
		"no severity, which is asked for":           {facts: func(f *db.FactsRow) { f.SeverityID = "" }, known: seen(NoSeverity), at: monday.Add(30 * time.Minute), set: everything, want: NoSeverity},
		"a lead who writes and no update":           {facts: func(f *db.FactsRow) { f.SaidByLead, f.ToldAt = 12, *ago(2 * time.Hour) }, known: seen(LeadIsDeep), set: everything, want: LeadIsDeep},
		"a lead who writes after an update":         {facts: func(f *db.FactsRow) { f.SaidByLead = 12 }, known: seen(LeadIsDeep), set: everything},
		"going on for five hours":                   {facts: func(f *db.FactsRow) { f.DeclaredAt = *ago(5 * time.Hour) }, known: seen(), set: everything, want: LongRunning},
		"nothing for a day, by night":               {facts: func(f *db.FactsRow) { f.SaidAt, f.DoneAt = *ago(25 * time.Hour), *ago(26 * time.Hour) }, known: seen()},
		"a follow-up without an owner, in the heat": {facts: func(f *db.FactsRow) { f.Unowned = true }, known: seen(Unowned), set: map[Kind]Rule{Unowned: {Enabled: true, Delay: time.Minute, Most: 3}}, at: monday.Add(7 * time.Hour), want: ""},
		"a follow-up without an owner, afterwards":  {facts: func(f *db.FactsRow) { f.Unowned, f.StatusCategory = true, "learning" }, known: seen(Unowned), set: everything, at: monday.Add(7 * time.Hour), want: Unowned},
		"a follow-up without an owner, closed":      {facts: func(f *db.FactsRow) { f.Unowned, f.StatusCategory = true, "closed" }, known: seen(Unowned), set: everything, at: monday.Add(7 * time.Hour), want: Unowned},
		"nothing for a day, closed": {facts: func(f *db.FactsRow) {
			f.StatusCategory = "closed"
			f.SaidAt, f.DoneAt = *ago(25 * time.Hour), *ago(26 * time.Hour)
		}, known: seen(), at: monday.Add(7 * time.Hour)},
		"nothing for a day, by day": {facts: func(f *db.FactsRow) { f.SaidAt, f.DoneAt = *ago(25 * time.Hour), *ago(26 * time.Hour) }, known: seen(), at: monday.Add(7 * time.Hour), want: CanBeClosed},
	} {
		facts := well()
		if c.facts != nil {
			c.facts(&facts)
		}
		at := c.at
		if at.IsZero() {
			at = monday
		}
		if got := decide(facts, c.known, rules{set: c.set, of: c.of, zone: time.UTC}, at); got.raise != c.want {
			t.Errorf("%s: nudged of %q, want %q", name, got.raise, c.want)
		}
	}
}

// TestOneNudgeInTenMinutes gives an incident two causes: they take turns, ten minutes apart.
func TestOneNudgeInTenMinutes(t *testing.T) {
	t.Parallel()
	facts := well()
	facts.LeadID, facts.NoSummary = "", true
	r := rules{set: map[Kind]Rule{NoSummary: {Enabled: true, Delay: 2 * time.Minute, Most: 2}}, zone: time.UTC}
	known := seen(NoLead, NoSummary)
	var got []string
	for minute := range 30 {
		at := monday.Add(time.Duration(minute) * time.Minute)
		v := decide(facts, known, r, at)
		if v.raise == "" {
			continue
		}
		got = append(got, at.Format("15:04 ")+string(v.raise))
		for n := range known {
			if known[n].Kind == string(v.raise) {
				known[n].Raised++
				known[n].RaisedAt = &at
			}
		}
	}
	want := []string{"03:01 no_lead", "03:11 no_summary", "03:21 no_lead"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestCausesComeAndGo(t *testing.T) {
	t.Parallel()
	facts := well()
	facts.LeadID = ""
	v := decide(facts, seen(NoSummary), rules{zone: time.UTC}, monday)
	if d := cmp.Diff([]Kind{NoLead}, v.appeared); d != "" {
		t.Errorf("appeared (-want +got)\n%s", d)
	}
	if d := cmp.Diff([]Kind{NoSummary}, v.gone); d != "" {
		t.Errorf("gone (-want +got)\n%s", d)
	}
}
