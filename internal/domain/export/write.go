package export

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// File is one that was written whole.
type File struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// file is one that is being written; under its own name it appears whole or not at all.
type file struct {
	folder, name string
	disk         *os.File
	buffer       *bufio.Writer
	sum          hash.Hash
	bytes        int64
}

// unfinished ends the name of a file that is being written.
const unfinished = ".part"

func create(folder, name string) (*file, error) {
	at := filepath.Join(folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of %s: %w", name, err)
	}
	disk, err := os.OpenFile(at+unfinished, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("begin %s: %w", name, err)
	}
	f := &file{folder: folder, name: name, disk: disk, sum: sha256.New()}
	f.buffer = bufio.NewWriterSize(io.MultiWriter(disk, f.sum), 256<<10)
	return f, nil
}

func (f *file) Write(p []byte) (int, error) {
	n, err := f.buffer.Write(p)
	f.bytes += int64(n)
	return n, err
}

// finish puts the file on the disk and gives it its name.
func (f *file) finish() (File, error) {
	err := f.buffer.Flush()
	if err == nil {
		err = f.disk.Sync()
	}
	if err = errors.Join(err, f.disk.Close()); err == nil {
		at := filepath.Join(f.folder, filepath.FromSlash(f.name))
		err = os.Rename(at+unfinished, at)
	}
	if err != nil {
		return File{}, fmt.Errorf("write %s: %w", f.name, err)
	}
	return File{Name: f.name, Bytes: f.bytes, SHA256: hex.EncodeToString(f.sum.Sum(nil))}, nil
}

// abandon leaves the file unfinished.
func (f *file) abandon() { _ = f.disk.Close() }

// writer writes rows of a table into a file.
type writer interface {
	row(values [][]byte) error
	finish() (File, error)
	abandon()
}

// jsonWriter writes a line of JSON for each row.
type jsonWriter struct {
	*file
	columns []column
	names   []string
	line    []byte
}

func newJSON(f *file, columns []column) *jsonWriter {
	w := &jsonWriter{file: f, columns: columns}
	for n, c := range columns {
		name := appendText(nil, []byte(c.name))
		if n > 0 {
			name = append([]byte{','}, name...)
		}
		w.names = append(w.names, string(name)+":")
	}
	return w
}

func (w *jsonWriter) row(values [][]byte) (err error) {
	w.line = append(w.line[:0], '{')
	for n, c := range w.columns {
		w.line = append(w.line, w.names[n]...)
		if w.line, err = c.kind.appendJSON(w.line, values[n]); err != nil {
			return fmt.Errorf("column %s: %w", c.name, err)
		}
	}
	w.line = append(w.line, '}', '\n')
	_, err = w.Write(w.line)
	return err
}

// ordered is a group of Parquet whose columns stand in the order of the table.
type ordered struct {
	parquet.Group
	names []string
}

// Fields returns the columns in their order.
func (o ordered) Fields() []parquet.Field {
	byName := map[string]parquet.Field{}
	for _, f := range o.Group.Fields() {
		byName[f.Name()] = f
	}
	fields := make([]parquet.Field, len(o.names))
	for n, name := range o.names {
		fields[n] = byName[name]
	}
	return fields
}

const (
	// atOnce is how many rows are handed over together, groupBytes how many bytes are held in memory before they are
	// written: memory stays the same however large a table is.
	atOnce     = 128
	groupBytes = 24 << 20
)

// parquetWriter writes a table by columns.
type parquetWriter struct {
	file    *file
	columns []column
	out     *parquet.GenericWriter[any]
	rows    []parquet.Row
	waiting int
	held    []byte
	grown   int
}

func newParquet(f *file, name string, columns []column) *parquetWriter {
	group := ordered{Group: parquet.Group{}}
	for _, c := range columns {
		group.Group[c.name] = c.kind.node()
		group.names = append(group.names, c.name)
	}
	return &parquetWriter{
		file: f, columns: columns, rows: make([]parquet.Row, atOnce),
		out: parquet.NewGenericWriter[any](f, parquet.NewSchema(name, group), parquet.Compression(&zstd.Codec{Level: zstd.SpeedFastest}), parquet.CreatedBy("Muster", "1", "")),
	}
}

// keep copies bytes that are only good until the next row is read.
func (w *parquetWriter) keep(raw []byte) []byte {
	if len(w.held)+len(raw) > cap(w.held) { // what was kept before stays where it is
		w.held = make([]byte, 0, max(64<<10, 2*len(raw)))
	}
	from := len(w.held)
	w.held = append(w.held, raw...)
	w.grown += len(raw)
	return w.held[from:len(w.held):len(w.held)]
}

func (w *parquetWriter) row(values [][]byte) (err error) {
	row := w.rows[w.waiting][:0]
	for n, c := range w.columns {
		if row, err = c.kind.appendParquet(row, values[n], n, w.keep); err != nil {
			return fmt.Errorf("column %s: %w", c.name, err)
		}
	}
	w.rows[w.waiting] = row
	w.grown += 8 * len(row)
	if w.waiting++; w.waiting == atOnce {
		return w.hand()
	}
	return nil
}

func (w *parquetWriter) hand() error {
	if _, err := w.out.WriteRows(w.rows[:w.waiting]); err != nil {
		return err
	}
	w.waiting, w.held = 0, w.held[:0]
	if w.grown < groupBytes {
		return nil
	}
	w.grown = 0
	return w.out.Flush()
}

func (w *parquetWriter) finish() (File, error) {
	if err := w.hand(); err != nil {
		return File{}, err
	}
	if err := w.out.Close(); err != nil {
		return File{}, fmt.Errorf("end %s: %w", w.file.name, err)
	}
	return w.file.finish()
}

func (w *parquetWriter) abandon() { w.file.abandon() }
