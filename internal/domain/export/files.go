package export

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/blob"
)

// Stored is a file that people uploaded, as the list of files has it.
type Stored struct {
	// Table, Row and Column say which value names it.
	Table     string `json:"table"`
	Row       string `json:"row"`
	Column    string `json:"column"`
	Key       string `json:"key"`
	Name      string `json:"name,omitempty"`
	MediaType string `json:"media_type,omitempty"`
	Bytes     int64  `json:"bytes"`
	SHA256    string `json:"sha256,omitempty"`
	// Missing marks one that is not there any more, as after a redaction.
	Missing bool `json:"missing,omitempty"`
}

// The lists of files: which there are at the moment of the export, and the same with what was read of them.
const (
	listed   = "files.list"
	fileList = "files.jsonl"
)

// list writes down which files there are, within the transaction of the tables.
func (r *taking) list(ctx context.Context, tx pgx.Tx) error {
	f, err := create(r.Folder, listed)
	if err != nil {
		return err
	}
	defer f.abandon()
	lines := json.NewEncoder(f)
	rows, err := tx.Query(ctx, `
		SELECT 'blob', id, 'key', key, name, media_type, size_bytes FROM muster.blob WHERE organisation_id = muster.current_organisation()
		UNION ALL SELECT 'blob', id, 'thumbnail_key', thumbnail_key, '', '', 0 FROM muster.blob WHERE organisation_id = muster.current_organisation() AND thumbnail_key IS NOT NULL
		UNION ALL SELECT 'user', id, 'avatar_key', avatar_key, '', '', 0 FROM muster.user WHERE organisation_id = muster.current_organisation() AND avatar_key IS NOT NULL`)
	if err != nil {
		return fmt.Errorf("list the files: %w", err)
	}
	var one Stored
	_, err = pgx.ForEachRow(rows, []any{&one.Table, &one.Row, &one.Column, &one.Key, &one.Name, &one.MediaType, &one.Bytes}, func() error {
		r.progress.FilesTotal++
		return lines.Encode(one)
	})
	if err != nil {
		return fmt.Errorf("list the files: %w", err)
	}
	_, err = f.finish()
	return err
}

// copy reads every file, after the transaction: it writes down its hash and, where that is wanted, keeps a copy. One that
// was copied before the export was cut off is not fetched again.
func (r *taking) copy(ctx context.Context, blobs blob.Store) error {
	source, err := os.Open(filepath.Join(r.Folder, listed))
	if err != nil {
		return fmt.Errorf("read the list of files: %w", err)
	}
	defer func() {
		_ = source.Close()
		_ = os.Remove(source.Name())
	}()
	f, err := create(r.Folder, fileList)
	if err != nil {
		return err
	}
	defer f.abandon()
	r.progress.Doing = doingFiles
	out, in := json.NewEncoder(f), json.NewDecoder(bufio.NewReader(source))
	for in.More() {
		var one Stored
		if err := in.Decode(&one); err != nil {
			return fmt.Errorf("read the list of files: %w", err)
		}
		if err := r.fetch(ctx, blobs, &one); err != nil {
			return fmt.Errorf("read the file %s: %w", one.Key, err)
		}
		if err := out.Encode(one); err != nil {
			return err
		}
		r.progress.Files++
		r.tell()
	}
	done, err := f.finish()
	r.manifest.FileList, r.manifest.Files = &done, r.progress.Files
	return err
}

func (r *taking) fetch(ctx context.Context, blobs blob.Store, one *Stored) error {
	at := "files/" + one.Key
	if r.Files && filepath.IsLocal(filepath.FromSlash(at)) && !strings.Contains(one.Key, "..") {
		if done, err := sumOf(filepath.Join(r.Folder, filepath.FromSlash(at))); err == nil {
			one.Bytes, one.SHA256 = done.Bytes, done.SHA256
			return nil
		}
	}
	content, _, err := blobs.Get(ctx, one.Key)
	if problem.Is(err, problem.NotFound) {
		one.Missing = true
		return nil
	}
	if err != nil {
		return err
	}
	defer content.Close()
	if !r.Files {
		sum := sha256.New()
		one.Bytes, err = io.Copy(sum, content)
		one.SHA256 = hex.EncodeToString(sum.Sum(nil))
		return err
	}
	f, err := create(r.Folder, at)
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, content); err != nil {
		f.abandon()
		return err
	}
	done, err := f.finish()
	one.Bytes, one.SHA256 = done.Bytes, done.SHA256
	return err
}

func sumOf(name string) (File, error) {
	f, err := os.Open(name)
	if err != nil {
		return File{}, err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	return File{Bytes: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, err
}
