package setting

import (
	"strings"
	"unicode/utf8"

	"github.com/musterhq/muster/internal/kernel/problem"
)

// Words are what an entry of a list says.
type Words struct{ Name, Description string }

const maxName = 50

// MaxText is how many characters the texts of an entry have at most.
const MaxText = 2000

// Name tidies the name of an entry, and refuses one that another has already.
func Name(name string, taken func(lower string) bool) (string, error) {
	return Label("name", name, maxName, taken)
}

// Label tidies a name of up to most characters that stands in a field, and refuses one that another has already.
func Label(field, name string, most int, taken func(lower string) bool) (string, error) {
	name = strings.Join(strings.Fields(clean(name)), " ")
	switch {
	case name == "":
		return "", problem.Field(field, "is_required", "Give it a name.")
	case utf8.RuneCountInString(name) > most:
		return "", problem.Field(field, "too_long", "The name has %d characters at most.", most)
	case taken(strings.ToLower(name)):
		return "", problem.Field(field, "taken", "There is one with the name %s already.", name)
	}
	return name, nil
}

// Text checks a text of up to most characters that stands in a field. Spaces at its ends stay, because programs compare
// what they sent with what they read; blank is empty.
func Text(field, text string, most int) (string, error) {
	text = clean(text)
	if strings.TrimSpace(text) == "" {
		text = ""
	}
	if utf8.RuneCountInString(text) > most {
		return "", problem.Field(field, "too_long", "This has %d characters at most.", most)
	}
	return text, nil
}

func clean(text string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "\uFFFD")
}
