-- name: Before :many
SELECT * FROM muster.room_message
WHERE organisation_id = muster.current_organisation() AND incident_id = sqlc.arg('incident_id')
  AND (sqlc.arg('before')::bigint = 0 OR seq < sqlc.arg('before')::bigint) AND in_room
ORDER BY seq DESC LIMIT sqlc.arg('count');

-- name: From :many
SELECT * FROM muster.room_message
WHERE organisation_id = muster.current_organisation() AND incident_id = sqlc.arg('incident_id') AND seq >= sqlc.arg('from')::bigint AND in_room
ORDER BY seq LIMIT sqlc.arg('count');

-- A reply and the message that its thread hangs on change at one number: a page never ends between them.
-- name: ChangedAfter :many
SELECT * FROM muster.room_message
WHERE organisation_id = muster.current_organisation() AND incident_id = sqlc.arg('incident_id') AND changed_seq > sqlc.arg('after')::bigint
ORDER BY changed_seq FETCH FIRST (sqlc.arg('count')::integer) ROWS WITH TIES;

-- name: Replies :many
SELECT * FROM muster.room_message
WHERE organisation_id = muster.current_organisation() AND parent_id = sqlc.arg('parent_id')::text
  AND (sqlc.arg('before')::bigint = 0 OR seq < sqlc.arg('before')::bigint)
ORDER BY seq DESC LIMIT sqlc.arg('count');

-- name: Members :many
SELECT message_id, user_id, replied_seq FROM muster.room_thread_member
WHERE organisation_id = muster.current_organisation() AND message_id = ANY (sqlc.arg('messages')::text[])
ORDER BY replied_seq DESC, user_id;

-- ThreadsUnread: the threads of a room in which a person takes part and others wrote since they looked, the newest first.
-- name: ThreadsUnread :many
SELECT t.message_id, t.seq, p.last_reply_seq FROM muster.room_thread_member t
JOIN muster.room_message p ON p.organisation_id = t.organisation_id AND p.id = t.message_id
WHERE t.organisation_id = muster.current_organisation() AND t.user_id = sqlc.arg('user_id') AND t.incident_id = sqlc.arg('incident_id')
  AND p.last_reply_seq > t.seq
ORDER BY p.last_reply_seq DESC LIMIT 50;

-- name: ThreadRead :one
SELECT seq FROM muster.room_thread_member
WHERE organisation_id = muster.current_organisation() AND message_id = sqlc.arg('message_id') AND user_id = sqlc.arg('user_id');

-- name: Versions :many
SELECT version, source, document, written_at FROM muster.room_message_version
WHERE organisation_id = muster.current_organisation() AND message_id = sqlc.arg('message_id')
ORDER BY version;

-- name: One :one
SELECT * FROM muster.room_message WHERE organisation_id = muster.current_organisation() AND id = sqlc.arg('id');

-- name: ByKey :one
SELECT * FROM muster.room_message
WHERE organisation_id = muster.current_organisation() AND incident_id = sqlc.arg('incident_id')
  AND author_id IS NOT DISTINCT FROM sqlc.narg('author_id') AND client_key = sqlc.arg('client_key');

-- name: ByKeys :many
SELECT id, client_key FROM muster.room_message
WHERE organisation_id = muster.current_organisation() AND incident_id = sqlc.arg('incident_id')
  AND author_id IS NULL AND client_key = ANY (sqlc.arg('keys')::text[]) AND deleted_at IS NULL;

-- name: Latest :one
SELECT coalesce(max(changed_seq), 0)::bigint FROM muster.room_message
WHERE organisation_id = muster.current_organisation() AND incident_id = sqlc.arg('incident_id');

-- name: Reactions :many
SELECT message_id, emoji, user_id, origin FROM muster.room_reaction
WHERE organisation_id = muster.current_organisation() AND message_id = ANY (sqlc.arg('messages')::text[])
ORDER BY reacted_at, emoji, user_id;

-- name: Files :many
SELECT f.message_id, b.* FROM muster.room_file f
JOIN muster.blob b ON b.organisation_id = f.organisation_id AND b.id = f.blob_id
WHERE f.organisation_id = muster.current_organisation() AND f.message_id = ANY (sqlc.arg('messages')::text[])
ORDER BY f.message_id, f.position;

-- name: Blob :one
SELECT key, name, media_type, size_bytes FROM muster.blob WHERE organisation_id = muster.current_organisation() AND id = $1;

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
    AND m.kind <> 'event' AND m.in_room AND m.deleted_at IS NULL AND m.author_id IS DISTINCT FROM sqlc.arg('user_id')
  LIMIT 100) AS newest) AS news;

-- name: Readers :many
SELECT user_id, seq FROM muster.room_read WHERE organisation_id = muster.current_organisation() AND incident_id = $1;

-- name: ReactionsElsewhere :many
SELECT emoji, user_id FROM muster.room_reaction
WHERE organisation_id = muster.current_organisation() AND message_id = $1 AND origin <> ''
ORDER BY reacted_at, emoji, user_id;
