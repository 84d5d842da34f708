-- name: InsertAction :exec
INSERT INTO muster.action (organisation_id, id, incident_id, private, description, status, assignee_id, due_at, message_id, idempotency_key,
  creator_type, creator_id, creator_name, created_at, updated_at)
VALUES (muster.current_organisation(), @id, @incident_id, @private, @description, 'outstanding', @assignee_id, @due_at, @message_id, @idempotency_key,
  @creator_type, @creator_id, @creator_name, @at, @at);

-- name: ActionByKey :one
SELECT id FROM muster.action
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND idempotency_key = @key::text;

-- name: LockAction :one
SELECT * FROM muster.action
WHERE organisation_id = muster.current_organisation() AND id = $1 AND status <> 'deleted'
FOR UPDATE;

-- name: SetDescription :exec
UPDATE muster.action SET description = @description, row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: SetAssignee :exec
UPDATE muster.action SET assignee_id = @assignee_id, row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: SetStatus :exec
UPDATE muster.action SET status = @status, completed_at = @completed_at, row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: ActionByID :one
SELECT sqlc.embed(a), u.name AS assignee_name, u.avatar_key, u.state
FROM muster.action a
LEFT JOIN muster.user u ON u.organisation_id = a.organisation_id AND u.id = a.assignee_id
WHERE a.organisation_id = muster.current_organisation() AND a.id = $1 AND a.status <> 'deleted';

-- name: ActionEver :one
SELECT sqlc.embed(a), u.name AS assignee_name, u.avatar_key, u.state
FROM muster.action a
LEFT JOIN muster.user u ON u.organisation_id = a.organisation_id AND u.id = a.assignee_id
WHERE a.organisation_id = muster.current_organisation() AND a.id = $1;

-- name: ActionsOf :many
SELECT sqlc.embed(a), u.name AS assignee_name, u.avatar_key, u.state
FROM muster.action a
LEFT JOIN muster.user u ON u.organisation_id = a.organisation_id AND u.id = a.assignee_id
WHERE a.organisation_id = muster.current_organisation() AND a.incident_id = $1 AND a.status <> 'deleted'
ORDER BY a.created_at, a.id
LIMIT 1000;

-- name: ActionsAssigned :many
SELECT sqlc.embed(a), u.name AS assignee_name, u.avatar_key, u.state, i.number, i.name AS incident_name
FROM muster.action a
JOIN muster.incident i ON i.organisation_id = a.organisation_id AND i.id = a.incident_id
LEFT JOIN muster.user u ON u.organisation_id = a.organisation_id AND u.id = a.assignee_id
WHERE a.organisation_id = muster.current_organisation() AND a.assignee_id = $1 AND a.status = 'outstanding'
  AND i.status_category IN ('triage', 'live', 'paused', 'learning')
ORDER BY a.due_at NULLS LAST, a.created_at DESC, a.id DESC
LIMIT 100;

-- name: CountActions :one
SELECT count(*) FILTER (WHERE status = 'outstanding') AS outstanding, count(*) AS total FROM muster.action
WHERE organisation_id = muster.current_organisation() AND incident_id = $1 AND status <> 'deleted';

-- A new due time is told again.
-- name: SetDue :exec
UPDATE muster.action SET due_at = @due_at, due_told_at = NULL, row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: SetDueTold :exec
UPDATE muster.action SET due_told_at = @at WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: ActionsUntold :many
SELECT id FROM muster.action
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND status = 'outstanding'
  AND due_at <= sqlc.arg('at')::timestamptz AND due_told_at IS NULL
ORDER BY due_at, id LIMIT 100;

-- name: ActionsAcross :many
SELECT sqlc.embed(a), u.name AS assignee_name, u.avatar_key, u.state
FROM muster.action a
JOIN muster.incident i ON i.organisation_id = a.organisation_id AND i.id = a.incident_id
LEFT JOIN muster.user u ON u.organisation_id = a.organisation_id AND u.id = a.assignee_id
WHERE a.organisation_id = muster.current_organisation() AND a.status <> 'deleted'
  AND (@incident::text = '' OR a.incident_id = @incident)
  AND i.mode = ANY (@modes::text[])
ORDER BY a.id
LIMIT @most;
