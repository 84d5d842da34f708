package httpx

import (
	"compress/gzip"
	"mime"
	"net/http"
	"strings"
	"sync"
)

// compressFrom is the size in bytes under which an answer fits into one packet anyway.
const compressFrom = 1024

var writers = sync.Pool{New: func() any {
	w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	return w
}}

// Compress answers in gzip those clients that take it, for text only, and never a live stream, whose events must not wait in a window.
func Compress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Accept-Encoding")
		if r.Method == http.MethodHead || !takesGzip(r.Header.Get("Accept-Encoding")) {
			next.ServeHTTP(w, r)
			return
		}
		c := &compressor{ResponseWriter: w}
		next.ServeHTTP(c, r)
		c.close()
	})
}

func takesGzip(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.TrimSpace(name) == "gzip" {
			quality := strings.TrimPrefix(strings.TrimSpace(params), "q=")
			return strings.Trim(quality, "0.") != "" || params == ""
		}
	}
	return false
}

// compressor holds back the first bytes until it knows whether the answer is worth packing.
type compressor struct {
	http.ResponseWriter
	status  int
	held    []byte
	decided bool
	gzip    *gzip.Writer
}

// WriteHeader keeps the status until it is decided how the body goes out.
func (c *compressor) WriteHeader(status int) {
	if status < 200 {
		c.ResponseWriter.WriteHeader(status)
		return
	}
	if c.status == 0 {
		c.status = status
	}
}

// Write packs or passes on bytes of the answer.
func (c *compressor) Write(p []byte) (int, error) {
	if c.status == 0 {
		c.status = http.StatusOK
	}
	if !c.decided {
		c.held = append(c.held, p...)
		if len(c.held) < compressFrom {
			return len(p), nil
		}
		return len(p), c.decide(true)
	}
	if c.gzip != nil {
		return c.gzip.Write(p)
	}
	return c.ResponseWriter.Write(p)
}

func (c *compressor) decide(large bool) error {
	c.decided = true
	h := c.Header()
	if len(c.held) > 0 && h.Get("Content-Type") == "" {
		h.Set("Content-Type", http.DetectContentType(c.held))
	}
	if large && c.status != http.StatusPartialContent && c.status != http.StatusNoContent && c.status != http.StatusNotModified &&
		h.Get("Content-Encoding") == "" && packs(h.Get("Content-Type")) {
		h.Set("Content-Encoding", "gzip")
		h.Del("Content-Length")
		h.Del("Accept-Ranges")
		c.gzip = writers.Get().(*gzip.Writer)
		c.gzip.Reset(c.ResponseWriter)
	}
	if c.status != 0 {
		c.ResponseWriter.WriteHeader(c.status)
	}
	held := c.held
	c.held = nil
	if len(held) == 0 {
		return nil
	}
	_, err := c.Write(held)
	return err
}

func packs(contentType string) bool {
	kind, _, _ := mime.ParseMediaType(contentType)
	switch kind {
	case "text/event-stream":
		return false
	case "application/json", "application/javascript", "application/manifest+json", "image/svg+xml", "application/xml":
		return true
	}
	return strings.HasPrefix(kind, "text/")
}

// Flush sends what there is now; it decides without waiting for more bytes.
func (c *compressor) Flush() { _ = c.FlushError() }

// FlushError is Flush for http.ResponseController.
func (c *compressor) FlushError() error {
	if !c.decided {
		if c.status == 0 {
			c.status = http.StatusOK
		}
		if err := c.decide(true); err != nil {
			return err
		}
	}
	if c.gzip != nil {
		if err := c.gzip.Flush(); err != nil {
			return err
		}
	}
	return http.NewResponseController(c.ResponseWriter).Flush()
}

// Unwrap gives http.ResponseController the writer beneath, for deadlines.
func (c *compressor) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *compressor) close() {
	if !c.decided {
		_ = c.decide(false)
	}
	if c.gzip != nil {
		_ = c.gzip.Close()
		writers.Put(c.gzip)
	}
}
