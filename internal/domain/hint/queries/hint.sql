-- Stands: what is known before a hint is shown to somebody in an incident: whether they want any, how often they saw this
-- one, when they saw the last of any, and whether the incident is of the worst severity.
-- name: Stands :one
SELECT coalesce((SELECT r.wants FROM muster.hint_reader r WHERE r.organisation_id = i.organisation_id AND r.user_id = sqlc.arg('user_id')), true)::boolean AS wanted,
  coalesce((SELECT s.times FROM muster.hint_shown s WHERE s.organisation_id = i.organisation_id AND s.user_id = sqlc.arg('user_id') AND s.hint = sqlc.arg('hint')), 0)::integer AS times,
  coalesce((SELECT max(s.shown_at) FROM muster.hint_shown s WHERE s.organisation_id = i.organisation_id AND s.user_id = sqlc.arg('user_id')), 'epoch')::timestamptz AS last_at,
  (i.severity_id IS NOT NULL AND i.severity_id = (SELECT v.id FROM muster.severity v
    WHERE v.organisation_id = i.organisation_id AND v.archived_at IS NULL ORDER BY v.rank DESC LIMIT 1))::boolean AS worst
FROM muster.incident i WHERE i.organisation_id = muster.current_organisation() AND i.id = sqlc.arg('incident_id');

-- Count answers no row when the hint was shown as often as it may be, in another window at the same moment.
-- name: Count :execrows
INSERT INTO muster.hint_shown (organisation_id, user_id, hint, times, shown_at)
VALUES (muster.current_organisation(), sqlc.arg('user_id'), sqlc.arg('hint'), 1, sqlc.arg('at'))
ON CONFLICT (organisation_id, user_id, hint) DO UPDATE SET times = muster.hint_shown.times + 1, shown_at = EXCLUDED.shown_at
WHERE muster.hint_shown.times < sqlc.arg('most');

-- name: Wants :one
SELECT coalesce((SELECT r.wants FROM muster.hint_reader r
  WHERE r.organisation_id = muster.current_organisation() AND r.user_id = sqlc.arg('user_id')), true)::boolean;

-- name: SetWants :exec
INSERT INTO muster.hint_reader (organisation_id, user_id, wants) VALUES (muster.current_organisation(), sqlc.arg('user_id'), sqlc.arg('wants'))
ON CONFLICT (organisation_id, user_id) DO UPDATE SET wants = EXCLUDED.wants;
