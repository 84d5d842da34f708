package form

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/form/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// Asking says when incidents are asked for a custom field, taken together over all types.
type Asking struct {
	Declare, Update, Resolve bool
	// Required is Never, BeforeResolution or Always.
	Required Required
}

func (a *Asking) at(m Moment) *bool {
	switch m {
	case Declare:
		return &a.Declare
	case Update:
		return &a.Update
	case Resolve:
		return &a.Resolve
	default:
		return nil
	}
}

// moments are those of a, with how much the field is needed.
func (a Asking) moments() map[Moment]Required {
	all := map[Moment]Required{}
	for _, m := range Moments() {
		if on := a.at(m); on != nil && *on {
			all[m] = a.Required
		}
	}
	return all
}

// Askings says of every custom field in use when incidents are asked for it.
func (s *Service) Askings(ctx context.Context) (map[id.ID]Asking, error) {
	if _, err := tenant.Require(ctx, authz.ViewFields); err != nil {
		return nil, err
	}
	askings := map[id.ID]Asking{}
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).Fields(ctx, false)
		if err != nil {
			return wrap("read the fields", err)
		}
		forms, err := madeForms(ctx, tx)
		for _, row := range rows {
			askings[row.ID] = askingOf(forms, row.ID, Required(row.Required))
		}
		return err
	})
	return askings, err
}

// askingOf gathers from the forms that people made when they ask for a field; wanted is how much it is needed while none does.
func askingOf(forms []Form, field id.ID, wanted Required) Asking {
	a, asked := Asking{}, Required("")
	for _, f := range forms {
		e, there := f.Asks(FieldKey(field))
		if !there {
			continue
		}
		if on := a.at(f.Moment); on != nil {
			*on = true
		}
		switch {
		case e.Required == Always, asked == Always:
			asked = Always
		case e.Required == BeforeResolution, asked == BeforeResolution:
			asked = BeforeResolution
		default:
			asked = Never
		}
	}
	a.Required = asked
	if asked == "" {
		a.Required = wanted
	}
	return a
}

// ask makes the forms of every type ask for a field when it is wanted. Where they do already and it is needed as much,
// they stay as people made them.
func (s *Service) ask(ctx context.Context, t turn, field Field, now, wanted Asking) error {
	err := rewrite(ctx, t.Tx, t.At, func(f Form) []Element {
		on := wanted.at(f.Moment)
		elements := slices.Clone(f.Elements)
		if on != nil && !*on {
			return slices.DeleteFunc(elements, func(e Element) bool { return e.Kind == Custom && e.Field == field.ID })
		}
		for n, e := range elements {
			if e.Kind == Custom && e.Field == field.ID && wanted.Required != now.Required {
				elements[n].Required, elements[n].RequiredWhen = wanted.Required, nil
			}
		}
		return elements
	})
	if err != nil {
		return err
	}
	fresh := wanted.moments()
	for m := range now.moments() {
		delete(fresh, m)
	}
	return s.place(ctx, t, field, fresh)
}
