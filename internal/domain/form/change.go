package form

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/form/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
)

// Changed says that a custom field, an option of one or a form is another than before.
type Changed struct {
	// Noun is custom_field, custom_field_option or form; Change is created, edited, ordered, archived or reset.
	Noun   string `json:"noun"`
	Change string `json:"change"`
	ID     id.ID  `json:"id,omitempty"`
}

// Kind names the event.
func (Changed) Kind() string { return "incident_settings.form_changed" }

// Version is 1 so far.
func (Changed) Version() int { return 1 }

// Subject is what was changed.
func (e Changed) Subject() event.Subject { return event.Subject{ID: e.ID} }

// turn is what a verb works with.
type turn struct {
	tx pgx.Tx
	q  *db.Queries
	at time.Time
}

// change is what a verb did; an empty one did nothing.
type change struct {
	noun, what    string
	id            id.ID
	before, after any
}

// change authorises a verb, runs it, and writes down and publishes what it did.
func (s *Service) change(ctx context.Context, fn func(ctx context.Context, t turn) (change, error)) error {
	if _, err := tenant.Require(ctx, authz.UpdateLifecycles); err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		t := turn{tx: tx, q: db.New(tx), at: s.clock.Now()}
		did, err := fn(ctx, t)
		if err != nil || did.what == "" {
			return err
		}
		err = audit.Write(ctx, tx, t.at, audit.Entry{
			Action: did.noun + "." + did.what, TargetType: did.noun, TargetID: did.id, Before: did.before, After: did.after,
		})
		if err != nil {
			return err
		}
		return s.bus.Publish(ctx, tx, Changed{Noun: did.noun, Change: did.what, ID: did.id})
	})
}

// errStale tells an editor that somebody else changed the same thing meanwhile.
var errStale = problem.New(problem.Conflict, "stale", "Somebody else changed this while you did. What is there now is shown; make your change again.")

// label tidies a name of up to most characters, and refuses one that another has.
func label(field, name string, most int, taken func(string) bool) (string, error) {
	name = strings.Join(strings.Fields(strings.ToValidUTF8(strings.ReplaceAll(name, "\x00", ""), "\uFFFD")), " ")
	switch {
	case name == "":
		return "", problem.Field(field, "is_required", "Give it a name.")
	case utf8.RuneCountInString(name) > most:
		return "", problem.Field(field, "too_long", "The name has %d characters at most.", most)
	case taken(strings.ToLower(name)):
		return "", problem.Field(field, "taken", "There is one with the name %s already.", name)
	}
	return name, nil
}

// text tidies words of any length up to most.
func text(field, words string, most int) (string, error) {
	words = strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(words, "\x00", ""), "\uFFFD"))
	if utf8.RuneCountInString(words) > most {
		return "", problem.Field(field, "too_long", "This has %d characters at most.", most)
	}
	return words, nil
}

// sameSet makes sure that a new order names everything that is there, each once.
func sameSet(present, wanted []id.ID) error {
	for _, one := range wanted {
		if !slices.Contains(present, one) {
			return problem.Missing("setting")
		}
	}
	if !slices.Equal(slices.Sorted(slices.Values(present)), slices.Sorted(slices.Values(wanted))) {
		return problem.New(problem.Conflict, "stale", "The list changed while you were ordering it. Look at it again.")
	}
	return nil
}
