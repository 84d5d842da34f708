-- Arrive: the incident as the one who posts sees it, held so that it cannot go away, and what is known of the sender.
-- The lock comes before the stream's number, in the order in which verbs of the incident take both.
-- name: Arrive :one
SELECT i.private,
  EXISTS (SELECT FROM muster.incident_participant p WHERE p.organisation_id = i.organisation_id AND p.incident_id = i.id
    AND p.user_id = sqlc.arg('author_id') AND p.kind <> 'observer') AS takes_part,
  coalesce((SELECT m.id FROM muster.room_message m WHERE m.organisation_id = i.organisation_id AND m.incident_id = i.id
    AND m.author_id = sqlc.arg('author_id') AND m.client_key = sqlc.arg('client_key')), '')::text AS twin,
  coalesce((SELECT u.avatar_key FROM muster.user u WHERE u.organisation_id = i.organisation_id AND u.id = sqlc.arg('author_id')), '')::text AS avatar_key
FROM muster.incident i
WHERE i.organisation_id = muster.current_organisation() AND i.id = sqlc.arg('incident_id')
FOR KEY SHARE OF i;

-- name: Visible :one
SELECT i.private FROM muster.incident i WHERE i.organisation_id = muster.current_organisation() AND i.id = sqlc.arg('incident_id');

-- Hold is Visible with the lock of Arrive.
-- name: Hold :one
SELECT i.private FROM muster.incident i WHERE i.organisation_id = muster.current_organisation() AND i.id = sqlc.arg('incident_id') FOR KEY SHARE OF i;

-- InsertMessage answers how many rows were written: none when the sender's key is taken.
-- name: InsertMessage :execrows
INSERT INTO muster.room_message (organisation_id, id, incident_id, private, seq, changed_seq, client_key, kind, author_id, author_name,
  source, document, format, blocks, event_id, posted_at, recorded_at, parent_id, in_room, origin, run)
VALUES ($1, $2, $3, $4, sqlc.arg('seq'), sqlc.arg('seq'), $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, sqlc.narg('parent_id'), sqlc.arg('in_room'), sqlc.arg('origin'), sqlc.arg('run'))
ON CONFLICT ON CONSTRAINT room_message_once DO NOTHING;

-- Lengthen lets the newest line of a room tell of one more event, if it is of the same run and person and nothing came after it.
-- name: Lengthen :execrows
UPDATE muster.room_message AS line SET more_events = array_append(line.more_events, sqlc.arg('event_id')::text), changed_seq = sqlc.arg('seq'), row_version = line.row_version + 1
WHERE line.organisation_id = muster.current_organisation()
  AND line.id = (SELECT m.id FROM muster.room_message m
    WHERE m.organisation_id = muster.current_organisation() AND m.incident_id = sqlc.arg('incident_id') AND m.in_room ORDER BY m.seq DESC LIMIT 1)
  AND line.run = sqlc.arg('run') AND line.author_id = sqlc.arg('author_id')::text AND line.posted_at > sqlc.arg('since') AND cardinality(line.more_events) < sqlc.arg('most')::integer;

-- Only pictures that the sender brought to this incident can be shown with the message.
-- name: InsertFiles :execrows
INSERT INTO muster.room_file (organisation_id, message_id, blob_id, incident_id, private, position)
SELECT b.organisation_id, sqlc.arg('message_id'), b.id, b.incident_id, sqlc.arg('private'), wanted.position
FROM unnest(sqlc.arg('blob_ids')::text[]) WITH ORDINALITY AS wanted (id, position)
JOIN muster.blob b ON b.organisation_id = muster.current_organisation() AND b.id = wanted.id
WHERE b.incident_id = sqlc.arg('incident_id') AND b.uploader_id = sqlc.arg('uploader_id');

-- name: Posted :exec
UPDATE muster.blob SET unposted_since = NULL
WHERE organisation_id = muster.current_organisation() AND id = ANY (sqlc.arg('blob_ids')::text[]) AND unposted_since IS NOT NULL;

-- name: Lock :one
SELECT * FROM muster.room_message WHERE organisation_id = muster.current_organisation() AND id = sqlc.arg('id') FOR NO KEY UPDATE;

-- name: LockByKey :one
SELECT * FROM muster.room_message
WHERE organisation_id = muster.current_organisation() AND incident_id = sqlc.arg('incident_id') AND author_id IS NULL AND client_key = sqlc.arg('client_key')
FOR NO KEY UPDATE;

-- name: SetText :exec
UPDATE muster.room_message SET source = $1, document = $2, format = $3, edited_at = $4, changed_seq = $5, row_version = row_version + 1
WHERE organisation_id = muster.current_organisation() AND id = sqlc.arg('id');

