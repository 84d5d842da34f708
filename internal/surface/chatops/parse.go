package chatops

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/musterhq/muster/internal/kernel/when"
)

// Word is one command of the vocabulary: what may follow "/inc".
type Word struct {
	Name    string
	Aliases []string
	Usage   string // what may follow it: "[@person]"
	Help    string // one sentence
}

// Vocabulary is every word that Muster understands, in the order of the help text.
type Vocabulary []Word

// Line is a command line that was understood as far as it goes.
type Line struct {
	Word  Word
	Known bool
	// Nearest is the word that was perhaps meant; empty when none is near.
	Nearest string
	Typed   string // the first word as typed
	Rest    string // what follows the word, as typed; for an unknown word the whole line
}

// Parse finds the word of a command line. An empty line has none and is not known.
func (v Vocabulary) Parse(text string) Line {
	text = strings.TrimSpace(text)
	typed, rest := text, ""
	if at := strings.IndexFunc(text, unicode.IsSpace); at >= 0 {
		typed, rest = text[:at], strings.TrimSpace(text[at:])
	}
	name := strings.ToLower(strings.TrimPrefix(typed, "/"))
	for _, word := range v {
		if word.Name == name || slices.Contains(word.Aliases, name) {
			return Line{Word: word, Known: true, Typed: typed, Rest: rest}
		}
	}
	return Line{Typed: typed, Rest: text, Nearest: v.nearest(name)}
}

// nearest returns the word with the fewest slips of the finger, at most a third of its letters.
func (v Vocabulary) nearest(typed string) string {
	best, fewest := "", 0
	if typed == "" || len(typed) > 40 {
		return ""
	}
	for _, word := range v {
		for _, name := range append([]string{word.Name}, word.Aliases...) {
			slips := distance(typed, name)
			if slips <= max(1, utf8.RuneCountInString(name)/3) && (best == "" || slips < fewest) {
				best, fewest = word.Name, slips
			}
		}
	}
	return best
}

// distance counts the letters to add, remove, change or swap with their neighbour to make a into b.
func distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	rows := make([][]int, len(from)+1)
	for i := range rows {
		rows[i] = make([]int, len(to)+1)
		rows[i][0] = i
	}
	for j := range to {
		rows[0][j+1] = j + 1
	}
	for i := range from {
		for j := range to {
			cost := 1
			if from[i] == to[j] {
				cost = 0
			}
			rows[i+1][j+1] = min(rows[i][j+1]+1, rows[i+1][j]+1, rows[i][j]+cost)
			if i > 0 && j > 0 && from[i] == to[j-1] && from[i-1] == to[j] {
				rows[i+1][j+1] = min(rows[i+1][j+1], rows[i-1][j-1]+1)
			}
		}
	}
	return rows[len(from)][len(to)]
}

// Trailing takes a duration off the end of a sentence, as in "Rolled back, watching in 30m": the words "next", "again" and
// "in" before it go too. Without one the whole text is left.
func Trailing(rest string) (text string, next time.Duration, found bool) {
	fields := strings.Fields(rest)
	for take := min(2, len(fields)); take >= 1; take-- { // "30 min" and "30m"
		tail := fields[len(fields)-take:]
		if take == 1 && !strings.ContainsFunc(tail[0], unicode.IsLetter) {
			continue // a bare number at the end of a sentence is no duration
		}
		next, ok := when.Duration(strings.Join(tail, ""))
		if !ok || (take == 2 && strings.ContainsFunc(tail[0], unicode.IsLetter) && !strings.ContainsFunc(tail[1], unicode.IsLetter)) {
			continue
		}
		end := strings.LastIndex(rest, tail[0])
		if take == 2 {
			end = strings.LastIndex(rest[:strings.LastIndex(rest, tail[1])], tail[0])
		}
		text = strings.TrimSpace(rest[:end])
		before, isIn := strings.CutSuffix(text, " in")
		if !isIn {
			continue // "it took 30m" tells of the past
		}
		text = strings.TrimSpace(before)
		for _, word := range []string{"again", "next update", "next"} {
			if cut, ok := strings.CutSuffix(text, " "+word); ok {
				text = cut
				break
			}
		}
		return strings.TrimRight(text, " ,;–—-"), next, true
	}
	return strings.TrimSpace(rest), 0, false
}
