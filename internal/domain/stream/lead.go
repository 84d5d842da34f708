package stream

import (
	"context"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/event"
)

// AssignLead hands a stream to somebody else.
type AssignLead struct{ Stream, Lead id.ID }

// AssignLead hands a stream to somebody else, who takes part from then on.
func (s *Service) AssignLead(ctx context.Context, cmd AssignLead) (Stream, error) {
	if cmd.Lead.Empty() {
		return Stream{}, problem.Field("assignee", "is_required", "Say who leads the stream.")
	}
	return s.change(ctx, cmd.Stream, func(ctx context.Context, t turn) (event.Event, error) {
		if t.row.LeadID == cmd.Lead {
			return nil, nil
		}
		if err := mayLead(ctx, t.tx, t.inc, cmd.Lead, t.at); err != nil {
			return nil, err
		}
		from := t.row.LeadID
		t.row.LeadID = cmd.Lead
		return LeadAssigned{What: t.what, From: from, To: cmd.Lead}, nil
	})
}
