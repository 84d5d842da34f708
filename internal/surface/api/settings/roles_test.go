package settings_test

import (
	"testing"

	"github.com/musterhq/muster/internal/testing/apitest"
)

func TestRoles(t *testing.T) {
	c := apitest.New(t)
	body := object{"name": "Scribe", "shortform": "scribe", "description": "Writes down what happens.\n", "instructions": "Write."}
	made := c.Call("POST", "/v2/incident_roles", body).Want(201)
	made.Golden("role-created")
	at := "/incident_roles/" + made.Get("incident_role", "id")
	c.Call("GET", "/v1"+at, nil).Want(200).Golden("role-in-v1")
	c.Call("PUT", "/v2"+at, object{"name": "Writer", "shortform": "writer", "description": "Writes.", "instructions": ""}).Want(200).Golden("role-updated")
	c.Call("PUT", "/v1"+at, object{"name": "Writer", "shortform": "writer", "description": "Writes.", "instructions": "", "required": true}).Want(200).Golden("role-required")
	c.Call("PUT", "/v1"+at, object{"name": "Writer", "shortform": "writer", "description": "Writes.", "instructions": ""}).Want(200).Golden("role-required")
	c.Call("GET", "/v2"+at, nil).Want(200).Golden("role-updated")
	c.Call("POST", "/v2/incident_roles", object{"name": "writer", "shortform": "Two words", "description": "", "instructions": ""}).Want(422).Golden("role-undescribed")
	c.Call("POST", "/v2/incident_roles", object{"name": "writer", "shortform": "Two words", "description": "x", "instructions": ""}).Want(422).Golden("role-wrong")
	c.Call("POST", "/v1/incident_roles", body).Want(422).Golden("role-without-required")
	c.Call("DELETE", "/v2"+at, nil).Want(204)
	c.Call("DELETE", "/v1"+at, nil).Want(404)

	lead := c.Call("GET", "/v2/incident_roles", nil).Get("incident_roles", 0, "id")
	c.Call("DELETE", "/v2/incident_roles/"+lead, nil).Want(409).Golden("role-lead")
}
