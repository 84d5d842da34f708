package site

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/platform/httpx"
)

// healthy says that the process answers, whatever else may be away: what restarts processes asks this.
func healthy(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, "ok\n")
}

// patience is how long the database may take to answer.
const patience = 2 * time.Second

// ready says whether requests are worth sending here: what balances load asks this, and pages that wait.
func (s *Site) ready(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	if err := s.Ready(ctx); err != nil {
		slog.WarnContext(r.Context(), "not ready", "error", err)
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	}
	_, _ = io.WriteString(w, "ready\n")
}

// near lets only those in the own network through, as a Prometheus is. A request that some proxy has passed on
// without being trusted comes from nobody knows where.
func near(next http.Handler) http.Handler {
	return only(next, func(client netip.Addr) bool { return client.IsLoopback() || client.IsPrivate() })
}

// here lets only this machine through: what it guards holds other people's sign-in links. The address that was asked for
// must be this machine's own too: a page from elsewhere whose name leads here all of a sudden is in this machine's browser.
func here(next http.Handler) http.Handler {
	own := only(next, netip.Addr.IsLoopback)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !loopback(r.Host) {
			http.NotFound(w, r)
			return
		}
		own.ServeHTTP(w, r)
	})
}

func loopback(asked string) bool {
	name := asked
	if host, _, err := net.SplitHostPort(asked); err == nil {
		name = host
	}
	addr, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return name == "localhost" || (err == nil && addr.IsLoopback())
}

func only(next http.Handler, allowed func(client netip.Addr) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		client := httpx.RequestOf(r.Context()).Client
		if !client.IsValid() || !allowed(client) || hidden(r, client) {
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hidden reports whether a proxy that is not trusted stands before the real client.
func hidden(r *http.Request, client netip.Addr) bool {
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	peer, err := netip.ParseAddr(host)
	if err != nil || peer.WithZone("").Unmap() != client {
		return err != nil
	}
	return r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" || r.Header.Get("Via") != ""
}
