package richtext_test

import (
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/kernel/richtext"
)

func TestRedaction(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		source, secret, want string
		found                int
	}{
		{"the key is AKIA123456 ok", "AKIA123456", "the key is [redacted] ok", 1},
		{"**AKIA123456** and AKIA123456", "AKIA123456", "[redacted] and [redacted]", 2},
		{"pass*wor*d1 is it", "password1", "[redacted] is it", 1},
		{"`AKIA123456`", "AKIA123456", "[redacted]", 1},
		{"```\nx\nAKIA123456\n```", "AKIA123456", "x\n[redacted]", 1},
		{"- a\n- b AKIA123456\n\n> AKIA123456", "AKIA123456", "a\nb [redacted]\n[redacted]", 2},
		{"two lines\\\nof it", "lines\nof", "two [redacted] it", 1},
		{"[here](https://example.com/?t=AKIA123456)", "AKIA123456", "here", 1},
		{"a :tada: b", "a :tada: b", "[redacted]", 1},
		{"nothing", "AKIA123456", "nothing", 0},
	} {
		d, found := richtext.Parse(c.source, richtext.Options{}).Redact([]string{c.secret}, "[redacted]")
		plain := strings.Join(strings.FieldsFunc(d.Plain(), func(r rune) bool { return r == '\n' }), "\n")
		plain = strings.NewReplacer("• ", "", "- ", "", "> ", "").Replace(plain)
		if found != c.found || plain != c.want {
			t.Errorf("%q: %d, %q, wanted %d, %q", c.source, found, plain, c.found, c.want)
		}
		if strings.Contains(string(d.JSON()), c.secret) {
			t.Errorf("%q: the document still has it: %s", c.source, d.JSON())
		}
	}
	if text, n := richtext.RedactText("abcabcd", []string{"abc", "bcd", ""}, "x"); text != "xx" || n != 2 {
		t.Errorf("overlapping secrets: %q, %d", text, n)
	}
}
