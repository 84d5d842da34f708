-- name: Insert :exec
INSERT INTO muster.incident_stream (organisation_id, id, incident_id, private, name, lead_id, state, idempotency_key,
  creator_type, creator_id, creator_name, created_at, updated_at)
VALUES (muster.current_organisation(), @id, @incident_id, @private, @name, @lead_id, 'open', @idempotency_key, @creator_type, @creator_id, @creator_name, @at, @at);

-- name: ByKey :one
SELECT id FROM muster.incident_stream WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND idempotency_key = @key::text;

-- name: OpenNames :many
SELECT id, name FROM muster.incident_stream WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND state = 'open';

-- name: IncidentOf :one
SELECT incident_id FROM muster.incident_stream WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: Lock :one
SELECT * FROM muster.incident_stream WHERE organisation_id = muster.current_organisation() AND id = @id FOR UPDATE;

-- name: Update :exec
UPDATE muster.incident_stream SET name = @name, lead_id = @lead_id, state = @state, outcome = @outcome, closed_at = @closed_at,
  row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: InsertUpdate :execrows
-- None when the sender's key is taken.
INSERT INTO muster.incident_stream_update (organisation_id, id, incident_id, stream_id, private, idempotency_key, message_source, message, message_format,
  author_type, author_id, author_name, created_at)
VALUES (muster.current_organisation(), @id, @incident_id, @stream_id, @private, @idempotency_key, @message_source, @message, @message_format,
  @author_type, @author_id, @author_name, @at)
ON CONFLICT (organisation_id, stream_id, idempotency_key) DO NOTHING;

-- name: List :many
-- The streams of an incident, or one: open ones first, as they were opened, each with its last update.
SELECT sqlc.embed(s), u.name AS lead_name, u.avatar_key, u.state AS lead_state, coalesce(last.id, '')::text AS update_id,
  coalesce(last.message_source, '')::text AS message_source, last.message,
  coalesce(last.author_type, '')::text AS author_type, last.author_id, coalesce(last.author_name, '')::text AS author_name, coalesce(last.created_at, s.created_at)::timestamptz AS sent_at,
  (SELECT count(*) FROM muster.incident_stream_update n WHERE n.organisation_id = s.organisation_id AND n.stream_id = s.id) AS updates
FROM muster.incident_stream s
LEFT JOIN muster.user u ON u.organisation_id = s.organisation_id AND u.id = s.lead_id
LEFT JOIN LATERAL (
  SELECT * FROM muster.incident_stream_update p WHERE p.organisation_id = s.organisation_id AND p.stream_id = s.id
  ORDER BY p.created_at DESC, p.id DESC LIMIT 1
) last ON true
WHERE s.organisation_id = muster.current_organisation()
  AND (@id::text = '' OR s.id = @id)
  AND (@incident::text = '' OR s.incident_id = @incident)
ORDER BY s.state = 'closed', s.created_at, s.id
LIMIT 200;
