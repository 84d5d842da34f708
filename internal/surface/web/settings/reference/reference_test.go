package reference_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/platform/rest"
	"github.com/musterhq/muster/internal/surface/web/settings/reference"
	"github.com/musterhq/muster/internal/testing/htmlcheck"
	"github.com/musterhq/muster/internal/testing/scenario"
)

// part holds parts of its own sort.
type part struct {
	Name  string   `json:"name" doc:"What it is called." example:"it's <b>"`
	Parts []part   `json:"parts" doc:"What it is made of."`
	Since string   `json:"since,omitempty" doc:"Only when known."`
	Kinds []string `json:"kinds" enum:"big,small"`
}

type parts struct {
	Parts []part `json:"parts"`
}

type asked struct {
	Name string `json:"name" required:"true" doc:"What to call it." example:"it's <b>"`
	Size *int   `json:"size" example:"3"`
}

func shop() *rest.API {
	api := rest.New(rest.Options{Clock: clock.System{}, Title: "Shop", Version: "1", Description: "Sells `parts`.", Server: "https://shop.example.test/"})
	rest.Add(api, rest.Op{ID: "Parts V1#List", Method: "GET", Path: "/v1/parts", Summary: "List parts", Scopes: []authz.Permission{authz.ViewIncidents}},
		func(context.Context, struct {
			Kind rest.Filter `query:"kind" operators:"one_of,not_in" doc:"Only these."`
		},
		) (parts, error) {
			return parts{}, nil
		})
	rest.Add(api, rest.Op{ID: "Parts V1#Create", Method: "POST", Path: "/v1/parts/{shelf}", Summary: "Make a part", Status: 201, Deprecated: true},
		func(context.Context, struct {
			Shelf string `path:"shelf" example:"S1"`
			Body  asked
		},
		) (part, error) {
			return part{}, nil
		})
	rest.Add(api, rest.Op{ID: "About V1#Ping", Method: "DELETE", Path: "/v1/ping", Summary: "Ping", Status: 204, Public: true},
		func(context.Context, rest.Nothing) (rest.Nothing, error) { return rest.Nothing{}, nil })
	return api
}

func html(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	htmlcheck.Part(t, b.String())
	return b.String()
}

func TestAnOperationIsToldWithWhatGoesInAndComesOut(t *testing.T) {
	r := reference.Of(shop())
	var names []string
	for _, f := range r.Families {
		names = append(names, f.Slug)
	}
	if diff := cmp.Diff([]string{"about-v1", "parts-v1"}, names); diff != "" {
		t.Fatal(diff)
	}
	made := r.Families[1].Operations[1]
	const command = "curl -X POST https://shop.example.test/v1/parts/{shelf} \\\n  -H \"Authorization: Bearer $MUSTER_API_KEY\" \\\n  -H \"Content-Type: application/json\" \\\n  -d '{\n  \"name\": \"it'\\''s \\u003cb\\u003e\",\n  \"size\": 3\n}'"
	if diff := cmp.Diff(command, made.Command); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff("{\n  \"kinds\": [\n    \"big\"\n  ],\n  \"name\": \"it's \\u003cb\\u003e\",\n  \"parts\": [],\n  \"since\": \"…\"\n}", made.Example); diff != "" {
		t.Error(diff)
	}
	if made.Status != "201" || !made.Deprecated || made.Body[0].Name != "name" || !made.Body[0].Demanded || made.Body[1].Demanded {
		t.Errorf("told as %+v", made)
	}
	page := html(t, reference.Page(r.Families[1]))
	for _, words := range []string{"kind[{operator}]={value}", "not_in", "incidents.view", "absent when there is none", "it&#39;s &lt;b&gt;", "list of objects"} {
		if !strings.Contains(page, words) {
			t.Errorf("the page does not say %q", words)
		}
	}
	if strings.Contains(page, "<b>") {
		t.Error("an example is read as markup")
	}
	if index := html(t, reference.Index(r)); !strings.Contains(index, `href="/settings/api-reference/parts-v1#create"`) || !strings.Contains(index, "<code>parts</code>") {
		t.Errorf("the list lacks what there is: %s", index)
	}
	if ping := html(t, reference.Page(r.Families[0])); !strings.Contains(ping, "Works without a key") || !strings.Contains(ping, "Nothing but the status") {
		t.Errorf("an operation without a body is told as %s", ping)
	}
}

func TestEveryFamilyOfTheAPIHasItsPage(t *testing.T) {
	s := scenario.New(t)
	index := s.Owner.Get(reference.Path).Is(200).Body
	htmlcheck.Page(t, index)
	pages := regexp.MustCompile(`href="(`+reference.Path+`/[a-z0-9-]+)"`).FindAllStringSubmatch(index, -1)
	if len(pages) < 3 {
		t.Fatalf("the list leads to %d families", len(pages))
	}
	for _, found := range pages {
		htmlcheck.Page(t, s.Owner.Get(found[1]).Is(200).Body)
	}
	s.Owner.Get(reference.Path + "/nothing").Is(404)
}
