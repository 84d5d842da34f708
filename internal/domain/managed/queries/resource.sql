-- name: Lock :one
SELECT * FROM muster.managed_resource
WHERE organisation_id = muster.current_organisation() AND resource_type = sqlc.arg('type') AND resource_id = sqlc.arg('id') FOR UPDATE;

-- name: Put :exec
INSERT INTO muster.managed_resource (organisation_id, resource_type, resource_id, annotations, created_at, updated_at)
VALUES (muster.current_organisation(), sqlc.arg('type'), sqlc.arg('id'), sqlc.arg('annotations'), sqlc.arg('at'), sqlc.arg('at'))
ON CONFLICT (organisation_id, resource_type, resource_id) DO UPDATE SET annotations = EXCLUDED.annotations, updated_at = EXCLUDED.updated_at;

-- name: Resources :many
SELECT * FROM muster.managed_resource
WHERE organisation_id = muster.current_organisation() AND resource_type = sqlc.arg('type') AND resource_id = ANY (sqlc.arg('ids')::text[]);
