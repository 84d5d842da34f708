package channel

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// longest is how many characters the name of a channel has at most.
const longest = 80

// placeholders are what a name may be made of.
var placeholders = []string{"{number}", "{slug}", "{severity}", "{type}", "{date}"}

// nameOf fills the organisation's pattern: "inc-{number}-{slug}" becomes "inc-142-checkout-is-down".
func nameOf(pattern string, inc incident.Incident) string {
	severity := ""
	if inc.Severity != nil {
		severity = inc.Severity.Name
	}
	name := strings.NewReplacer(
		"{number}", strconv.FormatInt(inc.Number, 10), "{slug}", inc.Name, "{severity}", severity,
		"{type}", inc.Type.Name, "{date}", inc.DeclaredAt.Format("2006-01-02"),
	).Replace(pattern)
	return slug(name)
}

// Example is what a pattern makes of an incident that stands for any.
func Example(pattern string) string {
	return nameOf(pattern, incident.Incident{
		Number: 142, Name: "Checkout is down", Severity: &incident.Severity{Name: "Major"}, Type: incident.Type{Name: "Incident"}, DeclaredAt: time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC),
	})
}

// slug keeps letters and digits of every script in lower case, with single hyphens between them, and cuts at a whole word
// where there is one.
func slug(text string) string {
	var out strings.Builder
	gap := false
	for _, r := range norm.NFC.String(strings.ToLower(text)) {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r) && out.Len() > 0, r == '_':
			if gap && out.Len() > 0 {
				out.WriteByte('-')
			}
			gap = false
			out.WriteRune(r)
		case r == '\'', r == '’':
		default:
			gap = true
		}
	}
	runes := []rune(out.String())
	if len(runes) <= longest {
		return string(runes)
	}
	cut := string(runes[:longest+1])
	if at := strings.LastIndexByte(cut, '-'); at > len(cut)/2 {
		return cut[:at]
	}
	return string(runes[:longest])
}

// decidePattern refuses patterns that would give two incidents one name, or that name what there is not.
func decidePattern(pattern string) (string, error) {
	pattern = strings.TrimSpace(pattern)
	rest := pattern
	for _, known := range placeholders {
		rest = strings.ReplaceAll(rest, known, "")
	}
	switch {
	case !strings.Contains(pattern, "{number}"):
		return "", problem.Field("name", "number_missing", "The name needs {number}, so that no two channels want the same one. For example inc-{number}-{slug}.")
	case strings.ContainsAny(rest, "{}"):
		return "", problem.Field("name", "unknown_placeholder", "The name can hold %s.", strings.Join(placeholders, ", "))
	case len(pattern) > longest:
		return "", problem.Field("name", "too_long", "The pattern has at most %d characters.", longest)
	}
	return pattern, nil
}
