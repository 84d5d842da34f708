package incident

import (
	"context"
	"strings"

	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// Close ends an incident; a message is sent as its last update.
type Close struct {
	Incident id.ID
	Message  string
	// Fields are answers to the custom fields of the form.
	Fields form.Values
	// Gaps lets it end though fields are missing that must be known before.
	Gaps bool
	// Key makes a repeated closing with a message harmless.
	Key string
}

// Reopen begins an incident again, in the given status or in the first live one.
type Reopen struct{ Incident, Status id.ID }

// Close moves the incident to the first closed status.
func (s *Service) Close(ctx context.Context, cmd Close) (Outcome, error) {
	cmd.Key = clean(cmd.Key)
	if err := checkText("message", cmd.Message); err != nil {
		return Outcome{}, err
	}
	var out Outcome
	err := s.on(ctx, authz.EditIncidents, cmd.Incident, &out, func(ctx context.Context, t turn) error {
		if t.inc.Category == CategoryClosed {
			return nil
		}
		closed, err := firstStatus(ctx, t.q, CategoryClosed)
		if err != nil {
			return err
		}
		out.Changed = true
		if strings.TrimSpace(cmd.Message) != "" {
			_, err = s.send(ctx, t, SendUpdate{Incident: cmd.Incident, Message: cmd.Message, Status: closed.ID, Fields: cmd.Fields, Gaps: cmd.Gaps, Key: cmd.Key})
			return err
		}
		m, err := decideStatus(t.inc, closed)
		if err != nil {
			return err
		}
		if err := s.fillIn(ctx, t, form.Resolve, t.inc.as(closed.ID, ""), ending(t.inc, m), cmd.Fields, cmd.Gaps); err != nil {
			return err
		}
		return s.applyStatus(ctx, t, m, because{})
	})
	return out, err
}

// Reopen moves an incident that was over back to work. What was declined, merged or canceled is again as it was before.
func (s *Service) Reopen(ctx context.Context, cmd Reopen) (Outcome, error) {
	var out Outcome
	err := s.on(ctx, authz.EditIncidents, cmd.Incident, &out, func(ctx context.Context, t turn) error {
		if t.inc.Category.Ongoing() {
			return nil
		}
		var to Status
		var err error
		if cmd.Status.Empty() {
			to, err = s.before(ctx, t)
		} else if to, err = usableStatus(ctx, t.q, cmd.Status); err == nil && to.Category != CategoryLive {
			err = problem.Field("status", "not_live", "%s is no status to work in. Choose a live one.", to.Name)
		}
		if err != nil {
			return err
		}
		out.Changed = true
		return s.applyStatus(ctx, t, moved(t.inc, to), because{})
	})
	return out, err
}
