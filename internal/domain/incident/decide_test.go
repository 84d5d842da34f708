package incident

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

func TestDecideAssignment(t *testing.T) {
	maya, jonas := id.ID("01MAYA"), id.ID("01JONAS")
	live, merged := Held{Category: CategoryLive}, Held{Category: CategoryMerged}
	for name, c := range map[string]struct {
		inc               Held
		role              Role
		current, assignee id.ID
		want              roleChange
		problem           string
	}{
		"given":                        {inc: live, assignee: maya, want: roleChange{needed: true, to: maya}},
		"handed over":                  {inc: live, current: maya, assignee: jonas, want: roleChange{needed: true, from: maya, to: jonas}},
		"cleared":                      {inc: live, current: maya, want: roleChange{needed: true, from: maya}},
		"the same person":              {inc: live, current: maya, assignee: maya},
		"nobody, again":                {inc: live},
		"after the end":                {inc: Held{Category: CategoryClosed}, assignee: maya, want: roleChange{needed: true, to: maya}},
		"in another incident by now":   {inc: merged, assignee: maya, problem: "incident_over"},
		"a role that is archived":      {inc: live, role: Role{Archived: true}, assignee: maya, problem: "archived"},
		"an archived role is cleared":  {inc: live, role: Role{Archived: true}, current: maya, want: roleChange{needed: true, from: maya}},
		"an archived role stays as is": {inc: live, role: Role{Archived: true}, current: maya, assignee: maya},
	} {
		got, err := decideAssignment(c.inc, c.role, c.current, c.assignee)
		if code(err) != c.problem || got != c.want {
			t.Errorf("%s: %+v, %v; wanted %+v, %q", name, got, err, c.want, c.problem)
		}
	}
}

func code(err error) string {
	if err == nil {
		return ""
	}
	return problem.All(err)[0].Code
}

func TestDecideUpdate(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	toClosed := move{needed: true, to: Status{Category: CategoryClosed}}
	toLive := move{needed: true, to: Status{Category: CategoryLive}}
	for name, c := range map[string]struct {
		inc     Held
		status  move
		minutes int
		due     time.Duration
		problem string
	}{
		"a promise":                     {inc: Held{Category: CategoryLive}, minutes: 30, due: 30 * time.Minute},
		"no promise":                    {inc: Held{Category: CategoryLive}},
		"a promise with the last words": {inc: Held{Category: CategoryLive}, status: toClosed, minutes: 30},
		"a promise in learning":         {inc: Held{Category: CategoryLearning}, minutes: 30},
		"after the end":                 {inc: Held{Category: CategoryClosed}, problem: "incident_over"},
		"that reopens":                  {inc: Held{Category: CategoryClosed}, status: toLive, minutes: 15, due: 15 * time.Minute},
	} {
		got, err := decideUpdate(c.inc, c.status, shift{}, c.minutes, at)
		if code(err) != c.problem {
			t.Errorf("%s: %v, wanted %q", name, err, c.problem)
			continue
		}
		if (c.due == 0) != (got.due == nil) || (got.due != nil && !got.due.Equal(at.Add(c.due))) {
			t.Errorf("%s: due %v, wanted after %v", name, got.due, c.due)
		}
	}
}

func TestDecideReminder(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	past, future := now.Add(-time.Minute), now.Add(time.Minute)
	for name, c := range map[string]struct {
		inc      Held
		reminder int
		again    bool
	}{
		"the first":          {Held{Category: CategoryLive, NextUpdateDueAt: &past}, 1, true},
		"at the very moment": {Held{Category: CategoryLive, NextUpdateDueAt: &now}, 1, true},
		"the second":         {Held{Category: CategoryLive, NextUpdateDueAt: &past, Reminders: 1}, 2, true},
		"the last":           {Held{Category: CategoryLive, NextUpdateDueAt: &past, Reminders: 2}, 3, false},
		"never a fourth":     {Held{Category: CategoryLive, NextUpdateDueAt: &past, Reminders: 3}, 0, false},
		"snoozed meanwhile":  {Held{Category: CategoryLive, NextUpdateDueAt: &future}, 0, false},
		"skipped meanwhile":  {Held{Category: CategoryLive}, 0, false},
		"paused meanwhile":   {Held{Category: CategoryPaused, NextUpdateDueAt: &past}, 0, false},
	} {
		reminder, again := decideReminder(c.inc, now, Reminders)
		if reminder != c.reminder || again != c.again {
			t.Errorf("%s: reminder %d, again %v", name, reminder, again)
		}
	}
}

// TestStatusesLeadNowhereUnexpected walks random statuses and compares with a plain model: which moves there are, and
// that an incident is closed exactly while it is in a category of those that are over.
func TestStatusesLeadNowhereUnexpected(t *testing.T) {
	over := map[Category]bool{CategoryClosed: true, CategoryDeclined: true, CategoryMerged: true, CategoryCanceled: true}
	rapid.Check(t, func(t *rapid.T) {
		inc := Held{Category: rapid.SampledFrom(Categories()).Draw(t, "start"), Status: "0"}
		open := !over[inc.Category]
		for n := range rapid.IntRange(1, 20).Draw(t, "moves") {
			to := Status{ID: id.ID(rune('A' + n)), Category: rapid.SampledFrom(Categories()).Draw(t, "to")}
			m, err := decideStatus(inc, to)
			allowed := to.Category != CategoryTriage && to.Category != CategoryDeclined && to.Category != CategoryMerged &&
				to.Category != CategoryCanceled
			switch inc.Category {
			case CategoryTriage, CategoryDeclined, CategoryMerged, CategoryCanceled:
				allowed = to.Category == CategoryLive || (inc.Category == CategoryTriage && to.Category == CategoryClosed)
			case CategoryPaused, CategoryLearning, CategoryClosed:
				allowed = allowed && to.Category != CategoryPaused
			}
			if allowed != (err == nil) {
				t.Fatalf("%s to %s: %v", inc.Category, to.Category, err)
			}
			if err != nil {
				continue
			}
			if m.closes && m.reopens {
				t.Fatalf("%s to %s closes and reopens", inc.Category, to.Category)
			}
			if m.closes {
				open = false
			}
			if m.reopens {
				open = true
			}
			inc.Category, inc.Status = to.Category, to.ID
			if open == over[inc.Category] {
				t.Fatalf("in %s the incident counts as open: %v", inc.Category, open)
			}
			if again, err := decideStatus(inc, to); err != nil || again.needed {
				t.Fatalf("the same status again is a change: %+v, %v", again, err)
			}
		}
	})
}

func TestNobodyIsMeantByAnAmbiguousName(t *testing.T) {
	people := peopleOf("Anna Meier", "Anna Schulz", "Jonas Vogel")
	for typed, want := range map[string]string{
		"anna meier": "Anna Meier", "Anna": "", "jonas": "Jonas Vogel", "Jonas.Vogel": "Jonas Vogel", "Otto": "", "vogel": "",
	} {
		got, ok := meant(people, typed)
		if ok != (want != "") || (ok && got.Name != want) {
			t.Errorf("@%s means %q, %v", typed, got.Name, ok)
		}
	}
}

func peopleOf(names ...string) []richtext.Person {
	people := make([]richtext.Person, len(names))
	for n, name := range names {
		people[n] = richtext.Person{ID: id.ID(rune('A' + n)), Name: name}
	}
	return people
}
