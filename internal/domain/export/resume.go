package export

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/jackc/pgx/v5"
)

// unchanged are the parts that an export which was cut off has of a table and that are true of the new moment too: from
// the first on, as long as every row in them is the one that was written, and none is missing or new among them. PostgreSQL
// keeps with each row which transaction wrote it; a change is a new row, so one that was written by a transaction which had
// ended when the first export began is as it was then.
func (r *taking) unchanged(ctx context.Context, tx pgx.Tx, t table, now Table) ([]Part, error) {
	had := r.before.table(t.name)
	if had == nil || len(t.key) == 0 || !slices.Equal(had.Columns, now.Columns) || !slices.Equal(had.Key, now.Key) {
		return []Part{}, nil
	}
	parts := []Part{}
	for _, p := range had.Parts {
		if !r.there(p) {
			break
		}
		parts = append(parts, p)
	}
	if len(parts) == 0 {
		return parts, nil
	}
	r.progress.Doing = t.name
	kept, row := 0, int64(0)
	var latest int64
	err := tx.QueryRow(ctx, "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint").Scan(&latest)
	if err != nil {
		return nil, fmt.Errorf("read where transactions are: %w", err)
	}
	err = stream(ctx, tx, t.rows([]string{"t.xmin::text::bigint"}, nil), nil, func(values [][]byte) error {
		wrote := int64(binary.BigEndian.Uint64(values[0])) //nolint:gosec // a number of 32 bits
		if transaction(wrote, latest) >= r.before.Settled {
			return errDiffers
		}
		if row++; row < parts[kept].Rows {
			return nil
		}
		for n, key := range values[1:] {
			if string(key) != parts[kept].Last[n] {
				return errDiffers
			}
		}
		if kept, row = kept+1, 0; kept == len(parts) {
			return errDiffers // what follows is written anyway
		}
		if kept%8 == 0 {
			r.tell()
		}
		return nil
	})
	if err != nil && !errors.Is(err, errDiffers) {
		return nil, err
	}
	return parts[:kept], nil
}

// errDiffers ends the look for rows that are as they were.
var errDiffers = errors.New("from here on the table is another")

// transaction is the whole number of a transaction of which a row has the last 32 bits, before the latest one.
func transaction(short, latest int64) int64 {
	const round = 1 << 32
	return latest - ((latest-short)%round+round)%round
}

// there reports whether the files of a part are in the folder, whole.
func (r *taking) there(p Part) bool {
	for _, f := range p.Files {
		info, err := os.Stat(filepath.Join(r.Folder, filepath.FromSlash(f.Name)))
		if err != nil || info.Size() != f.Bytes {
			return false
		}
	}
	return len(p.Files) == len(r.Formats)
}
