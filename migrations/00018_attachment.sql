-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- A thing elsewhere that belongs to an incident: a pull request, a ticket, a page, a call. One row a thing; a row that
-- people removed stays, so that the next message with the same address does not bring it back.
CREATE TABLE muster.attachment (
  organisation_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  -- Which sort of thing of which service, github_issue; the public API's resource type follows from it.
  kind text NOT NULL,
  -- What the service calls it, acme/api#42, or the address itself.
  reference text NOT NULL,
  url text NOT NULL,
  -- What people call it; empty for what the service calls it.
  title text NOT NULL DEFAULT '',
  -- Where it was pasted: message, update, summary, or by hand.
  found_in text NOT NULL CHECK (found_in IN ('message', 'update', 'summary', 'hand')),
  added_by_type text NOT NULL,
  added_by_id text COLLATE "C",
  added_by_name text NOT NULL,
  removed_at timestamptz,
  row_version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id)
);
-- Addresses may be longer than an index takes, so the key is their digest.
CREATE UNIQUE INDEX attachment_once ON muster.attachment (organisation_id, incident_id, kind, md5(reference));
SELECT muster.protect('muster.attachment', 'incident_id');
-- +goose StatementEnd
