package audit_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// written is an entry as the test knows it.
type written struct {
	audit.Entry
	actor tenant.Actor
	at    time.Time
}

type house struct {
	*testdb.Database
	log          *audit.Service
	clock        *clock.Manual
	organisation id.ID
	owner        id.ID
}

func open(t *testing.T) *house {
	t.Helper()
	h := &house{Database: testdb.New(t), clock: clock.NewManual(testdb.Start)}
	h.log = audit.New(h.DB, h.clock)
	h.organisation = h.Organisation(t, "Ours")
	h.owner = h.User(t, h.organisation, "Ada", "owner")
	return h
}

// as is a context of somebody who may read the log.
func (h *house) as(t *testing.T, actor tenant.Actor) context.Context {
	return tenant.With(t.Context(), tenant.Scope{Organisation: h.organisation, Actor: actor, Permissions: authz.Owner.Permissions()})
}

func (h *house) reader(t *testing.T) context.Context {
	return h.as(t, tenant.Actor{Type: tenant.User, ID: h.owner, Name: "Ada"})
}

func (h *house) write(t *testing.T, all ...written) {
	t.Helper()
	for _, w := range all {
		err := h.DB.Write(h.as(t, w.actor), func(ctx context.Context, tx pgx.Tx) error { return audit.Write(ctx, tx, w.at, w.Entry) })
		if err != nil {
			t.Fatal(err)
		}
	}
}

// actions reads every page of what matches, a few entries at a time.
func (h *house) actions(t *testing.T, f audit.Filter, count int) []string {
	t.Helper()
	var all []string
	var after audit.Cursor
	for {
		page, err := h.log.List(h.reader(t), f, after, count)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Entries {
			all = append(all, e.Action)
		}
		if after = page.Next; after == "" {
			return all
		}
	}
}

// TestFilterFindsWhatAPlainLookWouldFind compares pages of filtered entries with a look through all of them, many of which
// happened at the same moment.
func TestFilterFindsWhatAPlainLookWouldFind(t *testing.T) {
	t.Parallel()
	h := open(t)
	r := rand.New(rand.NewPCG(1, 2))
	actors := []tenant.Actor{{Type: tenant.User, ID: id.New(testdb.Start), Name: "Ben"}, {Type: tenant.APIKey, ID: id.New(testdb.Start), Name: "Deploys"}, tenant.Muster}
	targets := []id.ID{id.New(testdb.Start), id.New(testdb.Start), id.New(testdb.Start)}
	var all []written
	for n := range 120 {
		all = append(all, written{
			Entry: audit.Entry{Action: fmt.Sprintf("thing%d.made_%d", n%4, n), TargetType: "thing", TargetID: targets[r.IntN(3)]},
			actor: actors[r.IntN(3)], at: testdb.Start.Add(time.Duration(r.IntN(10)) * time.Hour),
		})
	}
	h.write(t, all...)
	for n := range 60 {
		f, count := audit.Filter{}, 1+r.IntN(9)
		if r.IntN(2) == 0 {
			actor := actors[r.IntN(3)]
			if f.Actor = actor.ID; actor.ID.Empty() {
				f.ActorType = actor.Type
			}
		}
		if r.IntN(2) == 0 {
			f.Target = targets[r.IntN(3)]
		}
		if r.IntN(3) == 0 {
			for range 1 + r.IntN(40) {
				f.Actions = append(f.Actions, all[r.IntN(len(all))].Action)
			}
		}
		if r.IntN(3) == 0 {
			f.From = testdb.Start.Add(time.Duration(r.IntN(10)) * time.Hour)
		}
		if r.IntN(3) == 0 {
			f.Until = testdb.Start.Add(time.Duration(r.IntN(12)) * time.Hour)
		}
		want := map[string]time.Time{}
		for _, w := range all {
			if (f.Actor.Empty() || w.actor.ID == f.Actor) && (f.ActorType == "" || w.actor.Type == f.ActorType) && (f.Target.Empty() || w.TargetID == f.Target) &&
				(len(f.Actions) == 0 || slices.Contains(f.Actions, w.Action)) && !w.at.Before(f.From) && (f.Until.IsZero() || w.at.Before(f.Until)) {
				want[w.Action] = w.at
			}
		}
		got := h.actions(t, f, count)
		if sorted := slices.Sorted(slices.Values(got)); !slices.Equal(sorted, slices.Sorted(maps.Keys(want))) {
			t.Fatalf("filter %d, %+v, %d a page: %d entries, want %d", n, f, count, len(got), len(want))
		}
		if !slices.IsSortedFunc(got, func(a, b string) int { return want[b].Compare(want[a]) }) {
			t.Fatalf("filter %d, %+v: the newest does not come first", n, f)
		}
	}
}

