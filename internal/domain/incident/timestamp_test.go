package incident

import (
	"testing"
	"time"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// stamps are timestamps that come after one another: started, identified, fixed; and one that stands alone.
var stamps = []Timestamp{
	{ID: "01STARTED", Name: "Impact started"},
	{ID: "01IDENTIFIED", Name: "Identified", After: "01STARTED"},
	{ID: "01FIXED", Name: "Fixed", After: "01IDENTIFIED"},
	{ID: "01ALONE", Name: "Told the board"},
	{ID: "01OLD", Name: "Escalated", Archived: true},
}

func TestDecideTimestamps(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	at := func(minutes int) *time.Time {
		moment := now.Add(time.Duration(minutes) * time.Minute)
		return &moment
	}
	seconds := func(minutes, s int) time.Time {
		return now.Add(time.Duration(minutes)*time.Minute + time.Duration(s)*time.Second)
	}
	for name, c := range map[string]struct {
		known  map[id.ID]time.Time
		wanted map[id.ID]*time.Time
		shifts int
		wrong  []string
	}{
		"set the first":                          {wanted: map[id.ID]*time.Time{"01FIXED": at(-10)}, shifts: 1},
		"the same again changes nothing":         {known: map[id.ID]time.Time{"01FIXED": *at(-10)}, wanted: map[id.ID]*time.Time{"01FIXED": at(-10)}},
		"clear what is not set changes nothing":  {wanted: map[id.ID]*time.Time{"01FIXED": nil}},
		"clear":                                  {known: map[id.ID]time.Time{"01FIXED": *at(-10)}, wanted: map[id.ID]*time.Time{"01FIXED": nil}, shifts: 1},
		"still to come":                          {wanted: map[id.ID]*time.Time{"01FIXED": at(5)}, wrong: []string{"timestamp_01FIXED in_the_future"}},
		"a clock that is a little ahead":         {wanted: map[id.ID]*time.Time{"01FIXED": at(1)}, shifts: 1},
		"before what it comes after":             {known: map[id.ID]time.Time{"01IDENTIFIED": *at(-5)}, wanted: map[id.ID]*time.Time{"01FIXED": at(-6)}, wrong: []string{"timestamp_01FIXED out_of_order"}},
		"in the same minute":                     {known: map[id.ID]time.Time{"01IDENTIFIED": seconds(-5, 40)}, wanted: map[id.ID]*time.Time{"01FIXED": at(-5)}, shifts: 1},
		"over the gap of one that is not set":    {known: map[id.ID]time.Time{"01STARTED": *at(-5)}, wanted: map[id.ID]*time.Time{"01FIXED": at(-6)}, wrong: []string{"timestamp_01FIXED out_of_order"}},
		"pushed past what comes after it":        {known: map[id.ID]time.Time{"01FIXED": *at(-20)}, wanted: map[id.ID]*time.Time{"01STARTED": at(-10)}, wrong: []string{"timestamp_01STARTED out_of_order"}},
		"both moved together":                    {known: map[id.ID]time.Time{"01IDENTIFIED": *at(-5), "01FIXED": *at(-4)}, wanted: map[id.ID]*time.Time{"01IDENTIFIED": at(-9), "01FIXED": at(-8)}, shifts: 2},
		"what was wrong before is not our fault": {known: map[id.ID]time.Time{"01STARTED": *at(-5), "01IDENTIFIED": *at(-9)}, wanted: map[id.ID]*time.Time{"01ALONE": at(-9)}, shifts: 1},
		"what is archived is not set":            {wanted: map[id.ID]*time.Time{"01OLD": at(-1)}, wrong: []string{"timestamp_01OLD archived"}},
		"what is archived is cleared":            {known: map[id.ID]time.Time{"01OLD": *at(-1)}, wanted: map[id.ID]*time.Time{"01OLD": nil}, shifts: 1},
		"what the organisation has not":          {wanted: map[id.ID]*time.Time{"01NONE": at(-1)}, wrong: []string{"timestamp_01NONE not_found"}},
	} {
		t.Run(name, func(t *testing.T) {
			shifts, err := decideTimestamps(stamps, c.known, c.wanted, now)
			var wrong []string
			for _, p := range problem.All(err) {
				wrong = append(wrong, p.Field+" "+p.Code)
			}
			if len(wrong) != len(c.wrong) || len(wrong) > 0 && wrong[0] != c.wrong[0] {
				t.Errorf("problems %v, want %v", wrong, c.wrong)
			}
			if err == nil && len(shifts) != c.shifts {
				t.Errorf("%d shifts, want %d", len(shifts), c.shifts)
			}
		})
	}
}

func TestMeasure(t *testing.T) {
	metric := []DurationMetric{{ID: "01D", From: "01STARTED", To: "01FIXED"}}
	begun := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	started := TimestampValue{ID: "01STARTED", At: begun}
	fixed := func(after time.Duration) TimestampValue { return TimestampValue{ID: "01FIXED", At: begun.Add(after)} }
	for name, c := range map[string]struct {
		values  []TimestampValue
		ongoing bool
		state   DurationState
		took    time.Duration
	}{
		"known":                   {values: []TimestampValue{started, fixed(90 * time.Minute)}, state: DurationKnown, took: 90 * time.Minute},
		"still going on":          {values: []TimestampValue{started}, ongoing: true, state: DurationCalculating},
		"over without an end":     {values: []TimestampValue{started}, state: DurationMissing},
		"without a beginning":     {values: []TimestampValue{fixed(0)}, ongoing: true, state: DurationMissing},
		"ends before it begins":   {values: []TimestampValue{started, fixed(-time.Minute)}, state: DurationInvalid},
		"nothing at all is known": {ongoing: true, state: DurationMissing},
	} {
		t.Run(name, func(t *testing.T) {
			got := measure(metric, c.values, c.ongoing)[0]
			if got.State != c.state || got.Took != c.took {
				t.Errorf("%s %s, want %s %s", got.State, got.Took, c.state, c.took)
			}
		})
	}
}
