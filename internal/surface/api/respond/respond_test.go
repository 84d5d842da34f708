package respond_test

import (
	"fmt"
	"testing"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/apitest"
)

type object = map[string]any

// declared is the client of an organisation with an incident that its owner declared.
func declared(t *testing.T) (*apitest.Client, id.ID) {
	t.Helper()
	c := apitest.New(t)
	made, err := c.App.Incidents.Declare(c.Owner.Context(), incident.Declare{Name: "Checkout fails", Key: "first"})
	if err != nil {
		t.Fatal(err)
	}
	return c, made.ID
}

func TestActions(t *testing.T) {
	c, in := declared(t)
	made := c.Call("POST", "/v2/actions", object{"incident_id": in, "description": "Restart the workers", "assignee_id": c.Owner.ID}).Want(201)
	made.Golden("action-created")
	at := "/v2/actions/" + made.Get("action", "id")
	if got := c.Call("GET", at, nil).Want(200); string(got.Body) != string(made.Body) {
		t.Errorf("read after write: %s", got.Body)
	}
	c.Call("PUT", at, object{"description": "Restart all workers", "status": "completed"}).Want(200).Golden("action-updated")
	c.Call("PUT", at, object{"description": "Restart all workers", "status": "done"}).Want(422).Golden("action-status-unknown")
	c.Call("POST", "/v2/actions", object{"incident_id": in, "description": " "}).Want(422).Golden("action-empty")
	c.Call("POST", "/v2/actions", object{"incident_id": "01FCNDV6P870EA6S7TK1DSYDG0", "description": "Nowhere"}).Want(404)
	c.Call("POST", "/v2/actions", object{"incident_id": in, "description": "Somebody", "assignee_id": "01FCNDV6P870EA6S7TK1DSYDG0"}).Want(422).Golden("action-assignee-unknown")
	c.Call("GET", "/v2/actions", nil).Want(200).Golden("actions")
	c.Call("GET", "/v2/actions?incident_mode=test", nil).Want(200).Golden("actions-none")
	c.Call("GET", "/v1/actions", nil).Want(200).Golden("actions-v1")
	c.Call("GET", "/v1/actions/"+made.Get("action", "id"), nil).Want(200).Golden("action-v1")
	c.Call("DELETE", at, nil).Want(204).Golden("action-deleted")
	c.Call("GET", at, nil).Want(404)
	c.Call("DELETE", at, nil).Want(404)
}

// TestKeyIsTheActor follows what a key does to where people read it.
func TestKeyIsTheActor(t *testing.T) {
	c, in := declared(t)
	made := c.Call("POST", "/v2/actions", object{"incident_id": in, "description": "Restart the workers"}).Want(201)
	if made.Get("action", "creator", "api_key", "name") != "Terraform" {
		t.Errorf("created by %s", made.Body)
	}
	c.Owner.Get("/incidents/1").Has("Terraform")
}

func TestFollowUps(t *testing.T) {
	c, in := declared(t)
	priorities, err := c.App.FollowUps.Priorities(c.Owner.Context())
	if err != nil {
		t.Fatal(err)
	}
	whole := object{"incident_id": in, "title": "Alert before the disk is full", "description": "At 80 per cent.", "labels": []string{"Disk", "disk"}, "follow_up_priority_option_id": priorities[0].ID, "assignee_id": c.Owner.ID}
	made := c.Call("POST", "/v2/follow_ups", whole).Want(201)
	made.Golden("follow-up-created")
	at := "/v2/follow_ups/" + made.Get("follow_up", "id")
	c.Call("POST", at+"/actions/connect_external_issue", object{"provider": "github", "url": "https://github.com/shop/api/issues/42"}).Want(200).Golden("follow-up-connected")
	c.Call("POST", at+"/actions/connect_external_issue", object{"provider": "github", "url": "shop/api"}).Want(422).Golden("follow-up-connected-wrongly")
	c.Call("PUT", at, object{"title": "Alert earlier", "status": "completed"}).Want(200).Golden("follow-up-updated")
	c.Call("POST", "/v2/follow_ups", object{"incident_id": in}).Want(422).Golden("follow-up-without-title")
	c.Call("POST", "/v2/follow_ups", object{"incident_id": in, "title": "A", "follow_up_priority_option_id": "01FCNDV6P870EA6S7TK1DSYDG0"}).Want(422).Golden("follow-up-priority-unknown")
	c.Call("POST", "/v2/follow_ups", object{"incident_id": in, "title": "A", "assignee_team_id": "01FCNDV6P870EA6S7TK1DSYDG0"}).Want(422)
	c.Call("GET", "/v2/follow_ups?incident_id="+in.String(), nil).Want(200).Golden("follow-ups")
	c.Call("GET", "/v1/actions?is_follow_up=true", nil).Want(200).Golden("follow-ups-v1")
	c.Call("GET", "/v1/actions/"+made.Get("follow_up", "id"), nil).Want(200)
	c.Call("DELETE", at, nil).Want(204)
	c.Call("GET", at, nil).Want(404)
}

