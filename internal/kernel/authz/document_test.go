package authz

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestDocumentHasEveryRole holds the table of docs/api-keys.md against the roles.
func TestDocumentHasEveryRole(t *testing.T) {
	const heading = "## Roles and their scopes\n"
	text, err := os.ReadFile("../../../docs/api-keys.md")
	if err != nil {
		t.Fatal(err)
	}
	before, table, found := strings.Cut(string(text), heading)
	var want strings.Builder
	want.WriteString("\n| role | what it may do | scopes |\n|---|---|---|\n")
	for _, k := range KeyRoles() {
		var scopes []string
		for _, p := range k.Permissions().List() {
			scopes = append(scopes, "`"+string(p)+"`")
		}
		fmt.Fprintf(&want, "| `%s` | %s | %s |\n", k.Role, k.Description, strings.Join(scopes, " "))
	}
	if found && table == want.String() {
		return
	}
	if os.Getenv("MUSTER_WRITE_DOCS") != "" {
		if err := os.WriteFile("../../../docs/api-keys.md", []byte(before+heading+want.String()), 0o644); err != nil { //nolint:gosec // a document
			t.Fatal(err)
		}
		return
	}
	t.Error("docs/api-keys.md does not say what the roles hold now; write it anew with MUSTER_WRITE_DOCS=1 go test ./internal/kernel/authz")
}
