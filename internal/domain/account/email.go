package account

import (
	"net/mail"
	"strings"

	"github.com/musterhq/muster/internal/kernel/problem"
)

// longestEmail is the most characters of an address (RFC 5321, 4.5.3.1.3, without the angle brackets).
const longestEmail = 254

// ParseEmail returns the address in the one form under which it is kept: trimmed and in lower case.
func ParseEmail(typed string) (string, error) {
	email := strings.ToLower(strings.TrimSpace(typed))
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Address != email || len(email) > longestEmail || strings.ContainsAny(email, "\"\r\n\x00 ") {
		return "", problem.Field("email", "invalid_email", "Write an email address such as name@example.com.")
	}
	return email, nil
}
