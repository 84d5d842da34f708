package platform_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/apikey"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/surface/api/platform"
	"github.com/musterhq/muster/internal/testing/apitest"
)

func keyBody(name string, roles ...string) map[string]any {
	return map[string]any{"name": name, "comments": "Made by a test", "role_names": roles, "team_ids": []string{}, "team_role_names": []string{}}
}

// secretless holds an answer against its golden without the secret in it, which is another each time.
func secretless(a apitest.Answer, name string) string {
	token := a.Get("token")
	a.Body = []byte(strings.ReplaceAll(string(a.Body), token, "SECRET"))
	a.Golden(name)
	return token
}

func TestKeysAreMadeChangedRotatedAndRevoked(t *testing.T) {
	c := apitest.New(t)
	made := c.Call("POST", "/v1/api_keys", keyBody("CI", "viewer", "incident_creator")).Want(201)
	first := secretless(made, "key-created")
	at := "/v1/api_keys/" + made.Get("api_key", "id")
	c.Call("GET", at, nil).Want(200).Golden("key-shown")
	c.With(first).Call("GET", "/v1/identity", nil).Want(200).Golden("key-identity")
	c.Call("GET", "/v1/api_keys?page_size=1", nil).Want(200).Golden("keys-listed")

	c.Call("PUT", at, map[string]any{
		"name": "CI", "role_names": []string{"viewer"}, "team_ids": []string{"01FCNDV6P870EA6S7TK1DSYDG0"}, "team_role_names": []string{"schedules_editor"},
	}).Want(200).Golden("key-changed")
	second := secretless(c.Call("POST", at+"/actions/rotate", map[string]any{"grace_period_minutes": 30}).Want(201), "key-rotated")
	c.Clock.Advance(29 * time.Minute)
	c.With(first).Call("GET", "/v1/identity", nil).Want(200)
	c.Clock.Advance(time.Minute)
	c.With(first).Call("GET", "/v1/identity", nil).Want(401).Golden("key-unknown")
	c.With(second).Call("GET", "/v1/identity", nil).Want(200)
	if body := c.Call("DELETE", at, nil).Want(204).Body; len(body) != 0 {
		t.Errorf("a revoked key is told of: %s", body)
	}
	c.With(second).Call("GET", "/v1/identity", nil).Want(401)
	c.Call("GET", at, nil).Want(404).Golden("key-gone")
	c.Call("DELETE", at, nil).Want(404)
}

func TestWhatIsWrongWithAKeyIsToldByItsNameOnTheWire(t *testing.T) {
	c := apitest.New(t)
	c.Call("POST", "/v1/api_keys", map[string]any{}).Want(422).Golden("key-nothing")
	c.Call("POST", "/v1/api_keys", map[string]any{"name": "", "role_names": []string{"root"}, "team_ids": []string{}, "team_role_names": []string{"viewer"}}).Want(422).Golden("key-wrong")
	c.Call("POST", "/v1/api_keys", map[string]any{"name": "Team", "role_names": []string{}, "team_ids": []string{}, "team_role_names": []string{"schedules_editor"}}).Want(422).Golden("key-teamless")
	c.Of(c.Organisation, authz.OfKeyRoles(authz.KeyAPIKeys)).Call("POST", "/v1/api_keys", keyBody("Beyond", "viewer")).Want(422).Golden("key-beyond")
	made := c.Call("POST", "/v1/api_keys", keyBody("CI", "viewer")).Want(201)
	c.Call("POST", "/v1/api_keys/"+made.Get("api_key", "id")+"/actions/rotate", map[string]any{"grace_period_minutes": 61}).Want(422).Golden("key-grace")
	c.Call("POST", "/v1/api_keys/nothing/actions/rotate", map[string]any{"grace_period_minutes": 0}).Want(404)
}

