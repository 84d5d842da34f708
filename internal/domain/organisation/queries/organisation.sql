-- name: InsertOrganisation :exec
INSERT INTO muster.organisation (organisation_id, name, time_zone, demo, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $5);

-- name: Organisation :one
SELECT o.organisation_id, o.name, c.slug, o.time_zone, o.demo, o.row_version, o.created_at
FROM muster.organisation o JOIN control.organisation c ON c.id = o.organisation_id
WHERE o.organisation_id = muster.current_organisation();

-- name: LockOrganisation :one
SELECT * FROM muster.organisation WHERE organisation_id = muster.current_organisation() FOR UPDATE;

-- name: UpdateOrganisation :exec
UPDATE muster.organisation SET name = $1, time_zone = $2, row_version = row_version + 1, updated_at = $3
WHERE organisation_id = muster.current_organisation();
