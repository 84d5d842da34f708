-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- What customers may be told, one row a version; the newest is the one that holds, an empty text takes it back.
CREATE TABLE muster.customers_text (
  organisation_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  version integer NOT NULL,
  text text NOT NULL,
  -- The version whose words were brought back; NULL for new words.
  restored_version integer,
  author_type text NOT NULL,
  author_id text COLLATE "C",
  author_name text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id),
  UNIQUE (organisation_id, incident_id, version),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id)
);
SELECT muster.protect('muster.customers_text', 'incident_id');

-- A question about an incident, asked without entering its room.
CREATE TABLE muster.question (
  organisation_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  text text NOT NULL CHECK (text <> ''),
  state text NOT NULL CHECK (state IN ('open', 'answered', 'withdrawn')),
  asker_id text COLLATE "C" NOT NULL,
  asker_name text NOT NULL,
  idempotency_key text,
  answer text NOT NULL DEFAULT '',
  answerer_type text,
  answerer_id text COLLATE "C",
  answerer_name text NOT NULL DEFAULT '',
  answered_at timestamptz,
  -- How often those who could answer have been reminded.
  reminders integer NOT NULL DEFAULT 0,
  row_version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id),
  UNIQUE (organisation_id, incident_id, asker_id, idempotency_key),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id),
  FOREIGN KEY (organisation_id, asker_id) REFERENCES muster.user (organisation_id, id)
);
CREATE INDEX question_by_incident ON muster.question (organisation_id, incident_id, created_at, id);
CREATE INDEX question_open ON muster.question (organisation_id, incident_id) WHERE state = 'open';
SELECT muster.protect('muster.question', 'incident_id');

-- Who wants to know the answer besides the one who asked.
CREATE TABLE muster.question_follower (
  organisation_id text COLLATE "C" NOT NULL,
  question_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, question_id, user_id),
  FOREIGN KEY (organisation_id, question_id) REFERENCES muster.question (organisation_id, id),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id),
  FOREIGN KEY (organisation_id, user_id) REFERENCES muster.user (organisation_id, id)
);
CREATE INDEX question_follower_by_incident ON muster.question_follower (organisation_id, incident_id);
SELECT muster.protect('muster.question_follower', 'incident_id');

-- Who hears of incidents without taking part: of one, of a type, of a severity and worse, or of all. One that names an
-- incident goes before the others, so one without mail and push keeps that incident silent.
CREATE TABLE muster.subscription (
  organisation_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  scope text NOT NULL CHECK (scope IN ('incident', 'type', 'severity', 'everything')),
  incident_id text COLLATE "C",
  private boolean NOT NULL DEFAULT false,
  type_id text COLLATE "C",
  severity_id text COLLATE "C",
  mail boolean NOT NULL,
  push boolean NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id),
  UNIQUE NULLS NOT DISTINCT (organisation_id, user_id, scope, incident_id, type_id, severity_id),
  CHECK ((scope = 'incident') = (incident_id IS NOT NULL) AND (scope = 'type') = (type_id IS NOT NULL) AND (scope = 'severity') = (severity_id IS NOT NULL)),
  FOREIGN KEY (organisation_id, user_id) REFERENCES muster.user (organisation_id, id),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id),
  FOREIGN KEY (organisation_id, type_id) REFERENCES muster.incident_type (organisation_id, id),
  FOREIGN KEY (organisation_id, severity_id) REFERENCES muster.severity (organisation_id, id)
);
CREATE INDEX subscription_by_incident ON muster.subscription (organisation_id, incident_id) WHERE incident_id IS NOT NULL;
CREATE INDEX subscription_broad ON muster.subscription (organisation_id) WHERE incident_id IS NULL;
SELECT muster.protect('muster.subscription', 'incident_id');

-- How often mails of subscriptions come to a person; absent means at once.
CREATE TABLE muster.subscription_pace (
  organisation_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  pace text NOT NULL CHECK (pace IN ('immediate', 'hourly', 'daily')),
  PRIMARY KEY (organisation_id, user_id),
  FOREIGN KEY (organisation_id, user_id) REFERENCES muster.user (organisation_id, id)
);
SELECT muster.protect('muster.subscription_pace');

-- News that waits for a person's next digest; digest_id is the one that it went into.
CREATE TABLE muster.subscription_digest_item (
  organisation_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  event_id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  digest_id text COLLATE "C",
  created_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, user_id, event_id),
  FOREIGN KEY (organisation_id, user_id) REFERENCES muster.user (organisation_id, id),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id)
);
CREATE INDEX subscription_digest_item_waiting ON muster.subscription_digest_item (organisation_id, user_id) WHERE digest_id IS NULL;
CREATE INDEX subscription_digest_item_by_digest ON muster.subscription_digest_item (organisation_id, digest_id) WHERE digest_id IS NOT NULL;
SELECT muster.protect('muster.subscription_digest_item', 'incident_id');
-- +goose StatementEnd
