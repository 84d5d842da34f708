-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- The endpoints that are sent to, known before the tenant is: what sends works for all organisations.
CREATE TABLE control.webhook_endpoint (
  organisation_id text COLLATE "C" NOT NULL REFERENCES control.organisation (id),
  endpoint_id text COLLATE "C" NOT NULL,
  PRIMARY KEY (organisation_id, endpoint_id)
);
SELECT muster.allow('SELECT, INSERT, DELETE ON control.webhook_endpoint');

-- An address that is told of what happens. event_types are the keys of the chosen types, none for all; sealed holds the
-- secret that signs, and the one before it, which signs as well until previous_until.
CREATE TABLE muster.webhook_endpoint (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  id text COLLATE "C" NOT NULL,
  url text NOT NULL CHECK (url <> ''),
  description text NOT NULL DEFAULT '',
  event_types text[] NOT NULL DEFAULT '{}',
  private_incidents boolean NOT NULL DEFAULT false,
  sealed bytea NOT NULL,
  previous_until timestamptz,
  disabled_at timestamptz,
  disabled_why text NOT NULL DEFAULT '' CHECK (disabled_why IN ('', 'person', 'failing', 'gone')),
  -- Since when every attempt failed; NULL while one gets through.
  failing_since timestamptz,
  creator_type text NOT NULL,
  creator_id text COLLATE "C",
  creator_name text NOT NULL,
  deleted_at timestamptz,
  row_version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id)
);
SELECT muster.protect('muster.webhook_endpoint');

-- One event on its way to one endpoint. event_type is the key of a type; told_type the name under which body tells it,
-- both kept from the first attempt on. json keeps the text as it was signed.
CREATE TABLE muster.webhook_delivery (
  organisation_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  endpoint_id text COLLATE "C" NOT NULL,
  event_type text NOT NULL,
  event_id text COLLATE "C",
  subject_id text COLLATE "C",
  incident_id text COLLATE "C",
  private boolean NOT NULL DEFAULT false,
  -- The transaction that asked for it: what it changes in several steps is told once.
  batch bigint,
  test boolean NOT NULL DEFAULT false,
  state text NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed', 'dropped')),
  told_type text NOT NULL DEFAULT '',
  body json,
  -- Too large to be told whole: the body has ids only.
  cut boolean NOT NULL DEFAULT false,
  -- All attempts, and those since begun_at, when the schedule began.
  attempts integer NOT NULL DEFAULT 0,
  tries integer NOT NULL DEFAULT 0,
  begun_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  leased_until timestamptz,
  -- What came of the last attempt.
  status integer,
  trouble text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL,
  settled_at timestamptz,
  PRIMARY KEY (organisation_id, id),
  FOREIGN KEY (organisation_id, endpoint_id) REFERENCES muster.webhook_endpoint (organisation_id, id),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id)
);
CREATE INDEX webhook_delivery_due ON muster.webhook_delivery (organisation_id, endpoint_id, due_at) WHERE state = 'waiting';
CREATE INDEX webhook_delivery_by_endpoint ON muster.webhook_delivery (organisation_id, endpoint_id, id);
CREATE INDEX webhook_delivery_failed ON muster.webhook_delivery (organisation_id, endpoint_id, id) WHERE state = 'failed';
CREATE INDEX webhook_delivery_by_incident ON muster.webhook_delivery (organisation_id, incident_id) WHERE incident_id IS NOT NULL;
SELECT muster.protect('muster.webhook_delivery', 'incident_id');

-- What was sent and what came back, attempt by attempt.
CREATE TABLE muster.webhook_attempt (
  organisation_id text COLLATE "C" NOT NULL,
  delivery_id text COLLATE "C" NOT NULL,
  number integer NOT NULL,
  incident_id text COLLATE "C",
  private boolean NOT NULL DEFAULT false,
  url text NOT NULL,
  request_headers jsonb NOT NULL,
  at timestamptz NOT NULL,
  took_ms integer NOT NULL,
  -- NULL when there was no answer; trouble says why.
  status integer,
  trouble text NOT NULL DEFAULT '',
  response_headers jsonb NOT NULL DEFAULT '{}',
  response text NOT NULL DEFAULT '',
  PRIMARY KEY (organisation_id, delivery_id, number),
  FOREIGN KEY (organisation_id, delivery_id) REFERENCES muster.webhook_delivery (organisation_id, id) ON DELETE CASCADE,
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id)
);
CREATE INDEX webhook_attempt_by_incident ON muster.webhook_attempt (organisation_id, incident_id) WHERE incident_id IS NOT NULL;
SELECT muster.protect('muster.webhook_attempt', 'incident_id');
-- +goose StatementEnd
