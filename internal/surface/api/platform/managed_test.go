package platform_test

import (
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/testing/apitest"
)

func TestClaimingAResource(t *testing.T) {
	c := apitest.New(t)
	claim := func(id string, annotations map[string]string) apitest.Answer {
		t.Helper()
		return c.Call("POST", "/v2/managed_resources", map[string]any{"resource_type": "schedule", "resource_id": id, "annotations": annotations})
	}
	const id = "01FCNDV6P870EA6S7TK1DSYDG0"
	claim(id, map[string]string{"incident.io/terraform/version": "3.0.0"}).Want(200).Golden("managed-terraform")
	claim(id, map[string]string{}).Want(200).Golden("managed-external")
	claim("", nil).Want(422).Golden("managed-nothing")
	claim(id, map[string]string{"note": strings.Repeat("x", 2000)}).Want(422).Golden("managed-long")
	c.Call("POST", "/v2/managed_resources", map[string]any{"resource_type": "incident", "resource_id": id, "annotations": map[string]any{"a": 1}}).Want(422).Golden("managed-wrong")
	c.Of(c.Organisation, authz.Of(authz.ViewIncidents)).Call("POST", "/v2/managed_resources", map[string]any{"resource_type": "schedule", "resource_id": id, "annotations": map[string]string{}}).Want(403).Golden("managed-forbidden")
}
