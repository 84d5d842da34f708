package incident

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Noun is a kind of setting that incidents use.
type Noun string

// The nouns, as the audit log names them.
const (
	SeverityNoun  Noun = "severity"
	StatusNoun    Noun = "incident_status"
	RoleNoun      Noun = "incident_role"
	TypeNoun      Noun = "incident_type"
	TimestampNoun Noun = "incident_timestamp"
	FieldNoun     Noun = "custom_field"
	OptionNoun    Noun = "custom_field_option"
)

// Uses says where a setting is used, as far as the actor sees it.
type Uses struct {
	// Open counts the incidents that are not over, All also those that are.
	Open, All int64
	// Places are other settings that refer to it, in words.
	Places []string
}

// Blocks reports whether something would be left without the setting if it went.
func (u Uses) Blocks() bool { return u.Open > 0 || len(u.Places) > 0 }

// Words says in words what would be left without it: "2 open incidents; the form of Default".
func (u Uses) Words() string {
	places := u.Places
	switch {
	case u.Open == 1:
		places = append([]string{"an open incident"}, places...)
	case u.Open > 1:
		places = append([]string{fmt.Sprintf("%d open incidents", u.Open)}, places...)
	}
	return strings.Join(places, "; ")
}

// SettingUses says where a setting is used.
func (s *Service) SettingUses(ctx context.Context, noun Noun, setting id.ID) (Uses, error) {
	var uses Uses
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, q *db.Queries) (err error) {
		uses, err = usesOf(ctx, tx, q, noun, setting)
		return err
	})
	return uses, err
}

func usesOf(ctx context.Context, tx pgx.Tx, q *db.Queries, noun Noun, setting id.ID) (Uses, error) {
	var u Uses
	var err error
	subject, value := "", string(setting)
	switch noun {
	case SeverityNoun:
		var row db.SeverityUsesRow
		row, err = q.SeverityUses(ctx, setting)
		u.Open, u.All, subject = row.Open, row.AllOfThem, string(form.Severity)
	case StatusNoun:
		var row db.StatusUsesRow
		row, err = q.StatusUses(ctx, setting)
		u.Open, u.All, subject = row.Open, row.AllOfThem, string(form.Status)
		if err == nil {
			u.Places, err = setByStatus(ctx, q, setting)
		}
	case TypeNoun:
		var row db.TypeUsesRow
		row, err = q.TypeUses(ctx, setting)
		u.Open, u.All, subject = row.Open, row.AllOfThem, string(form.Type)
	case RoleNoun:
		var row db.RoleUsesRow
		row, err = q.RoleUses(ctx, setting)
		u.Open, u.All = row.Open, row.AllOfThem
	case TimestampNoun:
		var row db.TimestampUsesRow
		row, err = q.TimestampUses(ctx, setting)
		u.All = row.AllOfThem // what has one keeps it, so nothing is left without
	case FieldNoun:
		var row db.FieldUsesRow
		row, err = q.FieldUses(ctx, setting)
		u.All, subject, value = row.AllOfThem, form.FieldKey(setting), ""
	case OptionNoun:
		var row db.OptionUsesRow
		row, err = q.OptionUses(ctx, setting)
		u.Open, u.All, subject = row.Open, row.AllOfThem, form.FieldKey(row.Field)
	default:
		return u, problem.Missing("setting")
	}
	if postgres.None(err) {
		return u, problem.Missing("setting")
	}
	if err != nil {
		return u, fmt.Errorf("count what uses the setting: %w", err)
	}
	if subject == "" {
		return u, nil
	}
	forms, err := form.Uses(ctx, tx, subject, value)
	u.Places = append(u.Places, forms...)
	return u, err
}

// setByStatus names the timestamps that a status sets.
func setByStatus(ctx context.Context, q *db.Queries, status id.ID) ([]string, error) {
	stamps, err := q.Timestamps(ctx, false)
	if err != nil {
		return nil, fmt.Errorf("read the timestamps: %w", err)
	}
	var places []string
	for _, one := range stamps {
		if one.SetByStatusID == status {
			places = append(places, "the timestamp "+one.Name)
		}
	}
	return places, nil
}

// retire takes the place of an archived setting: what uses it is given the replacement. Without one, what is used is
// refused with where.
func retire(ctx context.Context, t setting, noun Noun, gone, replacement named, among []named, move func(ctx context.Context) error) (settingChange, error) {
	did := settingChange{change: "archived", id: gone.id, before: map[string]any{"name": gone.name}}
	if replacement.id.Empty() {
		uses, err := usesOf(ctx, t.tx, t.q, noun, gone.id)
		if err != nil {
			return settingChange{}, err
		}
		if uses.Blocks() {
			return settingChange{}, problem.New(problem.Conflict, "in_use", "%s is used by %s. Choose what takes its place there.", gone.name, uses.Words())
		}
		return did, nil
	}
	for _, one := range among {
		if one.id == replacement.id && one.id != gone.id {
			did.after = map[string]any{"replaced by": one.name}
			return did, move(ctx)
		}
	}
	return settingChange{}, problem.Field("replacement", "unknown", "Choose another than %s, of the same kind.", gone.name)
}

// moveAll gives each of the incidents another setting.
func moveAll(ctx context.Context, ids []id.ID, err error, move func(incident id.ID) error) error {
	if err != nil {
		return fmt.Errorf("find what uses the setting: %w", err)
	}
	for _, one := range ids {
		if err := move(one); err != nil {
			return err
		}
	}
	return nil
}
