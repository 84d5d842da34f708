-- name: InsertEntry :exec
INSERT INTO muster.audit_entry (organisation_id, id, action, actor_type, actor_id, actor_name, target_type, target_id,
  incident_id, private, before, after, address, request, occurred_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15);

-- name: Actions :many
-- The actions that occur: one look into the index for each, however many entries there are.
WITH RECURSIVE found AS (
  (SELECT e.action FROM muster.audit_entry e WHERE e.organisation_id = muster.current_organisation() ORDER BY e.action LIMIT 1)
  UNION ALL
  SELECT (SELECT e.action FROM muster.audit_entry e
    WHERE e.organisation_id = muster.current_organisation() AND e.action > f.action ORDER BY e.action LIMIT 1)
  FROM found f WHERE f.action IS NOT NULL
)
SELECT f.action::text AS action FROM found f WHERE f.action IS NOT NULL;

-- name: Actors :many
-- Who has an id and occurs, with the last name of each, in the same way.
WITH RECURSIVE found AS (
  (SELECT e.actor_id, e.actor_type, e.actor_name FROM muster.audit_entry e
    WHERE e.organisation_id = muster.current_organisation() AND e.actor_id IS NOT NULL
    ORDER BY e.actor_id, e.occurred_at DESC, e.id DESC LIMIT 1)
  UNION ALL
  SELECT n.actor_id, n.actor_type, n.actor_name FROM found f CROSS JOIN LATERAL (
    SELECT e.actor_id, e.actor_type, e.actor_name FROM muster.audit_entry e
    WHERE e.organisation_id = muster.current_organisation() AND e.actor_id > f.actor_id
    ORDER BY e.actor_id, e.occurred_at DESC, e.id DESC LIMIT 1) n
)
SELECT f.actor_id::text AS actor_id, f.actor_type::text AS actor_type, f.actor_name::text AS actor_name FROM found f LIMIT sqlc.arg('count');

-- name: DeleteEntries :execrows
-- One batch of what is older than the log is kept.
DELETE FROM muster.audit_entry
WHERE organisation_id = muster.current_organisation() AND id IN (
  SELECT e.id FROM muster.audit_entry e
  WHERE e.organisation_id = muster.current_organisation() AND e.occurred_at < sqlc.arg('before')
  ORDER BY e.occurred_at, e.id LIMIT sqlc.arg('count'));
