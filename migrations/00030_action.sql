-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- By when an action is to be done, and the room's message that it was made from.
ALTER TABLE muster.action ADD COLUMN due_at timestamptz, ADD COLUMN message_id text COLLATE "C";

-- A line of the room tells of one event, and of those that followed at once and were more of the same: run says of what.
ALTER TABLE muster.room_message ADD COLUMN run text NOT NULL DEFAULT '', ADD COLUMN more_events text[] COLLATE "C" NOT NULL DEFAULT '{}';

-- The clock looks through organisations in which nobody has a follow-up, too.
CREATE INDEX follow_up_unowned ON muster.follow_up (organisation_id, incident_id) WHERE status = 'outstanding' AND assignee_id IS NULL;

CREATE OR REPLACE FUNCTION control.organisations_at_work() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = muster, pg_temp AS $$
  WITH RECURSIVE step AS (
    (SELECT organisation_id FROM muster.incident
     WHERE status_category IN ('live', 'learning') AND mode = 'standard' AND NOT quiet ORDER BY organisation_id LIMIT 1)
    UNION ALL
    SELECT (SELECT i.organisation_id FROM muster.incident i
      WHERE status_category IN ('live', 'learning') AND mode = 'standard' AND NOT quiet AND i.organisation_id > step.organisation_id
      ORDER BY i.organisation_id LIMIT 1)
    FROM step WHERE step.organisation_id IS NOT NULL
  ), unowned AS (
    (SELECT organisation_id FROM muster.follow_up WHERE status = 'outstanding' AND assignee_id IS NULL ORDER BY organisation_id LIMIT 1)
    UNION ALL
    SELECT (SELECT f.organisation_id FROM muster.follow_up f
      WHERE f.status = 'outstanding' AND f.assignee_id IS NULL AND f.organisation_id > unowned.organisation_id
      ORDER BY f.organisation_id LIMIT 1)
    FROM unowned WHERE unowned.organisation_id IS NOT NULL
  )
  SELECT organisation_id::text FROM step WHERE organisation_id IS NOT NULL
  UNION
  SELECT organisation_id::text FROM unowned WHERE organisation_id IS NOT NULL
$$;
-- +goose StatementEnd