// TestPagesNeitherSkipNorRepeatWhileTheLogGrows reads the log page by page while entries are written.
func TestPagesNeitherSkipNorRepeatWhileTheLogGrows(t *testing.T) {
	t.Parallel()
	h := open(t)
	entry := func(n int) written {
		return written{Entry: audit.Entry{Action: fmt.Sprintf("thing.made_%d", n), TargetType: "thing", TargetID: h.owner}, actor: tenant.Muster, at: testdb.Start.Add(time.Duration(n/3) * time.Second)}
	}
	for n := range 20 {
		h.write(t, entry(n))
	}
	var got []string
	var after audit.Cursor
	for n := 20; ; n++ {
		page, err := h.log.List(h.reader(t), audit.Filter{}, after, 3)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Entries {
			got = append(got, e.Action)
		}
		if after = page.Next; after == "" {
			break
		}
		h.write(t, entry(n))
	}
	slices.Sort(got)
	if len(got) != 20 || len(slices.Compact(got)) != 20 {
		t.Errorf("%d entries were read, of which %d once", len(got), len(slices.Compact(got)))
	}
}

func TestChoicesAreWhatOccurs(t *testing.T) {
	t.Parallel()
	h := open(t)
	key := tenant.Actor{Type: tenant.APIKey, ID: id.New(testdb.Start), Name: "Deploys"}
	renamed := key
	renamed.Name = "Releases"
	thing := audit.Entry{Action: "thing.made", TargetType: "thing", TargetID: h.owner}
	other := audit.Entry{Action: "thing.broken", TargetType: "thing", TargetID: h.owner}
	h.write(t, written{thing, key, testdb.Start}, written{other, tenant.Muster, testdb.Start}, written{thing, renamed, testdb.Start.Add(time.Hour)})
	found, err := h.log.Choices(h.reader(t))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(found.Actions, []string{"thing.broken", "thing.made"}) || len(found.Actors) != 1 || found.Actors[0] != renamed {
		t.Errorf("%+v", found)
	}
}

// TestWhatIsOldIsLetGo keeps the log for as long as it is to be kept, and no other organisation's is touched.
func TestWhatIsOldIsLetGo(t *testing.T) {
	t.Parallel()
	h := open(t)
	entry := func(name string, age time.Duration) written {
		return written{Entry: audit.Entry{Action: name, TargetType: "thing", TargetID: h.owner}, actor: tenant.Muster, at: testdb.Start.Add(-age)}
	}
	year := 365 * 24 * time.Hour
	ours := h.organisation
	h.organisation = h.Organisation(t, "Theirs")
	h.write(t, entry("thing.theirs", 2*year))
	h.organisation = ours
	h.write(t, entry("thing.old", year+time.Second), entry("thing.older", 3*year), entry("thing.kept", year-time.Second))
	gone, err := h.log.Sweep(tenant.AsSystem(t.Context(), ours), year)
	if err != nil || gone != 2 {
		t.Errorf("%d entries are let go, %v", gone, err)
	}
	if left := h.actions(t, audit.Filter{}, 10); !slices.Equal(left, []string{"thing.kept"}) {
		t.Errorf("left are %v", left)
	}
	var all int
	if err := h.DB.Pool().QueryRow(t.Context(), "SELECT count(*) FROM muster.audit_entry").Scan(&all); err != nil || all != 2 {
		t.Errorf("%d entries are left of both, %v", all, err)
	}
}

func TestDownloadIsWrittenDownAndGivesEveryEntry(t *testing.T) {
	t.Parallel()
	h := open(t)
	_, err := h.DB.Pool().Exec(t.Context(), `INSERT INTO muster.audit_entry (organisation_id, id, action, actor_type, actor_name, target_type, target_id, occurred_at)
		SELECT $1, lpad(n::text, 26, '0'), 'thing.made', 'system', 'Muster', 'thing', 'x', $2::timestamptz + n / 3 * interval '1 second' FROM generate_series(1, 1201) n`, string(h.organisation), testdb.Start)
	if err != nil {
		t.Fatal(err)
	}
	h.clock.Advance(time.Hour)
	seen := map[id.ID]bool{}
	if err := h.log.Download(h.reader(t), audit.Download{Format: "csv"}, func(e audit.Logged) error { seen[e.ID] = true; return nil }); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 1201 {
		t.Errorf("%d different entries of 1201", len(seen))
	}
	if told := h.actions(t, audit.Filter{Actions: []string{"audit_log.downloaded"}}, 10); len(told) != 1 {
		t.Errorf("the log tells of %d downloads", len(told))
	}
	viewer := tenant.With(t.Context(), tenant.Scope{Organisation: h.organisation, Permissions: authz.Responder.Permissions()})
	err = h.log.Download(viewer, audit.Download{}, func(audit.Logged) error { t.Error("an entry came"); return nil })
	if !problem.Is(err, problem.Forbidden) {
		t.Errorf("a responder is told %v", err)
	}
}
