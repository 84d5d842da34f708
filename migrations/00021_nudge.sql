-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- How an organisation wants a nudge: for every type of incident, or for one. Without a row it is as it comes.
CREATE TABLE muster.nudge_setting (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  id text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  type_id text COLLATE "C",
  enabled boolean NOT NULL,
  delay_minutes integer NOT NULL CHECK (delay_minutes > 0),
  -- How often at most in one incident.
  most integer NOT NULL CHECK (most > 0),
  working_hours boolean NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id),
  UNIQUE NULLS NOT DISTINCT (organisation_id, kind, type_id),
  FOREIGN KEY (organisation_id, type_id) REFERENCES muster.incident_type (organisation_id, id)
);
SELECT muster.protect('muster.nudge_setting');

-- What the clock knows of one cause for a nudge in one incident.
CREATE TABLE muster.nudge (
  organisation_id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  private boolean NOT NULL DEFAULT false,
  -- Since when the cause has been there; NULL while it is not.
  since timestamptz,
  raised integer NOT NULL DEFAULT 0,
  raised_at timestamptz,
  -- The card in the room is about this one.
  showing boolean NOT NULL DEFAULT false,
  -- Until then somebody is at the cause, or asked not to be reminded.
  held_until timestamptz,
  dismissed_at timestamptz,
  PRIMARY KEY (organisation_id, incident_id, kind),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id)
);
SELECT muster.protect('muster.nudge', 'incident_id');

-- The organisations that have incidents which may need a nudge: what the clock goes through, one step of the index each.
CREATE INDEX incident_ongoing ON muster.incident (organisation_id, declared_at DESC)
  WHERE status_category IN ('live', 'learning') AND mode = 'standard' AND NOT quiet;

CREATE FUNCTION control.organisations_at_work() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = muster, pg_temp AS $$
  WITH RECURSIVE step AS (
    (SELECT organisation_id FROM muster.incident
     WHERE status_category IN ('live', 'learning') AND mode = 'standard' AND NOT quiet ORDER BY organisation_id LIMIT 1)
    UNION ALL
    SELECT (SELECT i.organisation_id FROM muster.incident i
      WHERE status_category IN ('live', 'learning') AND mode = 'standard' AND NOT quiet AND i.organisation_id > step.organisation_id
      ORDER BY i.organisation_id LIMIT 1)
    FROM step WHERE step.organisation_id IS NOT NULL
  )
  SELECT organisation_id::text FROM step WHERE organisation_id IS NOT NULL
$$;
REVOKE EXECUTE ON FUNCTION control.organisations_at_work() FROM PUBLIC;
SELECT muster.allow('EXECUTE ON FUNCTION control.organisations_at_work()');
-- +goose StatementEnd
