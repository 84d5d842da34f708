package incident

import (
	"context"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
)

// Cancel ends an incident that was declared by mistake, or went away before it mattered.
type Cancel struct {
	Incident id.ID
	// Reason may be left out.
	Reason string
}

// Cancel ends the incident; reopening undoes it.
func (s *Service) Cancel(ctx context.Context, cmd Cancel) (Outcome, error) {
	reason, err := checkReason(cmd.Reason, false, "")
	if err != nil {
		return Outcome{}, err
	}
	var out Outcome
	err = s.on(ctx, authz.EditIncidents, cmd.Incident, &out, func(ctx context.Context, t turn) error {
		if t.inc.Category == CategoryCanceled {
			return nil
		}
		if t.inc.Category.over() {
			return alreadyOver(t.inc)
		}
		to, err := firstStatus(ctx, t.q, CategoryCanceled)
		if err != nil {
			return err
		}
		out.Changed = true
		return s.applyStatus(ctx, t, moved(t.inc, to), because{reason: reason})
	})
	return out, err
}
