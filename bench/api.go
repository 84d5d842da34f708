package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/app/config"
	"github.com/musterhq/muster/internal/domain/apikey"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/api/wire"
)

// program is a client of the public API.
type program struct {
	key  string
	http *http.Client
}

func (p program) call(ctx context.Context, method, address string, body any) (text []byte, took time.Duration, err error) {
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, 0, err
		}
		sent = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, address, sent)
	if err != nil {
		return nil, 0, err
	}
	request.Header.Set("Authorization", "Bearer "+p.key)
	begun := time.Now()
	response, err := p.http.Do(request)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err = io.ReadAll(response.Body)
	took = time.Since(begun)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s is answered with %d: %.300s", method, address, response.StatusCode, text)
	}
	return text, took, err
}

// connections are how many programs ask at once.
var connections = []int{1, 8, 32}

// api measures the public API of an organisation with many incidents, and beside it a handler that does nothing but ask
// the database the same.
func (b *bench) api(ctx context.Context, incidents int) error {
	heard := &trips{}
	a, err := b.listening(ctx, heard)
	if err != nil {
		return err
	}
	defer a.Close()
	inside := tenant.AsSystem(ctx, b.organisation)
	_, secret, err := a.APIKeys.Create(inside, apikey.Create{
		What: apikey.What{Name: "Bench", Roles: []authz.KeyRole{authz.KeyGlobalAccess, authz.KeyIncidentEditor}}, PerMinute: 1_000_000,
	})
	if err != nil {
		return err
	}
	p := program{key: secret, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	page, err := a.Incidents.Records(inside, incident.Sift{}, "", 1)
	if err != nil {
		return err
	}
	if page.Total < int64(incidents) { // the pages were not measured
		if _, err := b.fill(ctx, incidents, incidents); err != nil {
			return err
		}
	}
	some, err := a.Incidents.Records(inside, incident.Sift{}, "", 200)
	if err != nil {
		return err
	}
	deep := some.Records[len(some.Records)-1].ID
	worst := some.Records[0].Severity
	shown := wire.Incidents{
		Records: a.Incidents, People: wire.Directory{Users: a.Users, Workspaces: a.Workspaces}, Channels: a.Channels,
		Address: func(context.Context, string) (string, error) { return b.here.URL, nil },
		Moment: func(ctx context.Context, read func(context.Context) error) error {
			return a.DB.Read(ctx, func(ctx context.Context, _ pgx.Tx) error { return read(ctx) })
		},
	}
	listed := func(sift incident.Sift, after id.ID) func(context.Context) error {
		return func(ctx context.Context) error {
			page, err := a.Incidents.Records(ctx, sift, after, 25)
			if err != nil {
				return err
			}
			_, err = shown.V2(ctx, page.Records...)
			return err
		}
	}
	reads := []apiRead{
		{"list", "/v2/incidents", listed(incident.Sift{}, "")},
		{"list_after", "/v2/incidents?after=" + deep.String(), listed(incident.Sift{}, deep)},
		{"list_live", "/v2/incidents?status_category[one_of]=live", listed(incident.Sift{Rules: []incident.Rule{{Property: incident.CategoryProperty, Operator: incident.OneOf, Values: []string{"live"}}}}, "")},
		{"show", "/v2/incidents/" + deep.String(), func(ctx context.Context) error { _, err := shown.ByID(ctx, deep); return err }},
	}
	if worst != nil {
		rule := incident.Rule{Property: incident.SeverityProperty, Operator: incident.AtLeast, Values: []string{worst.ID.String()}}
		reads = append(reads, apiRead{"list_by_severity", "/v2/incidents?severity[gte]=" + worst.ID.String(), listed(incident.Sift{Rules: []incident.Rule{rule}}, "")})
	}
	for _, read := range reads {
		if err := b.read(inside, a, heard, p, read); err != nil {
			return fmt.Errorf("%s: %w", read.name, err)
		}
	}
	for _, n := range connections {
		_, err := b.hammer(ctx, fmt.Sprintf("api.create.%d", n), n, func(worker, round int) (time.Duration, error) {
			_, took, err := p.call(ctx, http.MethodPost, b.here.URL+"/v2/incidents", map[string]any{
				"idempotency_key": fmt.Sprintf("bench-%d-%d-%d", n, worker, round), "visibility": "public", "name": "Something is wrong",
			})
			return took, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// apiRead is something that programs read, and the same within an application whose statements are heard.
type apiRead struct {
	name, path string
	again      func(ctx context.Context) error
}

// read measures one read, and what it costs over a handler that only asks the database the same.
func (b *bench) read(ctx context.Context, a *app.App, heard *trips, p program, read apiRead) error {
	answer, _, err := p.call(ctx, http.MethodGet, b.here.URL+read.path, nil)
	if err != nil {
		return err
	}
	heard.taken()
	if err := a.DB.Read(ctx, func(ctx context.Context, _ pgx.Tx) error { return read.again(ctx) }); err != nil {
		return err
	}
	bare, stop, err := b.bare(ctx, heard.taken(), answer)
	if err != nil {
		return err
	}
	defer stop()
	for _, n := range connections {
		ask := func(address string) func(int, int) (time.Duration, error) {
			return func(int, int) (time.Duration, error) {
				_, took, err := p.call(ctx, http.MethodGet, address, nil)
				return took, err
			}
		}
		ours, err := b.hammer(ctx, fmt.Sprintf("api.%s.%d", read.name, n), n, ask(b.here.URL+read.path))
		if err != nil {
			return err
		}
		plain, err := b.hammer(ctx, fmt.Sprintf("api.%s.%d.bare", read.name, n), n, ask(bare))
		if err != nil {
			return err
		}
		if err := b.tell(fmt.Sprintf("api.%s.%d.ratio", read.name, n), plain/ours, "x", fmt.Sprintf("a bare handler of the same queries to ours; %d kB", len(answer)/1000)); err != nil {
			return err
		}
	}
	return nil
}

// hammer asks with several connections for a while and tells how often and how fast; it returns requests a second.
func (b *bench) hammer(_ context.Context, name string, n int, do func(worker, round int) (time.Duration, error)) (float64, error) {
	for round := range 3 {
		if _, err := do(n, round); err != nil {
			return 0, err
		}
	}
	var taken durations
	err := abreast(n, look, func(worker, round int) error {
		took, err := do(worker, round)
		taken.add(took)
		return err
	})
	if err != nil {
		return 0, err
	}
	rate := float64(len(taken.taken)) / look.Seconds()
	return rate, errors.Join(b.tell(name, rate, "/s", fmt.Sprintf("%d connections", n)), b.spread(name, taken.taken, ""))
}

// bare serves, in this process, what was heard: the same statements in the same round trips, and an answer of the same bytes.
func (b *bench) bare(ctx context.Context, heard [][]statement, answer []byte) (address string, stop func(), err error) {
	database, err := b.here.DatabaseURL(ctx)
	if err != nil {
		return "", nil, err
	}
	pool, err := pgxpool.New(ctx, database+"&pool_max_conns=10")
	if err != nil {
		return "", nil, err
	}
	begin := "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT set_config('role', 'muster_app', true), set_config('muster.organisation_id', '" +
		string(b.organisation) + "', true), set_config('muster.actor_id', '', true), set_config('muster.sees_private', 'all', true)"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := replay(r.Context(), pool, begin, heard); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer)
	}))
	return server.URL, func() { server.Close(); pool.Close() }, nil
}

func replay(ctx context.Context, pool *pgxpool.Pool, begin string, heard [][]statement) error {
	tx, err := pool.BeginTx(ctx, pgx.TxOptions{BeginQuery: begin})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(ctx) }()
	drain := func(rows pgx.Rows, err error) error {
		if err != nil {
			return err
		}
		for rows.Next() {
			if _, err := rows.Values(); err != nil {
				return err
			}
		}
		return rows.Err()
	}
	for _, round := range heard {
		if len(round) == 1 {
			if err := drain(tx.Query(ctx, round[0].sql, round[0].args...)); err != nil {
				return err
			}
			continue
		}
		batch := &pgx.Batch{}
		for _, s := range round {
			batch.Queue(s.sql, s.args...)
		}
		answers := tx.SendBatch(ctx, batch)
		for range round {
			if err := drain(answers.Query()); err != nil {
				return errors.Join(err, answers.Close())
			}
		}
		if err := answers.Close(); err != nil {
			return err
		}
	}
	return tx.Commit(ctx)
}

