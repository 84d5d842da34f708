-- name: UserByID :one
SELECT id, name, state FROM muster.user WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: UserNames :many
SELECT id, name FROM muster.user
WHERE organisation_id = muster.current_organisation() AND id = ANY (@ids::text[]);

-- name: UsersByFirstWord :many
SELECT id, name FROM muster.user
WHERE organisation_id = muster.current_organisation() AND state = 'active'
  AND (lower(split_part(name, ' ', 1)) = ANY (@words::text[]) OR lower(replace(name, ' ', '.')) = ANY (@words::text[]))
ORDER BY id;

-- name: Participation :one
SELECT kind FROM muster.incident_participant
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND user_id = @user_id;

-- name: InsertParticipant :execrows
INSERT INTO muster.incident_participant (organisation_id, incident_id, user_id, private, kind, joined_at)
VALUES (muster.current_organisation(), @incident_id, @user_id, @private, @kind, @at)
ON CONFLICT (organisation_id, incident_id, user_id) DO NOTHING;

-- name: SetParticipation :exec
UPDATE muster.incident_participant SET kind = @kind, joined_at = @at
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND user_id = @user_id;

-- name: Participants :many
SELECT p.user_id, p.kind, p.joined_at, u.name, u.avatar_key, u.state
FROM muster.incident_participant p
JOIN muster.user u ON u.organisation_id = p.organisation_id AND u.id = p.user_id
WHERE p.organisation_id = muster.current_organisation() AND p.incident_id = $1
ORDER BY CASE p.kind WHEN 'responder' THEN 0 WHEN 'collaborator' THEN 1 ELSE 2 END, p.joined_at, p.user_id
LIMIT 500;

-- name: Headcounts :many
SELECT incident_id, count(*) AS total FROM muster.incident_participant
WHERE organisation_id = muster.current_organisation() AND incident_id = ANY (sqlc.arg(incidents)::text[])
GROUP BY incident_id;
