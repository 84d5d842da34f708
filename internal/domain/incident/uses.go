package incident

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/domain/setting"
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

// SettingUses says where a setting is used.
func (s *Service) SettingUses(ctx context.Context, noun Noun, wanted id.ID) (setting.Uses, error) {
	var uses setting.Uses
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, q *db.Queries) (err error) {
		uses, err = usesOf(ctx, tx, q, noun, wanted)
		return err
	})
	return uses, err
}

func usesOf(ctx context.Context, tx pgx.Tx, q *db.Queries, noun Noun, wanted id.ID) (setting.Uses, error) {
	u := setting.Uses{Of: "incident"}
	var err error
	subject, value := "", string(wanted)
	switch noun {
	case SeverityNoun:
		var row db.SeverityUsesRow
		row, err = q.SeverityUses(ctx, wanted)
		u.Open, u.All, subject = row.Open, row.AllOfThem, string(form.Severity)
	case StatusNoun:
		var row db.StatusUsesRow
		row, err = q.StatusUses(ctx, wanted)
		u.Open, u.All, subject = row.Open, row.AllOfThem, string(form.Status)
		if err == nil {
			u.Places, err = setByStatus(ctx, q, wanted)
		}
	case TypeNoun:
		var row db.TypeUsesRow
		row, err = q.TypeUses(ctx, wanted)
		u.Open, u.All, subject = row.Open, row.AllOfThem, string(form.Type)
	case RoleNoun:
		var row db.RoleUsesRow
		row, err = q.RoleUses(ctx, wanted)
		u.Open, u.All = row.Open, row.AllOfThem
	case TimestampNoun:
		var row db.TimestampUsesRow
		row, err = q.TimestampUses(ctx, wanted)
		u.All = row.AllOfThem // what has one keeps it, so nothing is left without
	case FieldNoun:
		var row db.FieldUsesRow
		row, err = q.FieldUses(ctx, wanted)
		u.All, subject, value = row.AllOfThem, form.FieldKey(wanted), ""
	case OptionNoun:
		var row db.OptionUsesRow
		row, err = q.OptionUses(ctx, wanted)
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

// usedBy says, for a list's archive, where a setting is used.
func usedBy(noun Noun, wanted id.ID) func(ctx context.Context, t setting.Turn) (setting.Uses, error) {
	return func(ctx context.Context, t setting.Turn) (setting.Uses, error) {
		return usesOf(ctx, t.Tx, db.New(t.Tx), noun, wanted)
	}
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
