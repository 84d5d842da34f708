// Package blob keeps files that people upload: on local disk or in S3-compatible storage, handed out through signed short-lived URLs.
package blob

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"mime"
	"regexp"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/kernel/problem"
)

// Meta is what is known about a blob besides its bytes.
type Meta struct {
	ContentType string `json:"content_type"`
	Name        string `json:"name,omitempty"` // file name for whoever downloads it
	Size        int64  `json:"size"`           // bytes; Put takes 0 for unknown
}

// Store keeps blobs by key; a missing blob is a NotFound problem.
type Store interface {
	// Put writes a blob whole or not at all; an existing one is replaced.
	Put(ctx context.Context, key string, r io.Reader, meta Meta) error
	// Get opens a blob; the caller closes it.
	Get(ctx context.Context, key string) (io.ReadCloser, Meta, error)
	// Delete removes a blob; a missing one is fine.
	Delete(ctx context.Context, key string) error
	// SignedURL returns an address that gives the blob to whoever holds it, for at least ttl and at most twice as long.
	SignedURL(ctx context.Context, key string, ttl time.Duration) (string, error)
}

// keyForm is the form of keys: lower-case path segments that begin with a letter or digit, so that no key leads out of a folder.
var keyForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*$`)

// NewKey returns a key that nobody can guess (130 random bits) in a folder, with an extension such as ".png".
func NewKey(folder, extension string) string {
	return folder + "/" + strings.ToLower(rand.Text()) + extension
}

func checkKey(key string) error {
	if len(key) > 200 || !keyForm.MatchString(key) || strings.HasSuffix(key, metaSuffix) {
		return problem.New(problem.NotFound, "not_found", "There is no file under this address.")
	}
	return nil
}

var errMissing = problem.Missing("file")

// inline are the types that browsers may show in place; all others are downloaded, since they could hold script.
var inline = map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true}

// disposition returns the Content-Disposition of a blob.
func disposition(meta Meta) string {
	kind := "attachment"
	if inline[meta.ContentType] {
		kind = "inline"
	}
	if meta.Name == "" {
		return kind
	}
	return mime.FormatMediaType(kind, map[string]string{"filename": meta.Name})
}

// Check writes, reads and deletes a small blob, to tell an operator whether the store works.
func Check(ctx context.Context, store Store) error {
	key, want := NewKey("check", ".txt"), []byte("muster was here\n")
	if err := store.Put(ctx, key, bytes.NewReader(want), Meta{ContentType: "text/plain", Size: int64(len(want))}); err != nil {
		return fmt.Errorf("write a file: %w", err)
	}
	rc, _, err := store.Get(ctx, key)
	if err != nil {
		return fmt.Errorf("open the file just written: %w", err)
	}
	defer rc.Close()
	if got, err := io.ReadAll(rc); err != nil || !bytes.Equal(got, want) {
		return fmt.Errorf("read the file just written: got %d of %d bytes: %w", len(got), len(want), err)
	}
	if err := store.Delete(ctx, key); err != nil {
		return fmt.Errorf("delete the file just written: %w", err)
	}
	return nil
}
