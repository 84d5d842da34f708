package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/id"
)

// Ranked is the full name of a tenant's table whose rows people keep in an order; it has the columns rank, archived_at,
// row_version and updated_at.
type Ranked string

// Order deals the ranks that the rows have now in the order of ids. Where ranks are unique they are so at every moment,
// so all are moved out of the way first.
func (r Ranked) Order(ctx context.Context, tx pgx.Tx, ids []id.ID, at time.Time) error {
	var ranks []int32
	err := tx.QueryRow(ctx, `SELECT array_agg(rank ORDER BY rank) FROM `+string(r)+`
		WHERE organisation_id = muster.current_organisation() AND id = ANY ($1)`, id.Strings(ids)).Scan(&ranks)
	if err != nil {
		return fmt.Errorf("read the ranks of %s: %w", r, err)
	}
	for n := 1; n < len(ranks); n++ { // equal ones, of an older release, come apart
		ranks[n] = max(ranks[n], ranks[n-1]+1)
	}
	_, err = tx.Exec(ctx, `UPDATE `+string(r)+` SET rank = -1000000 - rank
		WHERE organisation_id = muster.current_organisation() AND id = ANY ($1)`, id.Strings(ids))
	if err != nil {
		return fmt.Errorf("clear the ranks of %s: %w", r, err)
	}
	_, err = tx.Exec(ctx, `UPDATE `+string(r)+` t SET rank = o.rank, row_version = t.row_version + 1, updated_at = $3
		FROM unnest($1::text[], $2::integer[]) AS o(id, rank)
		WHERE t.organisation_id = muster.current_organisation() AND t.id = o.id`, id.Strings(ids), ranks, at)
	if err != nil {
		return fmt.Errorf("write the ranks of %s: %w", r, err)
	}
	return nil
}

// Insert adds a row to a table that has a name and a description, and needs nothing else.
func (r Ranked) Insert(ctx context.Context, tx pgx.Tx, row id.ID, name, description string, rank int32, at time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO `+string(r)+` (organisation_id, id, name, description, rank, created_at, updated_at)
		VALUES (muster.current_organisation(), $1, $2, $3, $4, $5, $5)`, string(row), name, description, rank, at)
	if err != nil {
		return fmt.Errorf("add to %s: %w", r, err)
	}
	return nil
}

// Describe gives a row another name, description and rank.
func (r Ranked) Describe(ctx context.Context, tx pgx.Tx, row id.ID, name, description string, rank int32, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE `+string(r)+` SET name = $2, description = $3, rank = $4, row_version = row_version + 1, updated_at = $5
		WHERE organisation_id = muster.current_organisation() AND id = $1`, string(row), name, description, rank, at)
	if err != nil {
		return fmt.Errorf("describe in %s: %w", r, err)
	}
	return nil
}

// Archive takes a row out of use; what refers to it keeps it.
func (r Ranked) Archive(ctx context.Context, tx pgx.Tx, row id.ID, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE `+string(r)+` SET archived_at = $2, row_version = row_version + 1, updated_at = $2
		WHERE organisation_id = muster.current_organisation() AND id = $1`, string(row), at)
	if err != nil {
		return fmt.Errorf("archive in %s: %w", r, err)
	}
	return nil
}
