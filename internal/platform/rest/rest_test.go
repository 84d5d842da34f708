package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

type lamp struct {
	ID    string            `json:"id" doc:"Names the lamp." example:"L1"`
	Tags  []string          `json:"tags" doc:"Words about it."`
	Shade *string           `json:"shade,omitempty" doc:"What covers it."`
	Extra map[string]string `json:"extra,omitempty"`
	Lit   time.Time         `json:"lit,omitzero"`
}

type lampList struct {
	Lamps []lamp `json:"lamps"`
	Page  Meta   `json:"pagination_meta"`
}

type bulb struct {
	Watts int32  `json:"watts" required:"true"`
	Color string `json:"color" enum:"warm,cold"`
}

type lampBody struct {
	Name   string           `json:"name" required:"true" doc:"What it is called."`
	Bulbs  []bulb           `json:"bulbs"`
	On     *bool            `json:"on"`
	Since  *time.Time       `json:"since"`
	Room   Optional[string] `json:"room"`
	Labels map[string]bulb  `json:"labels"`
	Any    json.RawMessage  `json:"any"`
}

type listLamps struct {
	Page   `page:"25,250"`
	Status Filter     `query:"status" operators:"one_of,not_in"`
	Field  FilterByID `query:"custom_field"`
	Sort   string     `query:"sort_by" enum:"newest,oldest"`
	Rooms  []string   `query:"room"`
	Lit    *bool      `query:"lit"`
}

