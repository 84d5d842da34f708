-- name: SetAside :exec
INSERT INTO muster.incident_aside AS a (organisation_id, incident_id, private, category, reason, until_at, from_status_id, into_id,
  by_type, by_id, by_name, at)
VALUES (muster.current_organisation(), @incident_id, @private, @category, @reason, @until_at, @from_status_id, @into_id,
  @by_type, @by_id, @by_name, @at)
ON CONFLICT (organisation_id, incident_id) DO UPDATE SET category = EXCLUDED.category, reason = EXCLUDED.reason,
  until_at = EXCLUDED.until_at, from_status_id = EXCLUDED.from_status_id, into_id = EXCLUDED.into_id,
  by_type = EXCLUDED.by_type, by_id = EXCLUDED.by_id, by_name = EXCLUDED.by_name, at = EXCLUDED.at;

-- name: ClearAside :exec
DELETE FROM muster.incident_aside WHERE organisation_id = muster.current_organisation() AND incident_id = $1;

-- name: Aside :one
-- The incident that a merged one lives on in is named only to those who may see it.
SELECT a.category, a.reason, a.until_at, a.from_status_id, a.by_type, a.by_id, a.by_name, a.at,
  i.id AS into_id, i.number AS into_number, i.name AS into_name
FROM muster.incident_aside a
LEFT JOIN muster.incident i ON i.organisation_id = a.organisation_id AND i.id = a.into_id
WHERE a.organisation_id = muster.current_organisation() AND a.incident_id = $1;

-- name: Related :many
-- What lives on in the incident, where it was declared from, and what was declared from it, as far as the reader may see it.
SELECT r.relation::text AS relation, r.message_id::text AS message_id, i.id, i.number, i.name
FROM (
  SELECT 'merged' AS relation, a.incident_id AS other, '' AS message_id FROM muster.incident_aside a
  WHERE a.organisation_id = muster.current_organisation() AND a.into_id = @incident_id
  UNION ALL
  SELECT 'source', o.source_id, o.message_id FROM muster.incident_origin o
  WHERE o.organisation_id = muster.current_organisation() AND o.incident_id = @incident_id
  UNION ALL
  SELECT 'declared', o.incident_id, o.message_id FROM muster.incident_origin o
  WHERE o.organisation_id = muster.current_organisation() AND o.source_id = @incident_id
) r
JOIN muster.incident i ON i.organisation_id = muster.current_organisation() AND i.id = r.other
ORDER BY i.declared_at, i.id
LIMIT 50;

-- name: SourceMessage :one
SELECT m.incident_id, m.private, m.kind, (m.deleted_at IS NOT NULL)::boolean AS deleted, left(m.source, 2000)::text AS source
FROM muster.room_message m
WHERE m.organisation_id = muster.current_organisation() AND m.id = $1;

-- name: InsertOrigin :exec
INSERT INTO muster.incident_origin (organisation_id, incident_id, private, source_id, message_id)
VALUES (muster.current_organisation(), @incident_id, @private, @source_id, @message_id);

-- name: BringParticipants :exec
-- Those who take part in one incident do in another too, without the roles that they hold.
INSERT INTO muster.incident_participant (organisation_id, incident_id, user_id, private, kind, joined_at)
SELECT p.organisation_id, @into_id, p.user_id, @private, CASE p.kind WHEN 'responder' THEN 'collaborator' ELSE p.kind END, @at
FROM muster.incident_participant p
JOIN muster.user u ON u.organisation_id = p.organisation_id AND u.id = p.user_id AND u.state <> 'deactivated'
WHERE p.organisation_id = muster.current_organisation() AND p.incident_id = @from_id
ON CONFLICT (organisation_id, incident_id, user_id) DO NOTHING;

-- name: BringAccess :exec
INSERT INTO muster.incident_access (organisation_id, incident_id, user_id, granted_at)
SELECT p.organisation_id, @into_id, p.user_id, @at
FROM muster.incident_participant p
JOIN muster.user u ON u.organisation_id = p.organisation_id AND u.id = p.user_id AND u.state <> 'deactivated'
WHERE p.organisation_id = muster.current_organisation() AND p.incident_id = @from_id
ON CONFLICT DO NOTHING;

-- name: HoldPromise :exec
UPDATE muster.incident_aside SET promise_seconds = sqlc.narg(promise_seconds)
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id;

-- name: HeldPromise :one
SELECT promise_seconds FROM muster.incident_aside WHERE organisation_id = muster.current_organisation() AND incident_id = $1;