func TestPagesOfKeysMissNone(t *testing.T) {
	c := apitest.New(t) // which has a key itself
	for n := range 4 {
		c.Call("POST", "/v1/api_keys", keyBody(fmt.Sprint("Key ", n), "viewer")).Want(201)
		c.Clock.Advance(time.Second)
	}
	seen := map[string]bool{}
	for path := "/v1/api_keys?page_size=2"; ; {
		var page platform.APIKeysV1
		c.Call("GET", path, nil).Want(200).Into(&page)
		for _, key := range page.APIKeys {
			seen[key.ID] = true
		}
		if page.PaginationMeta.After == "" {
			break
		}
		path = "/v1/api_keys?page_size=2&after=" + page.PaginationMeta.After
	}
	if len(seen) != 5 {
		t.Errorf("the pages show %d keys of 5", len(seen))
	}
}

func TestAllowlistIsReplacedByWhoSawIt(t *testing.T) {
	c := apitest.New(t)
	c.Call("GET", "/v1/ip_allowlists", nil).Want(200).Golden("allowlist-fresh")
	list := func(version int, enabled bool, values ...string) map[string]any {
		items := []map[string]any{}
		for n, value := range values {
			item := map[string]any{"value": value}
			if n == 0 {
				item["label"] = "Office"
			}
			items = append(items, item)
		}
		return map[string]any{"version": version, "enabled": enabled, "allowlist": items}
	}
	c.Call("PUT", "/v1/ip_allowlists", list(1, true, "203.0.113.0/24")).Want(422).Golden("allowlist-shuts-out")
	c.Call("PUT", "/v1/ip_allowlists", list(1, true, "203.0.113.0/24", "127.0.0.1")).Want(200).Golden("allowlist-changed")
	c.Call("GET", "/v1/ip_allowlists", nil).Want(200).Golden("allowlist-changed")
	c.Call("PUT", "/v1/ip_allowlists", list(1, false)).Want(409).Golden("allowlist-stale")
	c.Call("PUT", "/v1/ip_allowlists", list(2, true, "office")).Want(422).Golden("allowlist-wrong")
	// Another organisation's list holds for it alone.
	away := c.Begin("Elsewhere", "Eve", "eve@example.test")
	c.Of(away.ID, authz.Everything()).Call("PUT", "/v1/ip_allowlists", list(1, true, "127.0.0.1")).Want(200)
	c.Call("PUT", "/v1/ip_allowlists", list(2, false)).Want(200).Golden("allowlist-open")
	if _, err := c.App.APIKeys.ChangeAllowlist(c.Owner.Context(), apikey.ChangeAllowlist{Version: 3, Enabled: true, Entries: []apikey.Allowed{{Value: "203.0.113.0/24"}}}); err != nil {
		t.Fatal(err)
	}
	c.Call("GET", "/v1/ip_allowlists", nil).Want(403).Golden("allowlist-refused")
	c.Of(away.ID, authz.Everything()).Call("GET", "/v1/ip_allowlists", nil).Want(200)
}

func TestWireNamesEveryRole(t *testing.T) {
	var everywhere, teams []string
	for _, about := range authz.KeyRoles() {
		everywhere = append(everywhere, string(about.Role))
		if about.Teams {
			teams = append(teams, string(about.Role))
		}
	}
	for _, c := range []struct {
		of    any
		field string
		want  []string
	}{
		{platform.KeyRoleV1{}, "Name", everywhere},
		{platform.TeamRoleV1{}, "Name", teams},
		{platform.SaveAPIKeyV1{}, "RoleNames", everywhere},
		{platform.SaveAPIKeyV1{}, "TeamRoleNames", teams},
	} {
		field, _ := reflect.TypeOf(c.of).FieldByName(c.field)
		named := map[string]bool{}
		for name := range strings.SplitSeq(field.Tag.Get("enum"), ",") {
			named[name] = true
		}
		for _, role := range c.want {
			if !named[role] {
				t.Errorf("%T.%s does not name %s", c.of, c.field, role)
			}
			delete(named, role)
		}
		if len(named) > 0 {
			t.Errorf("%T.%s names what is no role: %v", c.of, c.field, named)
		}
	}
}
