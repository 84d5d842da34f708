package site

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/musterhq/muster/internal/platform/httpx"
)

func TestPagesOfDevelopmentAreForThisMachineAlone(t *testing.T) {
	t.Parallel()
	handler := httpx.Chain(here(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})), httpx.Identify([]netip.Prefix{netip.MustParsePrefix("10.0.0.1/32")}))
	for _, c := range []struct {
		name, peer, host, forwarded string
		open                        bool
	}{
		{"by name", "127.0.0.1:9000", "localhost:8080", "", true},
		{"by address", "127.0.0.1:9000", "127.0.0.1:8080", "", true},
		{"by the other address", "[::1]:9000", "[::1]:8080", "", true},
		{"from the network", "192.168.1.7:9000", "localhost:8080", "", false},
		{"a page from elsewhere whose name leads here", "127.0.0.1:9000", "rebound.example:8080", "", false},
		{"through a proxy of this machine", "127.0.0.1:9000", "localhost:8080", "203.0.113.7", false},
		{"through a trusted proxy", "10.0.0.1:9000", "localhost:8080", "203.0.113.7", false},
	} {
		r := httptest.NewRequest(http.MethodGet, "http://"+c.host+"/dev/outbox", nil)
		r.RemoteAddr = c.peer
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if open := w.Code == http.StatusOK; open != c.open {
			t.Errorf("%s: answered with %d", c.name, w.Code)
		}
	}
}
