package blob

import (
	"bufio"
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/secrets"
)

// s3 is as much of S3 as one client with one bucket needs, over real HTTP.
type s3 struct {
	mu      sync.Mutex
	objects map[string]object
}

type object struct {
	body   []byte
	header http.Header
}

func (s *s3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	signed := strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=demo/") || len(r.URL.Query().Get("X-Amz-Signature")) == 64
	if !signed {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	switch r.Method {
	case http.MethodPut:
		body, err := payload(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		s.objects[r.URL.Path] = object{body: body, header: r.Header}
		w.Header().Set("ETag", `"`+etag(body)+`"`)
	case http.MethodGet, http.MethodHead:
		found, ok := s.objects[r.URL.Path]
		if !ok {
			w.Header().Set("Content-Type", "application/xml")
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, "<Error><Code>NoSuchKey</Code></Error>")
			return
		}
		for _, name := range []string{"Content-Type", "Content-Disposition", "X-Amz-Meta-Name"} {
			w.Header().Set(name, found.header.Get(name))
		}
		w.Header().Set("ETag", `"`+etag(found.body)+`"`)
		http.ServeContent(w, r, "", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), bytes.NewReader(found.body))
	case http.MethodDelete:
		delete(s.objects, r.URL.Path)
		w.WriteHeader(http.StatusNoContent)
	}
}

func etag(body []byte) string { sum := md5.Sum(body); return hex.EncodeToString(sum[:]) }

// payload unpacks the chunks in which bodies are signed over plain http.
func payload(r *http.Request) ([]byte, error) {
	if !strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		return io.ReadAll(r.Body)
	}
	in := bufio.NewReader(r.Body)
	var out []byte
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return nil, err
		}
		size, err := strconv.ParseInt(strings.SplitN(strings.TrimSpace(line), ";", 2)[0], 16, 64)
		if err != nil || size == 0 {
			return out, err
		}
		chunk := make([]byte, size+2)
		if _, err := io.ReadFull(in, chunk); err != nil {
			return nil, err
		}
		out = append(out, chunk[:size]...)
	}
}

func newFiles(t *testing.T, clk clock.Clock) (*Files, *httptest.Server) {
	t.Helper()
	keys, err := secrets.Parse(secrets.Generate())
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	files, err := NewFiles(filepath.Join(t.TempDir(), "files"), server.URL+"/", keys, clk)
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("GET /files/{key...}", files)
	return files, server
}

// stores are both kinds of storage, which must behave alike.
func stores(t *testing.T) map[string]Store {
	files, _ := newFiles(t, clock.System{})
	server := httptest.NewServer(&s3{objects: map[string]object{}})
	t.Cleanup(server.Close)
	bucket, err := NewS3(Bucket{Endpoint: server.URL, Name: "muster", AccessKey: "demo", SecretKey: "demo-secret", PathStyle: true})
	if err != nil {
		t.Fatal(err)
	}
	if origin, err := bucket.Origin(t.Context()); err != nil || origin != server.URL {
		t.Errorf("origin %s, %v, want %s", origin, err, server.URL)
	}
	return map[string]Store{"files": files, "s3": bucket}
}

