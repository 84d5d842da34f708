package incidents_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/apitest"
)

// world is an organisation as a program knows it: names of settings and the ids behind them.
type world struct {
	*apitest.Client
	t    *testing.T
	maya string
	ids  map[string]string
}

type object = map[string]any

func open(t *testing.T) *world {
	t.Helper()
	w := &world{Client: apitest.New(t), t: t, ids: map[string]string{}}
	w.maya = w.Person("Maya", authz.Responder).ID.String()
	if _, err := w.App.Incidents.TakeComms(w.Owner.Context()); err != nil {
		t.Fatal(err)
	}
	for path, key := range map[string]string{
		"/v1/severities": "severities", "/v1/incident_statuses": "incident_statuses", "/v1/incident_types": "incident_types", "/v2/incident_roles": "incident_roles", "/v2/incident_timestamps": "incident_timestamps",
	} {
		var all map[string][]struct{ ID, Name string }
		w.Call("GET", path, nil).Want(200).Into(&all)
		for _, one := range all[key] {
			if key == "incident_timestamps" { // some are called as statuses are
				one.Name = "at " + one.Name
			}
			w.ids[one.Name] = one.ID
		}
	}
	for _, cmd := range []form.CreateField{
		{Name: "Team", Type: form.SingleSelect, Options: []string{"Payments", "Search"}}, {Name: "Customers", Type: form.Numeric}, {Name: "Ticket", Type: form.Words}, {Name: "Page", Type: form.Link},
	} {
		field, err := w.App.Forms.CreateField(w.System(), cmd)
		if err != nil {
			t.Fatal(err)
		}
		w.ids[cmd.Name] = field.ID.String()
		for _, o := range field.Options {
			w.ids[o.Value] = o.ID.String()
		}
	}
	return w
}

func (w *world) full(key string) object {
	return object{
		"idempotency_key": key, "visibility": "public", "name": "Checkout is down", "summary": "Payments by **card** fail.", "mode": "standard",
		"severity_id": w.ids["Major"], "incident_status_id": w.ids["Fixing"], "incident_type_id": w.ids["Default"], "slack_team_id": "T0001",
		"incident_role_assignments": []object{{"incident_role_id": w.ids["Incident Lead"], "assignee": object{"id": w.maya}}, {"incident_role_id": w.ids["Communications"]}},
		"custom_field_entries": []object{
			{"custom_field_id": w.ids["Team"], "values": []object{{"value_option_id": w.ids["Search"]}}},
			{"custom_field_id": w.ids["Customers"], "values": []object{{"value_numeric": "012.50"}}},
			{"custom_field_id": w.ids["Ticket"], "values": []object{{"value_text": "ACME-42"}}},
			{"custom_field_id": w.ids["Page"], "values": []object{{"value_link": "https://status.example.com"}}},
		},
		"incident_timestamp_values": []object{{"incident_timestamp_id": w.ids["at Impact started"], "value": "2026-03-02T10:30:00+02:00"}},
		"something_new":             []int{1},
	}
}

