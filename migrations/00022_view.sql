-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- A list of incidents that somebody looks at again and again: the filters of its address, under a name.
CREATE TABLE muster.saved_view (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  id text COLLATE "C" NOT NULL,
  name text NOT NULL CHECK (name <> ''),
  -- The filters as a query string, its keys in order.
  query text NOT NULL CHECK (query <> ''),
  owner_id text COLLATE "C" NOT NULL,
  -- Everyone in the organisation has it.
  shared boolean NOT NULL DEFAULT false,
  row_version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id),
  FOREIGN KEY (organisation_id, owner_id) REFERENCES muster.user (organisation_id, id)
);
CREATE INDEX saved_view_by_owner ON muster.saved_view (organisation_id, owner_id);
CREATE INDEX saved_view_shared ON muster.saved_view (organisation_id) WHERE shared;
SELECT muster.protect('muster.saved_view');
-- +goose StatementEnd