// listening is the application in this process, whose statements are heard.
func (b *bench) listening(ctx context.Context, heard pgx.QueryTracer) (*app.App, error) {
	address, err := b.here.DatabaseURL(ctx)
	if err != nil {
		return nil, err
	}
	cfg, err := config.Read("MUSTER_DATABASE_URL="+address, "MUSTER_DATA="+b.here.Data, "MUSTER_URL="+b.here.URL, "MUSTER_SECRET_KEY_FILE="+filepath.Join(b.here.Data, "secret.key"))
	if err != nil {
		return nil, err
	}
	return app.New(ctx, cfg, app.Options{Name: "listening", Queries: heard})
}

// trips hears statements by the round trips in which they are asked.
type trips struct {
	statements
	mu  sync.Mutex
	all [][]statement
}

func (r *trips) keep() {
	round := r.statements.taken()
	if len(round) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, round)
}

func (r *trips) taken() [][]statement {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.all
	r.all = nil
	return all
}

// TraceQueryStart hears a round trip of one statement.
func (r *trips) TraceQueryStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	ctx = r.statements.TraceQueryStart(ctx, conn, data)
	r.keep()
	return ctx
}

// TraceBatchStart hears a round trip of several.
func (r *trips) TraceBatchStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	ctx = r.statements.TraceBatchStart(ctx, conn, data)
	r.keep()
	return ctx
}
