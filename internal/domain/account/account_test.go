package account

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var cheap = Passwords{Memory: 64, Passes: 1, Lanes: 1}

func TestPasswordVerifiesAgainstItsHashOnly(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		one, other := rapid.String().Draw(r, "one"), rapid.String().Draw(r, "other")
		stored := cheap.hash(one)
		if right, stale := cheap.verify(one, stored); !right || stale {
			r.Fatalf("%q does not verify: right %v, stale %v", one, right, stale)
		}
		if right, _ := cheap.verify(other, stored); right != (one == other) {
			r.Fatalf("%q verifies as %q", other, one)
		}
	})
}

func TestHashOfOtherNumbersIsStale(t *testing.T) {
	stored := cheap.hash("correct horse")
	if !strings.HasPrefix(stored, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Errorf("stored as %s", stored)
	}
	if right, stale := (Passwords{Memory: 128, Passes: 1, Lanes: 1}).verify("correct horse", stored); !right || !stale {
		t.Errorf("right %v, stale %v; want both", right, stale)
	}
	for _, broken := range []string{"", "secret", "$2y$10$abc", "$argon2id$v=19$m=64,t=0,p=1$c2FsdA$a2V5", "$argon2id$v=19$m=64,t=1,p=1$c2FsdA$", "$argon2id$v=19$m=x$a$b"} {
		if right, _ := cheap.verify("", broken); right {
			t.Errorf("%q verifies", broken)
		}
	}
}

func TestEmailsHaveOneForm(t *testing.T) {
	for typed, kept := range map[string]string{
		" Ada@Example.COM ": "ada@example.com", "a+b@x.example": "a+b@x.example", "zoë@x.example": "zoë@x.example",
		"": "", "ada": "", "Ada <ada@example.com>": "", "ada@example.com, ben@example.com": "", "a b@example.com": "", strings.Repeat("a", 250) + "@x.example": "", "a@b\r\nBcc: c@d": "",
	} {
		got, err := ParseEmail(typed)
		if got != kept || (err == nil) != (kept != "") {
			t.Errorf("%q is kept as %q, %v; want %q", typed, got, err, kept)
		}
	}
}
