-- name: Timestamps :many
SELECT * FROM muster.incident_timestamp
WHERE organisation_id = muster.current_organisation() AND (archived_at IS NULL OR @archived::boolean)
ORDER BY rank, id;

-- name: LockTimestamps :many
SELECT * FROM muster.incident_timestamp WHERE organisation_id = muster.current_organisation() AND archived_at IS NULL ORDER BY rank, id FOR UPDATE;

-- name: InsertTimestamp :exec
INSERT INTO muster.incident_timestamp (organisation_id, id, name, rank, set_by, set_by_status_id, after_id, created_at, updated_at)
VALUES (muster.current_organisation(), @id, @name, @rank, @set_by, @set_by_status_id, @after_id, @at, @at);

-- name: UpdateTimestamp :exec
UPDATE muster.incident_timestamp SET name = @name, set_by = @set_by, set_by_status_id = @set_by_status_id,
  after_id = @after_id, row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: RelinkTimestamps :exec
-- Those that came after one come after what that came after.
UPDATE muster.incident_timestamp SET after_id = @after_id, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND after_id = @gone;

-- name: SetTimestamps :exec
-- Sets the values that are set by what happened, or by the status that the incident is in now, where there is none yet.
INSERT INTO muster.incident_timestamp_value (organisation_id, incident_id, timestamp_id, private, value)
SELECT t.organisation_id, @incident_id, t.id, @private, @at
FROM muster.incident_timestamp t
WHERE t.organisation_id = muster.current_organisation() AND t.archived_at IS NULL
  AND (t.set_by = ANY (@set_by::text[]) OR t.set_by_status_id = (SELECT i.status_id FROM muster.incident i
    WHERE i.organisation_id = muster.current_organisation() AND i.id = @incident_id))
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

-- name: PutTimestampValue :exec
INSERT INTO muster.incident_timestamp_value (organisation_id, incident_id, timestamp_id, private, value)
VALUES (muster.current_organisation(), @incident_id, @timestamp_id, @private, @value)
ON CONFLICT (organisation_id, incident_id, timestamp_id) DO UPDATE SET value = EXCLUDED.value;

-- name: DropTimestampValue :exec
DELETE FROM muster.incident_timestamp_value
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND timestamp_id = @timestamp_id;

-- name: TouchIncident :exec
UPDATE muster.incident SET row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: Durations :many
SELECT * FROM muster.duration_metric
WHERE organisation_id = muster.current_organisation() AND archived_at IS NULL ORDER BY rank, id;

-- name: LockDurations :many
SELECT * FROM muster.duration_metric WHERE organisation_id = muster.current_organisation() AND archived_at IS NULL ORDER BY rank, id FOR UPDATE;

-- name: InsertDuration :exec
INSERT INTO muster.duration_metric (organisation_id, id, name, from_timestamp_id, to_timestamp_id, rank, created_at, updated_at)
VALUES (muster.current_organisation(), @id, @name, @from_timestamp, @to_timestamp, @rank, @at, @at);

-- name: UpdateDuration :exec
UPDATE muster.duration_metric SET name = @name, from_timestamp_id = @from_timestamp, to_timestamp_id = @to_timestamp,
  row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;
