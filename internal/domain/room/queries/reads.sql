-- name: Before :many
SELECT * FROM muster.room_message
WHERE organisation_id = muster.current_organisation() AND incident_id = sqlc.arg('incident_id')
  AND (sqlc.arg('before')::bigint = 0 OR seq < sqlc.arg('before')::bigint)
ORDER BY seq DESC LIMIT sqlc.arg('count');

-- name: From :many
SELECT * FROM muster.room_message
WHERE organisation_id = muster.current_organisation() AND incident_id = sqlc.arg('incident_id') AND seq >= sqlc.arg('from')::bigint
ORDER BY seq LIMIT sqlc.arg('count');

-- name: ChangedAfter :many
SELECT * FROM muster.room_message
WHERE organisation_id = muster.current_organisation() AND incident_id = sqlc.arg('incident_id') AND changed_seq > sqlc.arg('after')::bigint
ORDER BY changed_seq LIMIT sqlc.arg('count');

-- name: One :one
SELECT * FROM muster.room_message WHERE organisation_id = muster.current_organisation() AND id = sqlc.arg('id');

-- name: ByKey :one
SELECT * FROM muster.room_message
WHERE organisation_id = muster.current_organisation() AND incident_id = sqlc.arg('incident_id')
  AND author_id IS NOT DISTINCT FROM sqlc.narg('author_id') AND client_key = sqlc.arg('client_key');

-- name: Latest :one
SELECT coalesce(max(changed_seq), 0)::bigint FROM muster.room_message
WHERE organisation_id = muster.current_organisation() AND incident_id = sqlc.arg('incident_id');

-- name: Reactions :many
SELECT message_id, emoji, user_id FROM muster.room_reaction
WHERE organisation_id = muster.current_organisation() AND message_id = ANY (sqlc.arg('messages')::text[])
ORDER BY reacted_at, emoji, user_id;

-- name: Files :many
SELECT f.message_id, b.* FROM muster.room_file f
JOIN muster.blob b ON b.organisation_id = f.organisation_id AND b.id = f.blob_id
WHERE f.organisation_id = muster.current_organisation() AND f.message_id = ANY (sqlc.arg('messages')::text[])
ORDER BY f.message_id, f.position;

-- name: People :many
SELECT id, name, avatar_key FROM muster.user
WHERE organisation_id = muster.current_organisation() AND id = ANY (sqlc.arg('ids')::text[]);

-- Reading: how far a person has read and how many messages of others came since, 100 at most.
-- name: Reading :many
SELECT wanted.id::text AS incident_id, coalesce(r.seq, 0)::bigint AS read_seq, coalesce(news.total, 0)::integer AS unread
FROM unnest(sqlc.arg('incidents')::text[]) AS wanted (id)
LEFT JOIN muster.room_read r ON r.organisation_id = muster.current_organisation() AND r.incident_id = wanted.id AND r.user_id = sqlc.arg('user_id')
CROSS JOIN LATERAL (SELECT count(*) AS total FROM (
  SELECT FROM muster.room_message m
  WHERE m.organisation_id = muster.current_organisation() AND m.incident_id = wanted.id AND m.seq > coalesce(r.seq, 0)
    AND m.kind <> 'event' AND m.deleted_at IS NULL AND m.author_id IS DISTINCT FROM sqlc.arg('user_id')
  LIMIT 100) AS newest) AS news;

-- name: Readers :many
SELECT user_id, seq FROM muster.room_read WHERE organisation_id = muster.current_organisation() AND incident_id = $1;
