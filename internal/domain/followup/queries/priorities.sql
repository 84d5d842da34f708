-- name: Priorities :many
SELECT * FROM muster.follow_up_priority WHERE organisation_id = muster.current_organisation() AND archived_at IS NULL ORDER BY rank, id;

-- name: LockPriorities :many
SELECT * FROM muster.follow_up_priority WHERE organisation_id = muster.current_organisation() AND archived_at IS NULL ORDER BY rank, id FOR UPDATE;

-- name: PriorityByID :one
SELECT * FROM muster.follow_up_priority WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: PriorityNames :many
SELECT id, name FROM muster.follow_up_priority WHERE organisation_id = muster.current_organisation();

-- name: PriorityUses :one
SELECT count(*) FILTER (WHERE status = 'outstanding') AS open, count(*) AS all_of_them
FROM muster.follow_up WHERE organisation_id = muster.current_organisation() AND priority_id = $1 AND status <> 'deleted';

-- name: OpenWithPriority :many
SELECT id FROM muster.follow_up WHERE organisation_id = muster.current_organisation() AND priority_id = $1 AND status = 'outstanding' ORDER BY id;
