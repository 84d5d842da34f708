package slack

import (
	_ "embed" // the table of names
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/musterhq/muster/internal/kernel/richtext"
)

//go:embed emoji.txt
var emojiTable string

// table holds the characters by Slack's names, and the name that Slack writes by the character.
var table = sync.OnceValue(func() (t struct{ characters, names map[string]string }) {
	t.characters, t.names = map[string]string{}, map[string]string{}
	for line := range strings.Lines(emojiTable) {
		if strings.HasPrefix(line, "# ") {
			continue
		}
		names := strings.Fields(line)
		for _, name := range names[1:] {
			t.characters[name] = names[0]
		}
		t.names[bare(names[0])] = names[1]
	}
	return t
})

// The five skin tones as characters, and what Slack puts behind a name; its first is number two.
const (
	lightest = '\U0001F3FB'
	darkest  = '\U0001F3FF'
	toneName = "::skin-tone-"
)

// Emoji gives the character of one of Slack's names, with its skin tone, as in "+1::skin-tone-3"; a workspace's own emoji
// keeps its name between colons.
func Emoji(name string) string {
	name = strings.Trim(name, ":")
	plain, tone, toned := strings.Cut(name, toneName)
	character, known := table().characters[plain]
	if !known {
		if character, known = richtext.EmojiCharacter(plain); !known {
			return ":" + name + ":"
		}
	}
	number, err := strconv.Atoi(tone)
	if !toned || err != nil || number < 2 || number > 6 {
		return character
	}
	_, first := utf8.DecodeRuneInString(character)
	return character[:first] + string(lightest+rune(number-2)) + strings.TrimPrefix(character[first:], "\ufe0f")
}

// EmojiName gives Slack's name of a character, as reactions need it, and whether Slack knows it; of ":name:" it gives the
// name.
func EmojiName(emoji string) (string, bool) {
	if name := strings.Trim(emoji, ":"); name != emoji {
		return name, true
	}
	if name, known := table().names[bare(emoji)]; known {
		return name, true
	}
	_, first := utf8.DecodeRuneInString(emoji)
	if tone, size := utf8.DecodeRuneInString(emoji[first:]); tone >= lightest && tone <= darkest {
		if name, known := table().names[bare(emoji[:first]+emoji[first+size:])]; known {
			return name + toneName + strconv.Itoa(int(tone-lightest)+2), true
		}
	}
	return "", false
}

// bare leaves out what only says that a character is to be shown in color.
func bare(emoji string) string { return strings.ReplaceAll(emoji, "\ufe0f", "") }
