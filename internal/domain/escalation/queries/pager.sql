-- name: Pagers :many
SELECT * FROM muster.pager WHERE organisation_id = muster.current_organisation() AND deleted_at IS NULL ORDER BY lower(name), id;

-- name: Pager :one
SELECT * FROM muster.pager WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: LockPager :one
SELECT * FROM muster.pager WHERE organisation_id = muster.current_organisation() AND id = $1 AND deleted_at IS NULL FOR UPDATE;

-- name: InsertPager :exec
INSERT INTO muster.pager (organisation_id, id, name, kind, address, sealed, reads_back, resolves, created_at, updated_at)
VALUES (muster.current_organisation(), @id, @name, @kind, @address, @sealed, @reads_back, @resolves, @at, @at);

-- name: UpdatePager :exec
UPDATE muster.pager SET name = @name, address = @address, sealed = @sealed, reads_back = @reads_back, resolves = @resolves,
  disabled_at = @disabled_at, deleted_at = @deleted_at, row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: PagerPending :many
-- Where a pager is still to be paged, or asked for an answer.
SELECT DISTINCT i.number, i.id FROM muster.escalation_target t
JOIN muster.escalation e ON e.organisation_id = t.organisation_id AND e.id = t.escalation_id
JOIN muster.incident i ON i.organisation_id = e.organisation_id AND i.id = e.incident_id
WHERE t.organisation_id = muster.current_organisation() AND t.pager_id = $1 AND e.state = 'pending' ORDER BY i.number LIMIT 5;