func TestCreate(t *testing.T) {
	t.Parallel()
	w := open(t)
	made := w.Call("POST", "/v2/incidents", w.full("k1")).Want(200)
	made.Golden("created-in-full")
	if again := w.Call("POST", "/v2/incidents", w.full("k1")).Want(200); again.Get("incident", "id") != made.Get("incident", "id") {
		t.Error("the same key declared another incident")
	}
	if read := w.Call("GET", "/v2/incidents/"+made.Get("incident", "id"), nil).Want(200); string(read.Body) != string(made.Body) {
		t.Errorf("read\n%s\nafter it was made as\n%s", read.Body, made.Body)
	}
	w.Call("POST", "/v2/incidents", object{"idempotency_key": "k2", "visibility": "public"}).Want(200).Golden("created-with-nothing")
	w.Call("POST", "/v2/incidents", object{
		"idempotency_key": "k3", "visibility": "public", "mode": "retrospective", "summary": "It was the certificate. All of it.", "name": nil, "severity_id": "",
		"retrospective_incident_options": object{"external_id": 500, "postmortem_document_url": "https://docs.example.com/500"},
		"incident_timestamp_values":      []object{{"incident_timestamp_id": w.ids["at Reported"], "value": "2026-02-01T10:30:00Z"}},
	}).Want(200).Golden("created-afterwards")
	w.Call("POST", "/v1/incidents", object{
		"idempotency_key": "k4", "visibility": "public", "name": "By the first version", "status": "monitoring", "mode": "real",
		"incident_role_assignments": []object{{"incident_role_id": w.ids["Reporter"], "assignee": object{"email": "MAYA@example.test"}}},
	}).Want(200).Golden("created-by-v1")
	kinds := w.Call("GET", "/v2/incidents?mode[one_of]=standard", nil).Want(200)
	if kinds.Get("pagination_meta", "total_record_count") != "3" {
		t.Errorf("%s", kinds.Body)
	}
}

func TestCreateRefuses(t *testing.T) {
	t.Parallel()
	w := open(t)
	with := func(changes object) object {
		body := object{"idempotency_key": "wrong", "visibility": "public", "name": "x"}
		for key, value := range changes {
			body[key] = value
		}
		return body
	}
	strange := "01JZ0000000000000000000000"
	entry := func(field string, value object) object {
		return with(object{"custom_field_entries": []object{{"custom_field_id": field, "values": []object{value}}}})
	}
	for name, c := range map[string]struct {
		body    any
		status  int
		pointer string
	}{
		"nothing":               {object{}, 422, "/idempotency_key"},
		"an empty key":          {with(object{"idempotency_key": " "}), 422, "/idempotency_key"},
		"no visibility":         {object{"idempotency_key": "x"}, 422, "/visibility"},
		"another visibility":    {with(object{"visibility": "secret"}), 422, "/visibility"},
		"a name too long":       {with(object{"name": strings.Repeat("x", 201)}), 422, "/name"},
		"a name that is none":   {with(object{"name": 7}), 422, "/name"},
		"an unknown severity":   {with(object{"severity_id": strange}), 422, "/severity_id"},
		"no id at all":          {with(object{"severity_id": "Major"}), 422, "/severity_id"},
		"an unknown status":     {with(object{"incident_status_id": strange}), 422, "/incident_status_id"},
		"a status for later":    {with(object{"incident_status_id": w.ids["Merged"]}), 422, "/incident_status_id"},
		"an unknown type":       {with(object{"incident_type_id": strange}), 422, "/incident_type_id"},
		"another mode":          {with(object{"mode": "drill"}), 422, "/mode"},
		"an unknown role":       {with(object{"incident_role_assignments": []object{{"incident_role_id": strange}}}), 422, "/incident_role_assignments/0"},
		"an unknown person":     {with(object{"incident_role_assignments": []object{{"incident_role_id": w.ids["Reporter"], "assignee": object{"id": strange}}}}), 422, "/incident_role_assignments/0"},
		"an unknown address":    {with(object{"incident_role_assignments": []object{{"incident_role_id": w.ids["Reporter"], "assignee": object{"email": "x@y.z"}}}}), 422, "/incident_role_assignments/0/assignee/email"},
		"unknown in Slack":      {with(object{"incident_role_assignments": []object{{"incident_role_id": w.ids["Reporter"], "assignee": object{"slack_user_id": "U1"}}}}), 422, "/incident_role_assignments/0/assignee/slack_user_id"},
		"a role twice":          {with(object{"incident_role_assignments": []object{{"incident_role_id": w.ids["Reporter"]}, {"incident_role_id": w.ids["Reporter"]}}}), 422, "/incident_role_assignments/1/incident_role_id"},
		"an unknown field":      {entry(strange, object{"value_text": "x"}), 422, "/custom_field_entries/0"},
		"an unknown option":     {entry(w.ids["Team"], object{"value_option_id": strange}), 422, "/custom_field_entries/0"},
		"no number":             {entry(w.ids["Customers"], object{"value_numeric": "many"}), 422, "/custom_field_entries/0"},
		"no link":               {entry(w.ids["Page"], object{"value_link": "javascript:alert(1)"}), 422, "/custom_field_entries/0"},
		"of the catalog":        {entry(w.ids["Team"], object{"value_catalog_entry_id": strange}), 422, "/custom_field_entries/0/values/0/value_catalog_entry_id"},
		"an unknown timestamp":  {with(object{"incident_timestamp_values": []object{{"incident_timestamp_id": strange, "value": "2026-03-01T00:00:00Z"}}}), 422, "/incident_timestamp_values/0/value"},
		"what is still to come": {with(object{"incident_timestamp_values": []object{{"incident_timestamp_id": w.ids["at Fixed"], "value": "2036-03-01T00:00:00Z"}}}), 422, "/incident_timestamp_values/0/value"},
		"no time":               {with(object{"incident_timestamp_values": []object{{"incident_timestamp_id": w.ids["at Fixed"], "value": "yesterday"}}}), 422, "/incident_timestamp_values/0/value"},
		"a number of today":     {with(object{"retrospective_incident_options": object{"external_id": 5}}), 422, "/retrospective_incident_options/external_id"},
		"no JSON":               {`{"name":`, 400, ""},
		"a list":                {`[]`, 422, ""},
	} {
		a := w.Call("POST", "/v2/incidents", c.body)
		var failure struct {
			Status int
			Errors []struct{ Source struct{ Pointer string } }
		}
		a.Into(&failure)
		if a.Status != c.status || failure.Status != c.status || len(failure.Errors) == 0 || c.pointer != "" && failure.Errors[0].Source.Pointer != c.pointer {
			t.Errorf("%s: %s", name, a.Body)
		}
	}
	w.Call("POST", "/v2/incidents", with(object{
		"severity_id": strange, "custom_field_entries": []object{{"custom_field_id": w.ids["Team"], "values": []object{{"value_catalog_entry_id": strange}}}},
	})).Golden("refused")
	w.Call("POST", "/v2/incidents", with(object{"severity_id": strange})).Golden("refused-unknown-severity")
	w.Call("POST", "/v1/incidents", with(object{"status": "declined"})).Want(422).Golden("refused-by-v1")
	if all := w.Call("GET", "/v2/incidents", nil).Want(200); all.Get("pagination_meta", "total_record_count") != "0" {
		t.Errorf("refused, and declared all the same: %s", all.Body)
	}
}

