package app

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/app/config"
	"github.com/musterhq/muster/internal/platform/secrets"
	"github.com/musterhq/muster/internal/testing/testdb"
)

func TestHeartbeatGoesOutOnlyWhileAllIsWell(t *testing.T) {
	t.Parallel()
	var beats atomic.Int64
	outside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { beats.Add(1) }))
	defer outside.Close()
	cfg, err := config.Read("MUSTER_DATABASE_URL="+testdb.New(t).URL, "MUSTER_DATA="+t.TempDir(), "MUSTER_SECRET_KEY="+secrets.Generate(),
		"MUSTER_HEARTBEAT_URL="+outside.URL+"/secret-path")
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(t.Context(), cfg, Options{Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	closed := false
	defer func() {
		if !closed {
			a.Close()
		}
	}()
	beat := func(why string) {
		t.Helper()
		before := beats.Load()
		err := a.heartbeat(t.Context())
		if why == "" && (err != nil || beats.Load() != before+1) {
			t.Errorf("all is well, but: %v", err)
		}
		if why != "" && (err == nil || !strings.Contains(err.Error(), why) || beats.Load() != before) {
			t.Errorf("%d heartbeats and %v, want none because %s", beats.Load()-before, err, why)
		}
	}
	must := func(sql string, arguments ...any) {
		t.Helper()
		if _, err := a.DB.Pool().Exec(t.Context(), sql, arguments...); err != nil {
			t.Fatal(err)
		}
	}
	beat("no worker lives")
	must(`INSERT INTO control.worker (instance, host, pid, lone) VALUES ('worker-1', 'here', 1, false)`)
	beat("")
	must(`UPDATE control.worker SET beat_at = clock_timestamp() - interval '11 seconds'`)
	beat("no worker lives")
	must(`UPDATE control.worker SET beat_at = clock_timestamp()`)

	due := `INSERT INTO river.river_job (kind, args, max_attempts, queue, state, scheduled_at)
		VALUES ('deliver', '{"kind": "incident.declared", "subscriber": "chatops.card"}', 20, 'chat', 'available', $1)`
	must(due, time.Now().Add(-4*time.Minute))
	beat("")
	must(due, time.Now().Add(-6*time.Minute))
	beat("is not run")
	must(`INSERT INTO control.paused_kind (kind, subscriber, paused_by) VALUES ('incident.declared', 'chatops.card', 'Operator')`)
	beat("")

	outside.Close()
	if err := a.heartbeat(t.Context()); err == nil || strings.Contains(err.Error(), "secret-path") {
		t.Errorf("an address that does not answer: %v", err)
	}
	closed = true
	a.Close()
	beat("no heartbeat")
}
