package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/search"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// explain writes the plans of every list's statements to a file, and tells which took longest.
func (b *bench) explain(ctx context.Context) error {
	heard := &statements{}
	a, err := b.listening(ctx, heard)
	if err != nil {
		return err
	}
	defer a.Close()
	planner, err := b.planner(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = planner.conn.Close(context.WithoutCancel(ctx)) }()
	lists, err := b.lists(ctx, a)
	if err != nil {
		return err
	}
	out, err := os.Create(filepath.Join("bench", "explain.txt"))
	if err != nil {
		return err
	}
	defer func() { _ = out.Close() }()
	as := tenant.With(ctx, tenant.Scope{Organisation: b.organisation, Actor: tenant.Actor{Type: tenant.User, ID: b.members[0], Name: "Person 0"}, Permissions: authz.Responder.Permissions()})
	var slowest string
	var longest time.Duration
	for _, list := range lists {
		heard.taken()
		if err := list.read(as); err != nil {
			return fmt.Errorf("%s: %w", list.name, err)
		}
		for _, s := range heard.taken() {
			begun := time.Now()
			plan, err := planner.plan(ctx, b.organisation, b.members[0], s)
			if err != nil {
				return fmt.Errorf("explain %s: %w", list.name, err)
			}
			if took := time.Since(begun); took > longest {
				slowest, longest = list.name, took
			}
			if _, err := fmt.Fprintf(out, "== %s\n%s\n\n", list.name, plan); err != nil {
				return err
			}
		}
	}
	return b.tell("explain.slowest", milliseconds(longest), "ms", fmt.Sprintf("one statement of %s, with all its plans; those of %d lists are in bench/explain.txt", slowest, len(lists)))
}

// statement is what was asked, with its arguments.
type statement struct {
	sql  string
	args []any
}

// statements hears what an application asks its database, but for the frames of transactions.
type statements struct {
	mu  sync.Mutex
	all []statement
}

func (s *statements) add(sql string, args []any) {
	if strings.HasPrefix(sql, "BEGIN") || strings.HasPrefix(sql, "commit") || strings.HasPrefix(sql, "rollback") || strings.Contains(sql, "set_config") {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, statement{sql, args})
}

func (s *statements) taken() []statement {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.all
	s.all = nil
	return all
}

// TraceQueryStart hears one statement.
func (s *statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	s.add(data.SQL, data.Args)
	return ctx
}

// TraceQueryEnd has nothing to hear.
func (*statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TraceBatchStart hears several that are sent together.
func (s *statements) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	for _, query := range data.Batch.QueuedQueries {
		s.add(query.SQL, query.Arguments)
	}
	return ctx
}

// TraceBatchQuery has nothing to hear.
func (*statements) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd has nothing to hear.
func (*statements) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// planner runs statements again as the application does and is told their plans, those within functions too.
type planner struct {
	conn *pgx.Conn
	said []string
}

func (b *bench) planner(ctx context.Context) (*planner, error) {
	address, err := b.here.SuperuserURL(ctx)
	if err != nil {
		return nil, err
	}
	cfg, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, err
	}
	p := &planner{}
	cfg.OnNotice = func(_ *pgconn.PgConn, notice *pgconn.Notice) { p.said = append(p.said, notice.Message) }
	if p.conn, err = pgx.ConnectConfig(ctx, cfg); err != nil {
		return nil, err
	}
	_, err = p.conn.Exec(ctx, `LOAD 'auto_explain'; SET auto_explain.log_analyze = on; SET auto_explain.log_buffers = on; SET auto_explain.log_timing = on;
		SET auto_explain.log_nested_statements = on; SET auto_explain.log_level = 'notice'; SET auto_explain.log_min_duration = 0`)
	return p, err
}

func (p *planner) plan(ctx context.Context, organisation, actor id.ID, s statement) (string, error) {
	p.said = nil
	err := pgx.BeginFunc(ctx, p.conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT set_config('muster.organisation_id', $1, true), set_config('muster.actor_id', $2, true), set_config('muster.sees_private', '', true)", string(organisation), string(actor)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "SET LOCAL ROLE muster_app"); err != nil {
			return err
		}
		p.said = nil
		rows, err := tx.Query(ctx, s.sql, s.args...)
		if err != nil {
			return err
		}
		for rows.Next() { // the answer itself is known
			continue
		}
		return rows.Err()
	})
	return strings.Join(p.said, "\n"), err
}

// readList is a list by its name.
type readList struct {
	name string
	read func(ctx context.Context) error
}

