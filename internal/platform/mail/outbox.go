package mail

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/telemetry"
)

// outboxSize is how many mails an outbox keeps.
const outboxSize = 200

// Kept is a mail in the outbox.
type Kept struct {
	ID string
	At time.Time
	Message
}

// Outbox keeps mails in a folder instead of sending them; all processes that use the folder see the same mails.
type Outbox struct {
	folder string
	clock  clock.Clock
}

// NewOutbox returns an outbox in a folder, which is made when missing.
func NewOutbox(folder string, clk clock.Clock) (*Outbox, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the outbox: %w", err)
	}
	return &Outbox{folder: folder, clock: clk}, nil
}

// Send keeps the mail and forgets the oldest one beyond the size of the outbox.
func (o *Outbox) Send(ctx context.Context, m Message) (err error) {
	_, end := telemetry.Step(ctx, func() string { return "keep mail" })
	defer func() { end(err) }()
	if err := checkAddress(m.To); err != nil {
		return err
	}
	now := o.clock.Now()
	kept := Kept{ID: fmt.Sprintf("%019d-%s", now.UnixNano(), strings.ToLower(rand.Text()[:8])), At: now, Message: m}
	encoded, err := json.Marshal(kept)
	if err != nil {
		return fmt.Errorf("write a mail: %w", err)
	}
	draft := filepath.Join(o.folder, kept.ID+".draft")
	if err := os.WriteFile(draft, encoded, 0o600); err != nil {
		return fmt.Errorf("write a mail to the outbox: %w", err)
	}
	if err := os.Rename(draft, o.path(kept.ID)); err != nil {
		return fmt.Errorf("put a mail into the outbox: %w", err)
	}
	return o.prune()
}

func (o *Outbox) path(name string) string { return filepath.Join(o.folder, name+".json") }

// names returns the ids of all mails, the newest first: they begin with the time in nanoseconds.
func (o *Outbox) names() ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(o.folder, "*.json"))
	if err != nil {
		return nil, fmt.Errorf("list the outbox: %w", err)
	}
	for n, path := range paths {
		paths[n] = strings.TrimSuffix(filepath.Base(path), ".json")
	}
	slices.SortFunc(paths, func(a, b string) int { return cmp.Compare(b, a) })
	return paths, nil
}

func (o *Outbox) prune() error {
	names, err := o.names()
	if err != nil {
		return err
	}
	for _, name := range names[min(len(names), outboxSize):] {
		if err := os.Remove(o.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("forget an old mail: %w", err)
		}
	}
	return nil
}

// List returns the mails, the newest first.
func (o *Outbox) List() ([]Kept, error) {
	names, err := o.names()
	if err != nil {
		return nil, err
	}
	mails := make([]Kept, 0, len(names))
	for _, name := range names {
		kept, err := o.Get(name)
		if problem.Is(err, problem.NotFound) {
			continue // forgotten since it was listed
		}
		if err != nil {
			return nil, err
		}
		mails = append(mails, kept)
	}
	return mails, nil
}

var outboxID = regexp.MustCompile(`^[0-9]+-[a-z0-9]+$`)

// Get returns a mail by its id.
func (o *Outbox) Get(id string) (Kept, error) {
	if !outboxID.MatchString(id) {
		return Kept{}, problem.Missing("mail")
	}
	encoded, err := os.ReadFile(o.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return Kept{}, problem.Missing("mail")
	}
	if err != nil {
		return Kept{}, fmt.Errorf("read a mail: %w", err)
	}
	var kept Kept
	if err := json.Unmarshal(encoded, &kept); err != nil {
		return Kept{}, fmt.Errorf("read the mail %s: %w", id, err)
	}
	return kept, nil
}
