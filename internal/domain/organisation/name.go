package organisation

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/musterhq/muster/internal/kernel/problem"
)

const (
	longestName = 80 // characters
	longestSlug = 40 // bytes, before a number is added
)

func nameOf(typed string) (string, error) {
	name := strings.Join(strings.Fields(typed), " ")
	if name == "" || utf8.RuneCountInString(name) > longestName {
		return "", problem.Field("name", "invalid_name", "Give the organisation a name of 1 to %d characters.", longestName)
	}
	return name, nil
}

func zoneOf(typed string) (string, error) {
	if typed == "" {
		return "UTC", nil
	}
	if _, err := time.LoadLocation(typed); err != nil || typed == "Local" {
		return "", problem.Field("zone", "invalid_zone", "%q is no time zone. Choose one such as Europe/Madrid.", typed)
	}
	return typed, nil
}

// Slug makes the address of a name: lower-case Latin letters without accents, digits and single hyphens. A name in
// another script becomes "team".
func Slug(name string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(name)) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r) || r == '\'' || r == '’':
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= longestSlug {
			break
		}
	}
	slug := strings.Trim(b.String(), "-")
	if slug == "" {
		return "team"
	}
	return slug
}

// publicMail lists domains whose name says nothing about who somebody works with.
var publicMail = map[string]bool{
	"gmail": true, "googlemail": true, "outlook": true, "hotmail": true, "live": true, "icloud": true, "yahoo": true,
	"proton": true, "protonmail": true, "gmx": true, "fastmail": true, "localhost": true, "example": true,
}

// NameFor proposes an organisation's name from its first owner: their company's mail domain, or else their own name.
func NameFor(owner, email string) string {
	_, domain, _ := strings.Cut(email, "@")
	labels := strings.Split(strings.ToLower(domain), ".")
	if len(labels) >= 2 {
		label := labels[len(labels)-2]
		// The second level of "example.co.uk" and the like is no name.
		if len(label) <= 3 && len(labels) >= 3 {
			label = labels[len(labels)-3]
		}
		if !publicMail[label] && label != "" {
			first, size := utf8.DecodeRuneInString(label)
			return string(unicode.ToUpper(first)) + label[size:]
		}
	}
	return strings.Join(strings.Fields(owner), " ") + "'s team"
}