func TestEdit(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.Call("POST", "/v2/incidents", w.full("k1")).Want(200)
	edited := w.Call("POST", "/v2/incidents/1/actions/edit", object{"notify_incident_channel": true, "incident": object{
		"name": "Checkout is slow", "summary": "It is the database.", "severity_id": w.ids["Minor"], "incident_status_id": w.ids["Closed"], "call_url": "https://meet.example.com/1",
		"incident_role_assignments": []object{{"incident_role_id": w.ids["Incident Lead"], "assignee": nil}, {"incident_role_id": w.ids["Communications"], "assignee": object{"id": w.maya}}},
		"custom_field_entries":      []object{{"custom_field_id": w.ids["Ticket"], "values": []object{}}, {"custom_field_id": w.ids["Customers"], "values": []object{{"value_numeric": "7"}}}},
		"incident_timestamp_values": []object{{"incident_timestamp_id": w.ids["at Impact started"]}, {"incident_timestamp_id": w.ids["at Fixed"], "value": "2026-03-02T08:59:00Z"}},
	}}).Want(200)
	edited.Golden("edited")
	if read := w.Call("GET", "/v2/incidents/INC-1", nil).Want(200); string(read.Body) != string(edited.Body) {
		t.Error("what is read is not what was answered")
	}
	same := w.Call("POST", "/v2/incidents/1/actions/edit", object{"notify_incident_channel": true, "incident": object{}}).Want(200)
	if string(same.Body) != string(edited.Body) {
		t.Errorf("an edit of nothing changed something: %s", same.Body)
	}
	strange := "01JZ0000000000000000000000"
	w.Call("POST", "/v2/incidents/1/actions/edit", object{"notify_incident_channel": true, "incident": object{
		"name": "Other", "severity_id": strange, "custom_field_entries": []object{{"custom_field_id": w.ids["Customers"], "values": []object{{"value_numeric": "x"}}}},
	}}).Want(422).Golden("edit-refused")
	w.Call("POST", "/v2/incidents/1/actions/edit", object{"notify_incident_channel": false, "incident": object{"incident_status_id": w.ids["Merged"]}}).Want(409).Golden("edit-unreachable")
	w.Call("POST", "/v2/incidents/1/actions/edit", object{"incident": object{}}).Want(422)
	w.Call("POST", "/v2/incidents/"+strange+"/actions/edit", object{"notify_incident_channel": true, "incident": object{}}).Want(404).Golden("edit-missing")
	if now := w.Call("GET", "/v2/incidents/1", nil); string(now.Body) != string(edited.Body) {
		t.Error("a refused edit changed something")
	}
}

