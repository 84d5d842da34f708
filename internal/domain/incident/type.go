package incident

import (
	"context"
	"fmt"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// ChangeType makes an incident one of another type.
type ChangeType struct {
	Incident, Type id.ID
	// Fields are answers to what the other type asks for.
	Fields form.Values
	// Gaps lets it be of that type though fields are missing that its incidents always have.
	Gaps bool
}

// ChangeType sets the type; what incidents of that type always have is asked for.
func (s *Service) ChangeType(ctx context.Context, cmd ChangeType) (Outcome, error) {
	var out Outcome
	err := s.on(ctx, authz.EditIncidents, cmd.Incident, &out, func(ctx context.Context, t turn) error {
		if cmd.Type == t.inc.Type {
			return nil
		}
		if cmd.Type.Empty() {
			return problem.Field("type", "is_required", "Choose a type.")
		}
		kind, err := startingType(ctx, t.q, cmd.Type)
		if err != nil {
			return err
		}
		if kind.PrivateIncidentsOnly && !t.inc.Private {
			return problem.Field("type", "private_only", "Incidents of the type %s are private, and this one is not. Make it private first.", kind.Name)
		}
		then := t.inc
		then.Type = kind.ID
		b, err := openBook(ctx, t.tx, kind.ID, t.inc.ID)
		if err != nil {
			return err
		}
		answers, err := b.forms[form.Declare].Answer(b.situation(then), cmd.Fields)
		if err != nil {
			if !cmd.Gaps && !spared(t.scope, then.Mode) {
				return err
			}
			if answers, err = form.Tidy(b.fields, cmd.Fields, b.values); err != nil {
				return err
			}
		}
		out.Changed = true
		return s.applyType(ctx, t, kind.ID, b, answers)
	})
	return out, err
}

func (s *Service) applyType(ctx context.Context, t turn, to id.ID, b book, answers form.Values) error {
	if err := t.q.SetType(ctx, db.SetTypeParams{TypeID: to, At: t.at, ID: t.inc.ID}); err != nil {
		return fmt.Errorf("write the type: %w", err)
	}
	err := audit.Write(ctx, t.tx, t.at, audit.Entry{
		Action: "incident.type_changed", TargetType: "incident", TargetID: t.inc.ID, Incident: t.inc.ID, Private: t.inc.Private,
		Before: map[string]any{"type": t.inc.Type}, After: map[string]any{"type": to},
	})
	if err != nil {
		return err
	}
	if err := s.bus.Publish(ctx, t.tx, TypeChanged{About: t.inc.About(), From: t.inc.Type, To: to}); err != nil {
		return err
	}
	_, err = s.writeFields(ctx, t, b, answers)
	return err
}
