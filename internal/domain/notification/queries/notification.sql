-- Audience: active people who may see the incident, all of them or the given ones, with their choices: yes, no, or nothing chosen.
-- name: Audience :many
SELECT u.id, u.name, u.email,
  coalesce((SELECT CASE WHEN p.wanted THEN 'yes' ELSE 'no' END FROM muster.notification_preference p WHERE p.organisation_id = u.organisation_id
    AND p.user_id = u.id AND p.reason = sqlc.arg('reason') AND p.method = 'push'), '')::text AS push,
  coalesce((SELECT CASE WHEN p.wanted THEN 'yes' ELSE 'no' END FROM muster.notification_preference p WHERE p.organisation_id = u.organisation_id
    AND p.user_id = u.id AND p.reason = sqlc.arg('reason') AND p.method = 'mail'), '')::text AS mail,
  coalesce((SELECT CASE WHEN p.wanted THEN 'yes' ELSE 'no' END FROM muster.notification_preference p WHERE p.organisation_id = u.organisation_id
    AND p.user_id = u.id AND p.reason = sqlc.arg('reason') AND p.method = 'slack'), '')::text AS slack,
  coalesce((SELECT array_agg(s.id ORDER BY s.id) FROM muster.push_subscription s WHERE s.organisation_id = u.organisation_id AND s.user_id = u.id), '{}')::text[] AS devices
FROM muster.user u
WHERE u.organisation_id = muster.current_organisation() AND u.state = 'active'
  AND (sqlc.arg('everyone')::boolean OR u.id = ANY (sqlc.arg('users')::text[]))
  AND (NOT sqlc.arg('private')::boolean OR EXISTS (SELECT FROM muster.incident_access a
    WHERE a.organisation_id = u.organisation_id AND a.user_id = u.id AND a.incident_id = sqlc.arg('incident_id')))
ORDER BY u.id;

-- name: Planned :one
SELECT EXISTS (SELECT FROM muster.notification WHERE organisation_id = muster.current_organisation() AND event_id = $1 AND reason = $2);

-- name: Plan :exec
INSERT INTO muster.notification (organisation_id, id, incident_id, private, event_id, user_id, reason, method, target, key, state, created_at)
VALUES (muster.current_organisation(), $1, $2, $3, $4, $5, $6, $7, $8, $9, 'waiting', $10)
ON CONFLICT DO NOTHING;

-- Waiting: who was planned a while ago may have left, or may not see the incident any more.
-- name: Waiting :many
SELECT n.id, n.user_id, (u.state = 'active' AND (NOT n.private OR EXISTS (SELECT FROM muster.incident_access a
    WHERE a.organisation_id = n.organisation_id AND a.user_id = n.user_id AND a.incident_id = n.incident_id)))::boolean AS may_know, n.method, n.target, n.key, n.attempts, u.name, u.email, u.time_zone,
  coalesce(s.endpoint, '')::text AS endpoint, coalesce(s.p256dh, '')::text AS p256dh, coalesce(s.auth, '')::text AS auth
FROM muster.notification n
JOIN muster.user u ON u.organisation_id = n.organisation_id AND u.id = n.user_id
LEFT JOIN muster.push_subscription s ON s.organisation_id = n.organisation_id AND s.id = n.target AND s.user_id = n.user_id
WHERE n.organisation_id = muster.current_organisation() AND n.event_id = $1 AND n.reason = $2 AND n.state = 'waiting'
ORDER BY n.id;

-- name: Settle :exec
UPDATE muster.notification SET state = sqlc.arg('state'), attempts = attempts + 1, last_error = sqlc.arg('last_error'), sent_at = sqlc.narg('sent_at')
WHERE organisation_id = muster.current_organisation() AND id = sqlc.arg('id');

-- name: ForgetDevice :exec
DELETE FROM muster.push_subscription WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: UpsertDevice :one
INSERT INTO muster.push_subscription (organisation_id, id, user_id, endpoint, p256dh, auth, device, created_at)
VALUES (muster.current_organisation(), $1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (organisation_id, endpoint) DO UPDATE SET user_id = EXCLUDED.user_id, p256dh = EXCLUDED.p256dh, auth = EXCLUDED.auth, device = EXCLUDED.device, failed_at = NULL
RETURNING id, device, created_at;

-- name: DropOldDevices :exec
DELETE FROM muster.push_subscription d WHERE d.organisation_id = muster.current_organisation() AND d.user_id = sqlc.arg('user_id') AND d.id NOT IN (
  SELECT s.id FROM muster.push_subscription s WHERE s.organisation_id = muster.current_organisation() AND s.user_id = sqlc.arg('user_id')
  ORDER BY s.created_at DESC, s.id DESC LIMIT sqlc.arg('most'));

-- name: DeleteDevice :execrows
DELETE FROM muster.push_subscription WHERE organisation_id = muster.current_organisation() AND user_id = $1 AND endpoint = $2;

-- name: Devices :many
SELECT id, device, endpoint, p256dh, auth, created_at FROM muster.push_subscription
WHERE organisation_id = muster.current_organisation() AND user_id = $1 ORDER BY created_at, id;

-- name: Preferences :many
SELECT reason, method, wanted FROM muster.notification_preference
WHERE organisation_id = muster.current_organisation() AND user_id = $1;

-- name: SetPreference :exec
INSERT INTO muster.notification_preference (organisation_id, user_id, reason, method, wanted)
VALUES (muster.current_organisation(), $1, $2, $3, $4)
ON CONFLICT (organisation_id, user_id, reason, method) DO UPDATE SET wanted = EXCLUDED.wanted;

-- name: Vapid :one
SELECT public, sealed FROM control.vapid;

-- name: InsertVapid :exec
INSERT INTO control.vapid (public, sealed, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- name: Ways :many
SELECT n.user_id, n.method, n.target, n.state, n.last_error, coalesce(s.device, '')::text AS label
FROM muster.notification n
LEFT JOIN muster.push_subscription s ON s.organisation_id = n.organisation_id AND s.id = n.target
WHERE n.organisation_id = muster.current_organisation() AND n.event_id = $1 AND n.reason = $2
ORDER BY n.id;

-- name: RecentMails :one
SELECT count(*) FROM muster.notification
WHERE organisation_id = muster.current_organisation() AND user_id = @user_id AND reason = @reason AND method = 'mail' AND created_at > @after;

-- name: ZoneOf :one
SELECT time_zone FROM muster.user WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: ReachedElsewhere :one
SELECT EXISTS (SELECT FROM muster.notification WHERE organisation_id = muster.current_organisation() AND event_id = @event_id AND user_id = @user_id
  AND method <> @method AND state IN ('waiting', 'sent'))::boolean;

-- name: Withdraw :exec
UPDATE muster.notification SET state = 'unwanted'
WHERE organisation_id = muster.current_organisation() AND event_id = $1 AND reason = $2 AND state = 'waiting';
