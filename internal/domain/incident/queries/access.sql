-- name: LockIncidentAlone :one
-- Waits for everybody who writes anything of the incident, and keeps them waiting.
SELECT id FROM muster.incident WHERE organisation_id = muster.current_organisation() AND id = $1 FOR UPDATE;

-- name: MarkIncident :exec
SELECT muster.mark_incident(@incident_id::text, @private::boolean);

-- name: HasAccess :one
SELECT muster.has_access(@incident_id::text, @user_id::text)::boolean;

-- name: AddAccess :execrows
INSERT INTO muster.incident_access (organisation_id, incident_id, user_id, granted_at)
SELECT muster.current_organisation(), @incident_id::text, u.id, @at::timestamptz FROM muster.user u
WHERE u.organisation_id = muster.current_organisation() AND u.id = ANY (@users::text[])
ON CONFLICT DO NOTHING;

-- name: AccessList :many
SELECT a.user_id, a.granted_at, u.name, u.avatar_key, u.state,
  ARRAY(SELECT r.name FROM muster.incident_role_assignment h
    JOIN muster.incident_role r ON r.organisation_id = h.organisation_id AND r.id = h.role_id
    WHERE h.organisation_id = muster.current_organisation() AND h.incident_id = a.incident_id AND h.user_id = a.user_id
    ORDER BY r.rank, r.id)::text[] AS roles
FROM muster.incident_access a
JOIN muster.user u ON u.organisation_id = a.organisation_id AND u.id = a.user_id
WHERE a.organisation_id = muster.current_organisation() AND a.incident_id = $1
ORDER BY a.granted_at, lower(u.name), a.user_id;

-- name: DeleteAccess :execrows
DELETE FROM muster.incident_access
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND user_id = @user_id;

-- name: KeepAccess :exec
-- Takes access away from all but those given.
DELETE FROM muster.incident_access
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND user_id <> ALL (@users::text[]);

-- name: OthersWithAccess :one
-- How many others could still open the incident.
SELECT count(*) FROM muster.incident_access a
JOIN muster.user u ON u.organisation_id = a.organisation_id AND u.id = a.user_id
WHERE a.organisation_id = muster.current_organisation() AND a.incident_id = @incident_id AND a.user_id <> @user_id AND u.state = 'active';

-- name: DeleteParticipant :exec
DELETE FROM muster.incident_participant
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND user_id = @user_id;

-- name: KeepParticipants :exec
DELETE FROM muster.incident_participant
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND user_id <> ALL (@users::text[]);

-- name: HeldRoleNames :many
SELECT r.name FROM muster.incident_role_assignment a
JOIN muster.incident_role r ON r.organisation_id = a.organisation_id AND r.id = a.role_id
WHERE a.organisation_id = muster.current_organisation() AND a.incident_id = @incident_id AND a.user_id = @user_id
ORDER BY r.rank, r.id;

-- name: WhoWorks :many
-- Those who do something in the incident, and whether they must keep access because they hold a role.
SELECT p.user_id, p.kind, u.name, u.avatar_key, u.state,
  EXISTS (SELECT FROM muster.incident_role_assignment a
    WHERE a.organisation_id = p.organisation_id AND a.incident_id = p.incident_id AND a.user_id = p.user_id) AS holds_role
FROM muster.incident_participant p
JOIN muster.user u ON u.organisation_id = p.organisation_id AND u.id = p.user_id
WHERE p.organisation_id = muster.current_organisation() AND p.incident_id = $1 AND u.state <> 'deactivated'
ORDER BY CASE p.kind WHEN 'responder' THEN 0 WHEN 'collaborator' THEN 1 ELSE 2 END, lower(u.name), p.user_id;

-- name: AttemptAccess :one
-- Notes that the actor asks, unless they asked since the given moment.
INSERT INTO muster.access_attempt AS t (organisation_id, user_id, asked_at)
VALUES (muster.current_organisation(), @user_id, @at)
ON CONFLICT (organisation_id, user_id) DO UPDATE SET asked_at = EXCLUDED.asked_at WHERE t.asked_at <= @since::timestamptz
RETURNING asked_at;

-- name: LastAttempt :one
SELECT asked_at FROM muster.access_attempt WHERE organisation_id = muster.current_organisation() AND user_id = @user_id;

-- name: PutAccessRequest :one
INSERT INTO muster.incident_access_request AS r (organisation_id, id, incident_id, private, user_id, state, asked_at)
VALUES (muster.current_organisation(), @id, @incident_id, true, @user_id, 'open', @at)
ON CONFLICT (organisation_id, incident_id, user_id) WHERE state = 'open' DO UPDATE SET asked_at = EXCLUDED.asked_at
RETURNING r.id;

-- name: LockAccessRequest :one
SELECT id, incident_id, user_id, state, decided_by_name FROM muster.incident_access_request
WHERE organisation_id = muster.current_organisation() AND id = $1 FOR NO KEY UPDATE;

-- name: FindAccessRequest :one
SELECT r.id, r.incident_id, r.user_id, r.state, r.asked_at, r.decided_by_name, u.name, u.avatar_key, u.state AS user_state
FROM muster.incident_access_request r
JOIN muster.user u ON u.organisation_id = r.organisation_id AND u.id = r.user_id
WHERE r.organisation_id = muster.current_organisation() AND r.id = $1;

-- name: OpenAccessRequests :many
SELECT r.id, r.incident_id, r.user_id, r.state, r.asked_at, r.decided_by_name, u.name, u.avatar_key, u.state AS user_state
FROM muster.incident_access_request r
JOIN muster.user u ON u.organisation_id = r.organisation_id AND u.id = r.user_id
WHERE r.organisation_id = muster.current_organisation() AND r.incident_id = $1 AND r.state = 'open'
ORDER BY r.asked_at, r.id;

-- name: CloseAccessRequests :many
-- Settles what somebody asked, by a decision about the person.
UPDATE muster.incident_access_request SET state = @state, decided_at = @at::timestamptz, decided_by_id = @decided_by_id, decided_by_name = @decided_by_name
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND user_id = @user_id AND state = 'open'
RETURNING id;

-- name: RequestsOf :many
SELECT id FROM muster.incident_access_request
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND user_id = @user_id ORDER BY asked_at DESC, id DESC LIMIT 20;

-- name: Abandoned :many
-- The private incidents of which everybody who was in them is deactivated.
SELECT i.id FROM muster.incident i
WHERE i.organisation_id = muster.current_organisation() AND i.private AND i.mode <> 'tutorial'
  AND NOT EXISTS (SELECT FROM muster.incident_access a
    JOIN muster.user u ON u.organisation_id = a.organisation_id AND u.id = a.user_id
    WHERE a.organisation_id = muster.current_organisation() AND a.incident_id = i.id AND u.state = 'active')
ORDER BY i.number;

-- name: LastMembers :many
-- Those who alone see some private incidents, and how many.
SELECT o.user_id, count(*) AS total FROM (
  SELECT min(a.user_id)::text AS user_id FROM muster.incident_access a
  JOIN muster.user u ON u.organisation_id = a.organisation_id AND u.id = a.user_id AND u.state = 'active'
  JOIN muster.incident i ON i.organisation_id = a.organisation_id AND i.id = a.incident_id AND i.private AND i.mode <> 'tutorial'
  WHERE a.organisation_id = muster.current_organisation()
  GROUP BY a.incident_id HAVING count(*) = 1) o
GROUP BY o.user_id;
