package organisation_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/musterhq/muster/internal/domain/organisation"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/testing/people"
)

// founder counts in a new organisation's own rows, and fails when it is told to.
type founder struct{ fails bool }

func (f *founder) Found(ctx context.Context, tx pgx.Tx) error {
	if f.fails {
		return errors.New("no defaults today")
	}
	_, err := tx.Exec(ctx, "INSERT INTO muster.counter (organisation_id, name, value) VALUES (muster.current_organisation(), 'founded', 1)")
	return err
}

func TestOrganisationBeginsWithItsDefaultsOrNotAtAll(t *testing.T) {
	f := &founder{}
	h := people.New(t, f)
	first := h.Organisation(t, "Night Shift", "Ada", "ada@example.com")
	second := h.Organisation(t, "Night  shift!", "Ada", "ada@example.com")
	if first.Slug != "night-shift" || second.Slug != "night-shift-2" {
		t.Errorf("slugs are %q and %q", first.Slug, second.Slug)
	}
	if diff := cmp.Diff([]string{"user.joined", "organisation.created", "user.joined", "organisation.created"}, h.Kinds()); diff != "" {
		t.Errorf("events (-want +got)\n%s", diff)
	}
	f.fails = true
	if _, err := h.Organisations.CreateWithOwner(t.Context(), organisation.CreateWithOwner{Name: "Third", OwnerName: "Ben", OwnerEmail: "ben@example.com"}); err == nil {
		t.Error("an organisation began without its defaults")
	}
	_, err := h.Organisations.CreateWithOwner(t.Context(), organisation.CreateWithOwner{Name: " ", OwnerName: "Ben", OwnerEmail: "ben@example.com"})
	if problem.KindOf(err) != problem.Invalid {
		t.Errorf("an organisation without a name answers %v", err)
	}
	all, err := h.Organisations.All(t.Context())
	if err != nil || len(all) != 2 {
		t.Errorf("there are %v, %v", all, err)
	}
	if found, err := h.Organisations.BySlug(t.Context(), "night-shift-2"); err != nil || found != second.ID {
		t.Errorf("by slug: %v, %v", found, err)
	}
}

func TestSetUpOnceByTheTokenInTheLog(t *testing.T) {
	h := people.New(t)
	stale, err := h.Organisations.PrepareSetup(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	token, err := h.Organisations.PrepareSetup(t.Context())
	if err != nil || token == "" || token == stale {
		t.Fatalf("the second token is %q, %v", token, err)
	}
	if _, err := h.Organisations.SetUp(t.Context(), organisation.SetUp{Token: "guessed", Name: "Mallory", Email: "m@example.com"}); !problem.Is(err, problem.NotFound) {
		t.Errorf("a guessed token answers %v", err)
	}
	_, err = h.Organisations.SetUp(t.Context(), organisation.SetUp{Token: token, Name: "", Email: "nonsense"})
	if all := problem.All(err); len(all) != 2 || all[0].Field != "name" || all[1].Field != "email" {
		t.Errorf("bad input answers %v", err)
	}
	var mu sync.Mutex
	var done []organisation.Begun
	var all sync.WaitGroup
	for _, with := range []string{token, token, stale} {
		all.Go(func() {
			begun, err := h.Organisations.SetUp(t.Context(), organisation.SetUp{Token: with, Name: "Ada", Email: "ada@night-shift.test", Zone: "Nowhere/Land"})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				done = append(done, begun)
			} else if !problem.Is(err, problem.NotFound) {
				t.Errorf("setting up twice answers %v", err)
			}
		})
	}
	all.Wait()
	if len(done) != 1 {
		t.Fatalf("set up %d times", len(done))
	}
	got, err := h.Organisations.Get(tenant.AsSystem(t.Context(), done[0].ID))
	if err != nil || got.Name != "Night-shift" || got.Zone != "UTC" {
		t.Errorf("the organisation is %+v, %v", got, err)
	}
	if token, err := h.Organisations.PrepareSetup(t.Context()); err != nil || token != "" {
		t.Errorf("a set-up token %q was made for a house that is set up, %v", token, err)
	}
}

func TestChangeTellsWhoeverIsLate(t *testing.T) {
	h := people.New(t)
	o := h.Organisation(t, "Night shift", "Ada", "ada@example.com")
	me := h.As(t, o.ID, o.Owner)
	seen, err := h.Organisations.Get(me)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Organisations.Change(me, organisation.Change{Name: "Day shift", RowVersion: seen.RowVersion}); err != nil {
		t.Fatal(err)
	}
	if err := h.Organisations.Change(me, organisation.Change{Zone: "Europe/Madrid", RowVersion: seen.RowVersion}); !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "Day shift") {
		t.Errorf("a late change answers %v", err)
	}
	viewer := h.Enrol(t, o.ID, "viewer@example.com", authz.Viewer)
	if err := h.Organisations.Change(h.As(t, o.ID, viewer), organisation.Change{Name: "Mine"}); !problem.Is(err, problem.Forbidden) {
		t.Errorf("a viewer's change answers %v", err)
	}
	got, err := h.Organisations.Get(me)
	if err != nil || got.Name != "Day shift" || got.Slug != "night-shift" || got.Zone != "UTC" {
		t.Errorf("the organisation is %+v, %v", got, err)
	}
}

func TestSlugs(t *testing.T) {
	for name, slug := range map[string]string{"Ærøskøbing Æ": "r-sk-bing", "Crème brûlée's": "creme-brulees", "日本": "team", "  --A--B-- ": "a-b"} {
		if got := organisation.Slug(name); got != slug {
			t.Errorf("%q becomes %q, want %q", name, got, slug)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		slug := organisation.Slug(rapid.String().Draw(r, "name"))
		if slug == "" || len(slug) > 40 || strings.Trim(slug, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || strings.HasPrefix(slug, "-") || strings.HasSuffix(slug, "-") {
			r.Fatalf("%q is no slug", slug)
		}
	})
}

func TestNameForTheFirstOwner(t *testing.T) {
	for _, c := range []struct{ owner, email, name string }{
		{"Ada", "ada@shop.test", "Shop"},
		{"Ada", "ada@mail.shop.test", "Shop"},
		{"Ada", "ada@shop.co.test", "Shop"},
		{"Ada  L", "ada@gmail.com", "Ada L's team"},
		{"Ada", "ada@example.com", "Ada's team"},
		{"Ada", "ada@localhost", "Ada's team"},
		{"Ada", "", "Ada's team"},
	} {
		if got := organisation.NameFor(c.owner, c.email); got != c.name {
			t.Errorf("%s of %s begins %q, want %q", c.owner, c.email, got, c.name)
		}
	}
}
