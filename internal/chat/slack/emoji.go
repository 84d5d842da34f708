package slack

import (
	_ "embed" // the table of names
	"regexp"
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
	if name := strings.Trim(emoji, ":"); name != emoji && shortName.MatchString(name) {
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

var (
	shortName = regexp.MustCompile(`^[a-z0-9_+'-]+(?:` + toneName + `[2-6])?$`)
	shortCode = regexp.MustCompile(`:([a-z0-9_+'-]+(?:` + toneName + `[2-6])?):`)
)

// emojis reads the emoji in a text; a name that nobody knows stays as it is.
func emojis(text string) []richtext.Node {
	var out []richtext.Node
	done := 0
	for _, at := range shortCode.FindAllStringSubmatchIndex(text, -1) {
		name := text[at[2]:at[3]]
		if at[0] < done || wordBefore(text[:at[0]]) || wordAfter(text[at[1]:]) {
			continue
		}
		now, known := emojiNode(name)
		if !known {
			continue
		}
		out = append(out, richtext.T(text[done:at[0]]), now)
		done = at[1]
	}
	return append(out, richtext.T(text[done:]))
}

// emojiNode is an emoji as Muster's documents hold it: by name where they know it, else as the character.
func emojiNode(name string) (richtext.Node, bool) {
	character := Emoji(name)
	if ours, known := richtext.EmojiCharacter(name); known && bare(ours) == bare(character) {
		return richtext.Node{Kind: richtext.Emoji, Name: name}, true
	}
	return richtext.T(character), character != ":"+name+":"
}

func emojiOf(e block) richtext.Node {
	name := e.Name
	if e.SkinTone > 1 && !strings.Contains(name, toneName) {
		name += toneName + strconv.Itoa(e.SkinTone)
	}
	now, known := emojiNode(name)
	if known || e.Unicode == "" {
		return now
	}
	var b strings.Builder
	for code := range strings.SplitSeq(e.Unicode, "-") {
		r, err := strconv.ParseInt(code, 16, 32)
		if err != nil {
			return now
		}
		b.WriteRune(rune(r))
	}
	return richtext.T(b.String())
}
