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
	tell[incident.Declared](bus, s, IncidentCreated)
	tell[incident.StatusChanged](bus, s, IncidentUpdated, StatusUpdated)
	tell[incident.SeverityChanged](bus, s, IncidentUpdated)
	tell[incident.RoleAssigned](bus, s, IncidentUpdated)
	tell[incident.Renamed](bus, s, IncidentUpdated)
	tell[incident.SummaryChanged](bus, s, IncidentUpdated)
	tell[incident.TypeChanged](bus, s, IncidentUpdated)
	tell[incident.FieldChanged](bus, s, IncidentUpdated)
	tell[incident.TimestampSet](bus, s, IncidentUpdated)
	tell[incident.CallSet](bus, s, IncidentUpdated)
	tell[incident.UpdateSent](bus, s, IncidentUpdated)
	tell[incident.UpdateEdited](bus, s, IncidentUpdated)
	tell[incident.Merged](bus, s, IncidentUpdated)
	tell[incident.MadePrivate](bus, s, IncidentUpdated)
	tell[incident.MadePublic](bus, s, IncidentUpdated)
	tell[incident.AccessGranted](bus, s, MemberGranted)
	tell[incident.AccessRevoked](bus, s, MemberRevoked)

	tell[action.ActionCreated](bus, s, ActionCreated)
	tell[action.ActionAssigned](bus, s, ActionUpdated)
	tell[action.ActionCompleted](bus, s, ActionUpdated)
	tell[action.ActionReopened](bus, s, ActionUpdated)
	tell[action.ActionNotDoing](bus, s, ActionUpdated)
	tell[action.ActionEdited](bus, s, ActionUpdated)
	tell[action.ActionDeleted](bus, s, ActionUpdated)

	tell[followup.Created](bus, s, FollowUpCreatedV2, FollowUpCreatedV1)
	tell[followup.Assigned](bus, s, FollowUpUpdatedV2, FollowUpUpdatedV1)
	tell[followup.Completed](bus, s, FollowUpUpdatedV2, FollowUpUpdatedV1)
	tell[followup.Reopened](bus, s, FollowUpUpdatedV2, FollowUpUpdatedV1)
	tell[followup.NotDoing](bus, s, FollowUpUpdatedV2, FollowUpUpdatedV1)
	tell[followup.Edited](bus, s, FollowUpUpdatedV2, FollowUpUpdatedV1)
	tell[followup.Deleted](bus, s, FollowUpUpdatedV2, FollowUpUpdatedV1)

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
