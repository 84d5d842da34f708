package form

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/form/internal/db"
	"github.com/musterhq/muster/internal/domain/setting"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// FieldType is what sort of answer a custom field takes; it never changes.
type FieldType string

// The types, named as the public API names them.
const (
	SingleSelect FieldType = "single_select"
	MultiSelect  FieldType = "multi_select"
	Words        FieldType = "text"
	Link         FieldType = "link"
	Numeric      FieldType = "numeric"
)

// FieldTypes lists the types.
func FieldTypes() []FieldType { return []FieldType{SingleSelect, MultiSelect, Words, Link, Numeric} }

// Label returns the type's name for people.
func (t FieldType) Label() string {
	return map[FieldType]string{
		SingleSelect: "One of several options", MultiSelect: "Any of several options", Words: "Text", Link: "Link", Numeric: "Number",
	}[t]
}

// Chosen reports whether answers are options.
func (t FieldType) Chosen() bool { return t == SingleSelect || t == MultiSelect }

// Field is a custom field of the organisation.
type Field struct {
	ID          id.ID
	Name        string
	Description string
	Placeholder string
	Type        FieldType
	// Options are those of a select in their order, archived ones too.
	Options []Option
	// Announced tells that announcements of an incident tell its value.
	Announced bool
	Rank      int32
	Archived  bool
	Version   int32
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Option is one answer that a select offers.
type Option struct {
	ID       id.ID
	Field    id.ID
	Value    string
	SortKey  int64
	Archived bool
}

// InUse lists the options that can be chosen.
func (f Field) InUse() []Option {
	return slices.DeleteFunc(slices.Clone(f.Options), func(o Option) bool { return o.Archived })
}

// mostNamed and mostOption are how many characters a field's name and an option have at most; mostAbout those of a description.
const (
	mostNamed  = 50
	mostOption = 200
	mostAbout  = 2000
	// mostFields and mostOptions keep forms such that people can fill them in.
	mostFields  = 100
	mostOptions = 1000
)

const fieldTable postgres.Ranked = "muster.custom_field"

// CreateField adds a custom field after all others, and asks for it at the given moments of every type.
type CreateField struct {
	Name, Description, Placeholder string
	Type                           FieldType
	Options                        []string
	// At says at which moments it is asked for, and whether it must be answered.
	At map[Moment]Required
	// Asking is the same in the words of the public API; it is used where At is empty.
	Asking    Asking
	Announced bool
}

// EditField changes a field's texts. Version is the one that the editor saw, 0 is not checked.
type EditField struct {
	ID                id.ID
	Name, Description string
	// Placeholder is an example; nil leaves it as it is.
	Placeholder *string
	// Asking says when it is asked for from now on, and Announced whether announcements tell it; nil leaves that as it is.
	Asking    *Asking
	Announced *bool
	Version   int32
}

// OrderFields puts all fields in an order for showing them.
type OrderFields struct{ IDs []id.ID }

// ArchiveField takes a field out of use; incidents that have it keep it. One that forms ask for is refused unless
// FromForms takes it out of them.
type ArchiveField struct {
	ID        id.ID
	FromForms bool
}

// Fields lists the custom fields in use by rank.
func (s *Service) Fields(ctx context.Context) ([]Field, error) {
	if _, err := tenant.Require(ctx, authz.ViewFields); err != nil {
		return nil, err
	}
	var fields []Field
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		fields, err = FindFields(ctx, tx, false)
		return err
	})
	return fields, err
}

// Field returns a custom field in use with its options.
func (s *Service) Field(ctx context.Context, wanted id.ID) (Field, error) {
	if _, err := tenant.Require(ctx, authz.ViewFields); err != nil {
		return Field{}, err
	}
	var found Field
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		row, err := q.FieldByID(ctx, wanted)
		if postgres.None(err) || err == nil && row.ArchivedAt != nil {
			return problem.Missing("field")
		}
		if err != nil {
			return fmt.Errorf("read the field: %w", err)
		}
		options, err := q.OptionsOf(ctx, wanted)
		found = assemble([]db.MusterCustomField{row}, options)[0]
		return wrap("read the options", err)
	})
	return found, err
}

