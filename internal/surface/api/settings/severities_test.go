package settings_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/apitest"
)

// object is a body.
type object = map[string]any

func TestSeverities(t *testing.T) {
	c := apitest.New(t)
	list := c.Call("GET", "/v1/severities", nil).Want(200)
	list.Golden("severities-list")
	made := c.Call("POST", "/v1/severities", object{"name": "Catastrophic", "description": "All is lost.\n"}).Want(201)
	made.Golden("severity-created")
	at := "/v1/severities/" + made.Get("severity", "id")
	c.Call("GET", at, nil).Want(200).Golden("severity")
	c.Clock.Advance(time.Minute)
	c.Call("PUT", at, object{"name": "Catastrophe", "description": "", "rank": 700}).Want(200).Golden("severity-updated")
	if rank := c.Call("PUT", at, object{"name": "Catastrophe", "description": "Again."}).Want(200).Get("severity", "rank"); rank != "700" {
		t.Errorf("an update without a rank moved the severity to %s", rank)
	}
	c.Call("POST", "/v1/severities", object{"name": "catastrophe", "description": "", "rank": 700}).Want(422).Golden("severity-taken")
	c.Call("POST", "/v1/severities", object{"name": "Lower", "description": "", "rank": -1}).Want(422)
	c.Call("POST", "/v1/severities", object{"name": "Higher", "description": "", "rank": 3_000_000_000}).Want(422)
	c.Call("PUT", at, object{"rank": 5}).Want(422).Golden("severity-empty")
	c.Call("PUT", "/v1/severities/01FCNDV6P870EA6S7TK1DSYDG0", object{"name": "None", "description": ""}).Want(404)

	if _, err := c.App.Incidents.Declare(c.Owner.Context(), incident.Declare{Name: "Payments fail", Severity: id.ID(list.Get("severities", 0, "id"))}); err != nil {
		t.Fatal(err)
	}
	c.Call("DELETE", "/v1/severities/"+list.Get("severities", 0, "id"), nil).Want(409).Golden("severity-used")
	if gone := c.Call("DELETE", at, nil).Want(202); len(gone.Body) > 0 {
		t.Errorf("a deletion answered %s", gone.Body)
	}
	c.Call("DELETE", at, nil).Want(404)
	c.Call("GET", at, nil).Want(404)
	if left := c.Call("GET", "/v1/severities", nil).Want(200); strings.Contains(string(left.Body), "Catastrophe") {
		t.Errorf("a deleted severity is listed: %s", left.Body)
	}
}

func TestErrorShapes(t *testing.T) {
	c := apitest.New(t)
	c.Call("POST", "/v1/severities", object{"name": 3}).Want(422).Golden("severity-wrong")
	c.Call("POST", "/v1/severities", `{"name":`).Want(400)
	c.Call("GET", "/v1/severities/01FCNDV6P870EA6S7TK1DSYDG0", nil).Want(404).Golden("severity-missing")
	c.Call("DELETE", "/v1/severities", nil).Want(405)
	c.Call("GET", "/v1/nothing", nil).Want(404)
	c.Call("GET", "/api/v1/severities/", nil).Want(200)
	c.Of(c.Organisation, authz.Of()).Call("GET", "/v1/severities", nil).Want(403).Golden("severity-forbidden")
	c.Key = ""
	c.Call("GET", "/v1/severities", nil).Want(401).Golden("no-key")
}

// curl and other programs say that a body is a form unless they are told otherwise.
func TestBodyIsJSONWhateverItsTypeSays(t *testing.T) {
	c := apitest.New(t)
	request, err := http.NewRequestWithContext(t.Context(), "POST", c.URL+"/v1/severities", strings.NewReader(`{"name":"Mild","description":""}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+c.Key)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusCreated {
		t.Errorf("answered %s", answer.Status)
	}
}

// A key that may change settings sees what it changed, and need not be let in to read the rest.
func TestEchoNeedsNoFurtherScope(t *testing.T) {
	c := apitest.New(t)
	narrow := c.Of(c.Organisation, authz.Of(authz.UpdateOrganisation, authz.UpdateLifecycles))
	for _, one := range []struct {
		at, noun string
		body     object
	}{
		{"/v1/severities", "severity", object{"name": "Mild", "description": ""}},
		{"/v1/incident_statuses", "incident_status", object{"name": "Waiting", "description": "", "category": "live"}},
		{"/v2/incident_roles", "incident_role", object{"name": "Scribe", "shortform": "scribe", "description": "Writes.", "instructions": ""}},
		{"/v1/incident_roles", "incident_role", object{"name": "Timer", "shortform": "timer", "description": "Looks at the clock.", "instructions": "", "required": false}},
		{"/v2/custom_fields", "custom_field", object{"name": "Region", "description": "", "field_type": "text"}},
		{"/v1/custom_fields", "custom_field", object{"name": "Cause", "description": "", "field_type": "text", "show_before_creation": true, "show_before_closure": false, "show_before_update": false}},
	} {
		made := narrow.Call("POST", one.at, one.body).Want(201)
		narrow.Call("PUT", one.at+"/"+made.Get(one.noun, "id"), one.body).Want(200)
		narrow.Call("GET", one.at, nil).Want(403)
	}
}
