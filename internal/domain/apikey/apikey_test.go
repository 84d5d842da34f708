package apikey_test

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/apikey"
	"github.com/musterhq/muster/internal/domain/organisation"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/testing/people"
)

type world struct {
	*people.House
	keys  *apikey.Service
	begun organisation.Begun
	// owner and admin are Ada and Ben.
	owner, admin context.Context
}

func newWorld(t *testing.T) *world {
	h := people.New(t)
	w := &world{House: h, keys: apikey.New(h.DB, h.Bus, h.Clock), begun: h.Organisation(t, "Night shift", "Ada", "ada@example.com")}
	w.keys.Subscribe(h.Bus)
	w.owner = h.As(t, w.begun.ID, w.begun.Owner)
	w.admin = h.As(t, w.begun.ID, h.Enrol(t, w.begun.ID, "ben@example.com", authz.Administrator))
	return w
}

func (w *world) create(t *testing.T, as context.Context, roles ...authz.KeyRole) (apikey.Key, string) {
	t.Helper()
	key, token, err := w.keys.Create(as, apikey.Create{What: apikey.What{Name: "Terraform", Roles: roles}})
	if err != nil {
		t.Fatal(err)
	}
	return key, token
}

// use is a context in which the key with the secret acts.
func (w *world) use(t *testing.T, token string) context.Context {
	t.Helper()
	caller, err := w.keys.Authenticate(t.Context(), token, netip.Addr{})
	if err != nil {
		t.Fatal(err)
	}
	return tenant.With(t.Context(), caller.Scope)
}

func codes(err error) string {
	var all []string
	for _, p := range problem.All(err) {
		all = append(all, p.Field+" "+p.Code)
	}
	return strings.TrimSpace(strings.Join(all, ", "))
}

func (w *world) scope(t *testing.T, token string) tenant.Scope {
	t.Helper()
	scope, err := tenant.From(w.use(t, token))
	if err != nil {
		t.Fatal(err)
	}
	return scope
}

func TestKeyLetsInWhoHasItAndIsStoredAsAHashOnly(t *testing.T) {
	w := newWorld(t)
	key, token := w.create(t, w.owner, authz.KeyViewer)
	if len(token) != len("inc_")+64 || !strings.HasPrefix(token, "inc_") {
		t.Fatalf("the secret is %q", token)
	}
	scope := w.scope(t, token)
	if scope.Organisation != w.begun.ID || scope.Actor != (tenant.Actor{Type: tenant.APIKey, ID: key.ID, Name: "Terraform"}) || scope.SeesPrivate {
		t.Errorf("the key acts as %+v", scope)
	}
	if !scope.Permissions.Has(authz.ViewIncidents) || scope.Permissions.Has(authz.CreateIncidents) {
		t.Errorf("a viewer may %v", scope.Permissions.List())
	}
	for _, wrong := range []string{"", "inc_", token[:len(token)-1], token + "0", strings.ToUpper(token), "inc_" + strings.Repeat("0", 64), strings.TrimPrefix(token, "inc_")} {
		if _, err := w.keys.Authenticate(t.Context(), wrong, netip.Addr{}); !problem.Is(err, problem.Unauthenticated) {
			t.Errorf("%.10q lets in: %v", wrong, err)
		}
	}
	var found int
	err := w.DB.Pool().QueryRow(t.Context(), `SELECT count(*) FROM control.api_key_secret s WHERE s::text LIKE '%' || $1 || '%' OR octet_length(token_hash) <> 32`, strings.TrimPrefix(token, "inc_")).Scan(&found)
	if err != nil || found != 0 {
		t.Errorf("the secret itself is stored, %d times, %v", found, err)
	}
}

