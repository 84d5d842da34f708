package settings_test

import (
	"testing"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/testing/apitest"
)

func TestSeverities(t *testing.T) {
	c := apitest.New(t)
	c.Call("GET", "/v1/severities", nil).Want(200).Golden("severities-list")
	made := c.Call("POST", "/v1/severities", map[string]any{"name": "Catastrophic", "description": "All is lost."}).Want(201)
	made.Golden("severity-created")
	c.Call("GET", "/v1/severities/"+made.Get("severity", "id"), nil).Want(200)
	c.Call("POST", "/v1/severities", map[string]any{"name": 3}).Want(422).Golden("severity-wrong")
	c.Call("POST", "/v1/severities", `{"name":`).Want(400)
	c.Call("GET", "/v1/severities/01FCNDV6P870EA6S7TK1DSYDG0", nil).Want(404).Golden("severity-missing")
	c.Call("DELETE", "/v1/severities", nil).Want(405)
	c.Call("GET", "/v1/nothing", nil).Want(404)
	c.Call("GET", "/api/v1/severities/", nil).Want(200)
	c.Of(c.Organisation, authz.Of()).Call("GET", "/v1/severities", nil).Want(403).Golden("severity-forbidden")
	c.Key = ""
	c.Call("GET", "/v1/severities", nil).Want(401).Golden("no-key")
}
