-- name: Workspaces :many
SELECT * FROM muster.slack_workspace WHERE organisation_id = muster.current_organisation() ORDER BY state, lower(name), id;

-- name: WorkspaceOf :one
-- The workspace of a team, or the Enterprise Grid that let Muster into all of its workspaces.
SELECT * FROM muster.slack_workspace
WHERE organisation_id = muster.current_organisation() AND (team_id = sqlc.arg('team')::text OR is_enterprise AND state = 'active')
ORDER BY (team_id = sqlc.arg('team')::text) DESC, installed_at LIMIT 1;

-- name: LockWorkspace :one
SELECT * FROM muster.slack_workspace WHERE organisation_id = muster.current_organisation() AND team_id = sqlc.arg('team')::text FOR UPDATE;

-- name: InsertWorkspace :exec
INSERT INTO muster.slack_workspace (organisation_id, id, team_id, enterprise_id, is_enterprise, name, url, app_id, bot_id, bot_user_id, scopes, token, installed_by_id, installed_at)
VALUES (muster.current_organisation(), @id, sqlc.arg('team')::text, sqlc.arg('enterprise')::text, @is_enterprise, @name, @url,
  sqlc.arg('app')::text, sqlc.arg('bot')::text, sqlc.arg('bot_user')::text, @scopes, @token, @installed_by_id, @installed_at);

-- name: ReinstallWorkspace :exec
UPDATE muster.slack_workspace SET enterprise_id = sqlc.arg('enterprise')::text, is_enterprise = @is_enterprise, name = @name, url = @url,
  app_id = sqlc.arg('app')::text, bot_id = sqlc.arg('bot')::text, bot_user_id = sqlc.arg('bot_user')::text, scopes = @scopes, token = @token,
  installed_by_id = @installed_by_id, installed_at = @installed_at, state = 'active', revoked_at = NULL, revoked_reason = '', down_since = NULL, down_reason = ''
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: RevokeWorkspace :exec
UPDATE muster.slack_workspace SET state = 'revoked', token = NULL, revoked_at = @revoked_at, revoked_reason = @revoked_reason, down_since = NULL, down_reason = ''
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: SetWorkspaceDown :exec
UPDATE muster.slack_workspace SET down_since = @down_since, down_reason = @down_reason
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: SetWorkspaceScopes :exec
UPDATE muster.slack_workspace SET scopes = @scopes WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: SetWorkspaceJoining :exec
UPDATE muster.slack_workspace SET joining = @joining WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: SetWorkspaceIcon :exec
UPDATE muster.slack_workspace SET icon_key = @icon_key WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: SetPeopleRead :exec
UPDATE muster.slack_workspace SET people_read_at = @people_read_at WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: WorkspacesToRead :many
-- Those whose people were not read since a moment.
SELECT * FROM muster.slack_workspace
WHERE organisation_id = muster.current_organisation() AND state = 'active' AND down_since IS NULL AND coalesce(people_read_at, installed_at) < sqlc.arg('before')::timestamptz;
