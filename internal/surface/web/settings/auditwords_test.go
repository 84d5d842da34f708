package settings

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

var actionName = regexp.MustCompile(`^[a-z_]{2,}\.[a-z_]+$`)

// written finds the actions that the domains write into the log: those that stand in an entry and those that an unexported
// function or a variable hands on to one.
func written(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	note := func(file string, e ast.Expr) {
		if lit, is := e.(*ast.BasicLit); is && lit.Kind == token.STRING {
			if words, _ := strconv.Unquote(lit.Value); actionName.MatchString(words) {
				found[words] = file
			}
		}
	}
	err := filepath.WalkDir("../../../domain", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "/internal/db/") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				if key, is := n.Key.(*ast.Ident); is && key.Name == "Action" {
					note(path, n.Value)
				}
			case *ast.FuncDecl: // these domains tell their events in the log
				if n.Name.Name == "Kind" && regexp.MustCompile(`/(action|followup|question)/`).MatchString(path) {
					ast.Inspect(n.Body, func(n ast.Node) bool {
						if e, is := n.(ast.Expr); is {
							note(path, e)
						}
						return true
					})
				}
			case *ast.AssignStmt:
				if to, is := n.Lhs[0].(*ast.Ident); is && to.Name == "action" {
					for _, value := range n.Rhs {
						note(path, value)
					}
				}
			case *ast.CallExpr:
				name := ""
				switch fn := n.Fun.(type) {
				case *ast.Ident:
					name = fn.Name
				case *ast.SelectorExpr:
					name = fn.Sel.Name
				}
				if name != "" && !ast.IsExported(name) {
					for _, arg := range n.Args {
						note(path, arg)
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestEveryActionInTheLogHasItsSentence(t *testing.T) {
	all := written(t)
	if len(all) < 60 {
		t.Fatalf("only %d actions are found in the source", len(all))
	}
	for action, file := range all {
		if _, known := sentence(action); !known {
			t.Errorf("%s of %s has no words", action, file)
		}
	}
	for _, action := range []string{"api_key.created", "api_key.revoked", "api_key.rotated", "ip_allowlist.edited"} { // put together of parts
		if _, known := sentence(action); !known {
			t.Errorf("%s has no words", action)
		}
	}
	for noun := range auditNouns {
		for verb := range auditVerbs {
			if words, known := sentence(noun + "." + verb); !known || strings.Contains(words, "%") {
				t.Errorf("%s.%s is told as %q", noun, verb, words)
			}
		}
	}
	if words, known := sentence("moon.went_up"); known || words != "moon: went up" {
		t.Errorf("what is not known is told as %q", words)
	}
}

func TestEntriesAreReadInWords(t *testing.T) {
	minor, maya := id.ID("01HZZZZZZZZZZZZZZZZZZZZZM1"), id.ID("01HZZZZZZZZZZZZZZZZZZZZZM2")
	names := map[id.ID]string{minor: "Minor", maya: "Maya"}
	before := values([]byte(`{"severity": null, "users": ["` + string(maya) + `"], "private": false, "same": 3}`))
	after := values([]byte(`{"severity": "` + string(minor) + `", "users": [], "private": true, "same": 3, "next_update_due_at": "2026-03-02T09:30:00Z", "moon_phase": {"half_full": 0.5}}`))
	want := []changed{
		{"Moon phase", "", "Half full 0.5"},
		{"Next update due", "", "2 March 2026, 10:30"},
		{"Private", "no", "yes"},
		{"Same", "", "3"},
		{"Severity", "", "Minor"},
		{"Users", "Maya", ""},
	}
	got := changes(before, after, names, time.FixedZone("", 3600))
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for n := range want {
		if got[n] != want[n] {
			t.Errorf("row %d: %+v, not %+v", n, got[n], want[n])
		}
	}
	actor := tenant.Actor{ID: maya}
	for _, c := range []struct {
		entry audit.Logged
		want  string
	}{
		{audit.Logged{Action: "severity.edited", TargetType: "severity", TargetID: minor, Actor: actor}, "changed the severity Minor"},
		{audit.Logged{Action: "user.role_changed", TargetType: "user", TargetID: maya}, "changed the role of Maya"},
		{audit.Logged{Action: "incident.severity_changed", TargetType: "incident", TargetID: minor}, "changed the severity of an incident"},
	} {
		if got := actionWords(c.entry, nil, nil, names); got != c.want {
			t.Errorf("%s is told as %q", c.entry.Action, got)
		}
	}
}
