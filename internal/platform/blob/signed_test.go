package blob

import (
	"fmt"
	"testing"
	"time"
)

func TestSignedAddressStaysForAWhile(t *testing.T) {
	made := 0
	sign := func() (string, error) { made++; return fmt.Sprint("address ", made), nil }
	var s signed
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		key   string
		ttl   time.Duration
		after time.Duration
		want  string
	}{
		{"a.png", time.Hour, 0, "address 1"},
		{"a.png", time.Hour, 59 * time.Minute, "address 1"},
		{"b.png", time.Hour, 59 * time.Minute, "address 2"},
		{"a.png", time.Minute, 59 * time.Minute, "address 3"},
		{"a.png", time.Hour, time.Hour, "address 4"},
	} {
		if got, err := s.address(c.key, c.ttl, start.Add(c.after), sign); err != nil || got != c.want {
			t.Errorf("%s for %s after %s: %q, %v; want %q", c.key, c.ttl, c.after, got, err, c.want)
		}
	}
}