func TestOldSecretGoesOnForItsGraceAlone(t *testing.T) {
	w := newWorld(t)
	key, first := w.create(t, w.owner, authz.KeyViewer)
	w.Clock.Advance(time.Hour)
	rotated, second, err := w.keys.Rotate(w.owner, apikey.Rotate{Key: key.ID, Grace: 30 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if !rotated.IssuedAt.Equal(w.Clock.Now()) || !rotated.CreatedAt.Equal(key.CreatedAt) || first == second {
		t.Errorf("rotated is %+v", rotated)
	}
	w.Clock.Advance(29 * time.Minute)
	w.use(t, first)
	w.use(t, second)
	// Who rotates once more does not prolong what was to end.
	if _, _, err := w.keys.Rotate(w.owner, apikey.Rotate{Key: key.ID, Grace: time.Hour}); err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(2 * time.Minute)
	if _, err := w.keys.Authenticate(t.Context(), first, netip.Addr{}); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("the first secret goes on after its grace: %v", err)
	}
	w.use(t, second)
	_, third, err := w.keys.Rotate(w.owner, apikey.Rotate{Key: key.ID})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.keys.Authenticate(t.Context(), second, netip.Addr{}); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("without grace the old secret goes on: %v", err)
	}
	w.use(t, third)
	for _, wrong := range []time.Duration{-time.Minute, time.Hour + time.Minute} {
		if _, _, err := w.keys.Rotate(w.owner, apikey.Rotate{Key: key.ID, Grace: wrong}); codes(err) != "grace_period_minutes out_of_range" {
			t.Errorf("a grace of %s: %v", wrong, err)
		}
	}
}

func TestRevokedKeyIsGone(t *testing.T) {
	w := newWorld(t)
	key, token := w.create(t, w.owner, authz.KeyViewer)
	if err := w.keys.Revoke(w.owner, key.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.keys.Authenticate(t.Context(), token, netip.Addr{}); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("it still lets in: %v", err)
	}
	if _, err := w.keys.Get(w.owner, key.ID); !problem.Is(err, problem.NotFound) {
		t.Errorf("it is still shown: %v", err)
	}
	if err := w.keys.Revoke(w.owner, key.ID); !problem.Is(err, problem.NotFound) {
		t.Errorf("revoked twice: %v", err)
	}
	if all, _, err := w.keys.List(w.owner, apikey.List{}); err != nil || len(all) != 0 {
		t.Errorf("it is still listed: %v, %v", all, err)
	}
}

func TestKeyGrantsAtMostWhatItsMakerHolds(t *testing.T) {
	w := newWorld(t)
	give := func(as context.Context, roles ...authz.KeyRole) error {
		_, _, err := w.keys.Create(as, apikey.Create{What: apikey.What{Name: "Beyond", Roles: roles}})
		return err
	}
	if err := give(w.admin, authz.KeyViewer, authz.KeyGlobalAccess); codes(err) != "roles beyond_yours" {
		t.Errorf("an administrator gives sight of every private incident: %v", err)
	}
	if err := give(w.owner, authz.KeyGlobalAccess); err != nil {
		t.Errorf("an owner does not: %v", err)
	}
	responder := w.As(t, w.begun.ID, w.Enrol(t, w.begun.ID, "cleo@example.com", authz.Responder))
	if err := give(responder, authz.KeyViewer); !problem.Is(err, problem.Forbidden) {
		t.Errorf("a responder makes keys: %v", err)
	}
	_, token := w.create(t, w.owner, authz.KeyAPIKeys, authz.KeyViewer)
	program := w.use(t, token)
	if err := give(program, authz.KeyManageSettings); codes(err) != "roles beyond_yours" {
		t.Errorf("a key gives more than it has: %v", err)
	}
	if err := give(program, authz.KeyViewer); err != nil {
		t.Errorf("a key does not give what it has: %v", err)
	}

	strong, _ := w.create(t, w.owner, authz.KeyGlobalAccess)
	if _, _, err := w.keys.Rotate(w.admin, apikey.Rotate{Key: strong.ID}); !problem.Is(err, problem.Forbidden) {
		t.Errorf("an administrator sees a new secret of a key that may do more: %v", err)
	}
	if _, err := w.keys.Edit(w.admin, apikey.Edit{Key: strong.ID, What: apikey.What{Name: "Renamed", Roles: strong.Roles}}); err != nil {
		t.Errorf("an administrator cannot rename it: %v", err)
	}
	if after, err := w.keys.Get(w.owner, strong.ID); err != nil || after.Sponsor.Name != "Ada" || len(after.Held()) != 0 {
		t.Errorf("a new name makes another answer for it: %+v, %v", after.Sponsor, err)
	}
	if _, err := w.keys.Edit(w.admin, apikey.Edit{Key: strong.ID, What: apikey.What{Name: "More", Roles: append(strong.Roles, authz.KeyViewer)}}); codes(err) != "roles beyond_yours" {
		t.Errorf("an administrator changes its roles: %v", err)
	}
}

