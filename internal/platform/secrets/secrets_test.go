package secrets

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func parse(t *testing.T, texts ...string) *Keys {
	t.Helper()
	keys, err := Parse(strings.Join(texts, ","))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestSealedValueOpensOnlyForItsOrganisationAndPurpose(t *testing.T) {
	keys := parse(t, Generate())
	sealed, err := keys.Seal([]byte("token"), "org-a", "slack")
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := keys.Open(sealed, "org-a", "slack"); err != nil || string(plain) != "token" {
		t.Errorf("opened %q, %v", plain, err)
	}
	for _, other := range [][2]string{{"org-b", "slack"}, {"org-a", "smtp"}, {"", "slack"}, {"org-as", "lack"}} {
		if _, err := keys.Open(sealed, other[0], other[1]); err == nil {
			t.Errorf("opened for %v", other)
		}
	}
	sealed[len(sealed)-1] ^= 1
	if _, err := keys.Open(sealed, "org-a", "slack"); err == nil {
		t.Error("a changed value opened")
	}
}

func TestRotationKeepsOldValuesReadable(t *testing.T) {
	first, second := Generate(), Generate()
	before, during, after := parse(t, first), parse(t, second, first), parse(t, second)
	sealed, _ := before.Seal([]byte("old"), "o", "p")
	if plain, err := during.Open(sealed, "o", "p"); err != nil || string(plain) != "old" {
		t.Errorf("the old value after the rotation: %q, %v", plain, err)
	}
	if before.Stale(sealed) || !during.Stale(sealed) {
		t.Error("only the rotation makes the value stale")
	}
	anew, _ := during.Seal([]byte("new"), "o", "p")
	if plain, err := after.Open(anew, "o", "p"); err != nil || string(plain) != "new" || after.Stale(anew) {
		t.Errorf("the new value without the old key: %q, %v", plain, err)
	}
	if _, err := after.Open(sealed, "o", "p"); err == nil {
		t.Error("the old value opened without its key")
	}
	expires := time.Unix(2000, 0)
	if err := during.Verify("file", "a", expires, before.Sign("file", "a", expires), time.Unix(1000, 0)); err != nil {
		t.Errorf("an old signature after the rotation: %v", err)
	}
}

func TestSignatureHoldsForItsMessagePurposeAndTime(t *testing.T) {
	keys := parse(t, Generate())
	expires := time.Unix(2000, 0)
	signature := keys.Sign("file", "a.png", expires)
	for _, c := range []struct {
		name, purpose, message, signature string
		expires, now                      int64
		want                              error
	}{
		{"right", "file", "a.png", signature, 2000, 2000, nil},
		{"late", "file", "a.png", signature, 2000, 2001, ErrExpired},
		{"longer life", "file", "a.png", signature, 3000, 2001, ErrSignature},
		{"another file", "file", "b.png", signature, 2000, 1000, ErrSignature},
		{"another purpose", "feed", "a.png", signature, 2000, 1000, ErrSignature},
		{"cut", "file", "a.png", signature[:20], 2000, 1000, ErrSignature},
		{"rubbish", "file", "a.png", "%", 2000, 1000, ErrSignature},
	} {
		if err := keys.Verify(c.purpose, c.message, time.Unix(c.expires, 0), c.signature, time.Unix(c.now, 0)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestAssociatedDataIsDifferentForDifferentPairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune("a1:")), 0, 4, -1)
		a, b, c, d := text.Draw(t, "a"), text.Draw(t, "b"), text.Draw(t, "c"), text.Draw(t, "d")
		if same := a == c && b == d; bytes.Equal(associated(a, b), associated(c, d)) != same {
			t.Fatalf("(%q,%q) and (%q,%q)", a, b, c, d)
		}
	})
}

func TestKeyTextThatIsWrongIsNamed(t *testing.T) {
	same := Generate()
	for _, text := range []string{"", " ", "short", "c2hvcnQ=", same + "," + same} {
		if _, err := Parse(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
	if _, err := Parse(strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(same) + "\n"); err != nil {
		t.Errorf("base64 for URLs: %v", err)
	}
}

func TestManyStartsAtOnceMakeOneKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "secret.key")
	derived := make([][]byte, 8)
	var all sync.WaitGroup
	for n := range derived {
		all.Go(func() {
			keys, err := LoadOrCreate(path)
			if err != nil {
				t.Error(err)
				return
			}
			derived[n] = keys.Derive("test")
		})
	}
	all.Wait()
	for _, one := range derived {
		if !bytes.Equal(one, derived[0]) {
			t.Fatal("two starts have different keys")
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("%d files lie in the folder", len(left))
	}
}

func TestTokensAreLongAndDifferent(t *testing.T) {
	a, b := NewToken("mus_"), NewToken("mus_")
	if a == b || len(a) != len("mus_")+43 || !strings.HasPrefix(a, "mus_") {
		t.Errorf("tokens %q and %q", a, b)
	}
	if bytes.Equal(HashToken(a), HashToken(b)) || len(HashToken(a)) != 32 {
		t.Error("hashes of tokens")
	}
}
