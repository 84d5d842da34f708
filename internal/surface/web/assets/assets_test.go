package assets_test

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/surface/web/assets"
)

// firstVisit is what a page with all its assets may weigh when it is opened first, compressed.
const firstVisit = 150 << 10

func TestFirstVisitIsLight(t *testing.T) {
	if !assets.Bundled() {
		t.Fatal("the bundle is missing; make assets makes it")
	}
	total := 8 << 10 // the page itself
	for _, name := range []string{"app.css", "app.js", "icons.svg", "inter-latin.woff2"} {
		answer := httptest.NewRecorder()
		assets.Handler().ServeHTTP(answer, httptest.NewRequest("GET", assets.Path(name), nil))
		if answer.Code != 200 || !strings.Contains(answer.Header().Get("Cache-Control"), "immutable") {
			t.Fatalf("%s: status %d, %v", name, answer.Code, answer.Header())
		}
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		if _, err := w.Write(answer.Body.Bytes()); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		total += packed.Len()
	}
	t.Logf("a first visit weighs %d bytes", total)
	if total > firstVisit {
		t.Errorf("a first visit weighs %d bytes, %d are allowed", total, firstVisit)
	}
}

// named finds icons where they are asked for by name.
var named = regexp.MustCompile(`(?:Icon\(|Icon: |icon: |icon \?\? )"([a-z0-9-]+)"`)

func TestEveryIconThatIsAskedForIsInTheSprite(t *testing.T) {
	list, err := os.ReadFile("icons.txt")
	if err != nil {
		t.Fatal(err)
	}
	sprite := strings.Fields(string(list))
	used := map[string]string{}
	err = filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !(strings.HasSuffix(path, ".templ") || strings.HasSuffix(path, ".ts")) {
			return err
		}
		text, err := os.ReadFile(path)
		for _, found := range named.FindAllStringSubmatch(string(text), -1) {
			used[found[1]] = path
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(used) < 15 {
		t.Fatalf("only %d icons found: the search does not work", len(used))
	}
	for name, path := range used {
		if !slices.Contains(sprite, name) {
			t.Errorf("%s asks for the icon %q, which is not in icons.txt", path, name)
		}
	}
}

func TestPathsOutsideOfTheBundleAreNotServed(t *testing.T) {
	for _, path := range []string{"/assets/../assets.go", "/assets/placeholder.txt/..", "/assets/", "/assets/none.css"} {
		answer := httptest.NewRecorder()
		assets.Handler().ServeHTTP(answer, httptest.NewRequest("GET", path, nil))
		if answer.Code != 404 {
			t.Errorf("%s: status %d, want 404", path, answer.Code)
		}
	}
}
