package settings_test

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/domain/export"
	"github.com/musterhq/muster/internal/kernel/authz"
)

// TestOwnerTakesEverythingOut asks for an export on the page, lets the worker make it and downloads the archive.
func TestOwnerTakesEverythingOut(t *testing.T) {
	t.Parallel()
	d := open(t)
	ben := d.Enrol(t, d.organisation.ID, "ben@example.com", authz.Administrator)
	const path = "/settings/export"
	d.check(t, ben, http.MethodGet, path, nil, http.StatusForbidden)
	d.check(t, ben, http.MethodPost, path, []string{"jsonl", "on"}, http.StatusForbidden)
	d.check(t, d.owner(), http.MethodPost, path, nil, http.StatusUnprocessableEntity, "Choose a format")
	d.check(t, d.owner(), http.MethodPost, path, []string{"jsonl", "on", "parquet", "on"}, http.StatusSeeOther)
	d.check(t, d.owner(), http.MethodPost, path, []string{"jsonl", "on"}, http.StatusConflict, "being made already")
	d.check(t, d.owner(), http.MethodGet, path, nil, http.StatusOK, "Waits for its turn", "Stop this export?")
	if err := d.exports.TakeUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	text := d.check(t, d.owner(), http.MethodGet, path, nil, http.StatusOK, "JSON lines and Parquet", "Download", "Delete this archive?")
	at := regexp.MustCompile(`/settings/export/[0-9A-Z]+/archive`).FindString(text)
	d.check(t, ben, http.MethodGet, at, nil, http.StatusForbidden)
	w := d.do(t, d.owner(), http.MethodGet, at)
	archive, err := zip.NewReader(bytes.NewReader(w.Body.Bytes()), int64(w.Body.Len()))
	if err != nil {
		t.Fatal(err)
	}
	held := map[string]string{}
	for _, f := range archive.File {
		_, name, _ := strings.Cut(f.Name, "/")
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		held[name] = string(content)
	}
	if !strings.Contains(held["tables/user/00001.jsonl"], "ben@example.com") || !strings.Contains(held[export.ManifestName], `"complete": true`) || held["tables/user/00001.parquet"] == "" {
		t.Errorf("the archive holds %d files and lacks some", len(held))
	}
	d.check(t, d.owner(), http.MethodGet, "/settings/audit", nil, http.StatusOK, "asked for an archive of everything", "downloaded everything")
	d.check(t, d.owner(), http.MethodPost, strings.TrimSuffix(at, "/archive"), remove, http.StatusSeeOther)
	d.check(t, d.owner(), http.MethodGet, at, nil, http.StatusNotFound)
}
