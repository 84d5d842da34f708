package form

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/form/internal/db"
	"github.com/musterhq/muster/internal/domain/setting"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// Holders are what has options as its values: incidents.
type Holders interface {
	// Using counts what has the option: that which is still open, and all of it.
	Using(ctx context.Context, tx pgx.Tx, option id.ID) (open, all int64, err error)
	// Swap gives what is open another option of the same field instead.
	Swap(ctx context.Context, tx pgx.Tx, field, from, to id.ID) error
}

// CreateOption adds an option to a select, after all others unless a sort key says otherwise.
type CreateOption struct {
	Field   id.ID
	Value   string
	SortKey *int64
}

// EditOption changes an option's words, and its place where there is a sort key.
type EditOption struct {
	ID      id.ID
	Value   string
	SortKey *int64
}

// OrderOptions puts all options of a field in an order.
type OrderOptions struct {
	Field id.ID
	IDs   []id.ID
}

// ArchiveOption takes an option out of use. One that forms or open incidents have is refused unless a replacement takes
// its place there; what is closed keeps it.
type ArchiveOption struct{ ID, Replacement id.ID }

// CreateOption adds an option and returns it.
func (s *Service) CreateOption(ctx context.Context, cmd CreateOption) (Option, error) {
	var made Option
	err := s.change(ctx, "custom_field_option", func(ctx context.Context, t turn) (setting.Change, error) {
		field, err := lockField(ctx, t, cmd.Field)
		if err != nil {
			return setting.Change{}, err
		}
		if !field.Type.Chosen() {
			return setting.Change{}, problem.Field("custom_field_id", "not_a_select", "%s takes no options.", field.Name)
		}
		value, err := checkOption(field, "", "value", cmd.Value)
		if err != nil {
			return setting.Change{}, err
		}
		made = Option{ID: id.New(t.At), Field: field.ID, Value: value, SortKey: 10}
		if cmd.SortKey != nil {
			made.SortKey = *cmd.SortKey
		} else {
			for _, o := range field.InUse() {
				made.SortKey = max(made.SortKey, o.SortKey+10)
			}
		}
		err = t.q.InsertOption(ctx, db.InsertOptionParams{ID: made.ID, CustomFieldID: field.ID, Value: made.Value, SortKey: made.SortKey, At: t.At})
		if err != nil {
			return setting.Change{}, fmt.Errorf("write the option: %w", err)
		}
		return setting.Change{What: "created", ID: made.ID, After: map[string]any{"field": field.Name, "option": made.Value}}, nil
	})
	return made, err
}

// EditOption changes the words of an option, everywhere where it was chosen.
func (s *Service) EditOption(ctx context.Context, cmd EditOption) error {
	return s.change(ctx, "custom_field_option", func(ctx context.Context, t turn) (setting.Change, error) {
		field, old, err := lockOption(ctx, t, cmd.ID)
		if err != nil {
			return setting.Change{}, err
		}
		value, err := checkOption(field, cmd.ID, "value", cmd.Value)
		if err != nil {
			return setting.Change{}, err
		}
		key := old.SortKey
		if cmd.SortKey != nil {
			key = *cmd.SortKey
		}
		if value == old.Value && key == old.SortKey {
			return setting.Change{}, nil
		}
		if err := t.q.UpdateOption(ctx, db.UpdateOptionParams{Value: value, SortKey: key, At: t.At, ID: cmd.ID}); err != nil {
			return setting.Change{}, fmt.Errorf("write the option: %w", err)
		}
		return setting.Change{
			What: "edited", ID: cmd.ID,
			Before: map[string]any{"field": field.Name, "option": old.Value}, After: map[string]any{"field": field.Name, "option": value},
		}, nil
	})
}

