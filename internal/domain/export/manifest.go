package export

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/musterhq/muster/internal/kernel/id"
)

// ManifestName is the file that says what an export holds.
const ManifestName = "manifest.json"

// Manifest says what an export holds and what it leaves out. It is written again after each part, so that an export that
// was cut off can go on.
type Manifest struct {
	Version      int `json:"version"`
	Organisation struct {
		ID   id.ID  `json:"id"`
		Slug string `json:"slug"`
		Name string `json:"name"`
	} `json:"organisation"`
	// Moment is the one of which everything here is true.
	Moment time.Time `json:"moment"`
	// Complete is false while it is being written.
	Complete bool     `json:"complete"`
	Formats  []Format `json:"formats"`
	Tables   []Table  `json:"tables"`
	// FileList names the list of files, Files counts them, and FilesCopied says whether they are here too.
	FileList    *File `json:"file_list,omitempty"`
	Files       int64 `json:"files"`
	FilesCopied bool  `json:"files_copied"`
	// TablesLeftOut and ColumnsLeftOut are not here, each for a reason.
	TablesLeftOut  map[string]string `json:"tables_left_out"`
	ColumnsLeftOut map[string]string `json:"columns_left_out"`
	// Settled and Database are what going on asks: whoever wrote a row before the transaction Settled had ended then.
	Settled  int64  `json:"settled"`
	Database string `json:"database"`
}

// Table is a table of an export.
type Table struct {
	Name    string   `json:"name"`
	Rows    int64    `json:"rows"`
	Columns []Column `json:"columns"`
	Key     []string `json:"key"`
	Parts   []Part   `json:"parts"`
}

// Column is a column of a table.
type Column struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Nullable bool   `json:"nullable,omitempty"`
}

// Part is some rows of a table, in a file for each format; Last is the key of its last row.
type Part struct {
	Rows  int64    `json:"rows"`
	Last  []string `json:"last,omitempty"`
	Files []File   `json:"files"`
}

// ReadManifest reads the manifest of the export in a folder; nil where there is none.
func ReadManifest(folder string) (*Manifest, error) {
	text, err := os.ReadFile(filepath.Join(folder, ManifestName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the manifest: %w", err)
	}
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("read the manifest: %w", err)
	}
	return &m, nil
}

func (m *Manifest) write(folder string) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	f, err := create(folder, ManifestName)
	if err != nil {
		return err
	}
	if _, err := f.Write(append(text, '\n')); err != nil {
		f.abandon()
		return fmt.Errorf("write the manifest: %w", err)
	}
	_, err = f.finish()
	return err
}

// table is what an export that was cut off has of a table; nil for nothing.
func (m *Manifest) table(name string) *Table {
	if m == nil {
		return nil
	}
	for n := range m.Tables {
		if m.Tables[n].Name == name {
			return &m.Tables[n]
		}
	}
	return nil
}
