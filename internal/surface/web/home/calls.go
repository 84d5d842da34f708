package home

import (
	"context"

	"github.com/musterhq/muster/internal/domain/escalation"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/surface/web/lens"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// callView is somebody who needs the reader now.
type callView struct {
	Href, By, Message, Reference, Incident string
	At                                     ui.Moment
}

// calls are the escalations that wait for the reader's answer.
func (p *Pages) calls(ctx context.Context, l lens.Lens) ([]callView, error) {
	if !l.Viewer.Permissions.Has(authz.EditIncidents) {
		return nil, nil
	}
	calling, err := p.Escalations.CallingMe(ctx)
	if err != nil {
		return nil, err
	}
	calls := make([]callView, len(calling))
	for n, one := range calling {
		of := incident.Incident{ID: one.Incident, Reference: one.Reference}
		calls[n] = callView{Href: escalation.Path(of, one.ID), By: one.By, Message: one.Message, Reference: one.Reference, Incident: one.Name, At: l.Moment(one.Since)}
	}
	return calls, nil
}
