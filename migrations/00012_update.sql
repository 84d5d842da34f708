-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- An update's words can be edited; what it said before is kept below.
ALTER TABLE muster.incident_update
  ADD COLUMN edited_at timestamptz,
  ADD COLUMN editor_type text,
  ADD COLUMN editor_id text COLLATE "C",
  ADD COLUMN editor_name text,
  ADD COLUMN row_version integer NOT NULL DEFAULT 1;

CREATE TABLE muster.incident_update_version (
  organisation_id text COLLATE "C" NOT NULL,
  update_id text COLLATE "C" NOT NULL,
  -- The update's row_version while it said this.
  version integer NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  message_source text NOT NULL,
  message jsonb,
  message_format integer NOT NULL DEFAULT 1,
  author_type text NOT NULL,
  author_id text COLLATE "C",
  author_name text NOT NULL,
  written_at timestamptz NOT NULL,
  replaced_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, update_id, version),
  FOREIGN KEY (organisation_id, update_id) REFERENCES muster.incident_update (organisation_id, id),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id)
);
SELECT muster.protect('muster.incident_update_version', 'incident_id');

-- When each person last had an incident before them, and until when they had it the time before: who has seen an
-- update, and what is new to somebody who comes back.
CREATE TABLE muster.incident_visit (
  organisation_id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  seen_at timestamptz NOT NULL,
  -- NULL on the first visit.
  before_at timestamptz,
  PRIMARY KEY (organisation_id, incident_id, user_id),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id),
  FOREIGN KEY (organisation_id, user_id) REFERENCES muster.user (organisation_id, id)
);
SELECT muster.protect('muster.incident_visit', 'incident_id');

-- What whoever gave a role wrote for the one who holds it, and when that one put it away.
ALTER TABLE muster.incident_role_assignment
  ADD COLUMN note text NOT NULL DEFAULT '',
  ADD COLUMN given_by_type text,
  ADD COLUMN given_by_id text COLLATE "C",
  ADD COLUMN given_by_name text,
  ADD COLUMN read_at timestamptz;
-- +goose StatementEnd
