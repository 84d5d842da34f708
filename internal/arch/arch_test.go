// Package arch holds the house to its floors: a package imports only what lies below it.
package arch

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/musterhq/muster/"

// floors from the ground up: a package may import its own floor only where sameFloor says so.
var floors = []string{"internal/kernel/", "internal/platform/", "internal/chat", "internal/domain/", "internal/surface/", "internal/app", "cmd/"}

// domains in their written order: each imports only earlier ones.
var domains = []string{
	"audit", "feature", "organisation", "account", "user", "auth", "workspace", "setting", "apikey", "managed", "form", "incident", "action", "followup", "stream", "customers", "question",
	"room", "attachment", "timeline", "redaction", "search", "view", "subscription", "nudge", "notification", "escalation", "hint", "tutorial", "channel", "announcement", "webhook", "export",
}

// anywhere may be imported from every floor above the ground: data without code.
var anywhere = []string{"migrations"}

type pkg struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func TestImportsPointDownwards(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		for _, imported := range p.Imports {
			if below, ours := strings.CutPrefix(imported, module); ours {
				if why := refuse(name, below); why != "" {
					t.Errorf("%s imports %s: %s", name, below, why)
				}
			}
		}
	}
}

// refuse says why a package may not import another, or nothing if it may.
func refuse(name, imported string) string {
	if slices.Contains(anywhere, imported) {
		return ""
	}
	if outside(name) {
		return ""
	}
	if strings.HasPrefix(imported, "internal/testing/") {
		return "only tests and benchmarks import the stand-ins"
	}
	if imported == "internal/app" && !strings.HasPrefix(name, "cmd/") {
		return "nobody imports the composition root but the program"
	}
	from, to := floor(name), floor(imported)
	switch {
	case from < 0 || to < 0:
		return "one of the two stands on no floor; give it one in internal/arch"
	case to > from:
		return "it lies on a higher floor"
	case strings.HasPrefix(name, "internal/domain/") && strings.HasPrefix(imported, "internal/domain/"):
		return refuseDomain(name, imported)
	case strings.HasPrefix(name, "internal/surface/") && strings.HasPrefix(imported, "internal/surface/"):
		return refuseSurface(name, imported)
	default:
		return ""
	}
}

// outside are the programs around the product: tests, benchmarks and tools, which may use all of it.
func outside(name string) bool {
	return strings.HasPrefix(name+"/", "internal/testing/") || strings.HasPrefix(name+"/", "bench/") || strings.HasPrefix(name, "tools/") || name == "internal/arch"
}

func refuseDomain(name, imported string) string {
	from, to := noun(name), noun(imported)
	if from == to {
		return ""
	}
	if !slices.Contains(domains, from) || !slices.Contains(domains, to) {
		return "a domain has no place in the written order; give it one in internal/arch"
	}
	if slices.Index(domains, to) > slices.Index(domains, from) {
		return "it comes later in the order of domains; use an event or an interface"
	}
	return ""
}

// refuseSurface keeps surfaces apart, and the areas of the dashboard from one another: they share ui, layout, assets, page and lens.
// Families of the API share wire.
func refuseSurface(name, imported string) string {
	from, to := strings.Split(name, "/")[2], strings.Split(imported, "/")[2]
	if from != to {
		return "surfaces never import each other"
	}
	if from == "api" && name != "internal/surface/api" && imported != "internal/surface/api/wire" {
		return "families of the API share wire only"
	}
	shared := []string{"internal/surface/web/ui", "internal/surface/web/layout", "internal/surface/web/assets", "internal/surface/web/page", "internal/surface/web/lens"}
	if from == "web" && !slices.Contains(shared, imported) && !strings.HasPrefix(imported, name+"/") {
		return "areas of the dashboard share ui, layout, assets, page and lens only"
	}
	return ""
}

func noun(name string) string {
	return strings.Split(strings.TrimPrefix(name, "internal/domain/"), "/")[0]
}

func floor(name string) int {
	return slices.IndexFunc(floors, func(f string) bool { return strings.HasPrefix(name+"/", strings.TrimSuffix(f, "/")+"/") })
}

// TestRefuseKnowsItsFloors shows that the rules can say no.
func TestRefuseKnowsItsFloors(t *testing.T) {
	for _, c := range []struct {
		name, imported string
		allowed        bool
	}{
		{"internal/domain/incident", "internal/kernel/id", true},
		{"internal/kernel/id", "internal/platform/event", false},
		{"internal/domain/audit", "internal/domain/incident", false},
		{"internal/domain/action", "internal/domain/incident", true},
		{"internal/domain/incident", "internal/surface/web/ui", false},
		{"internal/surface/chatops", "internal/surface/web/ui", false},
		{"internal/surface/web/people", "internal/surface/web/incidents", false},
		{"internal/surface/web/people", "internal/surface/web/ui", true},
		{"internal/domain/incident", "internal/testing/testdb", false},
		{"internal/surface/web/home", "internal/app", false},
		{"internal/surface/api/settings", "internal/surface/api/wire", true},
		{"internal/surface/api/settings", "internal/surface/api/platform", false},
		{"internal/surface/api", "internal/surface/api/settings", true},
		{"cmd/muster", "internal/app", true},
		{"bench", "internal/testing/bulk", true},
		{"internal/app", "migrations", true},
	} {
		if got := refuse(c.name, c.imported); (got == "") != c.allowed {
			t.Errorf("%s importing %s: refused with %q, want allowed %v", c.name, c.imported, got, c.allowed)
		}
	}
}

// TestGoroutinesStartThroughTheirHelper finds bare go statements: one that panics would take the process with it.
func TestGoroutinesStartThroughTheirHelper(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "git", "-C", "../..", "grep", "-nE", `^\s*go (func|[a-zA-Z_.]+\()`, "--", "*.go", ":!*_test.go", ":!internal/platform/supervise/go.go", ":!internal/testing", ":!bench", ":!tools").Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 { // nothing found
		return
	}
	if err != nil {
		t.Fatalf("search the sources: %v", err)
	}
	t.Errorf("goroutines that do not start through supervise.Go:\n%s", out)
}

func packages(t *testing.T) []pkg {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...")
	command.Dir = "../.."
	out, err := command.Output()
	if err != nil {
		t.Fatalf("list the packages: %v", err)
	}
	var all []pkg
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p pkg
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 10 {
		t.Fatalf("only %d packages found", len(all))
	}
	return all
}
