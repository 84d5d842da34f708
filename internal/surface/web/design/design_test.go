package design_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/surface/web/design"
	"github.com/musterhq/muster/internal/surface/web/layout"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/testing/htmlcheck"
)

func TestEveryPartIsShownInBothSchemes(t *testing.T) {
	frame := &page.Frame{
		Nav:     func(context.Context) (layout.Nav, error) { return layout.Nav{}, nil },
		PushKey: func(context.Context) (string, error) { return "", nil },
	}
	mux := http.NewServeMux()
	design.New(design.Needs{Frame: frame}).Routes(mux)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequestWithContext(page.WithViewer(t.Context(), page.Viewer{Name: "Ada"}), http.MethodGet, "/design", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("the page answers %d: %s", w.Code, w.Body)
	}
	text := w.Body.String()
	htmlcheck.Page(t, text)
	light, dark := strings.Count(text, "design__scheme--light"), strings.Count(text, "design__scheme--dark")
	if light == 0 || light != dark {
		t.Errorf("%d parts in light and %d in dark", light, dark)
	}
}

// TestEveryComponentIsOnThePage holds the rule that a component which is not on the page does not exist.
func TestEveryComponentIsOnThePage(t *testing.T) {
	source, err := os.ReadFile("design.templ")
	if err != nil {
		t.Fatal(err)
	}
	// What the frame, forms and other components bring with them needs no place of its own.
	elsewhere := map[string]bool{"Brand": true, "LargeIcon": true, "Hidden": true, "Method": true, "Ago": true, "Due": true, "SeverityMark": true, "StatusMark": true, "DialogFrame": true}
	files, err := os.ReadDir("../ui")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".templ") {
			continue
		}
		text, err := os.ReadFile("../ui/" + file.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^templ ([A-Z]\w*)\(`).FindAllStringSubmatch(string(text), -1) {
			seen++
			if !elsewhere[m[1]] && !strings.Contains(string(source), "@ui."+m[1]+"(") {
				t.Errorf("the component %s is not on the page", m[1])
			}
		}
	}
	if seen == 0 {
		t.Error("no component was found to look for")
	}
}
