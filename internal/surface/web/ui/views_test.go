package ui_test

import (
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/surface/web/ui"
)

func TestLevelsSpanTheBars(t *testing.T) {
	for _, c := range []struct{ place, total, want int }{
		{0, 1, 1}, {0, 2, 1}, {1, 2, 3}, {0, 3, 1}, {1, 3, 2}, {2, 3, 3}, {0, 5, 1}, {2, 5, 2}, {4, 5, 3}, {9, 10, 3},
	} {
		if got := ui.Level(c.place, c.total); got != c.want {
			t.Errorf("place %d of %d: %d bars, want %d", c.place, c.total, got, c.want)
		}
	}
}

func TestSpansAreSaidAsPeopleSayThem(t *testing.T) {
	for _, c := range []struct {
		d     time.Duration
		want  string
		tight string
	}{
		{20 * time.Second, "under 1 min", "0m"},
		{47 * time.Minute, "47 min", "47m"},
		{-6 * time.Minute, "6 min", "6m"},
		{130 * time.Minute, "2 h 10", "2h"},
		{23*time.Hour + 59*time.Minute, "23 h 59", "23h"},
		{25 * time.Hour, "1 day", "1d"},
		{75 * time.Hour, "3 days", "3d"},
	} {
		if got := ui.Span(c.d); got != c.want {
			t.Errorf("span of %s: %q, want %q", c.d, got, c.want)
		}
		if got := ui.Tight(c.d); got != c.tight {
			t.Errorf("tight span of %s: %q, want %q", c.d, got, c.tight)
		}
	}
}

func TestMomentsAreShownInTheReadersZone(t *testing.T) {
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, time.March, 2, 16, 0, 0, 0, time.UTC) // 01:00 on March 3 in Tokyo
	for _, c := range []struct {
		at    time.Time
		zone  *time.Location
		short string
		ago   string
	}{
		{now.Add(-12 * time.Minute), time.UTC, "15:48", "12 min ago"},
		{now.Add(-2 * time.Hour), tokyo, "Yesterday 23:00", "2 h 00 ago"},
		{now.Add(-2 * time.Hour), nil, "14:00", "2 h 00 ago"},
		{now.Add(-30 * time.Second), time.UTC, "15:59", "just now"},
		{now.AddDate(0, 0, -3), time.UTC, "Fri 16:00", "Fri 16:00"},
		{now.AddDate(0, 0, -40), time.UTC, "Jan 21", "Jan 21"},
		{now.AddDate(-1, 0, 0), time.UTC, "Mar 2, 2025", "Mar 2, 2025"},
	} {
		m := ui.Moment{At: c.at, Now: now, Zone: c.zone}
		if m.Short() != c.short || m.Ago() != c.ago {
			t.Errorf("%s: %q and %q, want %q and %q", c.at, m.Short(), m.Ago(), c.short, c.ago)
		}
	}
}

func TestDueSaysWhoseItIsAndWhenItIsLate(t *testing.T) {
	now := time.Date(2026, time.March, 2, 16, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		in          time.Duration
		yours, tiny bool
		words, look string
	}{
		{38 * time.Minute, false, false, "Next update in 38 min", ""},
		{4 * time.Minute, true, false, "Your update is due in 4 min", "due"},
		{-6 * time.Minute, true, false, "Your update is 6 min late", "late"},
		{-6 * time.Minute, false, false, "Update is 6 min late", "late"},
		{4 * time.Minute, true, true, "Due in 4 min", "due"},
		{4 * time.Minute, false, true, "Next in 4 min", ""},
		{-61 * time.Minute, false, true, "1 h 01 late", "late"},
	} {
		d := ui.DueView{At: now.Add(c.in), Now: now, Yours: c.yours, What: "update", Brief: c.tiny}
		if d.Words() != c.words || d.Look() != c.look {
			t.Errorf("due in %s: %q looking %q, want %q looking %q", c.in, d.Words(), d.Look(), c.words, c.look)
		}
	}
}

func TestWhatPeopleWroteIsEscaped(t *testing.T) {
	var html strings.Builder
	hostile := `<script>alert(1)</script>" onload="x`
	if err := ui.Person(ui.PersonView{ID: "1", Name: hostile}).Render(t.Context(), &html); err != nil {
		t.Fatal(err)
	}
	if err := ui.Field(ui.FieldView{ID: "f", Name: "f", Label: hostile, Value: hostile, Error: hostile}).Render(t.Context(), &html); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(html.String(), "<script") || strings.Contains(html.String(), `" onload`) {
		t.Errorf("a name came through as markup: %s", html.String())
	}
}

func TestInitialsOfNamesInEveryScript(t *testing.T) {
	for name, want := range map[string]string{"maya": "M", "Élodie": "É", "李小龍": "李", " محمد": "م", "": "?"} {
		if got := (ui.PersonView{Name: name}).Initial(); got != want {
			t.Errorf("initial of %q: %q, want %q", name, got, want)
		}
	}
}
