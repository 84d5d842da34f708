package settings_test

import (
	"testing"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/testing/apitest"
)

// What a new organisation has is part of the contract: programs look these up by name.
func TestWhatANewOrganisationHas(t *testing.T) {
	c := apitest.New(t)
	c.Call("GET", "/v1/incident_statuses", nil).Want(200).Golden("statuses")
	types := c.Call("GET", "/v1/incident_types", nil).Want(200)
	types.Golden("types")
	c.Call("GET", "/v1/incident_types/"+types.Get("incident_types", 0, "id"), nil).Want(200).Golden("type")
	stamps := c.Call("GET", "/v2/incident_timestamps", nil).Want(200)
	stamps.Golden("timestamps")
	c.Call("GET", "/v2/incident_timestamps/"+stamps.Get("incident_timestamps", 6, "id"), nil).Want(200).Golden("timestamp")
	c.Call("GET", "/v2/incident_timestamps/01FCNDV6P870EA6S7TK1DSYDG0", nil).Want(404)
	c.Call("GET", "/v1/incident_types/01FCNDV6P870EA6S7TK1DSYDG0", nil).Want(404)
	c.Call("GET", "/v2/incident_roles", nil).Want(200).Golden("roles")
	c.Call("GET", "/v1/incident_roles", nil).Want(200).Golden("roles-v1")
}

func TestStatuses(t *testing.T) {
	c := apitest.New(t)
	made := c.Call("POST", "/v1/incident_statuses", object{"name": "Waiting", "description": "For a supplier.", "category": "live"}).Want(201)
	made.Golden("status-created")
	at := "/v1/incident_statuses/" + made.Get("incident_status", "id")
	c.Call("PUT", at, object{"name": "Waiting for others", "description": ""}).Want(200).Golden("status-updated")
	c.Call("GET", at, nil).Want(200).Golden("status-updated")
	c.Call("POST", "/v1/incident_statuses", object{"name": "Waiting for others", "description": "", "category": "live"}).Want(422)
	c.Call("POST", "/v1/incident_statuses", object{"name": "Thinking", "description": "", "category": "triage"}).Want(422).Golden("status-category")
	list := c.Call("GET", "/v1/incident_statuses", nil)
	if after := list.Get("incident_statuses", 7, "name"); after != "Waiting for others" {
		t.Errorf("a live status came before %s", after)
	}
	c.Call("PUT", "/v1/incident_statuses/"+list.Get("incident_statuses", 3, "id"), object{"name": "Sorting", "description": ""}).Want(422).Golden("status-own")

	if _, err := c.App.Incidents.Declare(c.Owner.Context(), incident.Declare{Name: "Payments fail"}); err != nil {
		t.Fatal(err)
	}
	c.Call("DELETE", "/v1/incident_statuses/"+list.Get("incident_statuses", 4, "id"), nil).Want(409).Golden("status-used")
	c.Call("DELETE", at, nil).Want(202)
	c.Call("GET", at, nil).Want(404)
}