// Option returns an option that can be chosen.
func (s *Service) Option(ctx context.Context, wanted id.ID) (Option, error) {
	if _, err := tenant.Require(ctx, authz.ViewFields); err != nil {
		return Option{}, err
	}
	var found Option
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		row, err := db.New(tx).OptionInUse(ctx, wanted)
		if postgres.None(err) {
			return problem.Missing("option")
		}
		found = Option{ID: row.ID, Field: row.CustomFieldID, Value: row.Value, SortKey: row.SortKey}
		return wrap("read the option", err)
	})
	return found, err
}

// FindFields reads the custom fields within a transaction, archived ones too if wanted.
func FindFields(ctx context.Context, tx pgx.Tx, archived bool) ([]Field, error) {
	q := db.New(tx)
	rows, err := q.Fields(ctx, archived)
	if err != nil || len(rows) == 0 {
		return nil, wrap("read the fields", err)
	}
	options, err := q.Options(ctx, true)
	if err != nil {
		return nil, fmt.Errorf("read the options: %w", err)
	}
	return assemble(rows, options), nil
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func assemble(rows []db.MusterCustomField, options []db.MusterCustomFieldOption) []Field {
	fields := make([]Field, len(rows))
	for n, row := range rows {
		fields[n] = Field{
			ID: row.ID, Name: row.Name, Description: row.Description, Placeholder: row.Placeholder, Type: FieldType(row.FieldType),
			Announced: row.Announced, Rank: row.Rank, Archived: row.ArchivedAt != nil, Version: row.RowVersion, CreatedAt: row.CreatedAt, UpdatedAt: row.UpdatedAt,
		}
		for _, o := range options {
			if o.CustomFieldID == row.ID {
				fields[n].Options = append(fields[n].Options, Option{ID: o.ID, Field: row.ID, Value: o.Value, SortKey: o.SortKey, Archived: o.ArchivedAt != nil})
			}
		}
	}
	return fields
}

// CreateField adds a field and returns it.
func (s *Service) CreateField(ctx context.Context, cmd CreateField) (Field, error) {
	var made Field
	err := s.change(ctx, "custom_field", func(ctx context.Context, t turn) (setting.Change, error) {
		all, err := lockFields(ctx, t)
		if err != nil {
			return setting.Change{}, err
		}
		made, err = checkField(all, Field{
			ID: id.New(t.At), Name: cmd.Name, Description: cmd.Description, Placeholder: cmd.Placeholder, Type: cmd.Type, Announced: cmd.Announced,
			Version: 1, CreatedAt: t.At, UpdatedAt: t.At,
		})
		problems := problem.All(err)
		if len(all) >= mostFields {
			problems = append(problems, problem.Field("name", "too_many", "There are %d fields already, which is the most. Archive one that nobody fills in.", mostFields))
		}
		for n, value := range cmd.Options {
			value, err := checkOption(made, "", "options", value)
			problems = append(problems, problem.All(err)...)
			made.Options = append(made.Options, Option{ID: id.New(t.At), Field: made.ID, Value: value, SortKey: int64(n+1) * 10})
		}
		if err := problems.Err(); err != nil {
			return setting.Change{}, err
		}
		if len(all) > 0 {
			made.Rank = all[len(all)-1].Rank + 1
		}
		if cmd.Asking.Required == "" {
			cmd.Asking.Required = Never
		}
		if err := insertField(ctx, t, made, cmd.Asking.Required); err != nil {
			return setting.Change{}, err
		}
		if len(cmd.At) == 0 {
			cmd.At = cmd.Asking.moments()
		}
		if err := s.place(ctx, t, made, cmd.At); err != nil {
			return setting.Change{}, err
		}
		return setting.Change{What: "created", ID: made.ID, After: map[string]any{
			"name": made.Name, "type": made.Type.Label(), "options": made.Words(ids(made.Options)),
		}}, nil
	})
	return made, err
}

func ids(options []Option) []string {
	all := make([]string, len(options))
	for n, o := range options {
		all[n] = string(o.ID)
	}
	return all
}

func insertField(ctx context.Context, t turn, f Field, required Required) error {
	err := t.q.InsertField(ctx, db.InsertFieldParams{
		ID: f.ID, Name: f.Name, Description: f.Description, Placeholder: f.Placeholder, FieldType: string(f.Type), Rank: f.Rank,
		Required: string(required), Announced: f.Announced, At: t.At,
	})
	if err != nil {
		return fmt.Errorf("write the field: %w", err)
	}
	for _, o := range f.Options {
		if err := t.q.InsertOption(ctx, db.InsertOptionParams{ID: o.ID, CustomFieldID: f.ID, Value: o.Value, SortKey: o.SortKey, At: t.At}); err != nil {
			return fmt.Errorf("write the option %s: %w", o.Value, err)
		}
	}
	return nil
}

// EditField changes the texts of a field.
func (s *Service) EditField(ctx context.Context, cmd EditField) error {
	return s.change(ctx, "custom_field", func(ctx context.Context, t turn) (setting.Change, error) {
		all, err := lockFields(ctx, t)
		if err != nil {
			return setting.Change{}, err
		}
		old, err := fieldIn(all, cmd.ID)
		if err != nil {
			return setting.Change{}, err
		}
		edited := old
		edited.Name, edited.Description = cmd.Name, cmd.Description
		if cmd.Placeholder != nil {
			edited.Placeholder = *cmd.Placeholder
		}
		if edited, err = checkField(all, edited); err != nil {
			return setting.Change{}, err
		}
		if cmd.Announced != nil {
			edited.Announced = *cmd.Announced
		}
		asked, err := askedNow(ctx, t, cmd.ID)
		if err != nil {
			return setting.Change{}, err
		}
		wanted := asked
		if cmd.Asking != nil {
			wanted = *cmd.Asking
		}
		if edited.Name == old.Name && edited.Description == old.Description && edited.Placeholder == old.Placeholder &&
			edited.Announced == old.Announced && wanted == asked {
			return setting.Change{}, nil
		}
		if cmd.Version != 0 && cmd.Version != old.Version {
			return setting.Change{}, errStale
		}
		err = t.q.UpdateField(ctx, db.UpdateFieldParams{
			Name: edited.Name, Description: edited.Description, Placeholder: edited.Placeholder, Required: string(wanted.Required), Announced: edited.Announced,
			At: t.At, ID: cmd.ID,
		})
		if err != nil {
			return setting.Change{}, fmt.Errorf("write the field: %w", err)
		}
		if wanted != asked {
			if err := s.ask(ctx, t, edited, asked, wanted); err != nil {
				return setting.Change{}, err
			}
		}
		return setting.Change{What: "edited", ID: cmd.ID, Before: old.told(asked), After: edited.told(wanted)}, nil
	})
}

func askedNow(ctx context.Context, t turn, field id.ID) (Asking, error) {
	forms, err := madeForms(ctx, t.Tx)
	if err != nil {
		return Asking{}, err
	}
	row, err := t.q.FieldByID(ctx, field)
	return askingOf(forms, field, Required(row.Required)), wrap("read the field", err)
}

// told is what the audit log keeps of a field, in words.
func (f Field) told(a Asking) map[string]any {
	var asked []string
	for _, m := range Moments() {
		if on := a.at(m); on != nil && *on {
			asked = append(asked, strings.ToLower(m.Label()))
		}
	}
	return map[string]any{
		"name": f.Name, "description": f.Description, "example": f.Placeholder, "asked": asked, "needed": a.Required, "in announcements": f.Announced,
	}
}

// OrderFields gives every field its rank.
func (s *Service) OrderFields(ctx context.Context, cmd OrderFields) error {
	return s.change(ctx, "custom_field", func(ctx context.Context, t turn) (setting.Change, error) {
		all, err := lockFields(ctx, t)
		if err != nil {
			return setting.Change{}, err
		}
		var now []id.ID
		names := map[id.ID]string{}
		for _, f := range all {
			now, names[f.ID] = append(now, f.ID), f.Name
		}
		if err := setting.SameSet(now, cmd.IDs); err != nil || slices.Equal(now, cmd.IDs) {
			return setting.Change{}, err
		}
		return setting.Change{What: "ordered", ID: cmd.IDs[0], Before: inOrder(now, names), After: inOrder(cmd.IDs, names)}, fieldTable.Order(ctx, t.Tx, cmd.IDs, t.At)
	})
}

func inOrder(ids []id.ID, names map[id.ID]string) map[string]any {
	words := make([]string, len(ids))
	for n, one := range ids {
		words[n] = names[one]
	}
	return map[string]any{"order": words}
}

// ArchiveField takes a field out of use.
func (s *Service) ArchiveField(ctx context.Context, cmd ArchiveField) error {
	return s.change(ctx, "custom_field", func(ctx context.Context, t turn) (setting.Change, error) {
		all, err := lockFields(ctx, t)
		if err != nil {
			return setting.Change{}, err
		}
		old, err := fieldIn(all, cmd.ID)
		if err != nil {
			return setting.Change{}, err
		}
		uses, err := Uses(ctx, t.Tx, FieldKey(cmd.ID), "")
		if err != nil {
			return setting.Change{}, err
		}
		if len(uses) > 0 && !cmd.FromForms {
			return setting.Change{}, problem.New(problem.Conflict, "in_use", "%s is used by %s. Take it out there first.", old.Name, strings.Join(uses, "; "))
		}
		if err := rewrite(ctx, t.Tx, t.At, func(f Form) []Element { return without(f.Elements, cmd.ID) }); err != nil {
			return setting.Change{}, err
		}
		return setting.Change{What: "archived", ID: cmd.ID, Before: map[string]any{"name": old.Name}}, fieldTable.Archive(ctx, t.Tx, cmd.ID, t.At)
	})
}

func lockFields(ctx context.Context, t turn) ([]Field, error) {
	rows, err := t.q.LockFields(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the fields: %w", err)
	}
	options, err := t.q.Options(ctx, true)
	if err != nil {
		return nil, fmt.Errorf("read the options: %w", err)
	}
	return assemble(rows, options), nil
}

func fieldIn(all []Field, wanted id.ID) (Field, error) {
	at := slices.IndexFunc(all, func(f Field) bool { return f.ID == wanted })
	if at < 0 {
		return Field{}, problem.Missing("field")
	}
	return all[at], nil
}

// checkField tidies a field that is new or edited.
func checkField(all []Field, f Field) (Field, error) {
	var problems problem.List
	var err error
	f.Name, err = setting.Label("name", f.Name, mostNamed, func(name string) bool {
		return slices.ContainsFunc(all, func(other Field) bool { return other.ID != f.ID && strings.ToLower(other.Name) == name })
	})
	problems = append(problems, problem.All(err)...)
	f.Description, err = setting.Text("description", f.Description, mostAbout)
	problems = append(problems, problem.All(err)...)
	f.Placeholder, err = setting.Text("placeholder", f.Placeholder, mostOption)
	problems = append(problems, problem.All(err)...)
	if !slices.Contains(FieldTypes(), f.Type) {
		problems = append(problems, problem.Field("field_type", "unknown", "The type is single_select, multi_select, text, link or numeric."))
	}
	return f, problems.Err()
}

// Kept returns values that a list is compared with as they are kept: numbers the one way in which they are written.
func (f Field) Kept(values []string) []string {
	kept := make([]string, len(values))
	for n, value := range values {
		kept[n] = strings.ToValidUTF8(strings.ReplaceAll(value, "\x00", ""), "\uFFFD")
		if f.Type == Numeric {
			if tidied, err := f.tidy(values[n:n+1], nil); err == nil && len(tidied) == 1 {
				kept[n] = tidied[0]
			}
		}
	}
	return kept
}

// IsNumber reports whether a text is a number as fields keep them.
func IsNumber(text string) bool { return number.MatchString(text) }
