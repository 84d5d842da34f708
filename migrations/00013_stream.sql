-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- A part of the work in an incident, with a lead of its own. (muster.stream is the order of what happens; this is not that.)
CREATE TABLE muster.incident_stream (
  organisation_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  name text NOT NULL CHECK (name <> ''),
  lead_id text COLLATE "C",
  state text NOT NULL CHECK (state IN ('open', 'closed')),
  -- What came of it, once it is closed.
  outcome text NOT NULL DEFAULT '',
  idempotency_key text COLLATE "C",
  creator_type text NOT NULL,
  creator_id text COLLATE "C",
  creator_name text NOT NULL,
  closed_at timestamptz,
  row_version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id),
  UNIQUE (organisation_id, incident_id, idempotency_key),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id),
  FOREIGN KEY (organisation_id, lead_id) REFERENCES muster.user (organisation_id, id)
);
CREATE INDEX incident_stream_by_incident ON muster.incident_stream (organisation_id, incident_id, created_at);
SELECT muster.protect('muster.incident_stream', 'incident_id');

-- What a stream's people said of it, for the whole incident.
CREATE TABLE muster.incident_stream_update (
  organisation_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  stream_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  idempotency_key text COLLATE "C",
  message_source text NOT NULL CHECK (message_source <> ''),
  message jsonb,
  message_format integer NOT NULL DEFAULT 1,
  author_type text NOT NULL,
  author_id text COLLATE "C",
  author_name text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id),
  UNIQUE (organisation_id, stream_id, idempotency_key),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id),
  FOREIGN KEY (organisation_id, stream_id) REFERENCES muster.incident_stream (organisation_id, id)
);
CREATE INDEX incident_stream_update_by_stream ON muster.incident_stream_update (organisation_id, stream_id, created_at DESC, id DESC);
CREATE INDEX incident_stream_update_by_incident ON muster.incident_stream_update (organisation_id, incident_id);
SELECT muster.protect('muster.incident_stream_update', 'incident_id');
-- +goose StatementEnd
