package app_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/app/config"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/secrets"
	"github.com/musterhq/muster/internal/testing/testdb"
)

func settings(t *testing.T) *config.Config {
	t.Helper()
	cfg, err := config.Read("MUSTER_DATABASE_URL="+testdb.New(t).URL, "MUSTER_DATA="+t.TempDir(), "MUSTER_SECRET_KEY="+secrets.Generate())
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func build(t *testing.T, cfg *config.Config) *app.App {
	t.Helper()
	a, err := app.New(t.Context(), cfg, app.Options{Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

// rows counts what the demo may not do twice, and what it may not do at all.
func rows(t *testing.T, a *app.App) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for _, table := range []string{"muster.organisation", "muster.user", "muster.incident", "muster.room_message", "muster.event", "muster.audit_entry", "river.river_job"} {
		var n int
		if err := a.DB.Pool().QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		counts[table] = n
	}
	return counts
}

func TestDemoTwiceIsDemoOnce(t *testing.T) {
	t.Parallel()
	cfg := settings(t)
	a := build(t, cfg)
	owner, err := app.Demo(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	first := rows(t, a)
	if first["river.river_job"] != 0 {
		t.Errorf("%d jobs wait, which would mail people who are made up", first["river.river_job"])
	}
	again, err := app.Demo(t.Context(), cfg)
	if err != nil || again != owner {
		t.Fatalf("again: %q, %v", again, err)
	}
	if diff := cmp.Diff(first, rows(t, a)); diff != "" {
		t.Errorf("the second time changed something: %s", diff)
	}
	link, err := app.SignInLink(t.Context(), cfg, owner)
	if err != nil || !strings.HasPrefix(link, cfg.URL+"/login/link?token=") {
		t.Errorf("the owner's link is %q: %v", link, err)
	}
}

func TestDemoHasIncidentsInEveryStateAndOneToTakePartIn(t *testing.T) {
	t.Parallel()
	cfg := settings(t)
	a := build(t, cfg)
	if _, err := app.Demo(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	ctx := demoContext(t, a)
	counts, err := a.Incidents.Counts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, category := range []incident.Category{incident.CategoryTriage, incident.CategoryLive, incident.CategoryPaused, incident.CategoryLearning, incident.CategoryClosed} {
		if counts[category] == 0 {
			t.Errorf("no incident is in %s", category)
		}
	}
	people, err := a.Users.List(ctx, user.List{})
	if err != nil || len(people.Users) != 12 {
		t.Errorf("%d people, %v", len(people.Users), err)
	}
	for _, one := range people.Users {
		if !strings.HasSuffix(one.Email, "@demo.example") || strings.Contains(one.Name, " ") {
			t.Errorf("%s <%s> is not plainly made up", one.Name, one.Email)
		}
	}
	live, err := a.Incidents.Live(ctx)
	if err != nil {
		t.Fatal(err)
	}
	worst, err := a.Incidents.Get(ctx, live[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	now := a.Clock.Now()
	if due := worst.NextUpdateDueAt; due == nil || due.Before(now.Add(5*time.Minute)) || due.After(now.Add(15*time.Minute)) {
		t.Errorf("the next update is due at %v, now is %s", due, now)
	}
	messages, _, err := a.Rooms.History(ctx, worst.ID, 0, 200)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, m := range messages {
		seen["picture"] = seen["picture"] || len(m.Files) > 0
		seen["pin"] = seen["pin"] || m.PinnedAt != nil
		seen["reaction"] = seen["reaction"] || len(m.Reactions) > 0
		seen["mention"] = seen["mention"] || len(m.Document.Mentions()) > 0
		seen["card"] = seen["card"] || m.Kind == room.FromBot
		if m.PostedAt.After(now) {
			t.Errorf("%q is said in the future", m.Document.Line())
		}
	}
	if diff := cmp.Diff(map[string]bool{"picture": true, "pin": true, "reaction": true, "mention": true, "card": true}, seen); diff != "" {
		t.Error(diff)
	}
}

func demoContext(t *testing.T, a *app.App) context.Context {
	t.Helper()
	all, err := a.Organisations.All(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("organisations: %v, %v", all, err)
	}
	return tenant.AsSystem(t.Context(), all[0])
}

func TestWelcomeUntilSomebodyIsThere(t *testing.T) {
	t.Parallel()
	cfg := settings(t)
	link, err := app.Welcome(t.Context(), cfg)
	if err != nil || !strings.HasPrefix(link, cfg.URL+"/setup?token=") {
		t.Fatalf("a new Muster greets with %q: %v", link, err)
	}
	slug, err := app.CreateOrganisation(t.Context(), cfg, "Night shift", "ada@example.test")
	if err != nil || slug != "night-shift" {
		t.Fatalf("created %q: %v", slug, err)
	}
	if link, err := app.Welcome(t.Context(), cfg); err != nil || link != "" {
		t.Errorf("a Muster with people greets strangers with %q: %v", link, err)
	}
}

func TestReadyOnlyWithDatabaseAndItsSchema(t *testing.T) {
	t.Parallel()
	a := build(t, settings(t))
	if err := a.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := a.DB.Pool().Exec(t.Context(), "DELETE FROM muster.schema_version WHERE version_id = (SELECT max(version_id) FROM muster.schema_version)"); err != nil {
		t.Fatal(err)
	}
	if err := a.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "run muster migrate") {
		t.Errorf("with an older schema: %v", err)
	}
	a.DB.Close()
	if err := a.Ready(t.Context()); err == nil {
		t.Error("ready without a database")
	}
}
