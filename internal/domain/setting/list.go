package setting

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Entry is what every row of a list has.
type Entry struct {
	ID id.ID
	Words
	Rank, Version int32
	CreatedAt     time.Time
}

// List is one of an organisation's lists.
type List[Row any] struct {
	// Noun names an entry for programs, One for people: incident_status, and status.
	Noun, One string
	Table     postgres.Ranked
	Permits   authz.Permission
	// Lock reads the entries in use by rank and locks them.
	Lock func(ctx context.Context, tx pgx.Tx) ([]Row, error)
	// Entry is what a row has in common with others.
	Entry func(Row) Entry
}

// Edit changes the words of an entry, and its rank where one is given. Version is the one that the editor saw, 0 is not
// checked.
type Edit struct {
	ID id.ID
	Words
	Rank    *int32
	Version int32
}

// All locks the entries in use, by rank.
func (l List[Row]) All(ctx context.Context, t Turn) ([]Row, error) {
	rows, err := l.Lock(ctx, t.Tx)
	if err != nil {
		return nil, fmt.Errorf("lock every %s: %w", l.One, err)
	}
	return rows, nil
}

// Find locks the entries in use and finds one of them.
func (l List[Row]) Find(ctx context.Context, t Turn, wanted id.ID) (all []Row, one Row, err error) {
	if all, err = l.All(ctx, t); err != nil {
		return nil, one, err
	}
	at := slices.IndexFunc(all, func(row Row) bool { return l.Entry(row).ID == wanted })
	if at < 0 {
		return nil, one, problem.Missing(l.One)
	}
	return all, all[at], nil
}

// Taken reports whether an entry other than one has a name in small letters.
func (l List[Row]) Taken(all []Row, one id.ID) func(lower string) bool {
	return func(lower string) bool {
		return slices.ContainsFunc(all, func(row Row) bool {
			e := l.Entry(row)
			return e.ID != one && strings.ToLower(e.Name) == lower
		})
	}
}

// Check tidies the words of an entry, empty for a new one, and names what is wrong with them.
func (l List[Row]) Check(all []Row, one id.ID, w Words) (Words, error) {
	name, wrong := Name(w.Name, l.Taken(all, one))
	text, tooLong := Text("description", w.Description, MaxText)
	return Words{Name: name, Description: text}, append(problem.All(wrong), problem.All(tooLong)...).Err()
}

// Next is the rank after all others.
func (l List[Row]) Next(all []Row) int32 {
	next := int32(0)
	for _, row := range all {
		next = max(next, l.Entry(row).Rank+1)
	}
	return next
}

// mostRank is the highest rank that can be asked for; Ranked.Order moves ranks out of the way below zero.
const mostRank = 999_999

// place is the rank that was asked for, or the one otherwise; ranks are unique.
func (l List[Row]) place(all []Row, one id.ID, wanted *int32, otherwise int32) (int32, error) {
	if wanted == nil {
		return otherwise, nil
	}
	if *wanted < 0 || *wanted > mostRank {
		return 0, problem.Field("rank", "out_of_range", "A rank lies between 0 and %d.", mostRank)
	}
	for _, row := range all {
		if e := l.Entry(row); e.Rank == *wanted && e.ID != one {
			return 0, problem.Field("rank", "taken", "%s has the rank %d already. Choose another.", e.Name, *wanted)
		}
	}
	return *wanted, nil
}

