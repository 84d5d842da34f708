package operators

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/feature"
	"github.com/musterhq/muster/internal/platform/jobs"
	"github.com/musterhq/muster/internal/surface/web/layout"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/testing/people"
)

var (
	board = feature.Define("test_board", false, "Shows a board.", feature.FirstUse)
	limit = feature.Define("test_limit", 3, "How many of them.", feature.Configure)
)

// switchboard is the page over a house.
func switchboard(t *testing.T, h *people.House) *http.ServeMux {
	t.Helper()
	queue, err := jobs.NewQueue(h.DB.Pool(), h.Clock)
	if err != nil {
		t.Fatal(err)
	}
	control, err := jobs.NewControl(h.DB.Pool(), queue, h.Bus)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	New(Needs{
		Control: control, Clock: h.Clock, Organisations: h.Organisations, Features: h.Features, Tools: []Tool{{Label: "Outbox", Icon: "mail", Href: "/dev/outbox"}},
		Frame: &page.Frame{
			Nav:     func(context.Context) (layout.Nav, error) { return layout.Nav{}, nil },
			PushKey: func(context.Context) (string, error) { return "", nil },
		},
	}).Routes(mux)
	return mux
}

func TestFeatureIsSwitchedForOneOrganisation(t *testing.T) {
	t.Parallel()
	h := people.New(t)
	ours, theirs := h.Organisation(t, "Ours", "Ada", "ada@example.com"), h.Organisation(t, "Theirs", "Ben", "ben@example.com")
	us, them := h.As(t, ours.ID, ours.Owner), h.As(t, theirs.ID, theirs.Owner)
	mux := switchboard(t, h)
	status, body := ask(t, mux, "GET", "/operators/features", nil)
	if status != 200 {
		t.Fatal(status, body)
	}
	for _, want := range []string{"Ours", "Theirs", "test_board", "Shows a board.", "on first use", "test_limit", "Turn on"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	at := "/operators/features/" + string(ours.ID)
	if status, to := ask(t, mux, "PUT", at+"/test_board", url.Values{"value": {"true"}}); status != 303 || to != "/operators/features" {
		t.Fatal(status, to)
	}
	if !h.Features.Enabled(us, board) || h.Features.Enabled(them, board) {
		t.Error("the feature is not on for one organisation alone")
	}
	logged, err := audit.New(h.DB, h.Clock).List(us, audit.Filter{}, "", 10) // the test's clock stands still, so the entries are in no order
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(logged.Entries, func(e audit.Logged) bool {
		return e.Action == "feature.changed" && e.Actor.Name == "Demo Operator, operator"
	}) {
		t.Errorf("the organisation's audit log says %+v", logged.Entries)
	}
	if _, body := ask(t, mux, "GET", "/operators", nil); !strings.Contains(body, "test_board of Ours") || !strings.Contains(body, "/dev/outbox") {
		t.Error("the overview does not say what the operator did, or lacks the tools of development")
	}
	if status, _ := ask(t, mux, "DELETE", at+"/test_board", nil); status != 303 {
		t.Fatal(status)
	}
	if h.Features.Enabled(us, board) {
		t.Error("going back left the feature on")
	}
}

func TestFeatureTakesOnlyItsOwnTypeAndRealOrganisations(t *testing.T) {
	t.Parallel()
	h := people.New(t)
	ours := h.Organisation(t, "Ours", "Ada", "ada@example.com")
	mux := switchboard(t, h)
	at := "/operators/features/" + string(ours.ID)
	status, body := ask(t, mux, "PUT", at+"/test_limit", url.Values{"value": {"many"}})
	if status != 422 || !strings.Contains(body, "takes a value of type int") || !strings.Contains(body, `value="many"`) {
		t.Errorf("a word for a number answers %d", status)
	}
	if status, _ := ask(t, mux, "PUT", at+"/test_limit", url.Values{"value": {"7"}}); status != 303 {
		t.Errorf("a number answers %d", status)
	}
	if n, err := feature.Get(h.As(t, ours.ID, ours.Owner), h.Features, limit); err != nil || n != 7 {
		t.Errorf("the limit is %d, %v", n, err)
	}
	for _, path := range []string{at + "/unknown", "/operators/features/nobody'/test_limit", "/operators/features/01ARZ3NDEKTSV4RRFFQ69G5FAV/test_limit"} {
		if status, _ := ask(t, mux, "PUT", path, url.Values{"value": {"1"}}); status != 404 {
			t.Errorf("%s answers %d", path, status)
		}
	}
}