func TestKeyShrinksWithItsMakersRoleAndGoesOnWhenTheyLeave(t *testing.T) {
	w := newWorld(t)
	admin, err := tenant.From(w.admin)
	if err != nil {
		t.Fatal(err)
	}
	key, token := w.create(t, w.admin, authz.KeyManageSettings, authz.KeyIncidentEditor)
	if err := w.Users.ChangeRole(w.owner, user.ChangeRole{User: admin.Actor.ID, Role: authz.Responder}); err != nil {
		t.Fatal(err)
	}
	if scope := w.scope(t, token); scope.Permissions.Has(authz.UpdateOrganisation) || !scope.Permissions.Has(authz.EditIncidents) {
		t.Errorf("the key of somebody who is a responder now may %v", scope.Permissions.List())
	}
	if held, err := w.keys.Get(w.owner, key.ID); err != nil || !slices.Equal(held.Held(), []authz.KeyRole{authz.KeyManageSettings}) {
		t.Errorf("held back is %v, %v", held.Held(), err)
	}
	if err := w.Users.Deactivate(w.owner, admin.Actor.ID); err != nil {
		t.Fatal(err)
	}
	if scope := w.scope(t, token); !scope.Permissions.Has(authz.UpdateOrganisation) {
		t.Errorf("whoever deactivated them answers for it, and it may %v", scope.Permissions.List())
	}
	if after, err := w.keys.Get(w.owner, key.ID); err != nil || after.Sponsor.ID != w.begun.Owner || after.CreatedBy.Name != "ben" {
		t.Errorf("it is %+v now, %v", after, err)
	}

	// The product itself, as when people leave a Slack workspace, leaves them to an owner.
	cleo := w.Enrol(t, w.begun.ID, "cleo@example.com", authz.Administrator)
	_, token = w.create(t, w.As(t, w.begun.ID, cleo), authz.KeyManageSettings)
	if err := w.Users.Deactivate(tenant.AsSystem(t.Context(), w.begun.ID), cleo); err != nil {
		t.Fatal(err)
	}
	if scope := w.scope(t, token); !scope.Permissions.Has(authz.UpdateOrganisation) {
		t.Errorf("the key of who left may %v", scope.Permissions.List())
	}
}

func TestOnlyGlobalAccessSeesPrivateIncidents(t *testing.T) {
	w := newWorld(t)
	var others []authz.KeyRole
	for _, about := range authz.KeyRoles() {
		if about.Role != authz.KeyGlobalAccess {
			others = append(others, about.Role)
		}
	}
	if _, token := w.create(t, w.owner, others...); w.scope(t, token).SeesPrivate {
		t.Error("a key without global access sees private incidents")
	}
	if _, token := w.create(t, w.owner, authz.KeyGlobalAccess); !w.scope(t, token).SeesPrivate {
		t.Error("a key with global access does not")
	}
}

func TestUseIsMarkedOnceAMinuteAndWaitsForNobody(t *testing.T) {
	w := newWorld(t)
	key, token := w.create(t, w.owner, authz.KeyViewer)
	used := func() time.Time {
		found, err := w.keys.Get(w.owner, key.ID)
		if err != nil || found.LastUsedAt == nil {
			t.Fatalf("last used is %v, %v", found.LastUsedAt, err)
		}
		return *found.LastUsedAt
	}
	if fresh, err := w.keys.Get(w.owner, key.ID); err != nil || fresh.LastUsedAt != nil {
		t.Errorf("a fresh key was used at %v, %v", fresh.LastUsedAt, err)
	}
	w.use(t, token)
	first := w.Clock.Now()
	w.Clock.Advance(59 * time.Second)
	w.use(t, token)
	if !used().Equal(first) {
		t.Errorf("used within a minute it is written again: %s", used())
	}
	w.Clock.Advance(time.Second)
	// Somebody holds the row, as an edit does: whoever comes with the key meanwhile does not wait.
	err := w.DB.Write(w.owner, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT FROM muster.api_key WHERE id = $1 FOR UPDATE", key.ID); err != nil {
			return err
		}
		bounded, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		_, err := w.keys.Authenticate(bounded, token, netip.Addr{})
		return err
	})
	if err != nil || !used().Equal(first) {
		t.Errorf("a key that somebody edits is held up: %v", err)
	}
	w.use(t, token)
	if !used().Equal(w.Clock.Now()) {
		t.Errorf("a minute later it is not written: %s", used())
	}
}