-- name: SetBlocks :exec
UPDATE muster.room_message SET blocks = $1, deleted_at = NULL, changed_seq = $2, row_version = row_version + 1
WHERE organisation_id = muster.current_organisation() AND id = sqlc.arg('id');

-- A deleted message keeps its place and its sender, and none of its words.
-- name: SetDeleted :exec
UPDATE muster.room_message SET source = '', document = NULL, blocks = NULL, deleted_at = $1, pinned_at = NULL, pinned_by_id = NULL,
  changed_seq = $2, deleted_by_id = $3, deleted_by_name = $4, deleted_reason = $5, row_version = row_version + 1
WHERE organisation_id = muster.current_organisation() AND id = sqlc.arg('id');

-- name: SetPin :exec
UPDATE muster.room_message SET pinned_at = sqlc.narg('pinned_at'), pinned_by_id = sqlc.narg('pinned_by_id'), changed_seq = sqlc.arg('changed_seq')
WHERE organisation_id = muster.current_organisation() AND id = sqlc.arg('id');

-- name: Touch :exec
UPDATE muster.room_message SET changed_seq = $1 WHERE organisation_id = muster.current_organisation() AND id = sqlc.arg('id');

-- Files that no message shows any more wait to be swept.
-- name: DeleteFiles :exec
WITH gone AS (DELETE FROM muster.room_file f WHERE f.organisation_id = muster.current_organisation() AND f.message_id = sqlc.arg('message_id') RETURNING f.blob_id)
UPDATE muster.blob b SET unposted_since = sqlc.arg('at')::timestamptz, preview = '' FROM gone
WHERE b.organisation_id = muster.current_organisation() AND b.id = gone.blob_id;

-- name: DeleteVersions :exec
DELETE FROM muster.room_message_version WHERE organisation_id = muster.current_organisation() AND message_id = $1;

-- name: InsertVersion :exec
INSERT INTO muster.room_message_version (organisation_id, message_id, version, incident_id, private, source, document, format, written_at)
SELECT m.organisation_id, m.id, m.row_version, m.incident_id, m.private, m.source, m.document, m.format, coalesce(m.edited_at, m.posted_at)
FROM muster.room_message m WHERE m.organisation_id = muster.current_organisation() AND m.id = sqlc.arg('id');

-- Replied: what the message that a thread hangs on knows of its replies, counted anew under its lock.
-- name: Replied :exec
UPDATE muster.room_message p SET changed_seq = sqlc.arg('changed_seq'), replies = news.total, last_reply_seq = news.seq, last_reply_at = news.at
FROM (SELECT count(*)::integer AS total, coalesce(max(m.seq), 0) AS seq, max(m.posted_at) AS at FROM muster.room_message m
  WHERE m.organisation_id = muster.current_organisation() AND m.parent_id = sqlc.arg('id')::text AND m.deleted_at IS NULL) AS news
WHERE p.organisation_id = muster.current_organisation() AND p.id = sqlc.arg('id');

-- Draw makes people members of a thread, having read up to a number; who is one already stays where they are.
-- name: Draw :exec
INSERT INTO muster.room_thread_member (organisation_id, message_id, user_id, incident_id, private, seq)
SELECT p.organisation_id, p.id, u.id, p.incident_id, p.private, sqlc.arg('seq')
FROM muster.room_message p, muster.user u
WHERE p.organisation_id = muster.current_organisation() AND p.id = sqlc.arg('message_id')
  AND u.organisation_id = p.organisation_id AND u.id = ANY (sqlc.arg('users')::text[])
ON CONFLICT (organisation_id, message_id, user_id) DO NOTHING;

-- Join makes who replied a member of a thread, having read up to the reply.
-- name: Join :exec
INSERT INTO muster.room_thread_member (organisation_id, message_id, user_id, incident_id, private, seq, replied_seq)
SELECT p.organisation_id, p.id, u.id, p.incident_id, p.private, sqlc.arg('seq'), sqlc.arg('seq')
FROM muster.room_message p, muster.user u
WHERE p.organisation_id = muster.current_organisation() AND p.id = sqlc.arg('message_id')
  AND u.organisation_id = p.organisation_id AND u.id = sqlc.arg('user_id')
ON CONFLICT (organisation_id, message_id, user_id) DO UPDATE SET seq = EXCLUDED.seq, replied_seq = EXCLUDED.replied_seq;