// home is an API of lamps, whose operations tell the test what they were called with.
func home(t *testing.T, may authz.Set) (*API, *clock.Manual, func(method, target, body string) *httptest.ResponseRecorder, *[]any) {
	t.Helper()
	clk := clock.NewManual(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	api := New(Options{Clock: clk, Title: "Lamps", Version: "1", Server: "http://lamps.example.test", Authenticate: func(_ context.Context, secret string, _ netip.Addr) (Caller, error) {
		if secret != "inc_right" {
			return Caller{}, problem.New(problem.Unauthenticated, "unknown_key", "The key is not known.")
		}
		return Caller{Key: "key", PerMinute: 60, Scope: tenant.Scope{Organisation: "org", Permissions: may}}, nil
	}})
	var got []any
	Add(api, Op{ID: "Lamps V1#List", Method: "GET", Path: "/v1/lamps", Scopes: []authz.Permission{authz.ViewIncidents}}, func(_ context.Context, in listLamps) (lampList, error) {
		got = append(got, in)
		return lampList{Lamps: []lamp{{ID: "L1"}}, Page: Meta{PageSize: int64(in.PageSize)}}, nil
	})
	Add(api, Op{ID: "Lamps V1#Create", Method: "POST", Path: "/v1/lamps", Status: 201}, func(_ context.Context, in struct{ Body lampBody }) (lamp, error) {
		got = append(got, in.Body)
		return lamp{ID: in.Body.Name}, nil
	})
	Add(api, Op{ID: "Lamps V1#Delete", Method: "DELETE", Path: "/v1/lamps/{id}", Status: 204}, func(_ context.Context, in struct {
		ID string `path:"id"`
	},
	) (Nothing, error) {
		switch in.ID {
		case "broken":
			return Nothing{}, fmt.Errorf("the wire is cut")
		case "lit":
			return Nothing{}, problem.New(problem.Conflict, "lit", "It is lit. Put it out first.")
		}
		return Nothing{}, nil
	})
	call := func(method, target, body string) *httptest.ResponseRecorder {
		request := httptest.NewRequest(method, target, strings.NewReader(body))
		request.Header.Set("Authorization", "Bearer inc_right")
		recorder := httptest.NewRecorder()
		api.ServeHTTP(recorder, request)
		return recorder
	}
	return api, clk, call, &got
}

func failed(t *testing.T, r *httptest.ResponseRecorder) Failure {
	t.Helper()
	var body Failure
	if err := json.Unmarshal(r.Body.Bytes(), &body); err != nil {
		t.Fatalf("%v in %s", err, r.Body)
	}
	if body.Status != r.Code {
		t.Errorf("the body says %d, the answer %d", body.Status, r.Code)
	}
	return body
}

func TestQuery(t *testing.T) {
	_, _, call, got := home(t, authz.Everything())
	lit := true
	r := call("GET", "/v1/lamps?page_size=50&after=L0&status%5Bone_of%5D=a&status[one_of]=b&status[not_in]=c&custom_field[F1][one_of]=x&sort_by=oldest&room=r1&room[]=r2&lit=true&unknown=1", "")
	want := listLamps{
		Page: Page{PageSize: 50, After: "L0"}, Status: Filter{"one_of": {"a", "b"}, "not_in": {"c"}}, Field: FilterByID{"F1": {"one_of": {"x"}}},
		Sort: "oldest", Rooms: []string{"r1", "r2"}, Lit: &lit,
	}
	if diff := cmp.Diff([]any{want}, *got); r.Code != 200 || diff != "" {
		t.Errorf("%d: %s", r.Code, diff)
	}
	if text := strings.TrimSpace(r.Body.String()); text != `{"lamps":[{"id":"L1","tags":[]}],"pagination_meta":{"page_size":50}}` {
		t.Errorf("lists that are always sent are lists, what is empty is left out: %s", text)
	}
}

func TestWrongQuery(t *testing.T) {
	_, _, call, got := home(t, authz.Everything())
	for target, field := range map[string]string{
		"page_size=0": "page_size", "page_size=251": "page_size", "page_size=many": "page_size", "status=a": "status", "status[like]=a": "status[like]", "status[one_of=a": "status",
		"custom_field[one_of]=a": "custom_field", "sort_by=size": "sort_by", "sort_by[gte]=1": "sort_by", "lit=perhaps": "lit", "room[is][not]=1": "room", "after=%00": "after", "after=%ff": "after",
	} {
		r := call("GET", "/v1/lamps?"+target, "")
		if r.Code != 422 {
			t.Errorf("%s: answered %d, want 422", target, r.Code)
			continue
		}
		body := failed(t, r)
		if len(body.Errors) != 1 || body.Errors[0].Source == nil || body.Errors[0].Source.Field != field || body.Errors[0].Source.Pointer != "" || body.Type != "validation_error" {
			t.Errorf("%s: %s", target, r.Body)
		}
	}
	if r := call("GET", "/v1/lamps?a=%zz", ""); r.Code != 400 {
		t.Errorf("a query that cannot be read: %d", r.Code)
	}
	if len(*got) != 0 {
		t.Errorf("the operation was called all the same: %v", *got)
	}
}

func TestBody(t *testing.T) {
	_, _, call, got := home(t, authz.Everything())
	r := call("POST", "/v1/lamps", `{"name":"Desk","bulbs":[{"watts":40,"color":"warm"}],"on":null,"since":"2026-03-02T10:00:00+01:00","room":null,"labels":{"a":{"watts":1}},"any":{"x":[1]},"more":true}`)
	if r.Code != 201 || len(*got) != 1 {
		t.Fatalf("%d: %s", r.Code, r.Body)
	}
	body := (*got)[0].(lampBody)
	if body.Name != "Desk" || body.Bulbs[0].Watts != 40 || body.On != nil || body.Since.Hour() != 10 || !body.Room.Set || !body.Room.Null || body.Labels["a"].Watts != 1 || string(body.Any) != `{"x":[1]}` {
		t.Errorf("read as %+v", body)
	}
}

func TestWrongBody(t *testing.T) {
	_, _, call, got := home(t, authz.Everything())
	for _, c := range []struct {
		body   string
		status int
		at     string
	}{
		{``, 400, ""},
		{`{"name":`, 400, ""},
		{`{"name":"a"} {}`, 400, ""},
		{`{"any":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `,"name":"a"}`, 400, ""},
		{`[]`, 422, "/body"},
		{`{}`, 422, "/name"},
		{`{"name":null}`, 422, "/name"},
		{`{"name":5}`, 422, "/name"},
		{`{"name":"a\u0000b"}`, 422, "/name"},
		{`{"name":"a","bulbs":{}}`, 422, "/bulbs"},
		{`{"name":"a","bulbs":[null]}`, 422, "/bulbs/0"},
		{`{"name":"a","bulbs":[{"watts":1},{}]}`, 422, "/bulbs/1/watts"},
		{`{"name":"a","bulbs":[{"watts":1.5}]}`, 422, "/bulbs/0/watts"},
		{`{"name":"a","bulbs":[{"watts":3000000000}]}`, 422, "/bulbs/0/watts"},
		{`{"name":"a","bulbs":[{"watts":1,"color":"red"}]}`, 422, "/bulbs/0/color"},
		{`{"name":"a","on":"yes"}`, 422, "/on"},
		{`{"name":"a","since":"yesterday"}`, 422, "/since"},
		{`{"name":"a","since":"10000-01-01T00:00:00Z"}`, 422, "/since"},
		{`{"name":"a","room":7}`, 422, "/room"},
		{`{"name":"a","labels":{"b":{}}}`, 422, "/labels/b/watts"},
		{`{"name":"a","any":["x\u0000"]}`, 422, "/any/0"},
	} {
		r := call("POST", "/v1/lamps", c.body)
		if r.Code != c.status {
			t.Errorf("%.60s: answered %d, want %d: %s", c.body, r.Code, c.status, r.Body)
			continue
		}
		if body := failed(t, r); c.at != "" && (body.Errors[0].Source == nil || body.Errors[0].Source.Pointer != c.at) {
			t.Errorf("%.60s: %s, want the pointer %s", c.body, r.Body, c.at)
		}
	}
	if len(*got) != 0 {
		t.Errorf("the operation was called all the same: %v", *got)
	}
}

func TestFailures(t *testing.T) {
	_, _, call, _ := home(t, authz.Of())
	for _, c := range []struct {
		method, target string
		status         int
		kind, code     string
	}{
		{"GET", "/v1/lamps", 403, "resource_forbidden", "missing_scope"},
		{"DELETE", "/v1/lamps/lit", 409, "conflict", "lit"},
		{"DELETE", "/v1/lamps/broken", 500, "api_error", "internal"},
		{"DELETE", "/v1/lamps/%00", 404, "not_found", "not_found"},
		{"PATCH", "/v1/lamps", 405, "method_not_allowed", "method_not_allowed"},
		{"GET", "/v1/candles", 404, "not_found", "not_found"},
	} {
		r := call(c.method, c.target, "")
		if r.Code != c.status {
			t.Errorf("%s %s: answered %d, want %d", c.method, c.target, r.Code, c.status)
			continue
		}
		if body := failed(t, r); body.Type != c.kind || body.Errors[0].Code != c.code || strings.Contains(r.Body.String(), "wire is cut") {
			t.Errorf("%s %s: %s", c.method, c.target, r.Body)
		}
	}
	if r := call("DELETE", "/v1/lamps/out/", ""); r.Code != 204 || r.Body.Len() != 0 {
		t.Errorf("a delete answers %d %q", r.Code, r.Body)
	}
	if r := call("PATCH", "/v1/lamps", ""); r.Header().Get("Allow") != "GET, POST" {
		t.Errorf("allowed: %s", r.Header().Get("Allow"))
	}
}

func TestWithoutKey(t *testing.T) {
	api, _, _, _ := home(t, authz.Everything())
	for header, code := range map[string]string{"": "missing_authorization_material", "Basic abc": "missing_authorization_material", "Bearer ": "missing_authorization_material", "Bearer inc_wrong": "unknown_key"} {
		request := httptest.NewRequest("GET", "/v1/lamps", nil)
		request.Header.Set("Authorization", header)
		r := httptest.NewRecorder()
		api.ServeHTTP(r, request)
		if body := failed(t, r); r.Code != 401 || body.Type != "authentication_error" || body.Errors[0].Code != code {
			t.Errorf("%q: %s", header, r.Body)
		}
	}
}

// TestTooManyRequests sends more than a minute's requests at once, and waits for the next.
func TestTooManyRequests(t *testing.T) {
	_, clk, call, _ := home(t, authz.Everything())
	for n := range 60 {
		r := call("GET", "/v1/lamps", "")
		if r.Code != 200 || r.Header().Get("X-RateLimit-Remaining") != fmt.Sprint(59-n) || r.Header().Get("X-RateLimit-Used") != fmt.Sprint(n+1) || r.Header().Get("X-RateLimit-Limit") != "60" {
			t.Fatalf("request %d: %d %v", n, r.Code, r.Header())
		}
	}
	r := call("GET", "/v1/lamps", "")
	body := failed(t, r)
	if r.Code != 429 || r.Header().Get("Retry-After") != "1" || body.RateLimit == nil || body.RateLimit.Limit != 60 || body.RateLimit.RetryAfter != "2026-03-02T09:00:01Z" {
		t.Fatalf("%d %v %s", r.Code, r.Header(), r.Body)
	}
	clk.Advance(time.Second)
	if r := call("GET", "/v1/lamps", ""); r.Code != 200 {
		t.Errorf("a second later: %d", r.Code)
	}
}

// TestWrongKeysAreSlowedDown tries keys from one address until it is told to wait.
func TestWrongKeysAreSlowedDown(t *testing.T) {
	api, _, _, _ := home(t, authz.Everything())
	last := 0
	for range 200 {
		request := httptest.NewRequest("GET", "/v1/lamps", nil)
		request.Header.Set("Authorization", "Bearer inc_wrong")
		r := httptest.NewRecorder()
		api.ServeHTTP(r, request)
		last = r.Code
	}
	if last != 429 {
		t.Errorf("the two hundredth wrong key is answered with %d", last)
	}
}

// TestDocument holds the document against the standard, and reads what matters out of it.
func TestDocument(t *testing.T) {
	api, _, _, _ := home(t, authz.Everything())
	text, err := api.DocumentJSON()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	list := doc.Paths.Value("/v1/lamps").Get
	if size := list.Parameters.GetByInAndName("query", "page_size"); *size.Schema.Value.Max != 250 || size.Required {
		t.Errorf("page_size: %+v", size)
	}
	if list.Parameters.GetByInAndName("query", "status").Extensions["x-wire"] != "status[{operator}]={value}" {
		t.Error("the document does not say how a filter is written")
	}
	body := doc.Paths.Value("/v1/lamps").Post.RequestBody.Value.Content.Get("application/json").Schema.Value
	if diff := cmp.Diff([]string{"name"}, body.Required); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]any{"warm", "cold"}, body.Properties["bulbs"].Value.Items.Value.Properties["color"].Value.Enum); diff != "" {
		t.Error(diff)
	}
	answered := doc.Components.Schemas["lamp"].Value
	if diff := cmp.Diff([]string{"id", "tags"}, answered.Required); diff != "" {
		t.Error(diff)
	}
}

// FuzzRequest sends anything: it is never our fault, and what is wrong is always said in the same shape.
func FuzzRequest(f *testing.F) {
	f.Add("status[one_of]=a&page_size=3", `{"name":"Desk","bulbs":[{"watts":40,"color":"warm"}]}`)
	f.Add("custom_field[][]=", `{"any":{"a":[[]]}, "name":"\ud800"}`)
	f.Add("a=%", `[{"`)
	f.Fuzz(func(t *testing.T, query, body string) {
		plan := planOf(reflect.TypeFor[listLamps](), Op{Path: "/v1/lamps"})
		var in listLamps
		if err := plan.readQuery(query, reflect.ValueOf(&in).Elem()); err != nil && failure(t.Context(), err).Status >= 500 {
			t.Errorf("%q: %v", query, err)
		}
		var read struct{ Body lampBody }
		plan = planOf(reflect.TypeFor[struct{ Body lampBody }](), Op{Path: "/v1/lamps"})
		request := httptest.NewRequest(http.MethodPost, "/v1/lamps", io.NopCloser(strings.NewReader(body)))
		if err := plan.read(httptest.NewRecorder(), request, reflect.ValueOf(&read).Elem()); err != nil && failure(t.Context(), err).Status >= 500 {
			t.Errorf("%q: %v", body, err)
		}
	})
}
