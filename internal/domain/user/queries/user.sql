-- name: InsertUser :exec
INSERT INTO muster.user (organisation_id, id, account_id, name, email, role, time_zone, state, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9);

-- name: User :one
SELECT * FROM muster.user WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: Users :many
SELECT * FROM muster.user WHERE organisation_id = muster.current_organisation() AND id = ANY (sqlc.arg('ids')::text[]);

-- name: LockUser :one
SELECT * FROM muster.user WHERE organisation_id = muster.current_organisation() AND id = $1 FOR UPDATE;

-- name: LockUserByEmail :one
SELECT * FROM muster.user WHERE organisation_id = muster.current_organisation() AND email = $1 FOR UPDATE;

-- name: LockOwners :many
SELECT id FROM muster.user
WHERE organisation_id = muster.current_organisation() AND role = 'owner' AND state = 'active'
ORDER BY id FOR UPDATE;

-- name: SearchUsers :many
SELECT * FROM muster.user
WHERE organisation_id = muster.current_organisation()
  AND (sqlc.narg('state')::text IS NULL OR state = sqlc.narg('state')::text)
  AND (sqlc.arg('search')::text = '' OR strpos(lower(name), lower(sqlc.arg('search')::text)) > 0 OR strpos(email, lower(sqlc.arg('search')::text)) > 0)
  AND (sqlc.narg('after_name')::text IS NULL OR (lower(name), id) > (lower(sqlc.narg('after_name')::text), sqlc.narg('after_id')::text))
ORDER BY lower(name), id
LIMIT sqlc.arg('count');

-- name: CountUsers :many
SELECT state, count(*) AS total FROM muster.user
WHERE organisation_id = muster.current_organisation()
GROUP BY state;

-- name: UpdateUserRole :exec
UPDATE muster.user SET role = $2, row_version = row_version + 1, updated_at = $3
WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: UpdateUserState :exec
UPDATE muster.user SET state = $2, row_version = row_version + 1, updated_at = $3
WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: UpdateUserProfile :exec
UPDATE muster.user SET name = $2, time_zone = $3, row_version = row_version + 1, updated_at = $4
WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: UpdateUserAvatar :exec
UPDATE muster.user SET avatar_key = $2, row_version = row_version + 1, updated_at = $3
WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: UpdateInvitedUser :exec
UPDATE muster.user SET name = $2, role = $3, state = 'invited', row_version = row_version + 1, updated_at = $4
WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: JoinUser :exec
UPDATE muster.user SET account_id = $2, name = $3, time_zone = $4, state = 'active', row_version = row_version + 1, updated_at = $5
WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: UsersByEmail :many
SELECT * FROM muster.user WHERE organisation_id = muster.current_organisation() AND email = ANY (sqlc.arg('emails')::text[]);

-- name: Directory :many
SELECT * FROM muster.user
WHERE organisation_id = muster.current_organisation() AND id > sqlc.arg('after')::text
  AND (sqlc.arg('inactive')::boolean OR state = 'active')
  AND (sqlc.arg('email')::text = '' OR email = sqlc.arg('email')::text)
  AND (NOT sqlc.arg('choose')::boolean OR id = ANY (sqlc.arg('among')::text[]))
ORDER BY id
LIMIT sqlc.arg('count');
