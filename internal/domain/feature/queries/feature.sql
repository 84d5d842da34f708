-- name: Flags :many
SELECT name, value, updated_at FROM muster.feature_flag WHERE organisation_id = muster.current_organisation();

-- name: SetFlag :exec
INSERT INTO muster.feature_flag (organisation_id, name, value, updated_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (organisation_id, name) DO UPDATE SET value = EXCLUDED.value, updated_at = EXCLUDED.updated_at;

-- name: ResetFlag :exec
DELETE FROM muster.feature_flag WHERE organisation_id = muster.current_organisation() AND name = $1;
