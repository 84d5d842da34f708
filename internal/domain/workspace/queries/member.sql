-- name: Members :many
SELECT * FROM muster.slack_member
WHERE organisation_id = muster.current_organisation() AND team_id = sqlc.arg('team')::text AND slack_user_id = ANY (sqlc.arg('ids')::text[]);

-- name: MembersOfUsers :many
SELECT * FROM muster.slack_member
WHERE organisation_id = muster.current_organisation() AND team_id = sqlc.arg('team')::text AND user_id = ANY (sqlc.arg('users')::text[]) AND NOT deleted
ORDER BY slack_user_id;

-- name: LockMember :one
SELECT * FROM muster.slack_member
WHERE organisation_id = muster.current_organisation() AND team_id = sqlc.arg('team')::text AND slack_user_id = sqlc.arg('id')::text FOR UPDATE;

-- name: PutMember :exec
INSERT INTO muster.slack_member (organisation_id, team_id, slack_user_id, user_id, name, email, time_zone, avatar_url, is_bot, deleted, guest, checked_at)
VALUES (muster.current_organisation(), sqlc.arg('team')::text, sqlc.arg('id')::text, @user_id, @name, @email, @time_zone, @avatar_url, @is_bot, @deleted, @guest, @checked_at)
ON CONFLICT (organisation_id, team_id, slack_user_id) DO UPDATE SET user_id = excluded.user_id, name = excluded.name, email = excluded.email,
  time_zone = excluded.time_zone, avatar_url = excluded.avatar_url, is_bot = excluded.is_bot, deleted = excluded.deleted, guest = excluded.guest, checked_at = excluded.checked_at;

-- name: LinkMember :exec
UPDATE muster.slack_member SET user_id = @user_id
WHERE organisation_id = muster.current_organisation() AND team_id = sqlc.arg('team')::text AND slack_user_id = sqlc.arg('id')::text;

-- name: LinkByEmail :exec
UPDATE muster.slack_member m SET user_id = u.id FROM muster.user u
WHERE m.organisation_id = muster.current_organisation() AND u.organisation_id = m.organisation_id AND u.id = @user_id
  AND m.email = u.email AND m.user_id IS NULL AND NOT m.is_bot;

-- name: SetMemberAvatar :exec
UPDATE muster.slack_member SET avatar_key = @avatar_key, avatar_from = @avatar_from
WHERE organisation_id = muster.current_organisation() AND team_id = sqlc.arg('team')::text AND slack_user_id = sqlc.arg('id')::text;

-- name: MarkGone :exec
-- Whoever was not met again while all people of the workspace were read.
UPDATE muster.slack_member SET deleted = true
WHERE organisation_id = muster.current_organisation() AND team_id = sqlc.arg('team')::text AND checked_at < sqlc.arg('before')::timestamptz AND NOT deleted;

-- name: CountMembers :many
SELECT team_id, count(*) AS total, count(user_id) AS matched FROM muster.slack_member
WHERE organisation_id = muster.current_organisation() AND NOT deleted AND NOT is_bot AND NOT guest
GROUP BY team_id;

-- name: Unmatched :many
SELECT * FROM muster.slack_member
WHERE organisation_id = muster.current_organisation() AND team_id = sqlc.arg('team')::text AND user_id IS NULL AND NOT deleted AND NOT is_bot AND NOT guest
ORDER BY lower(name), slack_user_id LIMIT sqlc.arg('count');

-- name: SlackIDsOfUsers :many
SELECT DISTINCT ON (m.user_id) m.user_id, m.slack_user_id
FROM muster.slack_member m JOIN muster.slack_workspace w ON w.organisation_id = m.organisation_id AND w.team_id = m.team_id
WHERE m.organisation_id = muster.current_organisation() AND m.user_id = ANY(@users::text[]) AND NOT m.deleted
ORDER BY m.user_id, w.installed_at, m.slack_user_id;

-- name: UsersOfSlack :many
SELECT DISTINCT m.user_id FROM muster.slack_member m
JOIN muster.slack_workspace w ON w.organisation_id = m.organisation_id AND w.team_id = m.team_id AND w.state = 'active'
WHERE m.organisation_id = muster.current_organisation() AND m.slack_user_id = sqlc.arg('id')::text AND m.user_id IS NOT NULL AND NOT m.deleted;
