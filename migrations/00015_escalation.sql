-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- A pager that the organisation has elsewhere. address is the webhook's or the service's region; sealed holds what
-- opens it, under the secret key.
CREATE TABLE muster.pager (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  id text COLLATE "C" NOT NULL,
  name text NOT NULL CHECK (name <> ''),
  kind text NOT NULL CHECK (kind IN ('pagerduty', 'opsgenie', 'webhook')),
  address text NOT NULL,
  sealed bytea NOT NULL,
  -- Whether acknowledgements are read back, and whether pages are resolved there when they are settled here.
  reads_back boolean NOT NULL DEFAULT false,
  resolves boolean NOT NULL DEFAULT true,
  disabled_at timestamptz,
  deleted_at timestamptz,
  row_version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id)
);
CREATE UNIQUE INDEX pager_name ON muster.pager (organisation_id, lower(name)) WHERE deleted_at IS NULL;
SELECT muster.protect('muster.pager');

-- Somebody is needed in an incident: the people and pagers to try are its targets, one after the other.
CREATE TABLE muster.escalation (
  organisation_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  message text NOT NULL,
  wait_minutes integer NOT NULL CHECK (wait_minutes > 0),
  state text NOT NULL CHECK (state IN ('pending', 'acknowledged', 'expired', 'canceled')),
  -- The target that is being reached, and how often so far.
  position integer NOT NULL DEFAULT 0,
  round integer NOT NULL DEFAULT 1,
  idempotency_key text COLLATE "C",
  creator_type text NOT NULL,
  creator_id text COLLATE "C",
  creator_name text NOT NULL,
  -- Who acknowledged or canceled it, and by which pager if not in Muster.
  ended_by_type text NOT NULL DEFAULT '',
  ended_by_id text COLLATE "C",
  ended_by_name text NOT NULL DEFAULT '',
  ended_in text NOT NULL DEFAULT '',
  ended_at timestamptz,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id),
  CONSTRAINT escalation_once UNIQUE (organisation_id, incident_id, idempotency_key),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id)
);
CREATE INDEX escalation_pending ON muster.escalation (organisation_id, incident_id) WHERE state = 'pending';
SELECT muster.protect('muster.escalation', 'incident_id');

CREATE TABLE muster.escalation_target (
  organisation_id text COLLATE "C" NOT NULL,
  escalation_id text COLLATE "C" NOT NULL,
  position integer NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  user_id text COLLATE "C",
  pager_id text COLLATE "C",
  name text NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'reaching', 'answered', 'passed')),
  -- Nothing that was tried can reach them.
  unreachable boolean NOT NULL DEFAULT false,
  reached_at timestamptz,
  PRIMARY KEY (organisation_id, escalation_id, position),
  CHECK ((user_id IS NULL) <> (pager_id IS NULL)),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id),
  FOREIGN KEY (organisation_id, escalation_id) REFERENCES muster.escalation (organisation_id, id),
  FOREIGN KEY (organisation_id, user_id) REFERENCES muster.user (organisation_id, id),
  FOREIGN KEY (organisation_id, pager_id) REFERENCES muster.pager (organisation_id, id)
);
CREATE INDEX escalation_target_by_user ON muster.escalation_target (organisation_id, user_id) WHERE state = 'reaching';
CREATE INDEX escalation_target_by_pager ON muster.escalation_target (organisation_id, pager_id);
SELECT muster.protect('muster.escalation_target', 'incident_id');

-- What came of each way by which a target was tried: a device, the inbox, a pager.
CREATE TABLE muster.escalation_attempt (
  organisation_id text COLLATE "C" NOT NULL,
  escalation_id text COLLATE "C" NOT NULL,
  position integer NOT NULL,
  act text NOT NULL CHECK (act IN ('page', 'resolve')),
  round integer NOT NULL,
  method text NOT NULL,
  target text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  label text NOT NULL DEFAULT '',
  state text NOT NULL CHECK (state IN ('waiting', 'sent', 'failed')),
  answer text NOT NULL DEFAULT '',
  tries integer NOT NULL DEFAULT 1,
  -- What the service calls it, for asking after it.
  reference text NOT NULL DEFAULT '',
  at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, escalation_id, position, act, round, method, target),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id),
  FOREIGN KEY (organisation_id, escalation_id, position) REFERENCES muster.escalation_target (organisation_id, escalation_id, position)
);
SELECT muster.protect('muster.escalation_attempt', 'incident_id');
-- +goose StatementEnd