// OrderOptions gives every option of a field its place.
func (s *Service) OrderOptions(ctx context.Context, cmd OrderOptions) error {
	return s.change(ctx, "custom_field_option", func(ctx context.Context, t turn) (setting.Change, error) {
		field, err := lockField(ctx, t, cmd.Field)
		if err != nil {
			return setting.Change{}, err
		}
		var now []id.ID
		names := map[id.ID]string{}
		for _, o := range field.InUse() {
			now, names[o.ID] = append(now, o.ID), o.Value
		}
		if err := setting.SameSet(now, cmd.IDs); err != nil || slices.Equal(now, cmd.IDs) {
			return setting.Change{}, err
		}
		for n, one := range cmd.IDs {
			if err := t.q.UpdateOption(ctx, db.UpdateOptionParams{Value: names[one], SortKey: int64(n+1) * 10, At: t.At, ID: one}); err != nil {
				return setting.Change{}, fmt.Errorf("write the order: %w", err)
			}
		}
		return setting.Change{What: "ordered", ID: cmd.Field, Before: inOrder(now, names), After: inOrder(cmd.IDs, names)}, nil
	})
}

// ArchiveOption takes an option out of use.
func (s *Service) ArchiveOption(ctx context.Context, cmd ArchiveOption) error {
	return s.change(ctx, "custom_field_option", func(ctx context.Context, t turn) (setting.Change, error) {
		field, old, err := lockOption(ctx, t, cmd.ID)
		if err != nil {
			return setting.Change{}, err
		}
		uses, err := Uses(ctx, t.Tx, FieldKey(field.ID), string(cmd.ID))
		if err != nil {
			return setting.Change{}, err
		}
		open, _, err := s.holders.Using(ctx, t.Tx, cmd.ID)
		if err != nil {
			return setting.Change{}, err
		}
		if open > 0 {
			uses = append(uses, counted(open))
		}
		did := setting.Change{What: "archived", ID: cmd.ID, Before: map[string]any{"field": field.Name, "option": old.Value}}
		if cmd.Replacement.Empty() {
			if len(uses) > 0 {
				return setting.Change{}, problem.New(problem.Conflict, "in_use", "%s is used by %s. Choose what takes its place there.", old.Value, strings.Join(uses, "; "))
			}
		} else {
			at := slices.IndexFunc(field.InUse(), func(o Option) bool { return o.ID == cmd.Replacement && o.ID != cmd.ID })
			if at < 0 {
				return setting.Change{}, problem.Missing("option")
			}
			did.After = map[string]any{"replaced by": field.InUse()[at].Value}
			if err := s.holders.Swap(ctx, t.Tx, field.ID, cmd.ID, cmd.Replacement); err != nil {
				return setting.Change{}, err
			}
			if err := Replace(ctx, t.Tx, FieldKey(field.ID), string(cmd.ID), string(cmd.Replacement), t.At); err != nil {
				return setting.Change{}, err
			}
		}
		if err := t.q.ArchiveOption(ctx, db.ArchiveOptionParams{At: t.At, ID: cmd.ID}); err != nil {
			return setting.Change{}, fmt.Errorf("archive the option: %w", err)
		}
		return did, nil
	})
}

func counted(open int64) string {
	if open == 1 {
		return "an open incident"
	}
	return fmt.Sprintf("%d open incidents", open)
}

func lockField(ctx context.Context, t turn, wanted id.ID) (Field, error) {
	all, err := lockFields(ctx, t)
	if err != nil {
		return Field{}, err
	}
	return fieldIn(all, wanted)
}

func lockOption(ctx context.Context, t turn, wanted id.ID) (Field, Option, error) {
	all, err := lockFields(ctx, t)
	if err != nil {
		return Field{}, Option{}, err
	}
	for _, f := range all {
		for _, o := range f.InUse() {
			if o.ID == wanted {
				return f, o, nil
			}
		}
	}
	return Field{}, Option{}, problem.Missing("option")
}

// checkOption tidies the words of an option.
func checkOption(field Field, except id.ID, name, value string) (string, error) {
	if except.Empty() && len(field.InUse()) >= mostOptions {
		return "", problem.Field(name, "too_many", "A field has %d options at most.", mostOptions)
	}
	return setting.Label(name, value, mostOption, func(words string) bool {
		return slices.ContainsFunc(field.InUse(), func(o Option) bool { return o.ID != except && strings.ToLower(o.Value) == words })
	})
}