// lists are what pages list.
func (b *bench) lists(ctx context.Context, a *app.App) ([]readList, error) {
	inside := tenant.AsSystem(ctx, b.organisation)
	statuses, err := a.Incidents.Statuses(inside)
	if err != nil {
		return nil, err
	}
	severities, err := a.Incidents.Severities(inside)
	if err != nil {
		return nil, err
	}
	types, err := a.Incidents.Types(inside)
	if err != nil {
		return nil, err
	}
	fields, err := a.Forms.Fields(inside)
	if err != nil {
		return nil, err
	}
	busiest, err := a.Incidents.List(inside, incident.Filter{Text: "busy"}, "", 1)
	if err != nil {
		return nil, err
	}
	if len(busiest.Incidents) == 0 || len(fields) == 0 {
		return nil, fmt.Errorf("the part \"pages\" has to be measured first")
	}
	busy := busiest.Incidents[0].ID
	only := func(name string, filter incident.Filter) readList {
		return readList{"list of incidents: " + name, func(ctx context.Context) error {
			found, err := a.Incidents.List(ctx, filter, "", 50)
			if err == nil && found.Next != "" {
				_, err = a.Incidents.List(ctx, filter, found.Next, 50)
			}
			return err
		}}
	}
	found := func(name string, query search.Find) readList {
		return readList{"search: " + name, func(ctx context.Context) error { _, err := a.Search.Find(ctx, query); return err }}
	}
	me := b.members[0]
	return []readList{
		only("all", incident.Filter{}),
		only("live", incident.Filter{Categories: []incident.Category{incident.CategoryTriage, incident.CategoryLive, incident.CategoryPaused}}),
		only("closed", incident.Filter{Categories: []incident.Category{incident.CategoryClosed}}),
		only("a status", incident.Filter{Statuses: []id.ID{statuses[len(statuses)-1].ID}}),
		only("a rare severity", incident.Filter{Severities: []id.ID{severities[len(severities)-1].ID}}),
		only("a lead", incident.Filter{Lead: me}),
		only("a participant", incident.Filter{Participant: me}),
		only("a type", incident.Filter{Types: []id.ID{types[len(types)-1].ID}}),
		only("a field", incident.Filter{Fields: map[id.ID][]id.ID{fields[0].ID: {fields[0].Options[0].ID}}}),
		only("the last 30 days", incident.Filter{From: time.Now().AddDate(0, 0, -30)}),
		only("words", incident.Filter{Text: "checkout lisbon"}),
		only("several", incident.Filter{Lead: me, Types: []id.ID{types[len(types)-1].ID}, Fields: map[id.ID][]id.ID{fields[0].ID: {fields[0].Options[0].ID}}}),
		{"counts of incidents", func(ctx context.Context) error { _, err := a.Incidents.Counts(ctx); return err }},
		{"home: needs you", func(ctx context.Context) error { _, err := a.Incidents.NeedsYou(ctx); return err }},
		{"home: live", func(ctx context.Context) error { _, err := a.Incidents.Live(ctx); return err }},
		{"home: questions", func(ctx context.Context) error { _, err := a.Questions.Waiting(ctx); return err }},
		{"follow-ups", func(ctx context.Context) error {
			_, err := a.FollowUps.List(ctx, followup.Filter{Status: followup.Outstanding, Most: 500})
			return err
		}},
		{"room: newest", func(ctx context.Context) error { _, _, err := a.Rooms.History(ctx, busy, 0, 50); return err }},
		{"room: middle", func(ctx context.Context) error { _, _, err := a.Rooms.From(ctx, busy, 200, 50); return err }},
		{"room: oldest", func(ctx context.Context) error { _, _, err := a.Rooms.History(ctx, busy, 60, 50); return err }},
		{"room: unread", func(ctx context.Context) error { _, err := a.Rooms.Reading(ctx, busy); return err }},
		{"timeline", func(ctx context.Context) error { _, err := a.Timelines.Whole(ctx, busy); return err }},
		{"log", func(ctx context.Context) error { _, err := a.Timelines.Activity(ctx, busy, 0, 200); return err }},
		{"updates", func(ctx context.Context) error { _, err := a.Incidents.Updates(ctx, busy, 100); return err }},
		{"participants", func(ctx context.Context) error { _, err := a.Incidents.People(ctx, busy); return err }},
		found("a common word", search.Find{Text: "errors"}),
		found("a rare word", search.Find{Text: "lisbon 4711"}),
		found("no word", search.Find{Text: "nobodywrotethis"}),
		found("in an incident", search.Find{Text: "timeout", Incident: busy}),
	}, nil
}
