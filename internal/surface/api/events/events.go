// Package events is what webhooks tell, in the shapes in which the public API shows it.
package events

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/webhook"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/surface/api/wire"
)

// WebhookIncidentV2 is an incident as webhooks tell it.
type WebhookIncidentV2 struct {
	wire.IncidentV2
	// Message is what the last update said, in Markdown; Related are the public incidents that belong to it.
	Message string   `json:"most_recent_update_message,omitempty"`
	Related []string `json:"related_incidents,omitempty"`
}

// IncidentWithStatusChangeV2 is an incident that has moved on.
type IncidentWithStatusChangeV2 struct {
	Incident wire.IncidentV2 `json:"incident"`
	// Message is what the update said that moved it, in Markdown.
	Message  string        `json:"message,omitempty"`
	Previous wire.StatusV1 `json:"previous_status"`
	New      wire.StatusV1 `json:"new_status"`
}

// Needs is what the payloads are made of.
type Needs struct {
	Incidents *incident.Service
	Shown     wire.Incidents
	// Action, FollowUp and FollowUpV1 show one record as the API does.
	Action, FollowUp, FollowUpV1 func(ctx context.Context, record id.ID) (any, error)
	// Event reads an event of the house with its payload.
	Event func(ctx context.Context, event id.ID) (event.Record, json.RawMessage, error)
}

// Renderer writes what webhooks say.
type Renderer struct{ Needs }

// Render returns what is told of an occasion as things are now, and whether its incident is private: both of one moment.
func (r Renderer) Render(ctx context.Context, of webhook.Occasion) (body json.RawMessage, private bool, err error) {
	err = r.Shown.Moment(ctx, func(ctx context.Context) error {
		found, err := r.Shown.ByID(ctx, of.Incident)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return problem.Missing("incident")
		}
		if private = found[0].Visibility == "private"; private {
			return nil
		}
		payload, err := r.payload(ctx, of, found[0])
		if err != nil {
			return err
		}
		body, err = json.Marshal(payload)
		return err
	})
	return body, private, err
}

func (r Renderer) payload(ctx context.Context, of webhook.Occasion, inc wire.IncidentV2) (any, error) {
	switch of.Type.Key {
	case webhook.IncidentCreated, webhook.IncidentUpdated:
		return r.incident(ctx, of.Incident, inc)
	case webhook.StatusUpdated:
		return r.statusChange(ctx, of, inc)
	case webhook.ActionCreated, webhook.ActionUpdated:
		return r.Action(ctx, of.Subject)
	case webhook.FollowUpCreatedV1, webhook.FollowUpUpdatedV1:
		return r.FollowUpV1(ctx, of.Subject)
	case webhook.FollowUpCreatedV2, webhook.FollowUpUpdatedV2:
		return r.FollowUp(ctx, of.Subject)
	default:
		return nil, fmt.Errorf("nothing is known to be told of %q", of.Type.Key)
	}
}

func (r Renderer) incident(ctx context.Context, in id.ID, shown wire.IncidentV2) (WebhookIncidentV2, error) {
	out := WebhookIncidentV2{IncidentV2: shown}
	updates, err := r.Incidents.Updates(ctx, in, 1)
	if err != nil {
		return out, err
	}
	if len(updates) > 0 {
		out.Message = updates[0].Message.Markdown()
	}
	related, err := r.Incidents.Related(ctx, in)
	if err != nil || len(related) == 0 {
		return out, err
	}
	ids := make([]id.ID, len(related))
	for n, one := range related {
		ids[n] = one.ID
	}
	records, err := r.Incidents.RecordsOf(ctx, ids...)
	for _, one := range records {
		if !one.Private { // that there is such a one is nobody's business
			out.Related = append(out.Related, one.ID.String())
		}
	}
	return out, err
}

func (r Renderer) statusChange(ctx context.Context, of webhook.Occasion, inc wire.IncidentV2) (IncidentWithStatusChangeV2, error) {
	out := IncidentWithStatusChangeV2{Incident: inc}
	_, payload, err := r.Event(ctx, of.Event)
	if err != nil {
		return out, err
	}
	var moved incident.StatusChanged
	if err := json.Unmarshal(payload, &moved); err != nil {
		return out, fmt.Errorf("read what changed the status: %w", err)
	}
	ever, err := r.Incidents.Ever(ctx)
	if err != nil {
		return out, err
	}
	out.Previous, out.New = wire.Status(ever.Statuses[moved.From]), wire.Status(ever.Statuses[moved.To])
	if moved.Update.Empty() {
		return out, nil
	}
	updates, err := r.Incidents.Updates(ctx, of.Incident, manyUpdates)
	for _, one := range updates {
		if one.ID == moved.Update {
			out.Message = one.Message.Markdown()
		}
	}
	return out, err
}

// manyUpdates is how far back the update is looked for that moved an incident: it is the last one but for those that came
// while the webhook waited.
const manyUpdates = 50
