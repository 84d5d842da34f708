package setting

import (
	"context"
	"fmt"
	"strings"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// Uses says where an entry is used, as far as the actor sees it.
type Uses struct {
	// Of is the noun of what is counted: incident, follow-up.
	Of string
	// Open counts those that are not over, All also those that are.
	Open, All int64
	// Places are other settings that refer to it, in words.
	Places []string
}

// Blocks reports whether something would be left without the entry if it went.
func (u Uses) Blocks() bool { return u.Open > 0 || len(u.Places) > 0 }

// Words says in words what would be left without it: "2 open incidents; the form of Default".
func (u Uses) Words() string {
	places := u.Places
	switch {
	case u.Open == 1:
		places = append([]string{"an open " + u.Of}, places...)
	case u.Open > 1:
		places = append([]string{fmt.Sprintf("%d open %ss", u.Open, u.Of)}, places...)
	}
	return strings.Join(places, "; ")
}

// Archive takes an entry out of use. What is open and has it gets Replacement; the rest keeps it.
type Archive struct{ ID, Replacement id.ID }

// Retirement is how an entry goes.
type Retirement[Row any] struct {
	// Among narrows down what can take its place; nil for all others.
	Among func(all []Row, one Row) []Row
	// Keep refuses to let an entry go for what it is; all are those in use.
	Keep func(all []Row, one Row) error
	// Uses says where it is used.
	Uses func(ctx context.Context, t Turn) (Uses, error)
	// Move gives what is open and has it the replacement.
	Move func(ctx context.Context, t Turn) error
}

// Archive takes an entry out of use; what is used and has no replacement is refused with where.
func (l List[Row]) Archive(ctx context.Context, b *Book, cmd Archive, how Retirement[Row]) (bool, error) {
	return b.Set(ctx, l.Permits, l.Noun, func(ctx context.Context, t Turn) (Change, error) {
		all, row, err := l.Find(ctx, t, cmd.ID)
		if err != nil {
			return Change{}, err
		}
		if how.Among != nil {
			all = how.Among(all, row)
		}
		if err := how.Keep(all, row); err != nil {
			return Change{}, err
		}
		did := Change{What: "archived", ID: cmd.ID, Before: map[string]any{"name": l.Entry(row).Name}}
		if cmd.Replacement.Empty() {
			uses, err := how.Uses(ctx, t)
			if err != nil {
				return Change{}, err
			}
			if uses.Blocks() {
				return Change{}, problem.New(problem.Conflict, "in_use", "%s is used by %s. Choose what takes its place there.", l.Entry(row).Name, uses.Words())
			}
			return did, l.Table.Archive(ctx, t.Tx, cmd.ID, t.At)
		}
		other, found := l.other(all, cmd)
		if !found {
			return Change{}, problem.Field("replacement", "unknown", "Choose another than %s, of the same kind.", l.Entry(row).Name)
		}
		if err := how.Move(ctx, t); err != nil {
			return Change{}, err
		}
		did.After = map[string]any{"replaced by": other.Name}
		return did, l.Table.Archive(ctx, t.Tx, cmd.ID, t.At)
	})
}

func (l List[Row]) other(all []Row, cmd Archive) (Entry, bool) {
	for _, row := range all {
		if e := l.Entry(row); e.ID == cmd.Replacement && e.ID != cmd.ID {
			return e, true
		}
	}
	return Entry{}, false
}

// NotTheLast refuses to let the only entry go.
func (l List[Row]) NotTheLast(all []Row, one Row) error {
	if len(all) > 1 {
		return nil
	}
	return problem.New(problem.Conflict, "last_one", "%s is the last %s. Add another before you archive it.", l.Entry(one).Name, l.One)
}
