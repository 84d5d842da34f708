package question

import (
	"slices"
	"strings"
	"unicode"
)

// mostSimilar is how many questions are shown to somebody who is about to ask.
const mostSimilar = 3

// Similar returns the questions that ask for much the same as the text, the nearest first, so that nobody need ask
// what is answered.
func Similar(text string, list []Question) []Question {
	sought := words(text)
	type match struct {
		question Question
		share    float64
	}
	var matches []match
	for _, q := range list {
		theirs := words(q.Text)
		common := 0
		for word := range sought {
			if theirs[word] {
				common++
			}
		}
		smaller := min(len(sought), len(theirs))
		if smaller == 0 {
			continue
		}
		if share := float64(common) / float64(smaller); share >= 0.5 {
			matches = append(matches, match{q, share})
		}
	}
	slices.SortStableFunc(matches, func(a, b match) int {
		switch {
		case a.share > b.share:
			return -1
		case a.share < b.share:
			return 1
		case a.question.State == b.question.State:
			return 0
		case a.question.State == Answered:
			return -1
		default:
			return 1
		}
	})
	var nearest []Question
	for _, m := range matches[:min(len(matches), mostSimilar)] {
		nearest = append(nearest, m.question)
	}
	return nearest
}

// small words say nothing of what is asked.
var small = strings.Fields("a about all also an and any anyone are as at be been being but by can could did do does for from had has have how i if in is it its me more my no not of on or our please so than that the their them then there these they this to too us was we were what when where which who why will with would yet you your")

// words returns the stems of what is asked.
func words(text string) map[string]bool {
	out := map[string]bool{}
	for _, word := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if !slices.Contains(small, word) {
			out[stem(word)] = true
		}
	}
	return out
}

// stem cuts the common endings off a word of English; other languages lose nothing by it.
func stem(word string) string {
	for _, ending := range []string{"ing", "ed", "es", "s"} {
		if cut, found := strings.CutSuffix(word, ending); found && len(cut) >= 3 {
			return cut
		}
	}
	return word
}
