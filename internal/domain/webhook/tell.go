package webhook

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/webhook/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// Subscribe writes down what endpoints are to be told, in the transaction in which it happens: what is committed is
// sent, whatever dies meanwhile.
func (s *Service) Subscribe(bus *event.Bus) {
	tell[incident.Declared](bus, s, incidentCreated)
	tell[incident.StatusChanged](bus, s, incidentUpdated, statusUpdated)
	tell[incident.SeverityChanged](bus, s, incidentUpdated)
	tell[incident.RoleAssigned](bus, s, incidentUpdated)
	tell[incident.Renamed](bus, s, incidentUpdated)
	tell[incident.SummaryChanged](bus, s, incidentUpdated)
	tell[incident.TypeChanged](bus, s, incidentUpdated)
	tell[incident.FieldChanged](bus, s, incidentUpdated)
	tell[incident.TimestampSet](bus, s, incidentUpdated)
	tell[incident.UpdateSent](bus, s, incidentUpdated)
	tell[incident.UpdateEdited](bus, s, incidentUpdated)
	tell[incident.Merged](bus, s, incidentUpdated)
	tell[incident.MadePrivate](bus, s, incidentUpdated)
	tell[incident.MadePublic](bus, s, incidentUpdated)
	tell[incident.AccessGranted](bus, s, memberGranted)
	tell[incident.AccessRevoked](bus, s, memberRevoked)

	tell[action.ActionCreated](bus, s, actionCreated)
	tell[action.ActionAssigned](bus, s, actionUpdated)
	tell[action.ActionCompleted](bus, s, actionUpdated)
	tell[action.ActionReopened](bus, s, actionUpdated)
	tell[action.ActionNotDoing](bus, s, actionUpdated)
	tell[action.ActionEdited](bus, s, actionUpdated)
	tell[action.ActionDeleted](bus, s, actionUpdated)

	tell[followup.Created](bus, s, followUpCreated2, followUpCreated1)
	tell[followup.Assigned](bus, s, followUpUpdated2, followUpUpdated1)
	tell[followup.Completed](bus, s, followUpUpdated2, followUpUpdated1)
	tell[followup.Reopened](bus, s, followUpUpdated2, followUpUpdated1)
	tell[followup.NotDoing](bus, s, followUpUpdated2, followUpUpdated1)
	tell[followup.Edited](bus, s, followUpUpdated2, followUpUpdated1)
	tell[followup.Deleted](bus, s, followUpUpdated2, followUpUpdated1)

	event.After(bus, "webhook.mail", s.mailSwitchedOff, event.UnsafeToClear())
}

// tell writes a delivery for every endpoint that wants one of the types. Types of incidents are about the incident,
// whatever in it the event is about.
func tell[E event.Event](bus *event.Bus, s *Service, keys ...string) {
	event.Within(bus, "webhook", func(ctx context.Context, tx pgx.Tx, r event.Record, _ E) error { return s.enqueue(ctx, tx, r, keys) })
}

func (s *Service) enqueue(ctx context.Context, tx pgx.Tx, r event.Record, keys []string) error {
	wanted := slices.DeleteFunc(slices.Clone(keys), func(key string) bool {
		t, _ := TypeOf(key)
		return t.Name(r.Subject.Private) == ""
	})
	if len(wanted) == 0 {
		return nil
	}
	q := db.New(tx)
	endpoints, err := q.Wanting(ctx, db.WantingParams{Private: r.Subject.Private, EventTypes: wanted, Incident: r.Subject.Stream})
	if err != nil {
		return fmt.Errorf("look which webhooks want %s: %w", r.Kind, err)
	}
	if len(endpoints) == 0 {
		return nil
	}
	at := s.clock.Now()
	rows := db.EnqueueParams{EventID: r.ID, SubjectID: r.Subject.ID, IncidentID: r.Subject.Stream, At: at}
	if t, _ := TypeOf(wanted[0]); t.Group == groupIncidents && t.Public != "" {
		rows.SubjectID = r.Subject.Stream
	}
	for _, endpoint := range endpoints {
		for _, key := range wanted {
			if len(endpoint.EventTypes) > 0 && !slices.Contains(endpoint.EventTypes, key) {
				continue
			}
			t, _ := TypeOf(key)
			rows.Ids, rows.Endpoints = append(rows.Ids, string(id.New(at))), append(rows.Endpoints, string(endpoint.ID))
			rows.EventTypes, rows.CoveredBy = append(rows.EventTypes, key), append(rows.CoveredBy, t.covered)
		}
	}
	if err := q.Enqueue(ctx, rows); err != nil {
		return fmt.Errorf("write down what webhooks are told of %s: %w", r.Kind, err)
	}
	return nil
}
