package incident

import (
	"context"
	"fmt"
	"strings"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
)

// SetCall says where those who work on an incident talk to each other; no address is nowhere.
type SetCall struct {
	Incident id.ID
	URL      string
}

// SetCall writes the address of the call.
func (s *Service) SetCall(ctx context.Context, cmd SetCall) (Outcome, error) {
	if err := checkLink("call_url", cmd.URL); err != nil {
		return Outcome{}, err
	}
	var out Outcome
	err := s.on(ctx, authz.EditIncidents, cmd.Incident, &out, func(ctx context.Context, t turn) error {
		to := strings.TrimSpace(cmd.URL)
		from, err := t.q.Call(ctx, t.inc.ID)
		if err != nil {
			return fmt.Errorf("read the address of the call: %w", err)
		}
		if from == to {
			return nil
		}
		out.Changed = true
		if err := t.q.SetCall(ctx, db.SetCallParams{CallURL: to, At: t.at, ID: t.inc.ID}); err != nil {
			return fmt.Errorf("write the address of the call: %w", err)
		}
		err = audit.Write(ctx, t.tx, t.at, audit.Entry{
			Action: "incident.call_set", TargetType: "incident", TargetID: t.inc.ID, Incident: t.inc.ID, Private: t.inc.Private,
			Before: map[string]any{"call_url": from}, After: map[string]any{"call_url": to},
		})
		if err != nil {
			return err
		}
		return s.bus.Publish(ctx, t.tx, CallSet{About: t.inc.About(), To: to})
	})
	return out, err
}
