package browser_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/testing/browser"
)

func TestMain(m *testing.M) { os.Exit(browser.Main(m.Run)) }

const bad = `<!doctype html><html><title>Bad</title><body><img src="/gone.png"><div style="width:5000px">wide</div>
<p style="color:#aaa;background:#fff">pale</p><script>console.error("I am wrong"); undefinedWord.anywhere;</script>
<button style="position:fixed;top:300px;left:10px" onclick="this.textContent += ' once'">Press</button></body></html>`

// What is wrong with a page must be found, or the journeys prove nothing.
func TestABadPageIsFoundOut(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, bad)
	}))
	t.Cleanup(server.Close)
	tab := browser.Open(t, "reader", server.URL, browser.Laptop)
	tab.Go("/")
	wrong := tab.Axe()
	for _, rule := range []string{"image-alt", "html-has-lang", "color-contrast"} {
		if !slices.ContainsFunc(wrong, func(w string) bool { return strings.HasPrefix(w, rule+" ") }) {
			t.Errorf("axe does not find %s in %q", rule, wrong)
		}
	}
	if found := tab.Axe("image-alt"); len(found) != 1 {
		t.Errorf("one rule alone finds %q", found)
	}
	if pixels, by := tab.Overflow(); pixels <= 0 || !strings.Contains(by, "5000px") {
		t.Errorf("the page sticks out by %d pixels because of %q", pixels, by)
	}
	complaints := strings.Join(tab.Complaints(), "\n")
	for _, words := range []string{"I am wrong", "undefinedWord", "/gone.png"} {
		if !strings.Contains(complaints, words) {
			t.Errorf("nobody complains of %s in:\n%s", words, complaints)
		}
	}
	tab.Click("button", "Press")
	tab.Shows("button", "Press once")
	if tab.Taps != 1 {
		t.Errorf("one press counts as %d", tab.Taps)
	}
}

func TestALineIsCutAndMended(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "here") }))
	t.Cleanup(server.Close)
	line := browser.NewLine(t, strings.TrimPrefix(server.URL, "http://"))
	ask := func() error {
		answer, err := http.Get(line.URL) //nolint:noctx // a test's own server
		if err == nil {
			err = answer.Body.Close()
		}
		return err
	}
	if err := ask(); err != nil {
		t.Fatal(err)
	}
	line.Cut()
	if err := ask(); err == nil {
		t.Error("a line that is cut lets requests through")
	}
	line.Mend()
	if err := ask(); err != nil {
		t.Errorf("a line that is mended does not: %v", err)
	}
}
