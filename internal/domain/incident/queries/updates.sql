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
  u.next_update_minutes, u.created_at, u.from_status_id, u.to_status_id, u.from_severity_id, u.to_severity_id,
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
