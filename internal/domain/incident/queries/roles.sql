-- name: Roles :many
SELECT * FROM muster.incident_role
WHERE organisation_id = muster.current_organisation() AND (archived_at IS NULL OR @archived::boolean)
ORDER BY rank, id;

-- name: RoleByID :one
SELECT * FROM muster.incident_role WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: LockRoles :many
SELECT * FROM muster.incident_role WHERE organisation_id = muster.current_organisation() AND archived_at IS NULL ORDER BY rank, id FOR UPDATE;

-- name: InsertRole :exec
INSERT INTO muster.incident_role (organisation_id, id, name, description, instructions, shortform, role_type, required, rank, created_at, updated_at)
VALUES (muster.current_organisation(), @id, @name, @description, @instructions, @shortform, @role_type, @required, @rank, @at, @at);

-- name: UpdateRole :exec
UPDATE muster.incident_role SET name = @name, description = @description, instructions = @instructions, shortform = @shortform, required = @required,
  row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: Holder :one
SELECT user_id FROM muster.incident_role_assignment
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND role_id = @role_id;

-- name: LeadOf :one
SELECT a.user_id FROM muster.incident_role_assignment a
JOIN muster.incident_role r ON r.organisation_id = a.organisation_id AND r.id = a.role_id
WHERE a.organisation_id = muster.current_organisation() AND a.incident_id = $1 AND r.role_type = 'lead';

-- name: HeldRoles :many
SELECT role_id FROM muster.incident_role_assignment
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND user_id = @user_id;

-- name: UpsertRoleAssignment :exec
INSERT INTO muster.incident_role_assignment (organisation_id, incident_id, role_id, user_id, private, assigned_at, note,
  given_by_type, given_by_id, given_by_name)
VALUES (muster.current_organisation(), @incident_id, @role_id, @user_id, @private, @at, @note, @given_by_type::text, @given_by_id, @given_by_name::text)
ON CONFLICT (organisation_id, incident_id, role_id) DO UPDATE SET user_id = EXCLUDED.user_id, assigned_at = EXCLUDED.assigned_at,
  note = EXCLUDED.note, given_by_type = EXCLUDED.given_by_type, given_by_id = EXCLUDED.given_by_id,
  given_by_name = EXCLUDED.given_by_name, read_at = NULL;

-- name: DeleteRoleAssignment :exec
DELETE FROM muster.incident_role_assignment
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND role_id = @role_id;

-- name: ReadRole :execrows
-- A role that was given again since is a new one to read about.
UPDATE muster.incident_role_assignment SET read_at = @at::timestamptz
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND role_id = @role_id AND user_id = @user_id
  AND (read_at IS NULL OR read_at < assigned_at);

-- name: RoleHolders :many
SELECT sqlc.embed(r), a.user_id AS holder_id, a.assigned_at, a.note, a.given_by_type, a.given_by_id, a.given_by_name, a.read_at,
  u.name AS holder_name, u.avatar_key, u.state, v.seen_at, rr.read_at AS read_room_at
FROM muster.incident_role r
LEFT JOIN muster.incident_role_assignment a ON a.organisation_id = r.organisation_id AND a.role_id = r.id AND a.incident_id = $1
LEFT JOIN muster.user u ON u.organisation_id = a.organisation_id AND u.id = a.user_id
LEFT JOIN muster.incident_visit v ON v.organisation_id = a.organisation_id AND v.incident_id = a.incident_id AND v.user_id = a.user_id
LEFT JOIN muster.room_read rr ON rr.organisation_id = a.organisation_id AND rr.incident_id = a.incident_id AND rr.user_id = a.user_id
WHERE r.organisation_id = muster.current_organisation() AND (r.archived_at IS NULL OR a.user_id IS NOT NULL)
ORDER BY r.rank, r.id;

-- name: CommsHolder :one
-- Whoever speaks for the incident: the role with the short form comms, else the lead.
SELECT a.user_id
FROM muster.incident_role_assignment a
JOIN muster.incident_role r ON r.organisation_id = a.organisation_id AND r.id = a.role_id
JOIN muster.user u ON u.organisation_id = a.organisation_id AND u.id = a.user_id
WHERE a.organisation_id = muster.current_organisation() AND a.incident_id = $1 AND u.state = 'active'
  AND (r.shortform = @shortform::text OR r.role_type = 'lead')
ORDER BY r.role_type = 'lead', r.rank
LIMIT 1;

-- name: Duties :many
-- What somebody answers for in incidents that go on.
SELECT i.id AS incident_id, i.number, i.name AS incident_name, r.name AS role_name
FROM muster.incident_role_assignment a
JOIN muster.incident i ON i.organisation_id = a.organisation_id AND i.id = a.incident_id
JOIN muster.incident_role r ON r.organisation_id = a.organisation_id AND r.id = a.role_id
WHERE a.organisation_id = muster.current_organisation() AND a.user_id = $1
  AND i.status_category IN ('triage', 'live', 'paused') AND i.mode IN ('standard', 'retrospective')
ORDER BY i.declared_at DESC, i.id DESC, r.rank, r.id
LIMIT 100;
