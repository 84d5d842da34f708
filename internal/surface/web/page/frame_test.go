package page_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// TestWhatEndedEarlyIsNeverAcknowledged guards against the 200 that net/http sends for a handler that says nothing.
func TestWhatEndedEarlyIsNeverAcknowledged(t *testing.T) {
	t.Parallel()
	for name, cause := range map[string]error{"too slow": httpx.ErrSlow, "the browser went": context.Canceled} {
		for _, quiet := range []string{"", "true"} {
			ctx, cancel := context.WithCancelCause(t.Context())
			cancel(cause)
			r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/incidents", nil)
			r.Header.Set("HX-Request", quiet)
			w := httptest.NewRecorder()
			page.Fail(w, r, ctx.Err())
			if w.Code != http.StatusServiceUnavailable {
				t.Errorf("%s: answered with %d, want 503", name, w.Code)
			}
			if cause == httpx.ErrSlow && w.Body.Len() == 0 {
				t.Errorf("%s: the page says nothing", name)
			}
		}
	}
}
