-- Home: where channels of new incidents are opened; no row where no workspace is connected.
-- name: Home :one
SELECT w.team_id, coalesce(s.opens, true)::boolean AS opens, coalesce(s.name, 'inc-{number}-{slug}')::text AS name
FROM muster.slack_workspace w
LEFT JOIN muster.channel_settings s ON s.organisation_id = w.organisation_id
WHERE w.organisation_id = muster.current_organisation() AND w.state = 'active'
ORDER BY (w.team_id = coalesce(s.team_id, '')) DESC, w.installed_at LIMIT 1;

-- name: InsertChannel :execrows
INSERT INTO muster.channel (organisation_id, conversation_id, incident_id, private, team_id, next_attempt_at, created_at)
VALUES ($1, $2, $3, $4, $5, sqlc.arg('at'), sqlc.arg('at')) ON CONFLICT DO NOTHING;

-- InsertAdopted makes a channel that is there an incident's; nothing where the incident has one, or it is another's.
-- name: InsertAdopted :execrows
INSERT INTO muster.channel (organisation_id, conversation_id, incident_id, private, team_id, external_id, adopted_at, brings_history, next_attempt_at, created_at)
VALUES ($1, $2, $3, $4, $5, $6, sqlc.arg('at')::timestamptz, sqlc.arg('history'), sqlc.arg('at')::timestamptz, sqlc.arg('at')::timestamptz) ON CONFLICT DO NOTHING;

-- name: Channel :one
SELECT * FROM muster.channel WHERE organisation_id = muster.current_organisation() AND conversation_id = $1;

-- name: ByIncident :one
SELECT * FROM muster.channel WHERE organisation_id = muster.current_organisation() AND incident_id = $1;

-- name: OfIncidents :many
SELECT * FROM muster.channel WHERE organisation_id = muster.current_organisation() AND incident_id = ANY (sqlc.arg('incidents')::text[]);

-- Seat: an incident's channel, since when its workspace has not answered, and whether there is a workspace at all.
-- name: Seat :one
SELECT connected.it AS connected, coalesce(c.conversation_id, '')::text AS conversation_id, coalesce(c.external_id, '')::text AS external_id,
  coalesce(c.name, '')::text AS name, coalesce(c.state, '')::text AS state, coalesce(c.trouble, '')::text AS trouble, w.down_since
FROM (SELECT EXISTS (SELECT FROM muster.slack_workspace a WHERE a.organisation_id = muster.current_organisation() AND a.state = 'active') AS it) AS connected
LEFT JOIN muster.channel c ON c.organisation_id = muster.current_organisation() AND c.incident_id = $1
LEFT JOIN muster.slack_workspace w ON w.organisation_id = c.organisation_id AND w.team_id = c.team_id AND w.state = 'active';

-- name: ByExternal :one
SELECT * FROM muster.channel
WHERE organisation_id = muster.current_organisation() AND external_id = $1 AND external_id <> '';

-- name: LockChannel :one
SELECT * FROM muster.channel WHERE organisation_id = muster.current_organisation() AND conversation_id = $1 FOR NO KEY UPDATE;

-- Visit gives a channel to one worker until it gives it back or its time is over.
-- name: Visit :execrows
UPDATE muster.channel SET visited_by = sqlc.arg('visitor')::text, visited_until = clock_timestamp() + make_interval(secs => sqlc.arg('seconds')::double precision)
WHERE organisation_id = muster.current_organisation() AND conversation_id = $1
  AND (visited_by IS NULL OR visited_until < clock_timestamp() OR visited_by = sqlc.arg('visitor')::text);

-- name: EndVisit :exec
UPDATE muster.channel SET visited_by = NULL, visited_until = NULL, next_attempt_at = sqlc.arg('again'), attempts = sqlc.arg('attempts'), trouble = sqlc.arg('trouble')
WHERE organisation_id = muster.current_organisation() AND conversation_id = $1 AND visited_by = sqlc.arg('visitor')::text;

-- name: SetOpened :exec
UPDATE muster.channel SET state = 'open', external_id = $2, name = $3, private_there = sqlc.arg('private_there')::boolean
WHERE organisation_id = muster.current_organisation() AND conversation_id = $1;

-- name: SetState :exec
UPDATE muster.channel SET state = $2 WHERE organisation_id = muster.current_organisation() AND conversation_id = $1;

-- name: SetName :exec
UPDATE muster.channel SET name = $2 WHERE organisation_id = muster.current_organisation() AND conversation_id = $1;

-- name: SetPrivateThere :exec
UPDATE muster.channel SET private_there = $2, next_attempt_at = sqlc.arg('now')
WHERE organisation_id = muster.current_organisation() AND conversation_id = $1;

-- name: SetExternal :exec
UPDATE muster.channel SET external_id = $2 WHERE organisation_id = muster.current_organisation() AND conversation_id = $1;

-- name: SetMirrored :exec
UPDATE muster.channel SET mirrored_seq = $2 WHERE organisation_id = muster.current_organisation() AND conversation_id = $1;

