-- name: Insert :exec
INSERT INTO muster.api_key (organisation_id, id, name, comments, roles, team_roles, team_ids, per_minute, created_by_type, created_by_id, created_by_name, sponsor_id, created_at, updated_at, issued_at)
VALUES (muster.current_organisation(), @id, @name, @comments, @roles, @team_roles, @team_ids, @per_minute, @created_by_type, @created_by_id, @created_by_name, @sponsor_id, @at, @at, @at);

-- name: Keys :many
-- The keys in use, the newest first, each with who answers for it.
SELECT k.*, coalesce(u.name, '') AS sponsor_name, coalesce(u.role, '') AS sponsor_role, coalesce(u.state, '') AS sponsor_state
FROM muster.api_key k
LEFT JOIN muster.user u ON u.organisation_id = k.organisation_id AND u.id = k.sponsor_id
WHERE k.organisation_id = muster.current_organisation() AND k.revoked_at IS NULL
  AND (sqlc.narg('after')::text IS NULL OR k.id < sqlc.narg('after')::text)
ORDER BY k.id DESC LIMIT @count;

-- name: Key :one
SELECT k.*, coalesce(u.name, '') AS sponsor_name, coalesce(u.role, '') AS sponsor_role, coalesce(u.state, '') AS sponsor_state
FROM muster.api_key k
LEFT JOIN muster.user u ON u.organisation_id = k.organisation_id AND u.id = k.sponsor_id
WHERE k.organisation_id = muster.current_organisation() AND k.id = @id AND k.revoked_at IS NULL;

-- name: Lock :one
SELECT * FROM muster.api_key WHERE organisation_id = muster.current_organisation() AND id = @id AND revoked_at IS NULL FOR NO KEY UPDATE;

-- name: Update :exec
UPDATE muster.api_key SET name = @name, comments = @comments, roles = @roles, team_roles = @team_roles, team_ids = @team_ids,
  per_minute = @per_minute, sponsor_id = @sponsor_id, issued_at = @issued_at, revoked_at = sqlc.narg('revoked_at'), row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: LockSponsored :many
SELECT id, name FROM muster.api_key
WHERE organisation_id = muster.current_organisation() AND sponsor_id = @sponsor_id AND revoked_at IS NULL ORDER BY id FOR NO KEY UPDATE;

-- name: PassOn :exec
UPDATE muster.api_key SET sponsor_id = @sponsor_id::text, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = ANY (@ids::text[]);

-- name: Sponsor :one
-- Who answers for a key, NULL for whoever runs the installation.
SELECT sponsor_id FROM muster.api_key WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: FirstOwner :one
SELECT id FROM muster.user WHERE organisation_id = muster.current_organisation() AND role = 'owner' AND state = 'active' ORDER BY id LIMIT 1;

-- name: Allowlist :one
SELECT enabled, entries, row_version, updated_at FROM muster.ip_allowlist WHERE organisation_id = muster.current_organisation();

-- name: LockAllowlist :one
SELECT enabled, entries, row_version, updated_at FROM muster.ip_allowlist WHERE organisation_id = muster.current_organisation() FOR UPDATE;

-- name: SaveAllowlist :execrows
INSERT INTO muster.ip_allowlist (organisation_id, enabled, entries, networks, row_version, updated_at)
VALUES (muster.current_organisation(), @enabled, @entries, CAST(@networks::text[] AS inet[]), @row_version, @at)
ON CONFLICT (organisation_id) DO UPDATE SET enabled = EXCLUDED.enabled, entries = EXCLUDED.entries, networks = EXCLUDED.networks, row_version = EXCLUDED.row_version, updated_at = EXCLUDED.updated_at
WHERE ip_allowlist.row_version = EXCLUDED.row_version - 1;
