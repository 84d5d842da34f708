-- name: InsertEntry :exec
INSERT INTO muster.audit_entry (organisation_id, id, action, actor_type, actor_id, actor_name, target_type, target_id,
  incident_id, private, before, after, address, request, occurred_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15);

-- name: Entries :many
SELECT * FROM muster.audit_entry
WHERE organisation_id = muster.current_organisation()
  AND (sqlc.narg('before_id')::text IS NULL OR id < sqlc.narg('before_id')::text)
ORDER BY id DESC
LIMIT sqlc.arg('count');
