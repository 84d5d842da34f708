// Package id makes and checks the identifiers of everything that Muster stores.
package id

import (
	"crypto/rand"
	"crypto/sha256"
	"database/sql/driver"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
)

// ID is a ULID in its canonical text form of 26 characters (https://github.com/ulid/spec), or empty for none.
type ID string

// String returns the text of the id.
func (i ID) String() string { return string(i) }

// Empty reports whether there is no id.
func (i ID) Empty() bool { return i == "" }

// Valid reports whether the text is a well-formed ULID.
func (i ID) Valid() bool {
	_, err := ulid.ParseStrict(string(i))
	return err == nil
}

// Time returns the millisecond at which the id was made, or the zero time for an id that is not a ULID.
func (i ID) Time() time.Time {
	parsed, err := ulid.ParseStrict(string(i))
	if err != nil {
		return time.Time{}
	}
	return ulid.Time(parsed.Time()).UTC()
}

// Value stores the id, an empty one as NULL.
func (i ID) Value() (driver.Value, error) {
	if i == "" {
		return nil, nil
	}
	return string(i), nil
}

// Scan reads a stored id, NULL as the empty one.
func (i *ID) Scan(stored any) error {
	switch text := stored.(type) {
	case nil:
		*i = ""
	case string:
		*i = ID(text)
	default:
		return fmt.Errorf("an id is text, not %T", stored)
	}
	return nil
}

// Strings returns the ids as plain strings, for query arguments.
func Strings(ids []ID) []string {
	out := make([]string, len(ids))
	for n, one := range ids {
		out[n] = string(one)
	}
	return out
}

// Maker makes ids; within one maker later ids sort after earlier ones.
type Maker struct {
	mu      sync.Mutex
	entropy *ulid.MonotonicEntropy
}

// NewMaker returns a maker that draws its randomness from source; tests give a seeded one.
func NewMaker(source io.Reader) *Maker {
	return &Maker{entropy: ulid.Monotonic(source, 0)}
}

// New makes an id for the given moment.
func (m *Maker) New(at time.Time) ID {
	m.mu.Lock()
	defer m.mu.Unlock()
	made, err := ulid.New(ulid.Timestamp(at), m.entropy)
	if err != nil { // the counter within one millisecond ran over: a fresh start keeps ids unique
		m.entropy = ulid.Monotonic(rand.Reader, 0)
		made = ulid.MustNew(ulid.Timestamp(at), m.entropy)
	}
	return ID(made.String())
}

var shared = NewMaker(rand.Reader)

// New makes an id for the given moment with the process's own randomness.
func New(at time.Time) ID { return shared.New(at) }

// Of makes the id of what has none of its own: always the same for the same moment and parts.
func Of(at time.Time, parts ...string) ID {
	digest := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	var made ulid.ULID
	// The moment is one that somebody lived through, so it fits.
	_ = made.SetTime(ulid.Timestamp(at))
	_ = made.SetEntropy(digest[:10])
	return ID(made.String())
}