func TestAttachments(t *testing.T) {
	c, in := declared(t)
	attach := func(resource object) apitest.Answer {
		return c.Call("POST", "/v1/incident_attachments", object{"incident_id": in, "resource": resource})
	}
	made := attach(object{"resource_type": "github_pull_request", "external_id": "shop/api#42", "url": "https://github.com/shop/api/pull/42", "title": "Raise the pool"}).Want(201)
	made.Golden("attachment-created")
	attach(object{"resource_type": "arbitrary_url", "url": "https://github.com/shop/api/pull/43"}).Want(201).Golden("attachment-of-address")
	attach(object{"resource_type": "opsgenie_alert", "external_id": "A-1", "url": "https://shop.app.opsgenie.com/alert/detail/A-1"}).Want(201).Golden("attachment-of-service")
	attach(object{"resource_type": "jira_issue", "external_id": "SHOP-1"}).Want(422).Golden("attachment-without-address")
	attach(object{"resource_type": "scrubbed", "url": "https://shop.example.test"}).Want(422)
	attach(object{"resource_type": "arbitrary_url", "url": "nowhere"}).Want(422).Golden("attachment-wrong-address")
	c.Call("GET", "/v1/incident_attachments?incident_id="+in.String(), nil).Want(200).Golden("attachments")
	for query, want := range map[string]string{"resource_type=github_pull_request": "1", "external_id=A-1": "1", "resource_type=scrubbed": "0", "external_id=none": "0"} {
		var list struct {
			All []any `json:"incident_attachments"`
		}
		c.Call("GET", "/v1/incident_attachments?"+query, nil).Want(200).Into(&list)
		if got := fmt.Sprint(len(list.All)); got != want {
			t.Errorf("%s: %s attachments, want %s", query, got, want)
		}
	}
	c.Call("DELETE", "/v1/incident_attachments/"+made.Get("incident_attachment", "id"), nil).Want(204)
	c.Call("DELETE", "/v1/incident_attachments/"+made.Get("incident_attachment", "id"), nil).Want(404)
}

func TestMemberships(t *testing.T) {
	c, in := declared(t)
	bob := c.Person("Bob", authz.Responder)
	member := object{"incident_id": in, "user_id": bob.ID}
	c.Call("POST", "/v1/incident_memberships", member).Want(409).Golden("membership-of-public")
	if _, err := c.App.Incidents.MakePrivate(c.Owner.Context(), incident.MakePrivate{Incident: in}); err != nil {
		t.Fatal(err)
	}
	c.Of(c.Organisation, authz.Of(authz.GrantAccess)).Call("POST", "/v1/incident_memberships", member).Want(404)
	c.Key = c.PrivateAPIKey(c.Organisation, authz.Everything())
	first := c.Call("POST", "/v1/incident_memberships", member).Want(201)
	first.Golden("membership-created")
	if again := c.Call("POST", "/v1/incident_memberships", member).Want(201); string(again.Body) != string(first.Body) {
		t.Errorf("given again it is %s", again.Body)
	}
	bob.Get("/incidents/1").Has("Checkout fails")
	c.Call("POST", "/v1/incident_memberships/actions/revoke", member).Want(204)
	c.Call("POST", "/v1/incident_memberships", object{"incident_id": in, "user_id": "01FCNDV6P870EA6S7TK1DSYDG0"}).Want(422).Golden("membership-of-nobody")
}

func TestParticipantsAndRelationships(t *testing.T) {
	c, in := declared(t)
	c.Call("GET", "/v2/incident_participants?incident_id="+in.String(), nil).Want(200).Golden("participants")
	c.Call("GET", "/v2/incident_participants", nil).Want(422).Golden("participants-of-what")
	c.Call("GET", "/v2/incident_participant_workloads?incident_id="+in.String(), nil).Want(200).Golden("workloads")
	other, err := c.App.Incidents.Declare(c.Owner.Context(), incident.Declare{Name: "Cart fails", Key: "second"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.App.Incidents.Merge(c.Owner.Context(), incident.Merge{Incident: other.ID, Into: in}); err != nil {
		t.Fatal(err)
	}
	c.Call("GET", "/v1/incident_relationships?incident_id="+in.String(), nil).Want(200).Golden("relationships")
	c.Call("GET", "/v1/incident_relationships?incident_id="+other.ID.String(), nil).Want(200).Golden("relationships-of-merged")
}

// TestUpdatesPageByPage reads a list on while it grows: nothing is skipped, nothing comes twice.
func TestUpdatesPageByPage(t *testing.T) {
	c, in := declared(t)
	update := func(n int) {
		t.Helper()
		c.Clock.Advance(1e9)
		if _, err := c.App.Incidents.SendUpdate(c.Owner.Context(), incident.SendUpdate{Incident: in, Message: fmt.Sprintf("Update **%d**", n), Key: fmt.Sprint(n)}); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 5 {
		update(n)
	}
	c.Call("GET", "/v2/incident_updates?page_size=2", nil).Want(200).Golden("updates")
	var seen []string
	for path, n := "/v2/incident_updates?page_size=2", 5; ; n++ {
		var page struct {
			Updates []struct{ ID, Message string } `json:"incident_updates"`
			Meta    struct{ After string }         `json:"pagination_meta"`
		}
		c.Call("GET", path, nil).Want(200).Into(&page)
		for _, u := range page.Updates {
			seen = append(seen, u.Message)
		}
		if page.Meta.After == "" {
			break
		}
		if n < 7 {
			update(n)
		}
		path = "/v2/incident_updates?page_size=2&after=" + page.Meta.After
	}
	want := "[]"
	for n := range 7 {
		if n == 0 {
			want = ""
		}
		want += fmt.Sprintf("Update **%d** ", n)
	}
	if got := fmt.Sprint(seen); got != "["+want[:len(want)-1]+"]" {
		t.Errorf("read %s", got)
	}
	c.Call("GET", "/v2/incident_updates?incident_id=01FCNDV6P870EA6S7TK1DSYDG0", nil).Want(404)
}