-- name: SetDrawn :exec
UPDATE muster.channel SET drawn = $2, drawn_seq = $3, archive_at = $4 WHERE organisation_id = muster.current_organisation() AND conversation_id = $1;

-- Tended: channels to be looked at now: something is due, or the room went on and nobody said so.
-- name: Tended :many
SELECT c.conversation_id FROM muster.channel c
WHERE c.organisation_id = muster.current_organisation() AND c.state IN ('opening', 'open') AND c.next_attempt_at <= sqlc.arg('now')
ORDER BY c.next_attempt_at LIMIT 500;

-- name: Behind :many
SELECT c.conversation_id FROM muster.channel c
JOIN muster.stream s ON s.organisation_id = c.organisation_id AND s.stream_id = c.incident_id
WHERE c.organisation_id = muster.current_organisation() AND c.state = 'open' AND (s.value > c.mirrored_seq OR s.value > c.drawn_seq)
ORDER BY c.conversation_id LIMIT 500;

-- name: StreamValue :one
SELECT coalesce((SELECT value FROM muster.stream s WHERE s.organisation_id = muster.current_organisation() AND s.stream_id = sqlc.arg('stream_id')), 0)::bigint;

-- name: States :many
SELECT * FROM muster.channel_message
WHERE organisation_id = muster.current_organisation() AND conversation_id = $1 AND message_id = ANY (sqlc.arg('messages')::text[]);

-- name: PutState :exec
INSERT INTO muster.channel_message (organisation_id, message_id, conversation_id, incident_id, private, key, version, deleted, pinned, emoji)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (organisation_id, message_id, conversation_id)
DO UPDATE SET version = excluded.version, deleted = excluded.deleted, pinned = excluded.pinned, emoji = excluded.emoji,
  pinned_there = muster.channel_message.pinned_there AND excluded.pinned;

-- name: SetPinned :exec
UPDATE muster.channel_message SET pinned = $3, pinned_there = $3
WHERE organisation_id = muster.current_organisation() AND conversation_id = $1 AND message_id = $2;

-- SeePinned notes that a pin is on the platform, where it was to be.
-- name: SeePinned :exec
UPDATE muster.channel_message SET pinned_there = true
WHERE organisation_id = muster.current_organisation() AND conversation_id = $1 AND message_id = $2 AND pinned AND NOT pinned_there;

-- PinsThere: the messages of a channel that were seen pinned on the platform, by the platform's ids.
-- name: PinsThere :many
SELECT p.external_id FROM muster.channel_message m
JOIN muster.chat_message p ON p.organisation_id = m.organisation_id AND p.room_message_id = m.message_id AND p.key = m.key AND p.conversation = sqlc.arg('conversation')::text
WHERE m.organisation_id = muster.current_organisation() AND m.conversation_id = $1 AND m.pinned AND m.pinned_there AND p.external_id <> ''
ORDER BY p.external_id LIMIT 500;

-- name: SetVersion :exec
UPDATE muster.channel_message SET version = $3, deleted = $4
WHERE organisation_id = muster.current_organisation() AND conversation_id = $1 AND message_id = $2;

-- name: Settings :one
SELECT * FROM muster.channel_settings WHERE organisation_id = muster.current_organisation();

-- name: PutSettings :exec
INSERT INTO muster.channel_settings (organisation_id, opens, name, archive_after_days, team_id)
VALUES ($1, $2, $3, sqlc.narg('archive_after_days'), coalesce(sqlc.narg('team_id')::text, ''))
ON CONFLICT (organisation_id) DO UPDATE
SET opens = excluded.opens, name = excluded.name, archive_after_days = excluded.archive_after_days, team_id = excluded.team_id,
  row_version = muster.channel_settings.row_version + 1;

-- Restart lets the channel of an incident that was archived be opened again.
-- name: Restart :exec
UPDATE muster.channel SET state = 'opening', next_attempt_at = sqlc.arg('now'), archive_at = NULL
WHERE organisation_id = muster.current_organisation() AND incident_id = $1 AND state = 'archived';

-- Rehouse lets a channel be opened anew; the room goes on in it from where it was mirrored.
-- name: Rehouse :exec
UPDATE muster.channel SET state = 'opening', external_id = '', name = '', drawn = '{}', drawn_seq = 0, adopted_at = NULL, private_there = NULL
WHERE organisation_id = muster.current_organisation() AND conversation_id = $1;

-- GoAway: the channels of incidents that are worked on, of a workspace that has not answered since a moment; each once.
-- name: GoAway :many
UPDATE muster.channel c SET away_since = sqlc.arg('since')::timestamptz
FROM muster.incident i
WHERE c.organisation_id = muster.current_organisation() AND c.team_id = $1 AND c.state IN ('opening', 'open')
  AND c.away_since IS DISTINCT FROM sqlc.arg('since')::timestamptz
  AND i.organisation_id = c.organisation_id AND i.id = c.incident_id AND i.status_category IN ('live', 'triage')
  AND EXISTS (SELECT FROM muster.slack_workspace w WHERE w.organisation_id = c.organisation_id AND w.team_id = c.team_id AND w.down_since IS NOT NULL)
