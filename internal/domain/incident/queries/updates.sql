-- name: InsertUpdate :execrows
INSERT INTO muster.incident_update (organisation_id, id, incident_id, private, seq, idempotency_key, message_source, message,
  message_format, from_status_id, to_status_id, from_severity_id, to_severity_id, next_update_minutes,
  author_type, author_id, author_name, created_at)
VALUES (muster.current_organisation(), @id, @incident_id, @private, @seq, @idempotency_key, @message_source, @message,
  @message_format, @from_status_id, @to_status_id, @from_severity_id, @to_severity_id, @next_update_minutes,
  @author_type, @author_id, @author_name, @at);

-- name: UpdateByKey :one
SELECT id FROM muster.incident_update
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND idempotency_key = @key::text;

-- name: Updates :many
SELECT u.id, u.incident_id, u.seq, u.message_source, u.message, u.author_type, u.author_id, u.author_name,
  u.next_update_minutes, u.created_at, u.edited_at, u.editor_type, u.editor_id, u.editor_name, u.row_version, u.from_status_id, u.to_status_id, u.from_severity_id, u.to_severity_id,
  fs.name AS from_status, fs.category AS from_category, ts.name AS to_status, ts.category AS to_category,
  fv.name AS from_severity, fv.rank AS from_rank, tv.name AS to_severity, tv.rank AS to_rank
FROM muster.incident_update u
LEFT JOIN muster.incident_status fs ON fs.organisation_id = u.organisation_id AND fs.id = u.from_status_id
JOIN muster.incident_status ts ON ts.organisation_id = u.organisation_id AND ts.id = u.to_status_id
LEFT JOIN muster.severity fv ON fv.organisation_id = u.organisation_id AND fv.id = u.from_severity_id
LEFT JOIN muster.severity tv ON tv.organisation_id = u.organisation_id AND tv.id = u.to_severity_id
WHERE u.organisation_id = muster.current_organisation() AND u.incident_id = @incident_id
  AND (sqlc.narg(update_id)::text IS NULL OR u.id = sqlc.narg(update_id)::text)
ORDER BY u.created_at DESC, u.id DESC
LIMIT @count;

-- name: LastUpdateID :one
SELECT last_update_id FROM muster.incident WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: UpdateByID :one
SELECT * FROM muster.incident_update
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND id = @id;

-- name: KeepUpdateVersion :exec
INSERT INTO muster.incident_update_version (organisation_id, update_id, version, incident_id, private, message_source, message,
  message_format, author_type, author_id, author_name, written_at, replaced_at)
SELECT u.organisation_id, u.id, u.row_version, u.incident_id, u.private, u.message_source, u.message, u.message_format,
  coalesce(u.editor_type, u.author_type), CASE WHEN u.editor_type IS NULL THEN u.author_id ELSE u.editor_id END,
  coalesce(u.editor_name, u.author_name), coalesce(u.edited_at, u.created_at), @at
FROM muster.incident_update u
WHERE u.organisation_id = muster.current_organisation() AND u.id = @id;

-- name: EditUpdate :exec
UPDATE muster.incident_update SET message_source = @message_source, message = @message, message_format = @message_format,
  edited_at = @at, editor_type = @editor_type, editor_id = @editor_id, editor_name = @editor_name, row_version = row_version + 1
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: UpdateVersions :many
SELECT * FROM muster.incident_update_version
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND update_id = @update_id
ORDER BY version;

-- name: Visit :one
-- Whoever reads the room has the incident before them as well.
SELECT greatest(v.seen_at, r.read_at)::timestamptz AS seen_at, v.before_at FROM muster.incident_visit v
LEFT JOIN muster.room_read r ON r.organisation_id = v.organisation_id AND r.incident_id = v.incident_id AND r.user_id = v.user_id
WHERE v.organisation_id = muster.current_organisation() AND v.incident_id = @incident_id AND v.user_id = @user_id;

-- name: SetVisit :exec
INSERT INTO muster.incident_visit (organisation_id, incident_id, user_id, private, seen_at, before_at)
VALUES (muster.current_organisation(), @incident_id, @user_id, @private, @seen_at, @before_at)
ON CONFLICT (organisation_id, incident_id, user_id) DO UPDATE
SET seen_at = greatest(muster.incident_visit.seen_at, EXCLUDED.seen_at), before_at = EXCLUDED.before_at;

-- name: Visits :many
SELECT u.id AS user_id, u.name, u.avatar_key, u.state, seen.at AS seen_at
FROM (SELECT user_id, max(seen_at)::timestamptz AS at FROM (
    SELECT v.user_id, v.seen_at FROM muster.incident_visit v
    WHERE v.organisation_id = muster.current_organisation() AND v.incident_id = $1
    UNION ALL SELECT r.user_id, r.read_at FROM muster.room_read r
    WHERE r.organisation_id = muster.current_organisation() AND r.incident_id = $1) one
  GROUP BY user_id) seen
JOIN muster.user u ON u.organisation_id = muster.current_organisation() AND u.id = seen.user_id
ORDER BY lower(u.name), u.id
LIMIT 2000;
