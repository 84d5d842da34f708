package incident

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// ChangeSummary writes or rewrites what everyone reads first.
type ChangeSummary struct {
	Incident id.ID
	Source   string
	// Version is the SummaryVersion that the editor saw; when there is a newer one the answer is a *Stale. 0 is not checked.
	Version int32
}

// ChangeSummary changes the summary; an empty source takes it away.
func (s *Service) ChangeSummary(ctx context.Context, cmd ChangeSummary) (Outcome, error) {
	if err := checkText("summary", cmd.Source); err != nil {
		return Outcome{}, err
	}
	var out Outcome
	err := s.on(ctx, authz.EditIncidents, cmd.Incident, &out, func(ctx context.Context, t turn) error {
		document, err := ReadText(ctx, t.tx, cmd.Source)
		if err != nil {
			return err
		}
		if document.Source == t.inc.SummarySource {
			return nil
		}
		if cmd.Version != 0 && cmd.Version != t.inc.SummaryVersion {
			return &Stale{What: "summary", Now: t.inc.SummarySource, Version: t.inc.SummaryVersion}
		}
		out.Changed = true
		var stored json.RawMessage
		if !document.Empty() {
			stored = document.JSON()
		}
		err = t.q.SetSummary(ctx, db.SetSummaryParams{Source: document.Source, Summary: stored, Format: richtext.Version, At: t.at, ID: t.inc.ID})
		if err != nil {
			return fmt.Errorf("write the summary: %w", err)
		}
		err = audit.Write(ctx, t.tx, t.at, audit.Entry{
			Action: "incident.summary_changed", TargetType: "incident", TargetID: t.inc.ID, Incident: t.inc.ID, Private: t.inc.Private,
			Before: map[string]any{"summary": t.inc.SummarySource}, After: map[string]any{"summary": document.Source},
		})
		if err != nil {
			return err
		}
		return s.bus.Publish(ctx, t.tx, SummaryChanged{About: t.inc.About(), Mentioned: document.Mentions()})
	})
	return out, err
}
