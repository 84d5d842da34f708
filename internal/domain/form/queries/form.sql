-- name: Fields :many
SELECT * FROM muster.custom_field
WHERE organisation_id = muster.current_organisation() AND (archived_at IS NULL OR @archived::boolean)
ORDER BY rank, id;

-- name: Options :many
SELECT * FROM muster.custom_field_option
WHERE organisation_id = muster.current_organisation() AND (archived_at IS NULL OR @archived::boolean)
ORDER BY custom_field_id, sort_key, id;

-- name: FieldByID :one
SELECT * FROM muster.custom_field WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: OptionsOf :many
SELECT * FROM muster.custom_field_option
WHERE organisation_id = muster.current_organisation() AND custom_field_id = $1
ORDER BY sort_key, id;

-- name: OptionInUse :one
SELECT o.* FROM muster.custom_field_option o
JOIN muster.custom_field f ON f.organisation_id = o.organisation_id AND f.id = o.custom_field_id AND f.archived_at IS NULL
WHERE o.organisation_id = muster.current_organisation() AND o.id = $1 AND o.archived_at IS NULL;

-- name: LockFields :many
SELECT * FROM muster.custom_field WHERE organisation_id = muster.current_organisation() AND archived_at IS NULL ORDER BY rank, id FOR UPDATE;

-- name: InsertField :exec
INSERT INTO muster.custom_field (organisation_id, id, name, description, placeholder, field_type, rank, required, announced, created_at, updated_at)
VALUES (muster.current_organisation(), @id, @name, @description, @placeholder, @field_type, @rank, @required, @announced, @at, @at);

-- name: UpdateField :exec
UPDATE muster.custom_field SET name = @name, description = @description, placeholder = @placeholder, required = @required, announced = @announced, row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: InsertOption :exec
INSERT INTO muster.custom_field_option (organisation_id, id, custom_field_id, value, sort_key, created_at, updated_at)
VALUES (muster.current_organisation(), @id, @custom_field_id, @value, @sort_key, @at, @at);

-- name: UpdateOption :exec
UPDATE muster.custom_field_option SET value = @value, sort_key = @sort_key, row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: ArchiveOption :exec
UPDATE muster.custom_field_option SET archived_at = @at::timestamptz, row_version = row_version + 1, updated_at = @at::timestamptz
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: Forms :many
SELECT f.* FROM muster.form f
JOIN muster.incident_type t ON t.organisation_id = f.organisation_id AND t.id = f.incident_type_id AND t.archived_at IS NULL
WHERE f.organisation_id = muster.current_organisation()
ORDER BY f.incident_type_id, f.moment;

-- name: FormsOf :many
SELECT * FROM muster.form WHERE organisation_id = muster.current_organisation() AND incident_type_id = $1 ORDER BY moment;

-- name: PutForm :exec
INSERT INTO muster.form (organisation_id, incident_type_id, moment, elements, created_at, updated_at)
VALUES (muster.current_organisation(), @incident_type_id, @moment, @elements, @at, @at)
ON CONFLICT (organisation_id, incident_type_id, moment) DO UPDATE
SET elements = EXCLUDED.elements, row_version = muster.form.row_version + 1, updated_at = EXCLUDED.updated_at;

-- name: DropForm :exec
DELETE FROM muster.form WHERE organisation_id = muster.current_organisation() AND incident_type_id = $1 AND moment = $2;

-- name: TypeNames :many
SELECT id, name FROM muster.incident_type WHERE organisation_id = muster.current_organisation() AND archived_at IS NULL ORDER BY is_default DESC, rank, name;
