package richtext

import (
	"unicode"
	"unicode/utf8"
)

// Truncate shortens text to at most limit characters as a reader counts them, the last one an ellipsis when it was longer;
// it never cuts through an emoji, an accent or a flag.
func Truncate(text string, limit int) string {
	if limit <= 0 {
		return ""
	}
	end, shortEnd := 0, 0 // shortEnd: where limit-1 characters end
	for count := 0; end < len(text); count++ {
		if count == limit {
			return trimSpaceRight(text[:shortEnd]) + "…"
		}
		if count == limit-1 {
			shortEnd = end
		}
		end += firstCharacter(text[end:])
	}
	return text
}

// Characters counts the characters of text as a reader does.
func Characters(text string) int {
	count := 0
	for len(text) > 0 {
		text = text[firstCharacter(text):]
		count++
	}
	return count
}

func trimSpaceRight(text string) string {
	for len(text) > 0 {
		r, size := utf8.DecodeLastRuneInString(text)
		if !unicode.IsSpace(r) {
			break
		}
		text = text[:len(text)-size]
	}
	return text
}

const zeroWidthJoiner = '\u200d'

// firstCharacter returns the length in bytes of the first grapheme cluster, by the rules of Unicode annex 29 as far as they
// matter here: marks, joined emoji, skin tones, keycaps, flags, Hangul.
func firstCharacter(text string) int {
	r, end := utf8.DecodeRuneInString(text)
	if r == '\r' && len(text) > 1 && text[1] == '\n' {
		return 2
	}
	if unicode.IsControl(r) {
		return end
	}
	flag := regional(r)
	previous := r
	for end < len(text) {
		next, size := utf8.DecodeRuneInString(text[end:])
		switch {
		case extends(next):
		case previous == zeroWidthJoiner && pictograph(next):
		case flag && regional(next):
			flag = false
		case hangulJoins(previous, next):
		default:
			return end
		}
		if !regional(next) {
			flag = false
		}
		previous = next
		end += size
	}
	return end
}

func extends(r rune) bool {
	return unicode.Is(unicode.M, r) || r == zeroWidthJoiner || r == '\u200c' ||
		(r >= 0x1F3FB && r <= 0x1F3FF) || (r >= 0xE0020 && r <= 0xE007F)
}

func regional(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }

func pictograph(r rune) bool {
	return (r >= 0x1F000 && r <= 0x1FAFF) || (r >= 0x2190 && r <= 0x2BFF) || r == 0x3030 || r == 0x303D || r == 0x3297 || r == 0x3299
}

func hangulJoins(a, b rune) bool {
	leading := func(r rune) bool { return r >= 0x1100 && r <= 0x115F || r >= 0xA960 && r <= 0xA97C }
	vowel := func(r rune) bool { return r >= 0x1160 && r <= 0x11A7 || r >= 0xD7B0 && r <= 0xD7C6 }
	trailing := func(r rune) bool { return r >= 0x11A8 && r <= 0x11FF || r >= 0xD7CB && r <= 0xD7FB }
	syllable := func(r rune) bool { return r >= 0xAC00 && r <= 0xD7A3 }
	open := syllable(a) && (a-0xAC00)%28 == 0
	switch {
	case leading(a):
		return leading(b) || vowel(b) || syllable(b)
	case open || vowel(a):
		return vowel(b) || trailing(b)
	case syllable(a) || trailing(a):
		return trailing(b)
	}
	return false
}

func endsInWord(text string) bool {
	r, _ := utf8.DecodeLastRuneInString(text)
	return text != "" && wordy(r)
}

func startsInWord(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return text != "" && wordy(r)
}
