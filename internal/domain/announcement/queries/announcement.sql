-- name: Rules :many
SELECT * FROM muster.announcement_rule
WHERE organisation_id = muster.current_organisation() AND archived_at IS NULL ORDER BY rank, id;

-- name: LockRules :many
SELECT * FROM muster.announcement_rule
WHERE organisation_id = muster.current_organisation() AND archived_at IS NULL ORDER BY rank, id FOR NO KEY UPDATE;

-- name: PutRule :exec
INSERT INTO muster.announcement_rule (organisation_id, id, name, conditions, channels, mode, unmatched, enabled, rank, archived_at, created_at)
VALUES (muster.current_organisation(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (organisation_id, id) DO UPDATE
SET name = excluded.name, conditions = excluded.conditions, channels = excluded.channels, mode = excluded.mode, unmatched = excluded.unmatched,
  enabled = excluded.enabled, rank = excluded.rank, archived_at = excluded.archived_at, row_version = muster.announcement_rule.row_version + 1;

-- name: SetRank :exec
UPDATE muster.announcement_rule SET rank = $2, row_version = row_version + 1
WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: AnyRule :one
SELECT EXISTS (SELECT FROM muster.announcement_rule WHERE organisation_id = muster.current_organisation() AND enabled AND archived_at IS NULL)::boolean;

-- Mark says that an incident's posts may not tell any more how it stands. Without a rule only incidents with posts count.
-- name: Mark :exec
INSERT INTO muster.announced (organisation_id, incident_id, private, next_attempt_at)
SELECT i.organisation_id, i.id, i.private, sqlc.arg('at') FROM muster.incident i
WHERE i.organisation_id = muster.current_organisation() AND i.id = sqlc.arg('incident_id')
  AND (EXISTS (SELECT FROM muster.announcement_rule r WHERE r.organisation_id = i.organisation_id AND r.enabled AND r.archived_at IS NULL)
    OR EXISTS (SELECT FROM muster.announced a WHERE a.organisation_id = i.organisation_id AND a.incident_id = i.id))
ON CONFLICT (organisation_id, incident_id)
DO UPDATE SET wanted = muster.announced.wanted + 1, private = excluded.private,
  next_attempt_at = CASE WHEN muster.announced.attempts = 0 THEN least(muster.announced.next_attempt_at, excluded.next_attempt_at) ELSE muster.announced.next_attempt_at END;

-- MarkOngoing is Mark for all that go on or have posts that may change, when the rules did.
-- name: MarkOngoing :exec
INSERT INTO muster.announced (organisation_id, incident_id, private, next_attempt_at)
SELECT i.organisation_id, i.id, i.private, sqlc.arg('at') FROM muster.incident i
WHERE i.organisation_id = muster.current_organisation() AND i.mode = 'standard' AND i.status_category IN ('triage', 'live', 'paused', 'learning')
ORDER BY i.id
ON CONFLICT (organisation_id, incident_id) DO UPDATE SET wanted = muster.announced.wanted + 1, next_attempt_at = excluded.next_attempt_at;

-- MarkKnown is Mark for all that go on, when what posts and rules name is called or ordered otherwise.
-- name: MarkKnown :exec
UPDATE muster.announced SET wanted = wanted + 1,
  next_attempt_at = CASE WHEN attempts > 0 THEN next_attempt_at WHEN wanted > shown THEN least(next_attempt_at, sqlc.arg('at')) ELSE sqlc.arg('at') END
WHERE organisation_id = muster.current_organisation() AND incident_id IN (
  SELECT a.incident_id FROM muster.announced a JOIN muster.incident i ON i.organisation_id = a.organisation_id AND i.id = a.incident_id
  WHERE a.organisation_id = muster.current_organisation() AND i.mode = 'standard' AND i.status_category IN ('triage', 'live', 'paused', 'learning')
  ORDER BY a.incident_id FOR NO KEY UPDATE OF a);

-- MarkRefused lets what channels refused be tried now.
-- name: MarkRefused :exec
UPDATE muster.announced SET next_attempt_at = sqlc.arg('at')
WHERE organisation_id = muster.current_organisation() AND incident_id IN (
  SELECT a.incident_id FROM muster.announced a
  WHERE a.organisation_id = muster.current_organisation() AND a.wanted > a.shown AND a.attempts = 0 AND EXISTS (
    SELECT FROM muster.announcement_post p
    JOIN muster.announcement_refusal r ON r.organisation_id = p.organisation_id AND r.conversation = p.conversation
    WHERE p.organisation_id = a.organisation_id AND p.incident_id = a.incident_id AND p.conversation = ANY (sqlc.arg('conversations')::text[]))
  ORDER BY a.incident_id FOR NO KEY UPDATE);

-- name: Refusals :many
SELECT * FROM muster.announcement_refusal WHERE organisation_id = muster.current_organisation();

-- name: PutRefusal :exec
INSERT INTO muster.announcement_refusal (organisation_id, conversation, reason, since)
VALUES (muster.current_organisation(), $1, $2, $3)
ON CONFLICT (organisation_id, conversation) DO UPDATE SET reason = excluded.reason;

-- name: DropRefusal :exec
DELETE FROM muster.announcement_refusal WHERE organisation_id = muster.current_organisation() AND conversation = $1;

-- name: Due :many
SELECT incident_id FROM muster.announced
WHERE organisation_id = muster.current_organisation() AND wanted > shown AND next_attempt_at <= sqlc.arg('now')
ORDER BY next_attempt_at LIMIT 200;

-- Visit gives an incident's announcements to one worker until it gives them back or its time is over.
-- name: Visit :one
UPDATE muster.announced SET visited_by = sqlc.arg('visitor')::text, visited_until = clock_timestamp() + make_interval(secs => sqlc.arg('seconds')::double precision)
WHERE organisation_id = muster.current_organisation() AND incident_id = $1 AND (visited_by IS NULL OR visited_until < clock_timestamp())
RETURNING *;

-- EndVisit gives them back. What changed during the visit keeps its own time.
-- name: EndVisit :exec
UPDATE muster.announced SET visited_by = NULL, visited_until = NULL, shown = sqlc.arg('shown'), attempts = sqlc.arg('attempts'), trouble = sqlc.arg('trouble'),
  next_attempt_at = CASE WHEN wanted > sqlc.arg('seen') AND sqlc.arg('attempts')::integer = 0 THEN next_attempt_at ELSE sqlc.arg('again') END
WHERE organisation_id = muster.current_organisation() AND incident_id = $1 AND visited_by = sqlc.arg('visitor')::text;

-- name: Posts :many
SELECT * FROM muster.announcement_post WHERE organisation_id = muster.current_organisation() AND incident_id = $1 ORDER BY conversation;

-- name: PutPost :exec
INSERT INTO muster.announcement_post (organisation_id, incident_id, private, conversation, rule_id, round, state, external, shown, told_seq, created_at)
SELECT i.organisation_id, i.id, i.private, sqlc.arg('conversation'), sqlc.arg('rule_id'), sqlc.arg('round'), sqlc.arg('state'), sqlc.arg('external'), sqlc.arg('shown'), sqlc.arg('told_seq'), sqlc.arg('at')
FROM muster.incident i WHERE i.organisation_id = muster.current_organisation() AND i.id = sqlc.arg('incident_id')
ON CONFLICT (organisation_id, incident_id, conversation)
DO UPDATE SET rule_id = excluded.rule_id, round = excluded.round, state = excluded.state, external = excluded.external, shown = excluded.shown,
  told_seq = excluded.told_seq;

-- name: Replies :many
SELECT * FROM muster.announcement_reply
WHERE organisation_id = muster.current_organisation() AND incident_id = $1 AND conversation = $2;

-- name: PutReply :exec
INSERT INTO muster.announcement_reply (organisation_id, incident_id, private, conversation, update_id, external, shown)
SELECT p.organisation_id, p.incident_id, p.private, p.conversation, sqlc.arg('update_id'), sqlc.arg('external'), sqlc.arg('shown')
FROM muster.announcement_post p
WHERE p.organisation_id = muster.current_organisation() AND p.incident_id = sqlc.arg('incident_id') AND p.conversation = sqlc.arg('conversation')
ON CONFLICT (organisation_id, incident_id, conversation, update_id) DO UPDATE SET shown = excluded.shown;

-- name: DropReplies :exec
DELETE FROM muster.announcement_reply
WHERE organisation_id = muster.current_organisation() AND incident_id = $1 AND conversation = $2;

-- Zone is where the organisation's clock stands.
-- name: Zone :one
SELECT time_zone FROM muster.organisation WHERE organisation_id = muster.current_organisation();

-- Past is what happened lately, as conditions look at it.
-- name: Past :many
SELECT i.id, i.number, i.name, i.type_id, i.severity_id, i.quiet, i.declared_at, i.status_category,
  coalesce((SELECT jsonb_object_agg(v.custom_field_id, v.chosen) FROM (
    SELECT f.custom_field_id, jsonb_agg(coalesce(f.option_id, f.value) ORDER BY f.position) AS chosen FROM muster.incident_field_value f
    WHERE f.organisation_id = i.organisation_id AND f.incident_id = i.id GROUP BY f.custom_field_id) v), '{}')::jsonb AS fields
FROM muster.incident i
WHERE i.organisation_id = muster.current_organisation() AND NOT i.private AND i.mode = 'standard' AND i.declared_at >= sqlc.arg('since')
ORDER BY i.declared_at DESC, i.id DESC LIMIT 1000;
