package room_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/blob"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/secrets"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// house is a service over a database with one organisation, two people and an incident.
type house struct {
	*testdb.Database
	t            testing.TB
	rooms        *room.Service
	clock        *clock.Manual
	queue        *queue
	organisation id.ID
	maya, jonas  id.ID
	incident     id.ID
}

type queue struct {
	mu         sync.Mutex
	deliveries []event.Delivery
	records    []event.Record
}

func (q *queue) Enqueue(_ context.Context, _ pgx.Tx, deliveries []event.Delivery) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.deliveries = append(q.deliveries, deliveries...)
	return nil
}

func (q *queue) Signal(r event.Record) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.records = append(q.records, r)
}

func (q *queue) kinds() []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	var kinds []string
	for _, r := range q.records {
		kinds = append(kinds, r.Kind)
	}
	return kinds
}

func open(t testing.TB) *house {
	d := testdb.New(t)
	h := &house{Database: d, t: t, clock: clock.NewManual(testdb.Start), queue: &queue{}}
	bus := event.NewBus(d.DB, h.clock, h.queue, h.queue)
	keys, err := secrets.Parse(secrets.Generate())
	if err != nil {
		t.Fatal(err)
	}
	files, err := blob.NewFiles(t.TempDir(), "http://127.0.0.1", keys, h.clock)
	if err != nil {
		t.Fatal(err)
	}
	h.rooms = room.New(d.DB, bus, h.clock, files)
	h.organisation = d.Organisation(t, "Demo")
	h.maya = d.User(t, h.organisation, "Maya Lind", "responder")
	h.jonas = d.User(t, h.organisation, "Jonas Berg", "responder")
	h.incident = h.declare(h.organisation, false)
	return h
}

// declare writes an incident's rows, as the incident domain comes before this one and its verbs are tried there.
func (h *house) declare(organisation id.ID, private bool) id.ID {
	h.t.Helper()
	made := id.New(time.Now())
	for _, statement := range []string{
		`INSERT INTO muster.incident_type (organisation_id, id, name, created_at, updated_at) VALUES ($1, 'type' || $2, 'Default', $3, $3)`,
		`INSERT INTO muster.incident_status (organisation_id, id, name, category, rank, created_at, updated_at) VALUES ($1, 'status' || $2, 'Fixing', 'live', 2, $3, $3)`,
	} {
		if _, err := h.DB.Pool().Exec(h.t.Context(), statement, organisation, made, testdb.Start); err != nil {
			h.t.Fatal(err)
		}
	}
	_, err := h.DB.Pool().Exec(h.t.Context(), `INSERT INTO muster.incident (organisation_id, id, name, type_id, status_id, status_category, mode, private,
		creator_type, creator_name, declared_at, created_at, updated_at)
		VALUES ($1, $2, 'Card payments fail', 'type' || $2, 'status' || $2, 'live', 'standard', $3, 'user', 'Jonas', $4, $4, $4)`, organisation, made, private, testdb.Start)
	if err != nil {
		h.t.Fatal(err)
	}
	return made
}

func (h *house) as(user id.ID, name string) context.Context {
	return tenant.With(h.t.Context(), tenant.Scope{
		Organisation: h.organisation, Actor: tenant.Actor{Type: tenant.User, ID: user, Name: name}, Permissions: authz.Responder.Permissions(),
	})
}

func (h *house) post(ctx context.Context, key, source string) room.Message {
	h.t.Helper()
	m, err := h.rooms.Post(ctx, room.Post{Incident: h.incident, ClientKey: key, Source: source})
	if err != nil {
		h.t.Fatalf("post %q: %v", source, err)
	}
	return m
}

// people returns how each takes part in the incident.
func (h *house) people() map[id.ID]string {
	h.t.Helper()
	rows, err := h.DB.Pool().Query(h.t.Context(), `SELECT user_id, kind FROM muster.incident_participant WHERE incident_id = $1`, h.incident)
	if err != nil {
		h.t.Fatal(err)
	}
	found := map[id.ID]string{}
	var user id.ID
	var kind string
	if _, err := pgx.ForEachRow(rows, []any{&user, &kind}, func() error { found[user] = kind; return nil }); err != nil {
		h.t.Fatal(err)
	}
	return found
}

func texts(messages []room.Message) []string {
	var out []string
	for _, m := range messages {
		out = append(out, m.Source)
	}
	return out
}
