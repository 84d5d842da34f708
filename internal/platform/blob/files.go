package blob

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/platform/secrets"
)

// purpose of the signatures in addresses of files.
const purpose = "blob file"

// Files keeps blobs in a local folder and serves them under /files/.
type Files struct {
	root  *os.Root // opens nothing outside of the folder, even through symbolic links
	base  string
	keys  *secrets.Keys
	clock clock.Clock
}

// NewFiles returns a store in a folder, which is made when missing; base is Muster's own address for URLs ("https://muster.example.com").
func NewFiles(folder, base string, keys *secrets.Keys, clk clock.Clock) (*Files, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of files: %w", err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("open the folder of files: %w", err)
	}
	return &Files{root: root, base: strings.TrimRight(base, "/"), keys: keys, clock: clk}, nil
}

// place returns where a key lies: its folder is split by two characters so that no folder grows too large.
func place(key string) string {
	folder, name := path.Split(key)
	return folder + (name + "__")[:2] + "/" + name
}

const metaSuffix = ".meta.json"

// Put writes a blob whole or not at all.
func (f *Files) Put(_ context.Context, key string, r io.Reader, meta Meta) error {
	if err := checkKey(key); err != nil {
		return err
	}
	at := place(key)
	if err := f.root.MkdirAll(path.Dir(at), 0o700); err != nil {
		return fmt.Errorf("make a folder for files: %w", err)
	}
	described, err := json.Marshal(meta)
	if err != nil {
		return fmt.Errorf("describe a file: %w", err)
	}
	// The description goes first: a crash in between leaves a description without a file, which is no blob.
	if err := f.write(at+metaSuffix, strings.NewReader(string(described))); err != nil {
		return fmt.Errorf("write the description of a file: %w", err)
	}
	if err := f.write(at, r); err != nil {
		return fmt.Errorf("write a file: %w", err)
	}
	return nil
}

// write makes a file appear at once with all of its bytes on the disk.
func (f *Files) write(at string, r io.Reader) (err error) {
	draft := at + "." + rand.Text() + ".draft"
	file, err := f.root.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.root.Remove(draft)
		}
	}()
	_, err = io.Copy(file, r)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err = f.root.Rename(draft, at); err != nil {
		return err
	}
	return f.syncFolder(path.Dir(at))
}

// syncFolder puts the new name on the disk too.
func (f *Files) syncFolder(name string) error {
	folder, err := f.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// Get opens a blob.
func (f *Files) Get(_ context.Context, key string) (io.ReadCloser, Meta, error) {
	return f.open(key)
}

func (f *Files) open(key string) (*os.File, Meta, error) {
	if err := checkKey(key); err != nil {
		return nil, Meta{}, err
	}
	at := place(key)
	file, err := f.root.Open(at)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, Meta{}, errMissing
	}
	if err != nil {
		return nil, Meta{}, fmt.Errorf("open a file: %w", err)
	}
	meta, err := f.describe(at, file)
	if err != nil {
		return nil, Meta{}, errors.Join(fmt.Errorf("describe a file: %w", err), file.Close())
	}
	return file, meta, nil
}

func (f *Files) describe(at string, file *os.File) (Meta, error) {
	described, err := f.root.ReadFile(at + metaSuffix)
	if err != nil {
		return Meta{}, err
	}
	var meta Meta
	if err := json.Unmarshal(described, &meta); err != nil {
		return Meta{}, err
	}
	info, err := file.Stat()
	if err != nil {
		return Meta{}, err
	}
	meta.Size = info.Size()
	return meta, nil
}

// Delete removes a blob.
func (f *Files) Delete(_ context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return nil
	}
	for _, at := range []string{place(key), place(key) + metaSuffix} {
		if err := f.root.Remove(at); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("delete a file: %w", err)
		}
	}
	return nil
}

// SignedURL returns an address under /files/. It stays the same for a while, so that browsers keep what they loaded.
func (f *Files) SignedURL(_ context.Context, key string, ttl time.Duration) (string, error) {
	if err := checkKey(key); err != nil {
		return "", err
	}
	expires := f.clock.Now().Add(ttl).Truncate(ttl).Add(ttl)
	query := url.Values{"e": {strconv.FormatInt(expires.Unix(), 10)}, "s": {f.keys.Sign(purpose, key, expires)}}
	return f.base + "/files/" + key + "?" + query.Encode(), nil
}

// ServeHTTP gives a blob to whoever holds its signed address; it is mounted at "GET /files/{key...}".
func (f *Files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := r.PathValue("key")
	seconds, err := strconv.ParseInt(r.URL.Query().Get("e"), 10, 64)
	if err != nil {
		http.Error(w, "There is no file under this address.", http.StatusNotFound)
		return
	}
	expires, now := time.Unix(seconds, 0), f.clock.Now()
	switch err := f.keys.Verify(purpose, key, expires, r.URL.Query().Get("s"), now); {
	case errors.Is(err, secrets.ErrExpired):
		http.Error(w, "This link has expired. Open the page that it came from again.", http.StatusGone)
		return
	case err != nil:
		http.Error(w, "There is no file under this address.", http.StatusNotFound)
		return
	}
	file, meta, err := f.open(key)
	if err != nil {
		http.Error(w, "There is no file under this address.", http.StatusNotFound)
		return
	}
	defer file.Close()
	h := w.Header()
	h.Set("Content-Type", meta.ContentType)
	h.Set("Content-Disposition", disposition(meta))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin") // status pages on other hosts show pictures too; the signature is the right to see them
	h.Set("Cache-Control", "private, immutable, max-age="+strconv.FormatInt(int64(expires.Sub(now).Seconds()), 10))
	http.ServeContent(w, r, "", time.Time{}, file)
}
