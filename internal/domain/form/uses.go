package form

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/form/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
)

// Uses says which forms ask for a subject, compare with one of its values, or have it for a default: "the form of
// Default, when it is declared". With a value, only that value counts.
func Uses(ctx context.Context, tx pgx.Tx, subject, value string) ([]string, error) {
	forms, err := madeForms(ctx, tx)
	if err != nil {
		return nil, err
	}
	types, err := db.New(tx).TypeNames(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the incident types: %w", err)
	}
	names := map[string]string{}
	for _, one := range types {
		names[string(one.ID)] = one.Name
	}
	var uses []string
	for _, f := range forms {
		if slices.ContainsFunc(f.Elements, func(e Element) bool { return e.uses(subject, value) }) {
			uses = append(uses, "the form of "+names[string(f.Type)]+" ("+strings.ToLower(f.Moment.Label())+")")
		}
	}
	return uses, nil
}

func (e Element) uses(subject, value string) bool {
	asks := e.Key() == subject && (value == "" || slices.Contains(e.Default, value))
	return asks || e.ShownWhen.refers(subject, value) || e.RequiredWhen.refers(subject, value)
}

// Replace puts another value of a subject in the place of one in all forms.
func Replace(ctx context.Context, tx pgx.Tx, subject, from, to string, at time.Time) error {
	swap := func(values []string) []string {
		var out []string
		for _, v := range values {
			if v == from {
				v = to
			}
			if !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
		return out
	}
	in := func(groups Groups) Groups {
		out := make(Groups, len(groups))
		for n, group := range groups {
			out[n] = slices.Clone(group)
			for i, c := range out[n] {
				if c.Subject == subject {
					out[n][i].Values = swap(c.Values)
				}
			}
		}
		return out
	}
	return rewrite(ctx, tx, at, func(f Form) []Element {
		elements := slices.Clone(f.Elements)
		for n, e := range elements {
			if e.Key() == subject {
				elements[n].Default = swap(e.Default)
			}
			if len(e.ShownWhen) > 0 {
				elements[n].ShownWhen = in(e.ShownWhen)
			}
			if len(e.RequiredWhen) > 0 {
				elements[n].RequiredWhen = in(e.RequiredWhen)
			}
		}
		return elements
	})
}

// Copy gives a type of incident the forms that the organisation made for another.
func Copy(ctx context.Context, tx pgx.Tx, from, to id.ID, at time.Time) error {
	forms, err := madeForms(ctx, tx)
	if err != nil {
		return err
	}
	for _, f := range forms {
		if f.Type != from {
			continue
		}
		f.Type = to
		if err := putForm(ctx, db.New(tx), f, at); err != nil {
			return err
		}
	}
	return nil
}
