package events_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/webhook"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/apitest"
	"github.com/musterhq/muster/internal/testing/hooksink"
)

// receiver is a program that is told everything.
type receiver struct {
	*apitest.Client
	*hooksink.Sink
	t *testing.T
}

func listen(t *testing.T) receiver {
	t.Helper()
	r := receiver{Client: apitest.New(t), Sink: hooksink.New(t), t: t}
	if _, _, err := r.App.Webhooks.CreateEndpoint(r.Owner.Context(), webhook.CreateEndpoint{URL: r.Sink.URL(), PrivateIncidents: true}); err != nil {
		t.Fatal(err)
	}
	return r
}

// told sends what is due and returns it by its type.
func (r receiver) told() map[string]hooksink.Request {
	r.t.Helper()
	if err := r.App.Webhooks.Deliver(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	all := map[string]hooksink.Request{}
	for _, one := range r.Requests() {
		if _, twice := all[one.Type]; twice {
			r.t.Errorf("%s was told twice", one.Type)
		}
		all[one.Type] = one
	}
	r.Forget()
	return all
}

// hold compares what was told of a type with its golden file.
func (r receiver) hold(all map[string]hooksink.Request, types ...string) {
	r.t.Helper()
	for _, name := range types {
		one, there := all[name]
		if !there {
			r.t.Errorf("%s was not told", name)
			continue
		}
		r.Took(one.Body).Golden(strings.ReplaceAll(name, ".", "-"))
		delete(all, name)
	}
	for name := range all {
		r.t.Errorf("%s was told as well", name)
	}
}

func (r receiver) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// shows holds that the API shows the same.
func (r receiver) shows(told hooksink.Request, path, under string) {
	r.t.Helper()
	var shown map[string]map[string]any
	r.Call("GET", path, nil).Want(http.StatusOK).Into(&shown)
	if diff := cmp.Diff(shown[under], told.Payload, cmp.FilterPath(func(p cmp.Path) bool {
		return p.Last().String() == `["most_recent_update_message"]`
	}, cmp.Ignore())); diff != "" {
		r.t.Errorf("%s is not what %s shows (-shown +told):\n%s", told.Type, path, diff)
	}
}

// TestWebhooksTellWhatTheAPIShows walks an incident through what can be told of it.
func TestWebhooksTellWhatTheAPIShows(t *testing.T) {
	t.Parallel()
	r := listen(t)
	ctx := r.Owner.Context()
	brief, err := r.App.Incidents.Declare(ctx, incident.Declare{Name: "Checkout is down", Summary: "Payments by card fail."})
	r.must(err)
	all := r.told()
	r.shows(all["public_incident.incident_created_v2"], "/v2/incidents/"+string(brief.ID), "incident")
	r.hold(all, "public_incident.incident_created_v2")

	statuses, err := r.App.Incidents.Statuses(ctx)
	r.must(err)
	monitoring := statuses[slices.IndexFunc(statuses, func(s incident.Status) bool { return s.Name == "Monitoring" })]
	_, err = r.App.Incidents.SendUpdate(ctx, incident.SendUpdate{Incident: brief.ID, Message: "**Rolled back**, errors fall", Status: monitoring.ID})
	r.must(err)
	all = r.told()
	r.shows(all["public_incident.incident_updated_v2"], "/v2/incidents/"+string(brief.ID), "incident")
	r.hold(all, "public_incident.incident_updated_v2", "public_incident.incident_status_updated_v2")

	todo, err := r.App.Actions.Create(ctx, action.Create{Incident: brief.ID, Description: "Restart the workers", Assignee: r.Owner.ID})
	r.must(err)
	all = r.told()
	r.shows(all["public_incident.action_created_v1"], "/v1/actions/"+string(todo.ID), "action")
	r.hold(all, "public_incident.action_created_v1")
	_, err = r.App.Actions.Delete(ctx, action.Delete{Action: todo.ID})
	r.must(err)
	r.hold(r.told(), "public_incident.action_updated_v1")

	later, err := r.App.FollowUps.Create(ctx, followup.Create{Incident: brief.ID, Words: followup.Words{Title: "Alert before the disk is full", Labels: []string{"capacity"}}})
	r.must(err)
	all = r.told()
	r.shows(all["public_incident.follow_up_created_v2"], "/v2/follow_ups/"+string(later.ID), "follow_up")
	r.hold(all, "public_incident.follow_up_created_v1", "public_incident.follow_up_created_v2")
	_, err = r.App.FollowUps.Move(ctx, followup.Move{FollowUp: later.ID, To: followup.Done})
	r.must(err)
	r.hold(r.told(), "public_incident.follow_up_updated_v1", "public_incident.follow_up_updated_v2")
	_, err = r.App.FollowUps.Move(ctx, followup.Move{FollowUp: later.ID, To: followup.Gone})
	r.must(err)
	if all = r.told(); all["public_incident.follow_up_updated_v2"].Payload["status"] != "deleted" {
		t.Errorf("of a deleted follow-up %s was told", all["public_incident.follow_up_updated_v2"].Body)
	}
}

// TestPrivateIncidentsAreIDs walks a private one through the same.
func TestPrivateIncidentsAreIDs(t *testing.T) {
	t.Parallel()
	r := listen(t)
	ctx := r.Owner.Context()
	brief, err := r.App.Incidents.Declare(ctx, incident.Declare{Name: "Quartz", Private: true})
	r.must(err)
	_, err = r.App.Actions.Create(ctx, action.Create{Incident: brief.ID, Description: "Quartz"})
	r.must(err)
	_, err = r.App.FollowUps.Create(ctx, followup.Create{Incident: brief.ID, Words: followup.Words{Title: "Quartz"}})
	r.must(err)
	all := r.told()
	for _, one := range all {
		if strings.Contains(string(one.Body), "Quartz") {
			t.Errorf("told %s", one.Body)
		}
	}
	r.hold(all, "private_incident.incident_created_v2", "private_incident.action_created_v1", "private_incident.follow_up_created_v1", "private_incident.follow_up_created_v2")
}

// TestRelatedPrivateIncidentsAreNotNamed: that there is one is nobody's business.
func TestRelatedPrivateIncidentsAreNotNamed(t *testing.T) {
	t.Parallel()
	r := listen(t)
	ctx := r.Owner.Context()
	var ids []id.ID
	for _, cmd := range []incident.Declare{{Name: "Kept"}, {Name: "Public one"}, {Name: "Quartz"}} {
		brief, err := r.App.Incidents.Declare(ctx, cmd)
		r.must(err)
		ids = append(ids, brief.ID)
	}
	for _, other := range ids[1:] {
		_, err := r.App.Incidents.Merge(ctx, incident.Merge{Incident: other, Into: ids[0]})
		r.must(err)
	}
	_, err := r.App.Incidents.MakePrivate(ctx, incident.MakePrivate{Incident: ids[2], Keep: []id.ID{}})
	r.must(err)
	r.must(r.App.Webhooks.Deliver(t.Context()))
	r.Forget()
	_, err = r.App.Incidents.Rename(ctx, incident.Rename{Incident: ids[0], Name: "Renamed"})
	r.must(err)
	got := r.told()["public_incident.incident_updated_v2"]
	related, _ := json.Marshal(got.Payload["related_incidents"])
	if want := `["` + string(ids[1]) + `"]`; string(related) != want {
		t.Errorf("related are %s, want %s", related, want)
	}
}
