-- name: Views :many
SELECT v.*, u.name AS owner_name FROM muster.saved_view v
JOIN muster.user u ON u.organisation_id = v.organisation_id AND u.id = v.owner_id
WHERE v.organisation_id = muster.current_organisation() AND (v.owner_id = @owner_id OR v.shared)
ORDER BY v.shared, lower(v.name), v.id LIMIT 100;

-- name: Count :one
SELECT count(*) FROM muster.saved_view WHERE organisation_id = muster.current_organisation() AND owner_id = @owner_id;

-- name: Lock :one
SELECT * FROM muster.saved_view
WHERE organisation_id = muster.current_organisation() AND id = @id AND (owner_id = @owner_id OR shared) FOR UPDATE;

-- name: Insert :exec
INSERT INTO muster.saved_view (organisation_id, id, name, query, owner_id, shared, created_at, updated_at)
VALUES (muster.current_organisation(), @id, @name, @query, @owner_id, @shared, @at, @at);

-- name: Update :exec
UPDATE muster.saved_view SET name = @name, query = @query, shared = @shared, row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: Delete :exec
DELETE FROM muster.saved_view WHERE organisation_id = muster.current_organisation() AND id = @id;
