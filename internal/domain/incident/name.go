package incident

import (
	"context"
	"fmt"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
)

// Rename gives an incident another name.
type Rename struct {
	Incident id.ID
	Name     string
	// Was is the name that the editor saw; when it is another by now the answer is a *Stale. Empty is not checked.
	Was string
}

// Rename changes the name.
func (s *Service) Rename(ctx context.Context, cmd Rename) (Outcome, error) {
	name, err := checkName(cmd.Name)
	if err != nil {
		return Outcome{}, err
	}
	var out Outcome
	err = s.on(ctx, authz.EditIncidents, cmd.Incident, &out, func(ctx context.Context, t turn) error {
		if t.inc.Name == name {
			return nil
		}
		if cmd.Was != "" && cmd.Was != t.inc.Name {
			return &Stale{What: "name", Now: t.inc.Name}
		}
		out.Changed = true
		if err := t.q.SetName(ctx, db.SetNameParams{Name: name, At: t.at, ID: t.inc.ID}); err != nil {
			return fmt.Errorf("write the name: %w", err)
		}
		err := audit.Write(ctx, t.tx, t.at, audit.Entry{
			Action: "incident.renamed", TargetType: "incident", TargetID: t.inc.ID, Incident: t.inc.ID, Private: t.inc.Private,
			Before: map[string]any{"name": t.inc.Name}, After: map[string]any{"name": name},
		})
		if err != nil {
			return err
		}
		return s.bus.Publish(ctx, t.tx, Renamed{About: t.inc.About(), From: t.inc.Name, To: name})
	})
	return out, err
}
