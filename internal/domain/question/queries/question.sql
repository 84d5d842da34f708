-- name: InsertQuestion :exec
INSERT INTO muster.question (organisation_id, id, incident_id, private, text, state, asker_id, asker_name, idempotency_key, created_at, updated_at)
VALUES (muster.current_organisation(), @id, @incident_id, @private, @text, 'open', @asker_id, @asker_name, @idempotency_key, @at, @at);

-- name: QuestionByKey :one
SELECT id FROM muster.question
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND asker_id = @asker_id AND idempotency_key = @key::text;

-- name: CountOpen :one
SELECT count(*) FROM muster.question
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND asker_id = @asker_id AND state = 'open';

-- name: IncidentOf :one
SELECT incident_id FROM muster.question WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: LockQuestion :one
SELECT * FROM muster.question WHERE organisation_id = muster.current_organisation() AND id = $1 FOR UPDATE;

-- name: SetText :exec
UPDATE muster.question SET text = @text, row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: SetState :exec
UPDATE muster.question SET state = @state, row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: SetAnswer :exec
UPDATE muster.question SET state = 'answered', answer = @answer, answerer_type = @answerer_type, answerer_id = @answerer_id, answerer_name = @answerer_name,
  answered_at = @at, row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: SetReminders :exec
UPDATE muster.question SET reminders = @reminders WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: Follow :execrows
INSERT INTO muster.question_follower (organisation_id, question_id, user_id, incident_id, private, created_at)
VALUES (muster.current_organisation(), @question_id, @user_id, @incident_id, @private, @at) ON CONFLICT DO NOTHING;

-- name: Unfollow :execrows
DELETE FROM muster.question_follower WHERE organisation_id = muster.current_organisation() AND question_id = @question_id AND user_id = @user_id;

-- name: Followers :many
SELECT user_id FROM muster.question_follower WHERE organisation_id = muster.current_organisation() AND question_id = $1 ORDER BY created_at, user_id;

-- name: QuestionsOf :many
SELECT sqlc.embed(q), (SELECT count(*) FROM muster.question_follower f WHERE f.organisation_id = q.organisation_id AND f.question_id = q.id) AS followers,
  EXISTS (SELECT FROM muster.question_follower f WHERE f.organisation_id = q.organisation_id AND f.question_id = q.id AND f.user_id = @viewer) AS following
FROM muster.question q
WHERE q.organisation_id = muster.current_organisation() AND q.incident_id = @incident_id AND q.state <> 'withdrawn'
ORDER BY q.created_at DESC, q.id DESC
LIMIT 200;

-- name: QuestionByID :one
SELECT sqlc.embed(q), (SELECT count(*) FROM muster.question_follower f WHERE f.organisation_id = q.organisation_id AND f.question_id = q.id) AS followers,
  EXISTS (SELECT FROM muster.question_follower f WHERE f.organisation_id = q.organisation_id AND f.question_id = q.id AND f.user_id = @viewer) AS following
FROM muster.question q
WHERE q.organisation_id = muster.current_organisation() AND q.id = @id;

-- Waiting: the open questions of incidents that the person speaks for, by holding comms or else the lead.
-- name: Waiting :many
SELECT q.id, q.incident_id, q.text, q.asker_id, q.asker_name, q.created_at, i.number, i.name AS incident_name
FROM muster.question q
JOIN muster.incident i ON i.organisation_id = q.organisation_id AND i.id = q.incident_id
WHERE q.organisation_id = muster.current_organisation() AND q.state = 'open' AND q.asker_id <> @user_id
  AND coalesce(
    (SELECT a.user_id FROM muster.incident_role_assignment a JOIN muster.incident_role r ON r.organisation_id = a.organisation_id AND r.id = a.role_id
     WHERE a.organisation_id = q.organisation_id AND a.incident_id = q.incident_id AND r.shortform = 'comms'),
    (SELECT a.user_id FROM muster.incident_role_assignment a JOIN muster.incident_role r ON r.organisation_id = a.organisation_id AND r.id = a.role_id
     WHERE a.organisation_id = q.organisation_id AND a.incident_id = q.incident_id AND r.role_type = 'lead')) = @user_id
ORDER BY q.created_at, q.id
LIMIT 50;


-- MoveOpen gives the questions that wait to another incident. The key of their asking stays behind: it counts within one.
-- name: MoveOpen :many
UPDATE muster.question SET incident_id = @into_id, private = @private, text = text, idempotency_key = NULL, reminders = 0,
  row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND incident_id = @from_id AND state = 'open'
RETURNING id, text;

-- name: MoveFollowers :exec
UPDATE muster.question_follower SET incident_id = @into_id, private = @private
WHERE organisation_id = muster.current_organisation() AND question_id = @question_id;