func TestAnEditIsToldToTheRoomOnlyWhereAsked(t *testing.T) {
	t.Parallel()
	w := open(t)
	inc := id.ID(w.Call("POST", "/v2/incidents", w.full("k1")).Want(200).Get("incident", "id"))
	said := func() int {
		all, _, err := w.App.Rooms.History(w.System(), inc, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	logged := func() int {
		all, err := w.App.Timelines.Activity(w.System(), inc, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	lines, log := said(), logged()
	w.Call("POST", "/v2/incidents/1/actions/edit", object{"notify_incident_channel": false, "incident": object{"name": "Quietly", "severity_id": w.ids["Minor"]}}).Want(200)
	if said() != lines || logged() != log+2 {
		t.Errorf("%d lines in the room and %d in the log more, want 0 and 2", said()-lines, logged()-log)
	}
	w.Call("POST", "/v2/incidents/1/actions/edit", object{"notify_incident_channel": true, "incident": object{"name": "Aloud"}}).Want(200)
	if said() != lines+1 {
		t.Errorf("%d lines more, want 1", said()-lines)
	}
	all, err := w.App.Timelines.Activity(w.System(), inc, 0, 1)
	if err != nil || all[0].Sentence("").String() != "Terraform renamed the incident to “Aloud”" {
		t.Errorf("the log says %q, %v", all[0].Sentence("").String(), err)
	}
}

func TestBothVersionsShowOneIncident(t *testing.T) {
	t.Parallel()
	w := open(t)
	made := w.Call("POST", "/v2/incidents", w.full("k1")).Want(200)
	v1 := w.Call("GET", "/v1/incidents/"+made.Get("incident", "id"), nil).Want(200)
	v1.Golden("shown-by-v1")
	for _, path := range []string{"/v1/incidents/1", "/v1/incidents/INC-1", "/v1/incidents/inc-1"} {
		if a := w.Call("GET", path, nil).Want(200); string(a.Body) != string(v1.Body) {
			t.Errorf("%s: %s", path, a.Body)
		}
	}
	for _, name := range []string{"2", "0", "-1", "INC-", "01JZ0000000000000000000000", "x%00", "%FF", "9999999999999999999999"} {
		w.Call("GET", "/v2/incidents/"+name, nil).Want(404)
		w.Call("GET", "/v1/incidents/"+name, nil).Want(404)
	}
	w.Call("GET", "/v2/incidents/2", nil).Golden("missing")
	other := w.Begin("Another", "Olga", "olga@example.com")
	strangers := w.Of(other.ID, authz.Everything())
	strangers.Call("GET", "/v2/incidents/"+made.Get("incident", "id"), nil).Want(404)
	strangers.Call("GET", "/v2/incidents/1", nil).Want(404)
	strangers.Call("POST", "/v2/incidents/1/actions/edit", object{"notify_incident_channel": true, "incident": object{"name": "Ours"}}).Want(404)
	strangers.Call("GET", "/v2/incidents?after="+made.Get("incident", "id"), nil).Want(422)
}

func TestAKeyThatOnlyDeclaresSeesWhatItDeclared(t *testing.T) {
	t.Parallel()
	w := open(t)
	creator := w.Of(w.Organisation, authz.Of(authz.CreateIncidents))
	if a := creator.Call("POST", "/v2/incidents", w.full("k1")).Want(200); a.Get("incident", "incident_role_assignments", 0, "assignee", "id") != w.maya {
		t.Errorf("%s", a.Body)
	}
	creator.Call("POST", "/v1/incidents", object{"idempotency_key": "k2", "visibility": "public", "status": "triage"}).Want(200)
	creator.Call("GET", "/v2/incidents/1", nil).Want(403)
	creator.Call("GET", "/v2/incidents", nil).Want(403)
	creator.Call("POST", "/v2/incidents/1/actions/edit", object{"notify_incident_channel": true, "incident": object{}}).Want(403)
	private := w.full("k3")
	private["visibility"] = "private"
	made := w.Call("POST", "/v2/incidents", private).Want(200)
	if made.Get("incident", "visibility") != "private" || made.Get("incident", "reference") != "INC-3" {
		t.Errorf("%s", made.Body)
	}
	w.Call("GET", "/v2/incidents/3", nil).Want(404)
	if again := w.Call("POST", "/v2/incidents", private).Want(200); again.Get("incident", "id") != made.Get("incident", "id") {
		t.Errorf("%s", again.Body)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.Call("POST", "/v2/incidents", w.full("k0")).Want(200)
	for n := range 6 {
		w.Advance(24 * 60 * 60 * 1e9)
		body := object{"idempotency_key": fmt.Sprint("k", n+1), "visibility": "public", "name": fmt.Sprint("Incident ", n+2)}
		if n%2 == 0 {
			body["severity_id"] = w.ids["Critical"]
		}
		if n == 5 {
			body["incident_status_id"] = w.ids["Closed"]
		}
		w.Call("POST", "/v2/incidents", body).Want(200)
	}
	list := func(query string) []string {
		t.Helper()
		var page struct {
			Incidents []struct{ Reference string }
			Meta      struct {
				Total int `json:"total_record_count"`
			} `json:"pagination_meta"`
		}
		w.Call("GET", "/v2/incidents?"+query, nil).Want(200).Into(&page)
		got := []string{}
		for _, one := range page.Incidents {
			got = append(got, strings.TrimPrefix(one.Reference, "INC-"))
		}
		if page.Meta.Total != len(got) {
			t.Errorf("%s: %d of %d", query, len(got), page.Meta.Total)
		}
		return got
	}
	for query, want := range map[string]string{
		"":                                                                                  "7 6 5 4 3 2 1",
		"sort_by=created_at_oldest_first":                                                   "1 2 3 4 5 6 7",
		"status_category[one_of]=closed":                                                    "7",
		"status_category%5Bone_of%5D=active":                                                "6 5 4 3 2 1",
		"status_category[not_in]=live":                                                      "7",
		"status[one_of]=" + w.ids["Fixing"]:                                                 "1",
		"severity[one_of]=" + w.ids["Major"]:                                                "1",
		"severity[gte]=" + w.ids["Major"]:                                                   "6 4 2 1",
		"severity[lte]=" + w.ids["Major"]:                                                   "1",
		"severity[not_in]=" + w.ids["Critical"]:                                             "7 5 3 1",
		"incident_type[one_of]=" + w.ids["Default"]:                                         "7 6 5 4 3 2 1",
		"incident_role[" + w.ids["Incident Lead"] + "][one_of]=" + w.maya:                   "1",
		"incident_role[" + w.ids["Incident Lead"] + "][is_blank]=true":                      "7 6 5 4 3 2",
		"incident_role[" + w.ids["Incident Lead"] + "][is_set]":                             "1",
		"custom_field[" + w.ids["Team"] + "][one_of]=" + w.ids["Search"]:                    "1",
		"custom_field[" + w.ids["Team"] + "][is_blank]=false":                               "1",
		"custom_field[" + w.ids["Customers"] + "][gte]=12":                                  "1",
		"custom_field[" + w.ids["Ticket"] + "][contains]=acme":                              "1",
		"created_at[gte]=2026-03-06":                                                        "7 6 5",
		"created_at[lte]=2026-03-03":                                                        "2 1",
		"created_at[date_range]=2026-03-03~2026-03-04":                                      "3 2",
		"created_at[gte]=" + url.QueryEscape("2026-03-07T10:00:00+01:00"):                   "7 6",
		"updated_at[gte]=2026-03-08":                                                        "7",
		"filter_mode=any&status_category[one_of]=closed&severity[one_of]=" + w.ids["Major"]: "7 1",
		"severity[one_of]=" + w.ids["Major"] + "&severity[one_of]=" + w.ids["Critical"] + "&page_size=500": "6 4 2 1",
		"mode[one_of]=test": "",
	} {
		if got := strings.Join(list(query), " "); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	for query, field := range map[string]string{
		"page_size=501": "page_size", "page_size=0": "page_size", "page_size=x": "page_size", "after=x": "after", "sort_by=name": "sort_by", "filter_mode=some": "filter_mode",
		"status[like]=x": "status[like]", "status=x": "status", "status_category[one_of]=open": "status_category", "mode[one_of]=drill": "mode",
		"created_at[gte]=yesterday": "created_at", "created_at[date_range]=2026-03-03": "created_at", "created_at[gte]=0000-01-01": "created_at",
		"severity[gte]=01JZ0000000000000000000000": "severity", "incident_role[x][one_of]=y": "incident_role", "custom_field[x][one_of]=y": "custom_field",
		"custom_field[" + w.ids["Team"] + "][like]=y": "custom_field", "custom_field[" + w.ids["Team"] + "][gte]=1": "custom_field", "custom_field[" + w.ids["Customers"] + "][gte]=x": "custom_field",
	} {
		a := w.Call("GET", "/v2/incidents?"+query, nil)
		if a.Status != 422 || a.Get("errors", 0, "source", "field") != field {
			t.Errorf("%s: %s", query, a.Body)
		}
	}
	var pages []string
	for after := ""; len(pages) < 10; {
		a := w.Call("GET", "/v2/incidents?page_size=3&after="+after, nil).Want(200)
		var page struct {
			Incidents []struct{ ID, Reference string }
			Meta      struct{ After string } `json:"pagination_meta"`
		}
		a.Into(&page)
		for _, one := range page.Incidents {
			pages = append(pages, one.Reference)
		}
		if after = page.Meta.After; after == "" {
			last := page.Incidents[len(page.Incidents)-1].ID
			w.Call("GET", "/v2/incidents?after="+last, nil).Golden("after-the-last")
			break
		}
	}
	if diff := cmp.Diff([]string{"INC-7", "INC-6", "INC-5", "INC-4", "INC-3", "INC-2", "INC-1"}, pages); diff != "" {
		t.Error(diff)
	}
	if a := w.Call("GET", "/v1/incidents?status=fixing&status=closed", nil).Want(200); a.Get("pagination_meta", "total_record_count") != "2" {
		t.Errorf("%s", a.Body)
	}
	w.Call("GET", "/v1/incidents?page_size=1", nil).Want(200).Golden("listed-by-v1")
	w.Call("GET", "/v2/incidents?after=01JZ0000000000000000000000", nil).Golden("unknown-cursor")
}