func TestAddressesAreHeldToTheAllowlist(t *testing.T) {
	w := newWorld(t)
	_, token := w.create(t, w.owner, authz.KeyViewer)
	from := func(address string) error {
		at := netip.Addr{}
		if address != "" {
			at = netip.MustParseAddr(address)
		}
		_, err := w.keys.Authenticate(t.Context(), token, at)
		return err
	}
	list, err := w.keys.ChangeAllowlist(w.owner, apikey.ChangeAllowlist{Version: 1, Entries: []apikey.Allowed{
		{Value: "192.0.2.0/24", Label: "Office"}, {Value: " 203.0.113.7 "}, {Value: "2001:db8::1/32"}, {Value: "::ffff:198.51.100.0/120"},
	}})
	if err != nil || list.Version != 2 || list.Entries[1].Value != "203.0.113.7" {
		t.Fatalf("the list is %+v, %v", list, err)
	}
	if err := from("198.51.100.9"); err != nil {
		t.Errorf("a list that is not enabled keeps out: %v", err)
	}
	if list, err = w.keys.ChangeAllowlist(w.owner, apikey.ChangeAllowlist{Version: 2, Enabled: true, Entries: list.Entries}); err != nil || list.Version != 3 {
		t.Fatal(err)
	}
	for address, in := range map[string]bool{
		"192.0.2.200": true, "192.0.3.1": false, "203.0.113.7": true, "203.0.113.8": false, "2001:db8:1::5": true, "2001:db9::": false, "::ffff:192.0.2.1": true,
		"198.51.100.255": true, "198.51.101.1": false, "": false,
	} {
		err := from(address)
		if in && err != nil || !in && !problem.Is(err, problem.Forbidden) {
			t.Errorf("from %q: %v, want in %v", address, err, in)
		}
		if address != "" && list.Contains(netip.MustParseAddr(address)) != in {
			t.Errorf("the list says of %q that it is in: %v", address, !in)
		}
	}
	for name, c := range map[string]struct {
		cmd  apikey.ChangeAllowlist
		code string
	}{
		"stale":     {apikey.ChangeAllowlist{Version: 2, Entries: list.Entries}, "stale"},
		"no number": {apikey.ChangeAllowlist{Version: 3, Entries: []apikey.Allowed{{Value: "office"}}}, "allowlist[0].value invalid"},
		"too long":  {apikey.ChangeAllowlist{Version: 3, Entries: []apikey.Allowed{{Value: "192.0.2.0/33"}}}, "allowlist[0].value invalid"},
		"zone":      {apikey.ChangeAllowlist{Version: 3, Entries: []apikey.Allowed{{Value: "fe80::1%eth0"}}}, "allowlist[0].value invalid"},
		"twice":     {apikey.ChangeAllowlist{Version: 3, Entries: []apikey.Allowed{{Value: "192.0.2.1"}, {Value: "192.0.2.1/32"}}}, "allowlist[1].value taken"},
		"nobody":    {apikey.ChangeAllowlist{Version: 3, Enabled: true}, "allowlist is_required"},
	} {
		if _, err := w.keys.ChangeAllowlist(w.owner, c.cmd); codes(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

func TestProgramCannotShutItselfOut(t *testing.T) {
	w := newWorld(t)
	_, token := w.create(t, w.owner, authz.KeySecurityEditor)
	scope := w.scope(t, token)
	away := tenant.With(people.From(t.Context(), 9), scope) // 192.0.2.9
	enabled := apikey.ChangeAllowlist{Version: 1, Enabled: true, Entries: []apikey.Allowed{{Value: "203.0.113.0/24"}}}
	if _, err := w.keys.ChangeAllowlist(away, enabled); codes(err) != "allowlist shuts_you_out" {
		t.Errorf("it shuts itself out: %v", err)
	}
	enabled.Entries = append(enabled.Entries, apikey.Allowed{Value: "192.0.2.9"})
	if _, err := w.keys.ChangeAllowlist(away, enabled); err != nil {
		t.Errorf("it cannot enable a list with itself in it: %v", err)
	}
}

func TestTwoWhoChangeTheFirstListAtOnceDoNotBothSucceed(t *testing.T) {
	w := newWorld(t)
	var both sync.WaitGroup
	errs := make([]error, 2)
	for n, value := range []string{"192.0.2.1", "192.0.2.2"} {
		both.Go(func() {
			_, errs[n] = w.keys.ChangeAllowlist(w.owner, apikey.ChangeAllowlist{Version: 1, Entries: []apikey.Allowed{{Value: value}}})
		})
	}
	both.Wait()
	if (errs[0] == nil) == (errs[1] == nil) || codes(errs[0])+codes(errs[1]) != "stale" {
		t.Errorf("both: %v, %v", errs[0], errs[1])
	}
}

func TestWhatIsWrongWithAKeyIsNamedAtOnce(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		what apikey.What
		code string
	}{
		"nothing":      {apikey.What{}, "name is_required"},
		"all at once":  {apikey.What{Name: strings.Repeat("x", 201), Comments: strings.Repeat("x", 5001), Roles: []authz.KeyRole{"root"}}, "name too_long, comments too_long, roles unknown"},
		"no team role": {apikey.What{Name: "Team", TeamRoles: []authz.KeyRole{authz.KeyViewer}, Teams: []string{"a"}}, "team_roles unknown"},
		"no team":      {apikey.What{Name: "Team", TeamRoles: []authz.KeyRole{authz.KeySchedulesEditor}}, "teams is_required"},
	} {
		if _, _, err := w.keys.Create(w.owner, apikey.Create{What: c.what}); codes(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	key, _, err := w.keys.Create(w.owner, apikey.Create{PerMinute: 60, What: apikey.What{
		Name: " Team \n keys ", Roles: []authz.KeyRole{authz.KeyViewer, authz.KeyViewer}, TeamRoles: []authz.KeyRole{authz.KeySchedulesEditor}, Teams: []string{"01TEAM", "01TEAM"},
	}})
	if err != nil || key.Name != "Team keys" || len(key.Roles) != 1 || len(key.Teams) != 1 || key.PerMinute != 60 {
		t.Errorf("the key is %+v, %v", key, err)
	}
	if _, err := w.keys.Edit(w.owner, apikey.Edit{Key: key.ID, What: apikey.What{Name: "Again"}, Version: key.Version + 1}); codes(err) != "stale" {
		t.Errorf("a stale editor is not told: %v", err)
	}
	edited, err := w.keys.Edit(w.owner, apikey.Edit{Key: key.ID, What: apikey.What{Name: "Again", Roles: []authz.KeyRole{authz.KeyIncidentCreator}}, Version: key.Version})
	if err != nil || edited.Name != "Again" || len(edited.TeamRoles) != 0 || edited.PerMinute != 60 || !slices.Equal(edited.Roles, []authz.KeyRole{authz.KeyIncidentCreator}) {
		t.Errorf("edited it is %+v, %v", edited, err)
	}
}

func TestPagesOfKeysMeet(t *testing.T) {
	w := newWorld(t)
	for range 5 {
		w.create(t, w.owner, authz.KeyViewer)
		w.Clock.Advance(time.Second)
	}
	first, more, err := w.keys.List(w.owner, apikey.List{Count: 3})
	if err != nil || len(first) != 3 || !more {
		t.Fatalf("the first page is %d keys, more %v, %v", len(first), more, err)
	}
	rest, more, err := w.keys.List(w.owner, apikey.List{Count: 3, After: first[2].ID})
	if err != nil || len(rest) != 2 || more || rest[0].ID >= first[2].ID {
		t.Errorf("the second page is %d keys, more %v, %v", len(rest), more, err)
	}
}
