package incident

import (
	"context"
	"fmt"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
)

// SetQuiet makes an incident quiet, or ends that.
type SetQuiet struct {
	Incident id.ID
	Quiet    bool
}

// SetQuiet lets nothing nag and nothing be announced from now on, or again.
func (s *Service) SetQuiet(ctx context.Context, cmd SetQuiet) (Outcome, error) {
	var out Outcome
	err := s.on(ctx, authz.EditIncidents, cmd.Incident, &out, func(ctx context.Context, t turn) error {
		if t.inc.Quiet == cmd.Quiet {
			return nil
		}
		out.Changed = true
		if cmd.Quiet { // a promise that nobody may be reminded of is none
			if err := s.setReminder(ctx, t, nil); err != nil {
				return err
			}
		}
		return s.applyQuiet(ctx, t, cmd.Quiet, "")
	})
	return out, err
}

// applyQuiet writes it; severity is the one whose raising ended the quiet, empty when somebody did.
func (s *Service) applyQuiet(ctx context.Context, t turn, quiet bool, severity id.ID) error {
	if err := t.q.SetQuiet(ctx, db.SetQuietParams{Quiet: quiet, At: t.at, ID: t.inc.ID}); err != nil {
		return fmt.Errorf("write whether the incident is quiet: %w", err)
	}
	err := audit.Write(ctx, t.tx, t.at, audit.Entry{
		Action: "incident.quiet_changed", TargetType: "incident", TargetID: t.inc.ID, Incident: t.inc.ID, Private: t.inc.Private,
		Before: map[string]any{"quiet": t.inc.Quiet}, After: map[string]any{"quiet": quiet},
	})
	if err != nil {
		return err
	}
	return s.bus.Publish(ctx, t.tx, QuietChanged{About: t.inc.About(), Quiet: quiet, Severity: severity})
}

// wakens reports whether a change of severity ends the quiet: what gets worse concerns more people. None at all counts
// as the least.
func wakens(inc Held, from, to Severity) bool { return inc.Quiet && to.Rank > from.Rank }
