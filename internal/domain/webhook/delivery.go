package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/webhook/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// State is how it is with a delivery.
type State string

// The states. Dropped ones had nothing to say any more.
const (
	Waiting   State = "waiting"
	Delivered State = "delivered"
	Failed    State = "failed"
	Dropped   State = "dropped"
)

// Delivery is one event on its way to one endpoint.
type Delivery struct {
	ID, Endpoint id.ID
	// Message is the id that the receiver knows it by.
	Message string
	// Type is what it is called on the wire.
	Type  string
	Test  bool
	State State
	// Private says that the incident is, so that it has ids only; Cut that it would have been too large.
	Private, Cut bool
	Attempts     int
	// DueAt is when it is tried next, while it waits.
	DueAt time.Time
	// Status is that of the last answer, 0 for none; Trouble says why it did not get through.
	Status    int
	Trouble   string
	CreatedAt time.Time
	SettledAt *time.Time
}

// Inspected is a delivery with all that was sent and came back.
type Inspected struct {
	Delivery
	// Body is nil until the first attempt.
	Body json.RawMessage
	// Tries are the attempts, the newest first.
	Tries []Attempt
}

// Attempt is one request and what came of it.
type Attempt struct {
	Number             int
	URL                string
	Request, Responded map[string]string
	At                 time.Time
	Took               time.Duration
	// Status is 0 when there was no answer.
	Status   int
	Trouble  string
	Response string
}

// ListDeliveries asks for deliveries to an endpoint, the newest first: of one state, or of all when it is empty; before
// one, or from the newest when that is empty.
type ListDeliveries struct {
	Endpoint id.ID
	State    State
	Before   id.ID
	Most     int
}

// Deliveries lists what was sent to an endpoint, as far as the reader may see the incidents.
func (s *Service) Deliveries(ctx context.Context, cmd ListDeliveries) (found []Delivery, more bool, err error) {
	err = s.read(ctx, func(ctx context.Context, q *db.Queries) error {
		if _, err := usable(ctx, q.Endpoint, cmd.Endpoint); err != nil {
			return err
		}
		rows, err := q.Deliveries(ctx, db.DeliveriesParams{Endpoint: cmd.Endpoint, State: string(cmd.State), Before: string(cmd.Before), Most: int32(cmd.Most + 1)}) //nolint:gosec // a page
		if err != nil {
			return fmt.Errorf("list deliveries: %w", err)
		}
		if more = len(rows) > cmd.Most; more {
			rows = rows[:cmd.Most]
		}
		for _, row := range rows {
			found = append(found, deliveryOf(row))
		}
		return nil
	})
	return found, more, err
}

// Inspect returns a delivery with its body and attempts.
func (s *Service) Inspect(ctx context.Context, delivery id.ID) (Inspected, error) {
	var found Inspected
	err := s.read(ctx, func(ctx context.Context, q *db.Queries) error {
		row, err := deliverable(ctx, q.Delivery, delivery)
		if err != nil {
			return err
		}
		if _, err := usable(ctx, q.Endpoint, row.EndpointID); err != nil {
			return err
		}
		found = Inspected{Delivery: deliveryOf(row), Body: row.Body}
		attempts, err := q.Attempts(ctx, delivery)
		if err != nil {
			return fmt.Errorf("read the attempts: %w", err)
		}
		for _, one := range attempts {
			attempt, err := attemptOf(one)
			if err != nil {
				return err
			}
			found.Tries = append(found.Tries, attempt)
		}
		return nil
	})
	return found, err
}

func deliveryOf(row db.MusterWebhookDelivery) Delivery {
	d := Delivery{
		ID: row.ID, Endpoint: row.EndpointID, Message: messageID(row.ID), Type: row.ToldType, Test: row.Test, State: State(row.State),
		Private: row.Private, Cut: row.Cut, Attempts: int(row.Attempts), DueAt: row.DueAt, Trouble: row.Trouble, CreatedAt: row.CreatedAt, SettledAt: row.SettledAt,
	}
	if row.Status != nil {
		d.Status = int(*row.Status)
	}
	if t, known := TypeOf(row.EventType); known && d.Type == "" {
		d.Type = t.Name(row.Private)
	}
	return d
}

func attemptOf(row db.MusterWebhookAttempt) (Attempt, error) {
	a := Attempt{
		Number: int(row.Number), URL: row.URL, At: row.At, Took: time.Duration(row.TookMs) * time.Millisecond, Trouble: row.Trouble, Response: row.Response,
	}
	if row.Status != nil {
		a.Status = int(*row.Status)
	}
	if err := json.Unmarshal(row.RequestHeaders, &a.Request); err != nil {
		return a, fmt.Errorf("read the headers of a request: %w", err)
	}
	if err := json.Unmarshal(row.ResponseHeaders, &a.Responded); err != nil {
		return a, fmt.Errorf("read the headers of an answer: %w", err)
	}
	return a, nil
}

func deliverable(ctx context.Context, read func(context.Context, id.ID) (db.MusterWebhookDelivery, error), delivery id.ID) (db.MusterWebhookDelivery, error) {
	if !delivery.Valid() {
		return db.MusterWebhookDelivery{}, problem.Missing("delivery")
	}
	row, err := read(ctx, delivery)
	if postgres.None(err) {
		return row, problem.Missing("delivery")
	}
	if err != nil {
		return row, fmt.Errorf("read the delivery: %w", err)
	}
	return row, nil
}

