-- name: Severities :many
SELECT * FROM muster.severity
WHERE organisation_id = muster.current_organisation() AND (archived_at IS NULL OR @archived::boolean)
ORDER BY rank, id;

-- name: SeverityByID :one
SELECT * FROM muster.severity WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: LockSeverities :many
SELECT * FROM muster.severity WHERE organisation_id = muster.current_organisation() AND archived_at IS NULL ORDER BY rank, id FOR UPDATE;

-- name: InsertSeverity :exec
INSERT INTO muster.severity (organisation_id, id, name, description, rank, created_at, updated_at)
VALUES (muster.current_organisation(), @id, @name, @description, @rank, @at, @at);

-- name: Statuses :many
SELECT * FROM muster.incident_status
WHERE organisation_id = muster.current_organisation() AND (archived_at IS NULL OR @archived::boolean)
ORDER BY rank, id;

-- name: StatusByID :one
SELECT * FROM muster.incident_status WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: LockStatuses :many
SELECT * FROM muster.incident_status WHERE organisation_id = muster.current_organisation() AND archived_at IS NULL ORDER BY rank, id FOR UPDATE;

-- name: FirstStatus :one
SELECT * FROM muster.incident_status
WHERE organisation_id = muster.current_organisation() AND category = $1 AND archived_at IS NULL
ORDER BY rank, id LIMIT 1;

-- name: InsertStatus :exec
INSERT INTO muster.incident_status (organisation_id, id, name, description, category, rank, created_at, updated_at)
VALUES (muster.current_organisation(), @id, @name, @description, @category, @rank, @at, @at);

-- name: ShiftStatuses :exec
-- Makes room for a status at a rank.
UPDATE muster.incident_status SET rank = rank + 1
WHERE organisation_id = muster.current_organisation() AND archived_at IS NULL AND rank >= @rank;

-- name: SettingNames :many
-- What the settings are called, those that were put away as well.
SELECT id, name FROM muster.severity WHERE organisation_id = muster.current_organisation()
UNION ALL
SELECT id, name FROM muster.incident_status WHERE organisation_id = muster.current_organisation()
UNION ALL
SELECT id, name FROM muster.incident_role WHERE organisation_id = muster.current_organisation()
UNION ALL
SELECT id, name FROM muster.incident_type WHERE organisation_id = muster.current_organisation()
UNION ALL
SELECT id, name FROM muster.incident_timestamp WHERE organisation_id = muster.current_organisation();
