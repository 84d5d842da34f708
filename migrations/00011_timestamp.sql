-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

ALTER TABLE muster.incident_timestamp
  -- The status that sets it by being entered; empty unless set_by is.
  ADD COLUMN set_by_status_id text COLLATE "C",
  -- The timestamp that it cannot be before.
  ADD COLUMN after_id text COLLATE "C",
  ADD COLUMN row_version integer NOT NULL DEFAULT 1,
  ADD FOREIGN KEY (organisation_id, set_by_status_id) REFERENCES muster.incident_status (organisation_id, id),
  ADD FOREIGN KEY (organisation_id, after_id) REFERENCES muster.incident_timestamp (organisation_id, id) DEFERRABLE INITIALLY DEFERRED;

-- The order of those that every organisation was founded with.
UPDATE muster.incident_timestamp t SET after_id = earlier.id
FROM (VALUES ('Accepted', 'Reported'), ('Declined', 'Reported'), ('Merged', 'Reported'), ('Canceled', 'Reported'), ('Identified', 'Impact started'),
  ('Fixed', 'Identified'), ('Resolved', 'Fixed'), ('Closed', 'Resolved'), ('Documented', 'Resolved'), ('Reviewed', 'Documented')) o(name, after_name),
  muster.incident_timestamp earlier
WHERE t.name = o.name AND earlier.organisation_id = t.organisation_id AND earlier.name = o.after_name
  AND t.archived_at IS NULL AND earlier.archived_at IS NULL;

-- What lies between two timestamps, as a number of its own.
CREATE TABLE muster.duration_metric (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  id text COLLATE "C" NOT NULL,
  name text NOT NULL CHECK (name <> ''),
  from_timestamp_id text COLLATE "C" NOT NULL,
  to_timestamp_id text COLLATE "C" NOT NULL,
  rank integer NOT NULL,
  archived_at timestamptz,
  row_version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id),
  CHECK (from_timestamp_id <> to_timestamp_id),
  FOREIGN KEY (organisation_id, from_timestamp_id) REFERENCES muster.incident_timestamp (organisation_id, id),
  FOREIGN KEY (organisation_id, to_timestamp_id) REFERENCES muster.incident_timestamp (organisation_id, id)
);
SELECT muster.protect('muster.duration_metric');
-- +goose StatementEnd
