package incident

import (
	"context"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
)

// Decline decides that what was looked at in triage is no incident.
type Decline struct {
	Incident id.ID
	Reason   string
}

// Decline ends an incident that is in triage; reopening undoes it.
func (s *Service) Decline(ctx context.Context, cmd Decline) (Outcome, error) {
	reason, err := checkReason(cmd.Reason, true, "Say why it is no incident, so that whoever reported it understands.")
	if err != nil {
		return Outcome{}, err
	}
	var out Outcome
	err = s.on(ctx, authz.EditIncidents, cmd.Incident, &out, func(ctx context.Context, t turn) error {
		if t.inc.Category == CategoryDeclined {
			return nil
		}
		if t.inc.Category != CategoryTriage {
			return notInTriage(t.inc, "declined")
		}
		to, err := firstStatus(ctx, t.q, CategoryDeclined)
		if err != nil {
			return err
		}
		out.Changed = true
		return s.applyStatus(ctx, t, moved(t.inc, to), because{reason: reason})
	})
	return out, err
}
