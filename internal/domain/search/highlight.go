package search

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Piece is a part of a text; Found marks one of the words that were looked for.
type Piece struct {
	Text  string
	Found bool
}

const (
	// around is how many characters of a long text are shown, before how many of them come before the first word.
	around, before = 220, 60
	// prefixed is from how many letters on a word is found by its beginning, as the index does it.
	prefixed = 3
)

// terms are the words that a text looks for, in lower case; scripts that do not part words are taken by the character.
func terms(text string) []string {
	var found []string
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			found = append(found, word.String())
			word.Reset()
		}
	}
	for _, r := range strings.ToLower(text) {
		switch {
		case unparted(r):
			end()
			found = append(found, string(r))
		case inWord(r):
			word.WriteRune(r)
		default:
			end()
		}
	}
	end()
	return found
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) }

// unparted reports whether the script of a character puts no spaces between words.
func unparted(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Myanmar, unicode.Khmer)
}

// span is a found word in a text, in bytes.
type span struct{ from, to int }

// spans finds the words in a text, from left to right. Lower case is made letter by letter, so that places stay places.
func spans(text string, sought []string) []span {
	var found []span
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		if !inWord(r) {
			at += size
			continue
		}
		end := at + size
		if !unparted(r) {
			for end < len(text) {
				next, more := utf8.DecodeRuneInString(text[end:])
				if !inWord(next) || unparted(next) {
					break
				}
				end += more
			}
		}
		if length := matched(text[at:end], sought); length > 0 {
			if n := len(found); n > 0 && found[n-1].to == at {
				found[n-1].to = at + length
			} else {
				found = append(found, span{at, at + length})
			}
		}
		at = end
	}
	return found
}

// matched is how much of a word is one that was looked for: all of it, or its beginning.
func matched(word string, sought []string) int {
	longest := 0
	for _, term := range sought {
		at := 0
		for _, want := range term {
			r, size := utf8.DecodeRuneInString(word[at:])
			if size == 0 || unicode.ToLower(r) != want {
				at = -1
				break
			}
			at += size
		}
		if at == len(word) || at > 0 && utf8.RuneCountInString(term) >= prefixed {
			longest = max(longest, at)
		}
	}
	return longest
}

// marked is a text with the words that were looked for.
func marked(text string, sought []string) []Piece {
	var pieces []Piece
	at := 0
	for _, s := range spans(text, sought) {
		if s.from > at {
			pieces = append(pieces, Piece{Text: text[at:s.from]})
		}
		pieces = append(pieces, Piece{Text: text[s.from:s.to], Found: true})
		at = s.to
	}
	if at < len(text) {
		pieces = append(pieces, Piece{Text: text[at:]})
	}
	return pieces
}

// excerpt is the part of a text around the first word that was looked for, cut between words.
func excerpt(text string, sought []string) []Piece {
	if utf8.RuneCountInString(text) <= around {
		return marked(text, sought)
	}
	first := 0
	if found := spans(text, sought); len(found) > 0 {
		first = found[0].from
	}
	from := first
	for n := 0; n < before && from > 0; n++ {
		_, size := utf8.DecodeLastRuneInString(text[:from])
		from -= size
	}
	if space := strings.IndexByte(text[from:first], ' '); from > 0 && space >= 0 {
		from += space + 1
	}
	to := from
	for n := 0; n < around && to < len(text); n++ {
		_, size := utf8.DecodeRuneInString(text[to:])
		to += size
	}
	if space := strings.LastIndexByte(text[first:to], ' '); to < len(text) && space > 0 {
		to = first + space
	}
	pieces := marked(text[from:to], sought)
	if from > 0 {
		pieces = append([]Piece{{Text: "… "}}, pieces...)
	}
	if to < len(text) {
		pieces = append(pieces, Piece{Text: " …"})
	}
	return pieces
}