-- SetThreadRead keeps the furthest that a member has read, never further than the thread goes.
-- name: SetThreadRead :exec
UPDATE muster.room_thread_member t SET seq = least(sqlc.arg('seq')::bigint, p.last_reply_seq)
FROM muster.room_message p
WHERE t.organisation_id = muster.current_organisation() AND t.message_id = sqlc.arg('message_id') AND t.user_id = sqlc.arg('user_id')
  AND p.organisation_id = t.organisation_id AND p.id = t.message_id AND t.seq < least(sqlc.arg('seq')::bigint, p.last_reply_seq);

-- name: Leads :one
SELECT EXISTS (SELECT FROM muster.incident_role_assignment a
  JOIN muster.incident_role r ON r.organisation_id = a.organisation_id AND r.id = a.role_id AND r.role_type = 'lead'
  WHERE a.organisation_id = muster.current_organisation() AND a.incident_id = sqlc.arg('incident_id') AND a.user_id = sqlc.arg('user_id'));

-- name: DeleteReactions :exec
DELETE FROM muster.room_reaction WHERE organisation_id = muster.current_organisation() AND message_id = $1;

-- name: InsertReaction :execrows
INSERT INTO muster.room_reaction (organisation_id, message_id, user_id, emoji, incident_id, private, reacted_at, origin)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING;

-- name: CountEmoji :one
SELECT count(DISTINCT emoji)::integer FROM muster.room_reaction
WHERE organisation_id = muster.current_organisation() AND message_id = $1 AND emoji <> $2;

-- name: DeleteReaction :execrows
DELETE FROM muster.room_reaction WHERE organisation_id = muster.current_organisation() AND message_id = $1 AND user_id = $2 AND emoji = $3;

-- Seat: the incident as a reader sees it, and whether they are among its people.
-- name: Seat :one
SELECT i.private, EXISTS (SELECT FROM muster.incident_participant p
    WHERE p.organisation_id = i.organisation_id AND p.incident_id = i.id AND p.user_id = sqlc.arg('user_id')) AS seated
FROM muster.incident i WHERE i.organisation_id = muster.current_organisation() AND i.id = sqlc.arg('incident_id');

-- SetRead keeps the furthest that a person has read, never further than the room goes.
-- name: SetRead :exec
INSERT INTO muster.room_read (organisation_id, incident_id, user_id, private, seq, read_at)
SELECT muster.current_organisation(), sqlc.arg('incident_id')::text, sqlc.arg('user_id')::text, sqlc.arg('private')::boolean,
  least(sqlc.arg('seq')::bigint, coalesce((SELECT s.value FROM muster.stream s
    WHERE s.organisation_id = muster.current_organisation() AND s.stream_id = sqlc.arg('incident_id')::text), 0)), sqlc.arg('read_at')::timestamptz
ON CONFLICT (organisation_id, incident_id, user_id) DO UPDATE SET seq = EXCLUDED.seq, read_at = EXCLUDED.read_at
WHERE muster.room_read.seq < EXCLUDED.seq;

-- name: InsertBlob :exec
INSERT INTO muster.blob (organisation_id, id, incident_id, private, key, thumbnail_key, name, media_type, size_bytes, width, height,
  thumbnail_width, thumbnail_height, uploader_id, created_at, preview, unposted_since)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $15);

-- name: Unposted :many
SELECT id FROM muster.blob
WHERE organisation_id = muster.current_organisation() AND unposted_since < sqlc.arg('before') ORDER BY unposted_since LIMIT sqlc.arg('count');

-- Sweep takes an upload away unless a message shows it meanwhile, and answers where it lies.
-- name: Sweep :one
DELETE FROM muster.blob b
WHERE b.organisation_id = muster.current_organisation() AND b.id = sqlc.arg('id') AND b.unposted_since < sqlc.arg('before')
  AND NOT EXISTS (SELECT FROM muster.room_file f WHERE f.organisation_id = b.organisation_id AND f.blob_id = b.id)
RETURNING b.key, b.thumbnail_key;

-- name: Pinned :many
SELECT id FROM muster.room_message
WHERE organisation_id = muster.current_organisation() AND incident_id = sqlc.arg('incident_id') AND pinned_at IS NOT NULL AND deleted_at IS NULL
ORDER BY posted_at, id LIMIT sqlc.arg('count');

-- name: SetCopied :exec
UPDATE muster.room_message SET copied_from_id = sqlc.arg('copied_from_id')
WHERE organisation_id = muster.current_organisation() AND id = sqlc.arg('id');

-- name: LinesOf :many
SELECT id FROM muster.room_message
WHERE organisation_id = muster.current_organisation() AND incident_id = sqlc.arg('incident_id') AND event_id = ANY (sqlc.arg('events')::text[]);
