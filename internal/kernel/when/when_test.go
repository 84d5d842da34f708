package when

import (
	"testing"
	"time"
)

func TestUntil(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 28, 14, 30, 0, 0, zone) // a Saturday, the clock goes forward the next morning
	for typed, want := range map[string]string{
		"2h": "2026-03-28 16:30", "for 45 min": "2026-03-28 15:15", "3d": "2026-03-31 15:30",
		"15:30": "2026-03-28 15:30", "9:00": "2026-03-29 09:00", "tomorrow": "2026-03-29 09:00", "until tomorrow 7:15": "2026-03-29 07:15",
		"tomorrow at 8": "2026-03-29 08:00", "Mon": "2026-03-30 09:00", "saturday 10:00": "2026-04-04 10:00", "2026-04-02 14:00": "2026-04-02 14:00",
		"2026-04-02": "2026-04-02 09:00", "today 18:00": "2026-03-28 18:00", "today 9:00": "", "25:00": "", "soon": "", "12": "", "": "", "the deploy": "",
	} {
		at, ok := Until(typed, now)
		got := ""
		if ok {
			got = at.In(zone).Format("2006-01-02 15:04")
		}
		if got != want {
			t.Errorf("%q is %q, wanted %q", typed, got, want)
		}
	}
}

func TestDurationAsPeopleTypeIt(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"30": 30 * time.Minute, "30m": 30 * time.Minute, "45 min": 45 * time.Minute, "1h30m": 90 * time.Minute, "2 Hours": 2 * time.Hour,
		"1d": 24 * time.Hour, "1 h 15": 0, "": 0, "soon": 0, "-5m": 0, "0": 0, "31d": 0, "1.5h": 0, "99999999999999999999m": 0,
	} {
		if got, ok := Duration(text); ok != (want > 0) || (ok && got != want) {
			t.Errorf("Duration(%q) = %v, %v, want %v", text, got, ok, want)
		}
	}
}
