package chatops

import (
	"testing"
	"time"
)

func TestATimeAtTheEndOfAnAction(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) // a Monday
	for typed, want := range map[string][2]string{
		"Check the pool in 20m":                                        {"Check the pool", "02 12:20"},
		"Check the pool @Ana in 20 min":                                {"Check the pool @Ana", "02 12:20"},
		"Check the pool @Ana Lima tomorrow 10:00":                      {"Check the pool @Ana Lima", "03 10:00"},
		"Check the pool @[Ana](user:01ARZ3NDEKTSV4RRFFQ69G5FAV) 14:30": {"Check the pool @[Ana](user:01ARZ3NDEKTSV4RRFFQ69G5FAV)", "02 14:30"},
		"Check the pool by 14:30":                                      {"Check the pool", "02 14:30"},
		"Check the pool, due tomorrow 10:00":                           {"Check the pool", "03 10:00"},
		"Check the pool due in 1h":                                     {"Check the pool", "02 13:00"},
		"Tell the shops by Friday":                                     {"Tell the shops", "06 09:00"},
		"Look at what happened at 14:30":                               {"Look at what happened at 14:30", ""},
		"Tell the shops in Monday's call":                              {"Tell the shops in Monday's call", ""},
		"Ask about it in mo":                                           {"Ask about it in mo", ""},
		"Look at the deploy of 10:00":                                  {"Look at the deploy of 10:00", ""},
		"Roll back to version 30":                                      {"Roll back to version 30", ""},
		"Find who did it by hand":                                      {"Find who did it by hand", ""},
		"Ask @Ana Mo":                                                  {"Ask @Ana Mo", ""},
	} {
		text, due := trailingDue(typed, now)
		got := [2]string{text, ""}
		if !due.IsZero() {
			got[1] = due.Format("02 15:04")
		}
		if got != want {
			t.Errorf("%q is %q, wanted %q", typed, got, want)
		}
	}
}
