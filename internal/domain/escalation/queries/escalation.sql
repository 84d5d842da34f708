-- name: InsertEscalation :exec
INSERT INTO muster.escalation (organisation_id, id, incident_id, private, message, wait_minutes, state, idempotency_key,
  creator_type, creator_id, creator_name, created_at)
VALUES (muster.current_organisation(), @id, @incident_id, @private, @message, @wait_minutes, 'pending', @idempotency_key,
  @creator_type, @creator_id, @creator_name, @at);

-- name: InsertTarget :exec
INSERT INTO muster.escalation_target (organisation_id, escalation_id, position, incident_id, private, user_id, pager_id, name, state)
VALUES (muster.current_organisation(), @escalation_id, @position, @incident_id, @private, @user_id, @pager_id, @name, 'waiting');

-- name: EscalationByKey :one
SELECT id FROM muster.escalation
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND idempotency_key = @key::text;

-- name: Escalation :one
SELECT * FROM muster.escalation WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: LockEscalation :one
SELECT * FROM muster.escalation WHERE organisation_id = muster.current_organisation() AND id = $1 FOR UPDATE;

-- name: EscalationsOf :many
SELECT * FROM muster.escalation WHERE organisation_id = muster.current_organisation() AND incident_id = $1
ORDER BY created_at DESC, id DESC LIMIT 50;

-- name: PendingOf :many
SELECT id FROM muster.escalation WHERE organisation_id = muster.current_organisation() AND incident_id = $1 AND state = 'pending' ORDER BY id;

-- name: Targets :many
SELECT t.escalation_id, t.position, t.user_id, t.pager_id, t.name, t.state, t.unreachable, t.reached_at,
  coalesce(u.name, '')::text AS user_name, coalesce(u.avatar_key, '')::text AS avatar_key, coalesce(u.state = 'deactivated', false)::boolean AS deactivated,
  coalesce(p.kind, '')::text AS kind, coalesce(p.reads_back, false)::boolean AS reads_back
FROM muster.escalation_target t
LEFT JOIN muster.user u ON u.organisation_id = t.organisation_id AND u.id = t.user_id
LEFT JOIN muster.pager p ON p.organisation_id = t.organisation_id AND p.id = t.pager_id
WHERE t.organisation_id = muster.current_organisation() AND t.escalation_id = ANY (@escalations::text[])
ORDER BY t.escalation_id, t.position;

-- name: Attempts :many
SELECT * FROM muster.escalation_attempt
WHERE organisation_id = muster.current_organisation() AND escalation_id = ANY (@escalations::text[])
ORDER BY escalation_id, position, act, round, at, method DESC, target;

-- name: Step :exec
UPDATE muster.escalation SET position = @position, round = @round
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: SetTarget :exec
UPDATE muster.escalation_target SET state = @state, reached_at = coalesce(sqlc.narg('reached_at'), reached_at)
WHERE organisation_id = muster.current_organisation() AND escalation_id = @escalation_id AND position = @position;

-- name: SetUnreachable :exec
UPDATE muster.escalation_target SET unreachable = true
WHERE organisation_id = muster.current_organisation() AND escalation_id = @escalation_id AND position = @position;

-- name: AnswerTarget :exec
UPDATE muster.escalation_target SET state = 'answered'
WHERE organisation_id = muster.current_organisation() AND escalation_id = @escalation_id
  AND ((user_id IS NOT NULL AND user_id = sqlc.narg('user_id')) OR (pager_id IS NOT NULL AND pager_id = sqlc.narg('pager_id')));

-- name: End :exec
UPDATE muster.escalation SET state = @state, ended_by_type = @ended_by_type, ended_by_id = @ended_by_id, ended_by_name = @ended_by_name,
  ended_in = @ended_in, ended_at = @at::timestamptz
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: PutAttempt :execrows
INSERT INTO muster.escalation_attempt (organisation_id, escalation_id, position, act, round, method, target, incident_id, private,
  label, state, answer, reference, at)
VALUES (muster.current_organisation(), @escalation_id, @position, @act, @round, @method, @target, @incident_id, @private,
  @label, @state, @answer, @reference, @at)
ON CONFLICT (organisation_id, escalation_id, position, act, round, method, target) DO UPDATE
SET state = EXCLUDED.state, answer = EXCLUDED.answer, reference = EXCLUDED.reference, at = EXCLUDED.at, tries = muster.escalation_attempt.tries + 1,
  label = CASE WHEN EXCLUDED.label = '' THEN muster.escalation_attempt.label ELSE EXCLUDED.label END
WHERE (muster.escalation_attempt.state, muster.escalation_attempt.answer) <> (EXCLUDED.state, EXCLUDED.answer);

-- name: BeginAttempt :exec
-- Notes that a page is on its way, unless one was before.
INSERT INTO muster.escalation_attempt (organisation_id, escalation_id, position, act, round, method, target, incident_id, private, label, state, tries, at)
VALUES (muster.current_organisation(), @escalation_id, @position, 'page', 1, @method, @target, @incident_id, @private, @label, 'waiting', 0, @at)
ON CONFLICT DO NOTHING;

-- name: Calling :many
SELECT e.id, e.message, e.creator_name, e.created_at, e.incident_id, i.number, i.name
FROM muster.escalation_target t
JOIN muster.escalation e ON e.organisation_id = t.organisation_id AND e.id = t.escalation_id
JOIN muster.incident i ON i.organisation_id = e.organisation_id AND i.id = e.incident_id
WHERE t.organisation_id = muster.current_organisation() AND t.user_id = $1 AND t.state = 'reaching' AND e.state = 'pending'
ORDER BY e.created_at LIMIT 20;

-- name: OpenPages :many
-- Escalations of an incident with pages that were taken, or may have been, and not resolved.
SELECT DISTINCT a.escalation_id FROM muster.escalation_attempt a
JOIN muster.escalation_target t ON t.organisation_id = a.organisation_id AND t.escalation_id = a.escalation_id AND t.position = a.position
WHERE a.organisation_id = muster.current_organisation() AND a.incident_id = $1 AND a.act = 'page' AND a.state <> 'failed' AND t.pager_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM muster.escalation_attempt r WHERE r.organisation_id = a.organisation_id AND r.escalation_id = a.escalation_id
    AND r.position = a.position AND r.act = 'resolve' AND r.state = 'sent');

-- name: UserNamed :one
SELECT name FROM muster.user WHERE organisation_id = muster.current_organisation() AND id = $1;