// Resend sends a delivery again at once, under the same id, and returns what came of it. One that fails is tried again
// by the whole schedule.
func (s *Service) Resend(ctx context.Context, delivery id.ID) (Delivery, error) {
	err := s.resend(ctx, delivery)
	if err != nil {
		return Delivery{}, err
	}
	return s.sendNow(ctx, delivery)
}

func (s *Service) resend(ctx context.Context, delivery id.ID) error {
	if _, err := tenant.Require(ctx, authz.UpdateOrganisation); err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q, at := db.New(tx), s.clock.Now()
		row, err := deliverable(ctx, q.Delivery, delivery)
		if err != nil {
			return err
		}
		endpoint, err := usable(ctx, q.LockEndpoint, row.EndpointID)
		if err != nil {
			return err
		}
		if endpoint.DisabledAt != nil && !row.Test {
			return switchedOff()
		}
		if err := q.Restart(ctx, db.RestartParams{ID: delivery, DueAt: at.Add(ours), At: at}); err != nil {
			return fmt.Errorf("begin a delivery again: %w", err)
		}
		return audit.Write(ctx, tx, at, audit.Entry{
			Action: "webhook.resent", TargetType: "webhook", TargetID: row.EndpointID, Incident: row.IncidentID, Private: row.Private, After: map[string]any{"delivery": delivery},
		})
	})
}

func switchedOff() *problem.Error {
	return problem.New(problem.Conflict, "disabled", "This webhook is switched off. Switch it on first, then send again.")
}

// ResendFailed sends again everything that was given up at an endpoint, as far as the reader may see it, and returns how
// much that is.
func (s *Service) ResendFailed(ctx context.Context, endpoint id.ID) (int, error) {
	if _, err := tenant.Require(ctx, authz.UpdateOrganisation); err != nil {
		return 0, err
	}
	var count int64
	err := s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q, at := db.New(tx), s.clock.Now()
		row, err := usable(ctx, q.LockEndpoint, endpoint)
		if err != nil {
			return err
		}
		if row.DisabledAt != nil {
			return switchedOff()
		}
		if count, err = q.RestartFailed(ctx, db.RestartFailedParams{Endpoint: endpoint, At: at}); err != nil {
			return fmt.Errorf("begin deliveries again: %w", err)
		}
		return audit.Write(ctx, tx, at, audit.Entry{Action: "webhook.resent", TargetType: "webhook", TargetID: endpoint, After: map[string]any{"deliveries": count}})
	})
	return int(count), err
}

// TestType is what a test is called on the wire: no type that anything else has, so that no receiver acts on it.
const TestType = "test.ping_v1"

// Test sends an endpoint a test at once and returns what came of it; it is tried once, also where it is switched off.
func (s *Service) Test(ctx context.Context, endpoint id.ID) (Delivery, error) {
	scope, err := tenant.Require(ctx, authz.UpdateOrganisation)
	if err != nil {
		return Delivery{}, err
	}
	at := s.clock.Now()
	delivery := id.New(at)
	payload, err := json.Marshal(map[string]string{"id": string(delivery), "message": "A test from Muster, sent by " + scope.Actor.Name + "."})
	if err != nil {
		return Delivery{}, fmt.Errorf("write a test: %w", err)
	}
	body, err := wrap(TestType, payload)
	if err != nil {
		return Delivery{}, err
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		if _, err := usable(ctx, q.Endpoint, endpoint); err != nil {
			return err
		}
		if err := q.InsertTest(ctx, db.InsertTestParams{ID: delivery, EndpointID: endpoint, EventType: TestType, Body: body, DueAt: at.Add(ours), At: at}); err != nil {
			return fmt.Errorf("write a test down: %w", err)
		}
		return audit.Write(ctx, tx, at, audit.Entry{Action: "webhook.tested", TargetType: "webhook", TargetID: endpoint, After: map[string]any{"delivery": delivery}})
	})
	if err != nil {
		return Delivery{}, err
	}
	return s.sendNow(ctx, delivery)
}

// ours is for how long a delivery that somebody waits for is left to them; when they die meanwhile, it is sent after it.
const ours = 30 * time.Second

// sendNow makes an attempt at a delivery while somebody waits for what comes of it. One that is being sent already is
// left to whoever does.
func (s *Service) sendNow(ctx context.Context, delivery id.ID) (Delivery, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return Delivery{}, err
	}
	system := tenant.AsSystem(context.WithoutCancel(ctx), scope.Organisation) // what is begun is written down, though nobody waits any more
	var row db.MusterWebhookDelivery
	var endpoint db.MusterWebhookEndpoint
	err = s.db.Write(system, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		if row, err = q.ClaimOne(ctx, delivery); err != nil {
			return err
		}
		endpoint, err = usable(ctx, q.Endpoint, row.EndpointID)
		return err
	})
	if err != nil && !postgres.None(err) {
		return Delivery{}, fmt.Errorf("claim the delivery: %w", err)
	}
	if err == nil {
		if err := s.deliver(system, endpoint, row); err != nil {
			return Delivery{}, err
		}
	}
	found, err := s.Inspect(ctx, delivery)
	return found.Delivery, err
}
