package chatops

import (
	"testing"
	"time"
)

var vocabulary = Vocabulary{
	{Name: "update", Usage: "[message]", Help: "tell everybody where things stand"},
	{Name: "lead", Usage: "[@person]", Help: "make someone the lead"},
	{Name: "severity", Aliases: []string{"sev"}, Help: "change the severity"},
	{Name: "status", Help: "change the status"},
	{Name: "follow-up", Aliases: []string{"followup"}, Help: "note what is to be done afterwards"},
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
