package scenario_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/testing/scenario"
)

var (
	route       = regexp.MustCompile(`^(GET|POST|PUT|DELETE) (/.*)$`)
	placeholder = regexp.MustCompile(`\{[^}]+\}`)
)

// routes reads every route of the dashboard from its source, so that a new one cannot be forgotten.
func routes(t *testing.T) []string {
	t.Helper()
	// The areas of settings that share their code put their routes together from these.
	var found []string
	for _, area := range []string{"severities", "statuses", "roles"} {
		at := " /settings/" + area
		found = append(found, "GET"+at, "POST"+at, "GET"+at+"/new", "PUT"+at+"/order", "GET"+at+"/{entry}/edit", "PUT"+at+"/{entry}", "DELETE"+at+"/{entry}")
	}
	err := filepath.WalkDir("../../surface/web", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(node ast.Node) bool {
			if literal, ok := node.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				if text, _ := strconv.Unquote(literal.Value); route.MatchString(text) && !strings.HasSuffix(text, " /") {
					found = append(found, text)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// fields are the names that forms of the dashboard use; garbage is sent in all of them at once.
var fields = strings.Fields(`action after assignee auth before category client_key date days description device email emoji endpoint file
	ids in.name in.summary in.minutes in.user instructions key kind lead message method minutes name new next note o order p256dh prefix private
	q reason role section seq severity shortform slug source status summary text theme time_zone token topics type value version view wanted was zone`)

// TestGarbageIsTheSendersMistake sends what nobody means to every route: it is never our fault, and always said in words.
func TestGarbageIsTheSendersMistake(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	if _, err := s.App.Incidents.Declare(s.Owner.Context(), incident.Declare{Name: "Payments fail"}); err != nil {
		t.Fatal(err)
	}
	all := routes(t)
	if len(all) < 90 {
		t.Fatalf("only %d routes were found in the source", len(all))
	}
	odd := []string{
		"%00", "%FF%FE", "0", "-1", "INC-1%00", "99999999999999999999", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "..%2F..%2Fetc%2Fpasswd",
		"%22%3E%3Cscript%3E", "role-%00", "%E2%80%AE%F0%9F%92%A9", strings.Repeat("a", 2000),
	}
	values := []string{"", "\x00", "\xff\xfe", "-1", "2147483648", "4294967296", "99999999999999999999", "<script>alert(1)</script>", "a\r\nSet-Cookie: x=1", strings.Repeat("x", 5000), "💩", "01ARZ3NDEKTSV4RRFFQ69G5FAV"}
	browser := s.Owner
	try := func(method, path string, form url.Values, want func(status int) bool) {
		t.Helper()
		page := browser.Send(method, path, form)
		if !want(page.Status) || (page.Status >= 400 && strings.TrimSpace(page.Body) == "" && method != http.MethodHead) {
			t.Errorf("%s %.60s with %.40q is answered with %d: %.200s", method, path, form.Get("name"), page.Status, page.Text())
		}
		if strings.Contains(page.Body, "<script>alert") || len(page.Header.Values("Set-Cookie")) > 0 && strings.Contains(page.Header.Get("Set-Cookie"), "x=1;") {
			t.Errorf("%s %s lets through what was typed: %.200s", method, path, page.Body)
		}
	}
	ours := func(status int) bool { return status < 500 || status == http.StatusNotImplemented }
	refused := func(status int) bool { return status >= 400 && status < 500 }
	for _, one := range all {
		method, path, _ := strings.Cut(strings.ReplaceAll(one, "{$}", ""), " ")
		if path == "/live" || path == "/logout" || path == "/me/sessions" { // a stream, and what ends this session
			continue
		}
		names := placeholder.FindAllString(path, -1)
		valid := strings.NewReplacer("{ref}", "1", "{what}", "name", "{region}", "header", "{emoji}", "eyes").Replace(path)
		for n := range names {
			for _, garbage := range odd {
				at := path
				for m, name := range names {
					with := "1"
					if m == n {
						with = garbage
					} else if name != "{ref}" {
						with = "eyes"
					}
					at = strings.Replace(at, name, with, 1)
				}
				try(method, at, nil, refused)
			}
		}
		valid = placeholder.ReplaceAllString(valid, "01ARZ3NDEKTSV4RRFFQ69G5FAV")
		for _, value := range values {
			form := url.Values{}
			for _, field := range fields {
				form.Set(field, value)
			}
			if method == http.MethodGet {
				form.Del("o") // names an organisation on every page
				try(method, valid+"?"+shorter(form).Encode(), nil, ours)
				continue
			}
			try(method, valid, form, ours)
		}
		for _, wrong := range []string{"TRACE", "PATCH", "NONSENSE"} {
			try(wrong, valid, nil, refused)
		}
	}
}

// shorter fits into an address.
func shorter(form url.Values) url.Values {
	for name := range form {
		if value := form.Get(name); len(value) > 200 {
			form.Set(name, value[:200])
		}
	}
	return form
}
