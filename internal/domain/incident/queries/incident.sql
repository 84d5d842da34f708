-- name: FindIncident :one
SELECT id, number, name, summary_source, summary_version, type_id, status_id, status_category, severity_id, mode, private,
  quiet, closed_at, next_update_due_at, update_reminders
FROM muster.incident
WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: LockIncident :one
SELECT id, number, name, summary_source, summary_version, type_id, status_id, status_category, severity_id, mode, private,
  quiet, closed_at, next_update_due_at, update_reminders
FROM muster.incident
WHERE organisation_id = muster.current_organisation() AND id = $1
FOR NO KEY UPDATE;

-- name: IncidentByNumber :one
SELECT id, number, name, summary_source, summary_version, type_id, status_id, status_category, severity_id, mode, private,
  quiet, closed_at, next_update_due_at, update_reminders
FROM muster.incident
WHERE organisation_id = muster.current_organisation() AND number = sqlc.arg(number)::bigint;

-- name: IncidentByKey :one
SELECT id, number, private, creator_id FROM muster.incident
WHERE organisation_id = muster.current_organisation() AND idempotency_key = sqlc.arg(key)::text;

-- name: InsertIncident :execrows
-- No RETURNING and no named constraint: both would ask whether the row may be read, which a private one may not be yet.
INSERT INTO muster.incident (organisation_id, id, idempotency_key, name, summary_source, summary, summary_format, type_id,
  status_id, status_category, severity_id, mode, private, quiet, creator_type, creator_id, creator_name, declared_at, closed_at,
  call_url, postmortem_url, created_at, updated_at)
VALUES (muster.current_organisation(), @id, @idempotency_key, @name, @summary_source, @summary, @summary_format, @type_id,
  @status_id, @status_category, @severity_id, @mode, @private, @quiet, @creator_type, @creator_id, @creator_name, @declared_at, @closed_at,
  @call_url, @postmortem_url, @at, @at)
ON CONFLICT DO NOTHING;

-- name: NextNumber :one
INSERT INTO muster.counter (organisation_id, name, value)
VALUES (muster.current_organisation(), 'incident', 1)
ON CONFLICT (organisation_id, name) DO UPDATE SET value = muster.counter.value + 1
RETURNING value;

-- name: PassNumber :exec
-- Lets the next number be after one that was given.
INSERT INTO muster.counter (organisation_id, name, value)
VALUES (muster.current_organisation(), 'incident', sqlc.arg(value)::bigint)
ON CONFLICT (organisation_id, name) DO UPDATE SET value = greatest(muster.counter.value, EXCLUDED.value);

-- name: SetNumber :exec
UPDATE muster.incident SET number = @number
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: SetName :exec
UPDATE muster.incident SET name = @name, row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: SetSummary :exec
UPDATE muster.incident SET summary_source = @source, summary = @summary, summary_format = @format,
  summary_version = summary_version + 1, row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: SetCall :exec
UPDATE muster.incident SET call_url = @call_url, row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: Call :one
SELECT call_url FROM muster.incident WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: SetSeverity :exec
UPDATE muster.incident SET severity_id = @severity_id, row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: SetQuiet :exec
UPDATE muster.incident SET quiet = @quiet, row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: SetStatus :exec
UPDATE muster.incident SET status_id = @status_id, status_category = @status_category, closed_at = @closed_at,
  row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: SetLastUpdate :exec
UPDATE muster.incident SET last_update_id = @last_update_id, row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: SetReminder :exec
UPDATE muster.incident SET next_update_due_at = @due_at, update_reminders = @reminders
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: ViewIncident :one
SELECT i.id, i.number, i.name, i.summary_source, i.summary, i.summary_version, i.mode, i.private, i.quiet,
  i.creator_type, i.creator_id, i.creator_name, i.declared_at, i.updated_at, i.closed_at, i.row_version,
  i.next_update_due_at, i.update_reminders, i.severity_id, i.last_update_id,
  sqlc.embed(s), sqlc.embed(t),
  (SELECT count(*) FROM muster.incident_update x
    WHERE x.organisation_id = muster.current_organisation() AND x.incident_id = i.id) AS updates,
  (SELECT count(*) FROM muster.incident_participant x
    WHERE x.organisation_id = muster.current_organisation() AND x.incident_id = i.id) AS participants,
  coalesce(y.kind, '')::text AS your_kind, v.seen_at AS your_seen_at, v.before_at AS your_before_at,
  rr.read_at AS your_read_at
FROM muster.incident i
JOIN muster.incident_status s ON s.organisation_id = i.organisation_id AND s.id = i.status_id
JOIN muster.incident_type t ON t.organisation_id = i.organisation_id AND t.id = i.type_id
LEFT JOIN muster.incident_participant y ON y.organisation_id = i.organisation_id AND y.incident_id = i.id
  AND y.user_id = muster.current_actor()
LEFT JOIN muster.incident_visit v ON v.organisation_id = i.organisation_id AND v.incident_id = i.id
  AND v.user_id = muster.current_actor()
LEFT JOIN muster.room_read rr ON rr.organisation_id = i.organisation_id AND rr.incident_id = i.id
  AND rr.user_id = muster.current_actor()
WHERE i.organisation_id = muster.current_organisation() AND i.id = $1;

-- name: KeptCounts :many
SELECT status_category, mode, private, sum(total)::bigint AS total FROM muster.incident_count
WHERE organisation_id = muster.current_organisation()
GROUP BY status_category, mode, private;

-- name: PrivateCounts :many
-- The private ones that the actor may see.
SELECT status_category, mode, count(*) AS total FROM muster.incident
WHERE organisation_id = muster.current_organisation() AND private
GROUP BY status_category, mode;

-- name: IncidentNames :many
SELECT id, coalesce(number, 0)::bigint AS number, name FROM muster.incident
WHERE organisation_id = muster.current_organisation() AND id = ANY (@ids::text[]);
