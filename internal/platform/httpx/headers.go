package httpx

import (
	"net/http"
	"strings"
)

// Policy is the Content-Security-Policy of every page: everything from our own address, no inline script or style, no frames.
const Policy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; " +
	"worker-src 'self'; manifest-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

// Headers sets the security headers that a handler may still replace; images are further origins that pictures may come from, as a bucket's.
func Headers(images ...string) Middleware {
	policy := strings.Replace(Policy, "img-src 'self'", strings.Join(append([]string{"img-src 'self'"}, images...), " "), 1)
	return func(next http.Handler) http.Handler { return headers(policy, next) }
}

func headers(policy string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "private, no-cache")
		if RequestOf(r.Context()).Secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// Protect refuses requests that change something and come from another site's page (https://pkg.go.dev/net/http#CrossOriginProtection).
// Origins are other addresses that are trusted; a refused request is given to deny.
func Protect(origins []string, deny http.Handler) (Middleware, error) {
	guard := http.NewCrossOriginProtection()
	for _, origin := range origins {
		if err := guard.AddTrustedOrigin(origin); err != nil {
			return nil, err
		}
	}
	if deny != nil {
		guard.SetDenyHandler(deny)
	}
	return guard.Handler, nil
}
