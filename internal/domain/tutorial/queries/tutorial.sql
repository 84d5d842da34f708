-- name: Going :one
SELECT incident_id FROM muster.tutorial
WHERE organisation_id = muster.current_organisation() AND user_id = $1 AND ended_at IS NULL;

-- name: Begin :execrows
INSERT INTO muster.tutorial (organisation_id, incident_id, private, user_id, started_at)
VALUES (muster.current_organisation(), @incident_id, true, @user_id, @at)
ON CONFLICT DO NOTHING;

-- name: One :one
SELECT user_id, started_at, ended_at FROM muster.tutorial
WHERE organisation_id = muster.current_organisation() AND incident_id = $1;

-- name: End :execrows
UPDATE muster.tutorial SET ended_at = @at::timestamptz
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND ended_at IS NULL;

-- name: Tick :execrows
-- Nothing in any other incident than a tutorial that goes on.
INSERT INTO muster.tutorial_step (organisation_id, incident_id, private, step, done_at)
SELECT t.organisation_id, t.incident_id, t.private, @step, @at
FROM muster.tutorial t
WHERE t.organisation_id = muster.current_organisation() AND t.incident_id = @incident_id AND t.ended_at IS NULL
ON CONFLICT DO NOTHING;

-- name: Steps :many
SELECT step FROM muster.tutorial_step
WHERE organisation_id = muster.current_organisation() AND incident_id = $1;
