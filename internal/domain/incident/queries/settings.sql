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

-- name: UpdateSeverity :exec
UPDATE muster.severity SET name = @name, description = @description, row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: ClearSeverityRanks :exec
-- Ranks are unique at every moment, so before they are dealt anew all are moved out of the way.
UPDATE muster.severity SET rank = -1000000 - rank
WHERE organisation_id = muster.current_organisation() AND archived_at IS NULL;

-- name: RankSeverities :exec
UPDATE muster.severity r SET rank = o.position - 1, row_version = r.row_version + 1, updated_at = @at
FROM unnest(@ids::text[]) WITH ORDINALITY AS o(id, position)
WHERE r.organisation_id = muster.current_organisation() AND r.id = o.id;

-- name: ArchiveSeverity :exec
UPDATE muster.severity SET archived_at = @at::timestamptz, row_version = row_version + 1, updated_at = @at::timestamptz
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: SeverityInUse :one
SELECT EXISTS (SELECT FROM muster.incident
  WHERE organisation_id = muster.current_organisation() AND severity_id = $1 AND status_category IN ('triage', 'live', 'paused'));

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

-- name: UpdateStatus :exec
UPDATE muster.incident_status SET name = @name, description = @description, row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: ShiftStatuses :exec
-- Makes room for a status at a rank.
UPDATE muster.incident_status SET rank = rank + 1
WHERE organisation_id = muster.current_organisation() AND archived_at IS NULL AND rank >= @rank;

-- name: RankStatuses :exec
UPDATE muster.incident_status r SET rank = o.rank, row_version = r.row_version + 1, updated_at = @at
FROM (SELECT unnest(@ids::text[]) AS id, unnest(@ranks::integer[]) AS rank) o
WHERE r.organisation_id = muster.current_organisation() AND r.id = o.id;

-- name: ArchiveStatus :exec
UPDATE muster.incident_status SET archived_at = @at::timestamptz, row_version = row_version + 1, updated_at = @at::timestamptz
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: StatusInUse :one
SELECT EXISTS (SELECT FROM muster.incident WHERE organisation_id = muster.current_organisation() AND status_id = $1
  AND status_category IN ('live', 'learning'));

-- name: Types :many
SELECT * FROM muster.incident_type
WHERE organisation_id = muster.current_organisation() AND archived_at IS NULL
ORDER BY is_default DESC, name, id;

-- name: TypeByID :one
SELECT * FROM muster.incident_type WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: DefaultType :one
SELECT * FROM muster.incident_type WHERE organisation_id = muster.current_organisation() AND is_default;

-- name: InsertType :exec
INSERT INTO muster.incident_type (organisation_id, id, name, description, is_default, create_in_triage, created_at, updated_at)
VALUES (muster.current_organisation(), @id, @name, @description, @is_default, 'optional', @at, @at);

-- name: Timestamps :many
SELECT * FROM muster.incident_timestamp
WHERE organisation_id = muster.current_organisation() AND archived_at IS NULL
ORDER BY rank, id;

-- name: InsertTimestamp :exec
INSERT INTO muster.incident_timestamp (organisation_id, id, name, rank, set_by, created_at, updated_at)
VALUES (muster.current_organisation(), @id, @name, @rank, @set_by, @at, @at);

-- name: SetTimestamps :exec
-- Sets the values that are set by what happened, where there is none yet.
INSERT INTO muster.incident_timestamp_value (organisation_id, incident_id, timestamp_id, private, value)
SELECT t.organisation_id, @incident_id, t.id, @private, @at
FROM muster.incident_timestamp t
WHERE t.organisation_id = muster.current_organisation() AND t.archived_at IS NULL AND t.set_by = ANY (@set_by::text[])
ON CONFLICT (organisation_id, incident_id, timestamp_id) DO NOTHING;

-- name: ClearTimestamps :exec
DELETE FROM muster.incident_timestamp_value v USING muster.incident_timestamp t
WHERE v.organisation_id = muster.current_organisation() AND v.incident_id = @incident_id
  AND t.organisation_id = v.organisation_id AND t.id = v.timestamp_id AND t.set_by = ANY (@set_by::text[]);

-- name: TimestampValues :many
SELECT t.id, t.name, v.value
FROM muster.incident_timestamp_value v
JOIN muster.incident_timestamp t ON t.organisation_id = v.organisation_id AND t.id = v.timestamp_id
WHERE v.organisation_id = muster.current_organisation() AND v.incident_id = $1
ORDER BY t.rank, t.id;