RETURNING c.incident_id, c.private;

-- PassMirrored goes on to a number before which nothing was said, unless somebody else went on meanwhile.
-- name: PassMirrored :exec
UPDATE muster.channel SET mirrored_seq = sqlc.arg('value')::bigint
WHERE organisation_id = muster.current_organisation() AND conversation_id = $1 AND mirrored_seq = sqlc.arg('from')::bigint;

-- GoingOn: the open channels of incidents that are worked on, or were until a moment ago.
-- name: GoingOn :many
SELECT c.* FROM muster.channel c
JOIN muster.incident i ON i.organisation_id = c.organisation_id AND i.id = c.incident_id
WHERE c.organisation_id = muster.current_organisation() AND c.state = 'open'
  AND (i.status_category IN ('live', 'triage', 'paused', 'learning') OR i.closed_at > sqlc.arg('since')::timestamptz)
ORDER BY c.conversation_id LIMIT 500;

-- UpdateLines: the lines of rooms that tell of an update, where they stand in a channel.
-- name: UpdateLines :many
SELECT m.message_id FROM muster.channel_message m
JOIN muster.room_message r ON r.organisation_id = m.organisation_id AND r.id = m.message_id
JOIN muster.activity a ON a.organisation_id = r.organisation_id AND a.id = r.event_id
WHERE m.organisation_id = muster.current_organisation() AND m.incident_id = $1 AND a.kind = 'incident.update_sent' AND a.subject_id = $2;

-- name: Recall :exec
-- A worker that read the room before finds that it is another, and reads it again.
UPDATE muster.channel SET mirrored_seq = mirrored_seq - 1 WHERE organisation_id = muster.current_organisation() AND incident_id = $1;

-- Reworded marks messages in the incident's channels whose words were taken out, and those that stand in one with them.
-- What an update says stands on no row of the room: each is marked.
-- name: Reworded :many
WITH touched AS (
  SELECT m.conversation_id, m.key FROM muster.channel_message m
  JOIN muster.channel c ON c.organisation_id = m.organisation_id AND c.conversation_id = m.conversation_id
  JOIN muster.room_message r ON r.organisation_id = m.organisation_id AND r.id = m.message_id
  LEFT JOIN muster.activity a ON a.organisation_id = r.organisation_id AND a.id = r.event_id
  WHERE m.organisation_id = muster.current_organisation() AND m.incident_id = $1 AND NOT m.deleted
    AND (r.changed_seq > c.mirrored_seq OR a.kind = 'incident.update_sent'))
UPDATE muster.channel_message m SET version = -1 FROM touched t
WHERE m.organisation_id = muster.current_organisation() AND m.conversation_id = t.conversation_id AND m.key = t.key AND NOT m.deleted
RETURNING m.message_id;

-- name: InviteRules :many
SELECT * FROM muster.channel_invite_rule
WHERE organisation_id = muster.current_organisation() AND archived_at IS NULL ORDER BY created_at, id;

-- name: LockInviteRules :many
SELECT * FROM muster.channel_invite_rule
WHERE organisation_id = muster.current_organisation() AND archived_at IS NULL ORDER BY created_at, id FOR NO KEY UPDATE;

-- name: PutInviteRule :exec
INSERT INTO muster.channel_invite_rule (organisation_id, id, conditions, people, enabled, archived_at, created_at)
VALUES (muster.current_organisation(), $1, $2, $3, $4, $5, $6)
ON CONFLICT (organisation_id, id) DO UPDATE
SET conditions = excluded.conditions, people = excluded.people, enabled = excluded.enabled, archived_at = excluded.archived_at,
  row_version = muster.channel_invite_rule.row_version + 1;

-- ActiveUsers: those of some people who are still here.
-- name: ActiveUsers :many
SELECT id FROM muster.user WHERE organisation_id = muster.current_organisation() AND state = 'active' AND id = ANY (sqlc.arg('users')::text[]) ORDER BY id;

-- DrawAnew lets the channels of incidents that go on be looked at, as the rules did change.
-- name: DrawAnew :exec
UPDATE muster.channel SET drawn_seq = -1, next_attempt_at = sqlc.arg('now')
WHERE organisation_id = muster.current_organisation() AND conversation_id IN (
  SELECT c.conversation_id FROM muster.channel c
  JOIN muster.incident i ON i.organisation_id = c.organisation_id AND i.id = c.incident_id
  WHERE c.organisation_id = muster.current_organisation() AND c.state = 'open' AND i.mode = 'standard' AND i.status_category IN ('live', 'paused')
  ORDER BY c.conversation_id FOR NO KEY UPDATE OF c);

-- name: StaysOut :exec
UPDATE muster.channel SET stays_out = array_append(stays_out, sqlc.arg('user')::text)
WHERE organisation_id = muster.current_organisation() AND conversation_id = $1 AND NOT sqlc.arg('user')::text = ANY (stays_out);
