-- name: Insert :exec
INSERT INTO muster.follow_up (organisation_id, id, incident_id, private, title, description, status, priority_id, labels, assignee_id, due_on,
  action_id, message_id, idempotency_key, creator_type, creator_id, creator_name, created_at, updated_at)
VALUES (muster.current_organisation(), @id, @incident_id, @private, @title, @description, 'outstanding', @priority_id, @labels, @assignee_id, @due_on,
  @action_id, @message_id, @idempotency_key, @creator_type, @creator_id, @creator_name, @at, @at);

-- name: ByKey :one
SELECT id FROM muster.follow_up WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND idempotency_key = @key::text;

-- name: OfAction :one
SELECT id FROM muster.follow_up WHERE organisation_id = muster.current_organisation() AND action_id = @action_id::text AND status <> 'deleted';

-- name: Lock :one
SELECT * FROM muster.follow_up WHERE organisation_id = muster.current_organisation() AND id = $1 AND status <> 'deleted' FOR UPDATE;

-- name: Update :exec
UPDATE muster.follow_up SET title = @title, description = @description, status = @status, priority_id = @priority_id, labels = @labels,
  assignee_id = @assignee_id, due_on = @due_on, completed_at = @completed_at, row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: Ever :many
SELECT sqlc.embed(f), u.name AS assignee_name, u.avatar_key, u.state, i.number, i.name AS incident_name,
  p.name AS priority_name, p.description AS priority_description, p.rank AS priority_rank, p.row_version AS priority_version,
  coalesce(p.rank = (SELECT min(rank) FROM muster.follow_up_priority WHERE organisation_id = muster.current_organisation() AND archived_at IS NULL), false)::boolean AS urgent
FROM muster.follow_up f
JOIN muster.incident i ON i.organisation_id = f.organisation_id AND i.id = f.incident_id
LEFT JOIN muster.user u ON u.organisation_id = f.organisation_id AND u.id = f.assignee_id
LEFT JOIN muster.follow_up_priority p ON p.organisation_id = f.organisation_id AND p.id = f.priority_id
WHERE f.organisation_id = muster.current_organisation() AND f.id = $1;

-- name: List :many
-- Every filter is left out by its empty value. What is due first stands first, then the more urgent, then the newer.
SELECT sqlc.embed(f), u.name AS assignee_name, u.avatar_key, u.state, i.number, i.name AS incident_name,
  p.name AS priority_name, p.description AS priority_description, p.rank AS priority_rank, p.row_version AS priority_version,
  coalesce(p.rank = (SELECT min(rank) FROM muster.follow_up_priority WHERE organisation_id = muster.current_organisation() AND archived_at IS NULL), false)::boolean AS urgent
FROM muster.follow_up f
JOIN muster.incident i ON i.organisation_id = f.organisation_id AND i.id = f.incident_id
LEFT JOIN muster.user u ON u.organisation_id = f.organisation_id AND u.id = f.assignee_id
LEFT JOIN muster.follow_up_priority p ON p.organisation_id = f.organisation_id AND p.id = f.priority_id
WHERE f.organisation_id = muster.current_organisation() AND f.status <> 'deleted'
  AND (@id::text = '' OR f.id = @id)
  AND (@incident::text = '' OR f.incident_id = @incident)
  AND (@assignee::text = '' OR f.assignee_id = @assignee)
  AND (@status::text = '' OR f.status = @status)
  AND (@priority::text = '' OR f.priority_id = @priority)
  AND (@label::text = '' OR @label = ANY (f.labels))
  AND (cardinality(@modes::text[]) = 0 OR i.mode = ANY (@modes))
  AND (sqlc.narg('overdue_on')::date IS NULL OR (f.due_on < sqlc.narg('overdue_on') AND f.status = 'outstanding'))
ORDER BY f.status <> 'outstanding', f.due_on NULLS LAST, p.rank NULLS LAST, f.created_at DESC, f.id DESC
LIMIT @most;

-- name: Labels :many
SELECT DISTINCT unnest(labels)::text AS label FROM muster.follow_up
WHERE organisation_id = muster.current_organisation() AND status <> 'deleted' ORDER BY 1 LIMIT 100;

-- name: Any :one
SELECT EXISTS (SELECT FROM muster.follow_up WHERE organisation_id = muster.current_organisation() AND status <> 'deleted');

-- name: ZoneOf :one
SELECT time_zone FROM muster.user WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: SetIssue :exec
UPDATE muster.follow_up SET issue_provider = @provider, issue_name = @name, issue_url = @url, row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;
