package layout_test

import (
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/surface/web/layout"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

func rendered(t *testing.T, v layout.View) string {
	t.Helper()
	var html strings.Builder
	if err := layout.Page(v).Render(t.Context(), &html); err != nil {
		t.Fatal(err)
	}
	return html.String()
}

func TestHelpNamesAKeyOnce(t *testing.T) {
	html := rendered(t, layout.View{Keys: []layout.Key{{Keys: []string{"/"}, Does: "Write in the room"}}})
	if !strings.Contains(html, "Write in the room") || strings.Contains(html, "Search on this page") {
		t.Error("the page's own meaning of / does not take the place of the common one")
	}
	if !strings.Contains(rendered(t, layout.View{}), "Search on this page") {
		t.Error("a page without keys of its own lacks the common ones")
	}
}

func TestSchemeIsSetBeforeTheFirstPaint(t *testing.T) {
	for theme, bars := range map[string][]string{"": {"#f6f7f9", "#0e1014"}, "light": {"#f6f7f9"}, "dark": {"#0e1014"}} {
		html := rendered(t, layout.View{Theme: theme})
		if got := strings.Contains(html, `data-theme="`+theme+`"`); got != (theme != "") {
			t.Errorf("theme %q: marked %t", theme, got)
		}
		if got := strings.Count(html, `name="theme-color"`); got != len(bars) || !strings.Contains(html, bars[0]) {
			t.Errorf("theme %q: %d colors for the browser's bar, want %v", theme, got, bars)
		}
	}
}

func TestNamesInTheFrameAreEscaped(t *testing.T) {
	hostile := `<img src=x>" onclick="x`
	html := rendered(t, layout.View{
		Title: hostile, Toast: hostile, Me: layout.Me{Person: ui.PersonView{Name: hostile}, OrganisationName: hostile, Several: true},
		Nav: layout.Nav{Live: []layout.LiveItem{{Name: hostile}}},
	})
	for _, danger := range []string{"<img", `" onclick="`} {
		if strings.Contains(html, danger) {
			t.Errorf("%s came through", danger)
		}
	}
}

func TestNoScriptOrStyleInPages(t *testing.T) {
	html := rendered(t, layout.View{Me: layout.Me{MayDeclare: true}, Insecure: true, Toast: "Saved"})
	for _, refused := range []string{" style=", "<style", " onclick=", "<script>"} {
		if strings.Contains(html, refused) {
			t.Errorf("the content security policy refuses %s", refused)
		}
	}
}
