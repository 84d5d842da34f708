package ui

import "testing"

func TestALongMenuFoldsWhatIsRare(t *testing.T) {
	many := []MenuItem{{Label: "a"}, {Label: "b", Rare: true}, {Label: "c", Rare: true, Apart: true}, {Label: "d"}, {Label: "e"}, {Label: "f", Apart: true, Rare: true}, {Label: "g", Rare: true}, {Label: "h"}, {Label: "i"}}
	say := func(items []MenuItem) (line string) {
		for _, item := range items {
			if item.Apart {
				line += "|"
			}
			line += item.Label
		}
		return line
	}
	if shown, rest := say(atHand(many)), say(folded(many)); shown != "a|de|hi" || rest != "bcfg" {
		t.Errorf("%q is at hand and %q is folded", shown, rest)
	}
	if short := many[:longMenu]; say(atHand(short)) != "ab|cde|fgh" || len(folded(short)) != 0 {
		t.Errorf("of a short menu %q is at hand", say(atHand(short)))
	}
}
