-- What an organisation's settings are used by.

-- name: SeverityUses :one
SELECT count(*) FILTER (WHERE status_category IN ('triage', 'live', 'paused', 'learning')) AS open, count(*) AS all_of_them
FROM muster.incident WHERE organisation_id = muster.current_organisation() AND severity_id = $1;

-- name: StatusUses :one
SELECT count(*) FILTER (WHERE status_category IN ('triage', 'live', 'paused', 'learning')) AS open, count(*) AS all_of_them
FROM muster.incident WHERE organisation_id = muster.current_organisation() AND status_id = $1;

-- name: TypeUses :one
SELECT count(*) FILTER (WHERE status_category IN ('triage', 'live', 'paused', 'learning')) AS open, count(*) AS all_of_them
FROM muster.incident WHERE organisation_id = muster.current_organisation() AND type_id = $1;

-- name: RoleUses :one
SELECT count(*) FILTER (WHERE i.status_category IN ('triage', 'live', 'paused', 'learning')) AS open, count(*) AS all_of_them
FROM muster.incident_role_assignment a
JOIN muster.incident i ON i.organisation_id = a.organisation_id AND i.id = a.incident_id
WHERE a.organisation_id = muster.current_organisation() AND a.role_id = $1;

-- name: TimestampUses :one
SELECT count(*) FILTER (WHERE i.status_category IN ('triage', 'live', 'paused', 'learning')) AS open, count(*) AS all_of_them
FROM muster.incident_timestamp_value v
JOIN muster.incident i ON i.organisation_id = v.organisation_id AND i.id = v.incident_id
WHERE v.organisation_id = muster.current_organisation() AND v.timestamp_id = $1;

-- name: FieldUses :one
SELECT count(DISTINCT v.incident_id) FILTER (WHERE i.status_category IN ('triage', 'live', 'paused', 'learning')) AS open,
  count(DISTINCT v.incident_id) AS all_of_them
FROM muster.incident_field_value v
JOIN muster.incident i ON i.organisation_id = v.organisation_id AND i.id = v.incident_id
WHERE v.organisation_id = muster.current_organisation() AND v.custom_field_id = $1;

-- name: OpenWithSeverity :many
SELECT id FROM muster.incident WHERE organisation_id = muster.current_organisation() AND severity_id = $1
  AND status_category IN ('triage', 'live', 'paused', 'learning') ORDER BY id;

-- name: OpenWithStatus :many
SELECT id FROM muster.incident WHERE organisation_id = muster.current_organisation() AND status_id = $1
  AND status_category IN ('triage', 'live', 'paused', 'learning') ORDER BY id;

-- name: SetByOtherStatus :exec
UPDATE muster.incident_timestamp SET set_by_status_id = @replacement, row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND set_by_status_id = @gone;

-- name: OpenWithType :many
SELECT id FROM muster.incident WHERE organisation_id = muster.current_organisation() AND type_id = $1
  AND status_category IN ('triage', 'live', 'paused', 'learning') ORDER BY id;

-- name: OpenWithRole :many
SELECT a.incident_id, a.user_id FROM muster.incident_role_assignment a
JOIN muster.incident i ON i.organisation_id = a.organisation_id AND i.id = a.incident_id
WHERE a.organisation_id = muster.current_organisation() AND a.role_id = $1
  AND i.status_category IN ('triage', 'live', 'paused', 'learning') ORDER BY a.incident_id;
