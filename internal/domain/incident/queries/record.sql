-- name: CreatedAt :one
SELECT created_at FROM muster.incident WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: AllStatuses :many
SELECT * FROM muster.incident_status WHERE organisation_id = muster.current_organisation();

-- name: AllTypes :many
SELECT * FROM muster.incident_type WHERE organisation_id = muster.current_organisation();

-- name: HoldersOf :many
SELECT incident_id, role_id, user_id FROM muster.incident_role_assignment
WHERE organisation_id = muster.current_organisation() AND incident_id = ANY (@incidents::text[]);

-- name: MomentsOf :many
SELECT incident_id, timestamp_id, value FROM muster.incident_timestamp_value
WHERE organisation_id = muster.current_organisation() AND incident_id = ANY (@incidents::text[]);

-- name: FieldValuesOf :many
SELECT incident_id, custom_field_id, option_id, value FROM muster.incident_field_value
WHERE organisation_id = muster.current_organisation() AND incident_id = ANY (@incidents::text[])
ORDER BY incident_id, custom_field_id, position;
