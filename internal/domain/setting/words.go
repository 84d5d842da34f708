package setting

import (
	"strings"
	"unicode/utf8"

	"github.com/musterhq/muster/internal/kernel/problem"
)

// Words are what an entry of a list says.
type Words struct{ Name, Description string }

const maxName, maxText = 50, 2000

// Name tidies a name, and refuses one that another has already.
func Name(name string, taken func(lower string) bool) (string, error) {
	name = strings.Join(strings.Fields(clean(name)), " ")
	switch {
	case name == "":
		return "", problem.Field("name", "is_required", "Give it a name.")
	case utf8.RuneCountInString(name) > maxName:
		return "", problem.Field("name", "too_long", "The name has %d characters at most.", maxName)
	case taken(strings.ToLower(name)):
		return "", problem.Field("name", "taken", "There is one with the name %s already.", name)
	}
	return name, nil
}

// Text tidies a text, and refuses one that is too long.
func Text(field, text string) (string, error) {
	text = strings.TrimSpace(clean(text))
	if utf8.RuneCountInString(text) > maxText {
		return "", problem.Field(field, "too_long", "This has 2,000 characters at most.")
	}
	return text, nil
}

func clean(text string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "\uFFFD")
}
