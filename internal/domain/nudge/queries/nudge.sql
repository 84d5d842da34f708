-- name: Settings :many
SELECT * FROM muster.nudge_setting WHERE organisation_id = muster.current_organisation() ORDER BY kind, type_id NULLS FIRST;

-- name: PutSetting :exec
INSERT INTO muster.nudge_setting (organisation_id, id, kind, type_id, enabled, delay_minutes, most, working_hours, updated_at)
VALUES (muster.current_organisation(), @id, @kind, @type_id, @enabled, @delay_minutes, @most, @working_hours, @at)
ON CONFLICT (organisation_id, kind, type_id) DO UPDATE SET enabled = EXCLUDED.enabled, delay_minutes = EXCLUDED.delay_minutes,
  most = EXCLUDED.most, working_hours = EXCLUDED.working_hours, updated_at = EXCLUDED.updated_at;

-- name: DropSetting :execrows
DELETE FROM muster.nudge_setting
WHERE organisation_id = muster.current_organisation() AND kind = @kind AND type_id IS NOT DISTINCT FROM sqlc.narg(type_id);

-- name: Facts :many
-- What the clock looks at: of every incident that is worked on, or was until a week ago and left something to do, or of one.
SELECT i.id, i.private, i.type_id, i.status_category, i.declared_at, i.severity_id, (i.summary_source = '')::boolean AS no_summary,
  i.next_update_due_at, lead.user_id AS lead_id,
  coalesce(said.posted_at, i.declared_at)::timestamptz AS said_at,
  coalesce(done.occurred_at, i.declared_at)::timestamptz AS done_at,
  coalesce(told.created_at, i.declared_at)::timestamptz AS told_at,
  (SELECT count(*)::integer FROM muster.room_message m
   WHERE m.organisation_id = i.organisation_id AND m.incident_id = i.id AND m.seq > said.seq - 60
     AND m.author_id = lead.user_id AND m.posted_at > sqlc.arg(at)::timestamptz - interval '20 minutes') AS said_by_lead,
  EXISTS (SELECT FROM muster.incident_participant p
    WHERE p.organisation_id = i.organisation_id AND p.incident_id = i.id AND p.joined_at > sqlc.arg(at)::timestamptz - interval '10 minutes'
      AND p.kind = 'responder'
      AND NOT EXISTS (SELECT FROM muster.incident_participant o
        WHERE o.organisation_id = p.organisation_id AND o.user_id = p.user_id AND o.incident_id <> p.incident_id)) AS newcomer,
  EXISTS (SELECT FROM muster.follow_up f
    WHERE f.organisation_id = i.organisation_id AND f.incident_id = i.id AND f.status = 'outstanding' AND f.assignee_id IS NULL) AS unowned
FROM muster.incident i
LEFT JOIN LATERAL (
  SELECT a.user_id FROM muster.incident_role_assignment a JOIN muster.incident_role r
    ON r.organisation_id = a.organisation_id AND r.id = a.role_id AND r.role_type = 'lead'
  WHERE a.organisation_id = i.organisation_id AND a.incident_id = i.id LIMIT 1) lead ON true
LEFT JOIN LATERAL (
  SELECT m.posted_at, m.seq FROM muster.room_message m
  WHERE m.organisation_id = i.organisation_id AND m.incident_id = i.id AND m.kind = 'user' ORDER BY m.seq DESC LIMIT 1) said ON true
LEFT JOIN LATERAL (
  SELECT a.occurred_at FROM muster.activity a
  WHERE a.organisation_id = i.organisation_id AND a.incident_id = i.id ORDER BY a.seq DESC LIMIT 1) done ON true
LEFT JOIN LATERAL (
  SELECT u.created_at FROM muster.incident_update u
  WHERE u.organisation_id = i.organisation_id AND u.incident_id = i.id ORDER BY u.created_at DESC, u.id DESC LIMIT 1) told ON true
WHERE i.organisation_id = muster.current_organisation() AND i.mode = 'standard' AND NOT i.quiet
  AND (i.status_category = 'live'
    OR i.status_category = 'learning' AND i.declared_at > sqlc.arg(at)::timestamptz - interval '30 days'
    OR i.status_category = 'closed' AND i.closed_at > sqlc.arg(at)::timestamptz - interval '7 days' AND EXISTS (SELECT FROM muster.follow_up f
      WHERE f.organisation_id = i.organisation_id AND f.incident_id = i.id AND f.status = 'outstanding' AND f.assignee_id IS NULL))
  AND (sqlc.narg(incident)::text IS NULL OR i.id = sqlc.narg(incident));

-- name: Known :many
SELECT n.* FROM muster.nudge n
JOIN muster.incident i ON i.organisation_id = n.organisation_id AND i.id = n.incident_id
WHERE n.organisation_id = muster.current_organisation()
  AND (i.status_category IN ('live', 'learning') OR i.status_category = 'closed' AND i.closed_at > sqlc.arg(at)::timestamptz - interval '7 days');

-- name: KnownOf :many
SELECT * FROM muster.nudge WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id ORDER BY kind;

-- name: Lone :many
-- What still shows in incidents that need no nudges any more.
SELECT n.incident_id, n.kind, n.private FROM muster.nudge n
JOIN muster.incident i ON i.organisation_id = n.organisation_id AND i.id = n.incident_id
WHERE n.organisation_id = muster.current_organisation() AND n.showing AND (i.status_category NOT IN ('live', 'learning') OR i.quiet)
  AND (i.quiet OR i.status_category <> 'closed' OR n.kind <> 'unowned_follow_up' OR i.closed_at <= sqlc.arg(at)::timestamptz - interval '7 days');

-- name: Unowned :one
-- Whether the incident has follow-ups that nobody has.
SELECT EXISTS (SELECT FROM muster.follow_up
  WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND status = 'outstanding' AND assignee_id IS NULL);

-- name: See :exec
INSERT INTO muster.nudge (organisation_id, incident_id, kind, private, since)
VALUES (muster.current_organisation(), @incident_id, @kind, @private, @since)
ON CONFLICT (organisation_id, incident_id, kind) DO UPDATE SET since = EXCLUDED.since;

-- name: Raise :exec
UPDATE muster.nudge SET raised = raised + 1, raised_at = @at::timestamptz, showing = true
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND kind = @kind;

-- name: Unshow :many
-- Ends what shows of the kinds, or of all but one.
UPDATE muster.nudge SET showing = false
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND showing AND kind = ANY (@kinds::text[])
RETURNING kind;

-- name: Forget :exec
UPDATE muster.nudge SET since = NULL, showing = false
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND kind = ANY (@kinds::text[]);

-- name: Hold :exec
UPDATE muster.nudge SET held_until = greatest(held_until, @until::timestamptz), showing = false
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND kind = @kind;

-- name: Dismiss :exec
UPDATE muster.nudge SET dismissed_at = @at::timestamptz, showing = false
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND kind = @kind;

-- name: TypeExists :one
SELECT EXISTS (SELECT FROM muster.incident_type WHERE organisation_id = muster.current_organisation() AND id = @id);

-- name: Showing :one
-- What the card of the incident is about, '' for no card, and how many cards there have been.
SELECT coalesce(max(kind) FILTER (WHERE showing), '')::text AS kind, coalesce(sum(raised), 0)::integer AS cards
FROM muster.nudge WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id;