// Create adds an entry, after all others where no rank is given.
func (l List[Row]) Create(ctx context.Context, b *Book, words Words, rank *int32) (Entry, error) {
	var made Entry
	_, err := b.Set(ctx, l.Permits, l.Noun, func(ctx context.Context, t Turn) (Change, error) {
		all, err := l.All(ctx, t)
		if err != nil {
			return Change{}, err
		}
		words, wrong := l.Check(all, "", words)
		at, misplaced := l.place(all, "", rank, l.Next(all))
		if err := append(problem.All(wrong), problem.All(misplaced)...).Err(); err != nil {
			return Change{}, err
		}
		made = Entry{ID: id.New(t.At), Words: words, Rank: at, Version: 1, CreatedAt: t.At}
		did := Change{What: "created", ID: made.ID, After: map[string]any{"name": made.Name, "rank": made.Rank}}
		return did, l.Table.Insert(ctx, t.Tx, made.ID, words.Name, words.Description, made.Rank, t.At)
	})
	return made, err
}

// Edit changes the words of an entry, unless may refuses.
func (l List[Row]) Edit(ctx context.Context, b *Book, cmd Edit, may func(Row) error) (bool, error) {
	return b.Set(ctx, l.Permits, l.Noun, func(ctx context.Context, t Turn) (Change, error) {
		all, row, err := l.Find(ctx, t, cmd.ID)
		if err != nil {
			return Change{}, err
		}
		old := l.Entry(row)
		words, wrong := l.Check(all, cmd.ID, cmd.Words)
		at, misplaced := l.place(all, cmd.ID, cmd.Rank, old.Rank)
		if err := append(append(problem.All(may(row)), problem.All(wrong)...), problem.All(misplaced)...).Err(); err != nil {
			return Change{}, err
		}
		if words == old.Words && at == old.Rank {
			return Change{}, nil
		}
		if err := l.Fresh(old, cmd.Version); err != nil {
			return Change{}, err
		}
		before, after := told(old.Words), told(words)
		if at != old.Rank {
			before["rank"], after["rank"] = old.Rank, at
		}
		return Change{What: "edited", ID: cmd.ID, Before: before, After: after}, l.Table.Describe(ctx, t.Tx, cmd.ID, words.Name, words.Description, at, t.At)
	})
}

// Always lets every entry be edited.
func Always[Row any](Row) error { return nil }

// Fresh refuses an editor who saw another version of an entry than there is; 0 is not checked.
func (l List[Row]) Fresh(now Entry, seen int32) error {
	if seen == 0 || seen == now.Version {
		return nil
	}
	return &problem.Stale{What: l.One, Now: strings.TrimSpace(now.Name + "\n" + now.Description), Version: now.Version}
}

func told(w Words) map[string]any {
	return map[string]any{"name": w.Name, "description": w.Description}
}

// Order puts the entries in use in another order.
func (l List[Row]) Order(ctx context.Context, b *Book, wanted []id.ID) (bool, error) {
	return b.Set(ctx, l.Permits, l.Noun, func(ctx context.Context, t Turn) (Change, error) {
		all, err := l.All(ctx, t)
		if err != nil {
			return Change{}, err
		}
		now, names := make([]id.ID, len(all)), map[id.ID]string{}
		for n, row := range all {
			now[n], names[l.Entry(row).ID] = l.Entry(row).ID, l.Entry(row).Name
		}
		if err := SameSet(now, wanted); err != nil || slices.Equal(now, wanted) {
			return Change{}, err
		}
		inWords := func(ids []id.ID) map[string]any {
			in := make([]string, len(ids))
			for n, one := range ids {
				in[n] = names[one]
			}
			return map[string]any{"order": in}
		}
		return Change{What: "ordered", ID: wanted[0], Before: inWords(now), After: inWords(wanted)}, l.Table.Order(ctx, t.Tx, wanted, t.At)
	})
}

// SameSet makes sure that a new order names everything that is there, each once.
func SameSet(present, wanted []id.ID) error {
	for _, one := range wanted {
		if !slices.Contains(present, one) {
			return problem.Missing("setting")
		}
	}
	a, b := slices.Sorted(slices.Values(present)), slices.Sorted(slices.Values(wanted))
	if !slices.Equal(a, b) {
		return problem.New(problem.Conflict, "stale", "The list changed while you were ordering it. Look at it again.")
	}
	return nil
}
