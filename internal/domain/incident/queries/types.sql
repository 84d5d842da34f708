-- name: Types :many
SELECT * FROM muster.incident_type
WHERE organisation_id = muster.current_organisation() AND archived_at IS NULL
ORDER BY rank, is_default DESC, name, id;

-- name: LockTypes :many
SELECT * FROM muster.incident_type
WHERE organisation_id = muster.current_organisation() AND archived_at IS NULL
ORDER BY rank, is_default DESC, name, id FOR UPDATE;

-- name: TypeByID :one
SELECT * FROM muster.incident_type WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: DefaultType :one
SELECT * FROM muster.incident_type WHERE organisation_id = muster.current_organisation() AND is_default;

-- name: InsertType :exec
INSERT INTO muster.incident_type (organisation_id, id, name, description, is_default, create_in_triage, private_incidents_only, rank, created_at, updated_at)
VALUES (muster.current_organisation(), @id, @name, @description, @is_default, @create_in_triage, @private_only, @rank, @at, @at);

-- name: UpdateType :exec
UPDATE muster.incident_type SET name = @name, description = @description, create_in_triage = @create_in_triage,
  private_incidents_only = @private_only, row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: ClearDefaultType :exec
UPDATE muster.incident_type SET is_default = false WHERE organisation_id = muster.current_organisation() AND is_default;

-- name: SetDefaultType :exec
UPDATE muster.incident_type SET is_default = true, row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: SetType :exec
UPDATE muster.incident SET type_id = @type_id, row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;
