// Package when reads moments and spans of time as people write them.
package when

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	dayTime = regexp.MustCompile(`^(?:(\d{4}-\d{2}-\d{2})|(\p{L}+))?[ ,]*(?:at )?(?:(\d{1,2})(?::(\d{2}))?)?$`)
	days    = map[string]time.Weekday{
		"monday": time.Monday, "tuesday": time.Tuesday, "wednesday": time.Wednesday, "thursday": time.Thursday, "friday": time.Friday,
		"saturday": time.Saturday, "sunday": time.Sunday,
	}
)

// mornings is when a day begins that is named without a time.
const mornings = 9

// Until reads a moment to come: "2h", "15:30", "tomorrow", "tomorrow 9:00", "mon 8:30", "2026-03-02 14:00". A time of
// day that has passed is tomorrow's, a weekday is the next one.
func Until(text string, now time.Time) (time.Time, bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	for _, word := range []string{"until ", "till ", "for ", "in "} {
		text = strings.TrimPrefix(text, word)
	}
	if wait, ok := Duration(text); ok && strings.ContainsAny(text, "smhd") {
		return now.Add(wait), true
	}
	parts := dayTime.FindStringSubmatch(text)
	if parts == nil || text == "" {
		return time.Time{}, false
	}
	hour, minute, ok := timeOfDay(parts[3], parts[4])
	if !ok {
		return time.Time{}, false
	}
	on := func(add int) time.Time {
		return time.Date(now.Year(), now.Month(), now.Day()+add, hour, minute, 0, 0, now.Location())
	}
	switch date, word := parts[1], parts[2]; {
	case date != "":
		at, err := time.ParseInLocation(time.DateOnly, date, now.Location())
		return time.Date(at.Year(), at.Month(), at.Day(), hour, minute, 0, 0, now.Location()), err == nil
	case word == "" || word == "today":
		if parts[4] == "" && word == "" { // a bare number is no time
			return time.Time{}, false
		}
		if at := on(0); at.After(now) {
			return at, true
		}
		return on(1), word == ""
	case word == "tomorrow":
		return on(1), true
	default:
		for name, day := range days {
			if len(word) >= 2 && strings.HasPrefix(name, word) {
				return on((int(day-now.Weekday())+6)%7 + 1), true
			}
		}
		return time.Time{}, false
	}
}

func timeOfDay(hours, minutes string) (hour, minute int, ok bool) {
	if hours == "" {
		return mornings, 0, true
	}
	if minutes == "" {
		minutes = "00"
	}
	at, err := time.Parse("15:04", hours+":"+minutes)
	return at.Hour(), at.Minute(), err == nil
}

// Duration reads how long something is as people type it: 30, 30m, 45 min, 1h30m, 2 hours, 1d. A bare number is minutes.
// It reports false for what is no duration, and for more than 30 days.
func Duration(text string) (time.Duration, bool) {
	text = strings.ToLower(strings.Join(strings.Fields(text), ""))
	if minutes, err := strconv.Atoi(text); err == nil {
		text = strconv.Itoa(minutes) + "m"
	}
	var total time.Duration
	for text != "" {
		digits := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
		if digits < 1 || digits > 6 {
			return 0, false
		}
		number, _ := strconv.Atoi(text[:digits])
		text = text[digits:]
		letters := strings.IndexFunc(text, func(r rune) bool { return r >= '0' && r <= '9' })
		if letters < 0 {
			letters = len(text)
		}
		unit, known := units[text[:letters]]
		if !known {
			return 0, false
		}
		total += time.Duration(number) * unit
		text = text[letters:]
	}
	return total, total > 0 && total <= 30*24*time.Hour
}

var units = map[string]time.Duration{
	"s": time.Second, "sec": time.Second, "secs": time.Second, "second": time.Second, "seconds": time.Second,
	"m": time.Minute, "min": time.Minute, "mins": time.Minute, "minute": time.Minute, "minutes": time.Minute,
	"h": time.Hour, "hr": time.Hour, "hrs": time.Hour, "hour": time.Hour, "hours": time.Hour,
	"d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
}
