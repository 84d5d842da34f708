package webhook

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/webhook/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Largest is how many bytes a body has; what would be larger is told with ids only.
const Largest = 100_000

// told is what a delivery says.
type told struct {
	name string
	body []byte
	cut  bool
}

// compose writes what is sent, unless it was before: a delivery says the same at every attempt. Only when its incident
// has been made private since, it says less. Nothing is said where the endpoint is told nothing of private incidents or
// the type has nothing to say of them.
func (s *Service) compose(ctx context.Context, row db.MusterWebhookDelivery, endpoint db.MusterWebhookEndpoint) (told, error) {
	if row.Test {
		return told{row.ToldType, row.Body, false}, nil
	}
	t, known := TypeOf(row.EventType)
	if !known {
		return told{}, fmt.Errorf("this release has no webhooks of the type %q", row.EventType)
	}
	if row.Body != nil && (!row.Private || row.ToldType == t.Private) {
		return told{row.ToldType, row.Body, row.Cut}, nil
	}
	said, err := s.say(ctx, t, row, endpoint)
	if err != nil || said.body == nil {
		return said, err
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return db.New(tx).KeepBody(ctx, db.KeepBodyParams{ToldType: said.name, Body: said.body, Cut: said.cut, ID: row.ID})
	})
	if err != nil {
		return told{}, fmt.Errorf("keep what a webhook says: %w", err)
	}
	return said, nil
}

func (s *Service) say(ctx context.Context, t Type, row db.MusterWebhookDelivery, endpoint db.MusterWebhookEndpoint) (told, error) {
	private := row.Private
	var payload json.RawMessage
	if !private && t.Public != "" {
		var err error
		payload, private, err = s.needs.Renderer.Render(ctx, Occasion{Type: t, Event: row.EventID, Incident: row.IncidentID, Subject: row.SubjectID})
		if err != nil {
			return told{}, fmt.Errorf("write what the webhook %s says: %w", t.Public, err)
		}
	}
	if private && (t.Private == "" || !endpoint.PrivateIncidents) || t.Name(private) == "" {
		return told{}, nil
	}
	if private {
		var err error
		if payload, err = s.idsOf(ctx, t, row); err != nil {
			return told{}, err
		}
	}
	said := told{name: t.Name(private)}
	var err error
	if said.body, err = wrap(said.name, payload); err != nil || len(said.body) <= Largest {
		return said, err
	}
	if payload, err = s.idsOf(ctx, t, row); err == nil {
		said.cut = true
		said.body, err = wrap(said.name, payload)
	}
	return said, err
}

// wrap puts a payload where receivers look for it: under the name of its type.
func wrap(name string, payload json.RawMessage) ([]byte, error) {
	key, err := json.Marshal(name)
	if err != nil {
		return nil, fmt.Errorf("write the name of a webhook: %w", err)
	}
	return fmt.Appendf(nil, `{"event_type":%s,%s:%s}`, key, key, payload), nil
}

// idsOf tells nothing but which thing it is.
func (s *Service) idsOf(ctx context.Context, t Type, row db.MusterWebhookDelivery) (json.RawMessage, error) {
	if t.Key != MemberGranted && t.Key != MemberRevoked {
		return json.Marshal(struct {
			ID id.ID `json:"id"`
		}{row.SubjectID})
	}
	r, _, err := event.Read(ctx, s.db, row.EventID)
	if err != nil && !postgres.None(err) {
		return nil, err
	}
	return json.Marshal(struct {
		Incident id.ID `json:"incident_id"`
		User     id.ID `json:"user_id"`
		Actor    id.ID `json:"actor_user_id,omitempty"`
	}{row.IncidentID, row.SubjectID, userID(r)})
}

// userID is the person who did it; empty where it was no person.
func userID(r event.Record) id.ID {
	if r.Actor.Type != "user" {
		return ""
	}
	return r.Actor.ID
}
