package chatops

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var vocabulary = Vocabulary{
	{Name: "update", Usage: "[message]", Help: "tell everybody where things stand"},
	{Name: "lead", Usage: "[@person]", Help: "make someone the lead"},
	{Name: "severity", Aliases: []string{"sev"}, Help: "change the severity"},
	{Name: "status", Help: "change the status"},
	{Name: "follow-up", Aliases: []string{"followup"}, Help: "note what is to be done afterwards", Layer: 1},
}

func TestParseFindsTheWordAndTheNearestOne(t *testing.T) {
	for text, want := range map[string]struct {
		name, nearest, rest string
	}{
		"update We rolled  back":  {name: "update", rest: "We rolled  back"},
		"  UPDATE\nline one\ntwo": {name: "update", rest: "line one\ntwo"},
		"sev major":               {name: "severity", rest: "major"},
		"/lead @ada":              {name: "lead", rest: "@ada"},
		"followup x":              {name: "follow-up", rest: "x"},
		"updaet all good":         {nearest: "update", rest: "updaet all good"},
		"led":                     {nearest: "lead", rest: "led"},
		"severty":                 {nearest: "severity", rest: "severty"},
		"Checkout is down":        {rest: "Checkout is down"},
		"":                        {},
	} {
		got := vocabulary.Parse(text)
		if got.Word.Name != want.name || got.Known != (want.name != "") || got.Nearest != want.nearest || got.Rest != want.rest {
			t.Errorf("Parse(%q) = %+v, want %+v", text, got, want)
		}
	}
}

func TestArgumentsKeepQuotedWordsTogether(t *testing.T) {
	for rest, want := range map[string][]string{
		`comms @ada`: {"comms", "@ada"},
		`"two words" 'and more' “curly words” x`:               {"two words", "and more", "curly words", "x"},
		`it's 'not a quote`:                                    {"it's", "'not", "a", "quote"},
		`'it's fine'`:                                          {"it's fine"},
		`@[Ada Lovelace](user:01HZX3Q5J8Y6W9K2M4N7P0R1S5) now`: {"@[Ada Lovelace](user:01HZX3Q5J8Y6W9K2M4N7P0R1S5)", "now"},
		`""`: {""},
		`  `: nil,
	} {
		if diff := cmp.Diff(want, Arguments(rest)); diff != "" {
			t.Errorf("Arguments(%q):\n%s", rest, diff)
		}
	}
}

func TestArgumentsLoseNoLetter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rest := rapid.StringOf(rapid.SampledFrom([]rune("ab \t\"'“”‘’@[]()«»é日"))).Draw(t, "rest")
		letters := func(s string) string {
			return strings.Map(func(r rune) rune {
				if strings.ContainsRune("abé日@[]()", r) {
					return r
				}
				return -1
			}, s)
		}
		if got, want := letters(strings.Join(Arguments(rest), "")), letters(rest); got != want {
			t.Fatalf("%q became %q", rest, got)
		}
	})
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

func TestTrailingDurationOfAnUpdate(t *testing.T) {
	for rest, want := range map[string]struct {
		text string
		next time.Duration
	}{
		"Rolled back, next update in 30m": {"Rolled back", 30 * time.Minute},
		"Watching it again in 1 hour":     {"Watching it", time.Hour},
		"It took 30m":                     {"It took 30m", 0},
		"We lost 30":                      {"We lost 30", 0},
		"Deployed in 30":                  {"Deployed in 30", 0},
		"one\ntwo in 15 min":              {"one\ntwo", 15 * time.Minute},
		"":                                {"", 0},
	} {
		text, next, found := Trailing(rest)
		if text != want.text || next != want.next || found != (want.next > 0) {
			t.Errorf("Trailing(%q) = %q, %v, %v", rest, text, next, found)
		}
	}
}

func TestHelpShowsWhatIsInUse(t *testing.T) {
	lines, more := vocabulary.Help("/inc", 0)
	if len(lines) != 4 || !more || lines[1] != "/inc lead [@person] — make someone the lead" {
		t.Errorf("%v %v", lines, more)
	}
	if lines, more = vocabulary.Help("/inc", 3); len(lines) != 5 || more {
		t.Errorf("%v %v", lines, more)
	}
}