func TestStoresKeepBlobsAndHandThemOut(t *testing.T) {
	for name, store := range stores(t) {
		t.Run(name, func(t *testing.T) {
			ctx, key, body := t.Context(), NewKey("exports", ".csv"), strings.Repeat("a,b,ü\n", 5000)
			meta := Meta{ContentType: "text/csv", Name: "Überblick \"2026\".csv", Size: int64(len(body))}
			if err := store.Put(ctx, key, strings.NewReader(body), meta); err != nil {
				t.Fatal(err)
			}
			rc, got, err := store.Get(ctx, key)
			if err != nil {
				t.Fatal(err)
			}
			read, err := io.ReadAll(rc)
			rc.Close()
			if err != nil || string(read) != body {
				t.Errorf("read %d bytes, %v", len(read), err)
			}
			if diff := cmp.Diff(meta, got); diff != "" {
				t.Error(diff)
			}
			address, err := store.SignedURL(ctx, key, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := http.Get(address)
			if err != nil {
				t.Fatal(err)
			}
			served, _ := io.ReadAll(answer.Body)
			answer.Body.Close()
			if string(served) != body || !strings.HasPrefix(answer.Header.Get("Content-Disposition"), "attachment") {
				t.Errorf("served %d bytes with status %d and %v", len(served), answer.StatusCode, answer.Header)
			}
			for range 2 {
				if err := store.Delete(ctx, key); err != nil {
					t.Error(err)
				}
			}
			if _, _, err := store.Get(ctx, key); !problem.Is(err, problem.NotFound) {
				t.Errorf("after the deletion: %v", err)
			}
			if err := Check(ctx, store); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestKeysThatLeadElsewhereAreRefused(t *testing.T) {
	for name, store := range stores(t) {
		for _, key := range []string{"", "/etc/passwd", "../secret", "a/../../b", "a//b", "a/./b", "a\\b", "A", ".hidden", "a/.b", "a\x00b", "a.png.meta.json", strings.Repeat("a", 201)} {
			if err := store.Put(context.Background(), key, strings.NewReader("x"), Meta{Size: 1}); err == nil {
				t.Errorf("%s took the key %q", name, key)
			}
			if _, _, err := store.Get(context.Background(), key); !problem.Is(err, problem.NotFound) {
				t.Errorf("%s opened the key %q: %v", name, key, err)
			}
			if _, err := store.SignedURL(context.Background(), key, time.Minute); err == nil {
				t.Errorf("%s signed the key %q", name, key)
			}
		}
	}
}

func TestSymbolicLinkOutOfTheFolderIsNotFollowed(t *testing.T) {
	files, _ := newFiles(t, clock.System{})
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "x.txt"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(files.root.Name(), "x_")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := files.Get(t.Context(), "x.txt"); err == nil {
		t.Error("a link out of the folder was followed")
	}
}

func TestHalfAnUploadLeavesNoBlob(t *testing.T) {
	files, _ := newFiles(t, clock.System{})
	err := files.Put(t.Context(), "a.txt", io.MultiReader(strings.NewReader("half"), iotest.ErrReader(io.ErrUnexpectedEOF)), Meta{})
	if err == nil {
		t.Error("half an upload was taken")
	}
	if _, _, err := files.Get(t.Context(), "a.txt"); !problem.Is(err, problem.NotFound) {
		t.Errorf("half an upload is there: %v", err)
	}
	if drafts, _ := filepath.Glob(filepath.Join(files.root.Name(), "*", "*.draft")); len(drafts) != 0 {
		t.Errorf("drafts are left: %v", drafts)
	}
}

func TestSignedAddressOfAFile(t *testing.T) {
	now := clock.NewManual(time.Date(2026, 1, 1, 12, 0, 30, 0, time.UTC))
	files, _ := newFiles(t, now)
	for key, kind := range map[string]string{"a.png": "image/png", "a.svg": "image/svg+xml", "b.png": "image/png"} {
		if err := files.Put(t.Context(), key, strings.NewReader("0123456789"), Meta{ContentType: kind}); err != nil {
			t.Fatal(err)
		}
	}
	address, err := files.SignedURL(t.Context(), "a.png", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	now.Advance(time.Minute)
	if again, _ := files.SignedURL(t.Context(), "a.png", time.Hour); again != address {
		t.Error("the address changes with each minute, so browsers load the picture again")
	}
	get := func(address string) *http.Response {
		r, _ := http.NewRequest(http.MethodGet, address, nil)
		r.Header.Set("Range", "bytes=2-4")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { answer.Body.Close() })
		return answer
	}
	answer := get(address)
	body, _ := io.ReadAll(answer.Body)
	if string(body) != "234" || answer.Header.Get("Content-Disposition") != "inline" || answer.Header.Get("X-Content-Type-Options") != "nosniff" ||
		answer.Header.Get("Content-Security-Policy") != "default-src 'none'; sandbox" {
		t.Errorf("%d %q %v", answer.StatusCode, body, answer.Header)
	}
	svg, _ := files.SignedURL(t.Context(), "a.svg", time.Hour)
	if got := get(svg).Header.Get("Content-Disposition"); got != "attachment" {
		t.Errorf("an SVG is served %s", got)
	}
	if got := get(strings.Replace(address, "a.png", "b.png", 1)).StatusCode; got != http.StatusNotFound {
		t.Errorf("the signature of another file: %d", got)
	}
	if got := get(strings.Split(address, "?")[0]).StatusCode; got != http.StatusNotFound {
		t.Errorf("no signature: %d", got)
	}
	now.Advance(3 * time.Hour)
	if got := get(address).StatusCode; got != http.StatusGone {
		t.Errorf("an old address: %d", got)
	}
}

func TestS3EndpointMustBeAnAddress(t *testing.T) {
	for _, endpoint := range []string{"", "s3.example.com", "ftp://s3.example.com"} {
		if _, err := NewS3(Bucket{Endpoint: endpoint, Name: "muster"}); err == nil {
			t.Errorf("%q was taken", endpoint)
		}
	}
}
