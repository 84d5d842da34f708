-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- The keys by which push services know this installation; browsers subscribe with the public one, so there is one row,
-- made at first use. sealed is the private key under the secret key.
CREATE TABLE control.vapid (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  public text NOT NULL,
  sealed bytea NOT NULL,
  created_at timestamptz NOT NULL
);
SELECT muster.allow('SELECT, INSERT ON control.vapid');

-- A browser of a person that shows notifications.
CREATE TABLE muster.push_subscription (
  organisation_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  endpoint text NOT NULL,
  p256dh text NOT NULL,
  auth text NOT NULL,
  device text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL,
  failed_at timestamptz,
  PRIMARY KEY (organisation_id, id),
  UNIQUE (organisation_id, endpoint),
  FOREIGN KEY (organisation_id, user_id) REFERENCES muster.user (organisation_id, id)
);
CREATE INDEX push_subscription_by_user ON muster.push_subscription (organisation_id, user_id);
SELECT muster.protect('muster.push_subscription');

-- What a person does not want by which way: absent means the default of the reason.
CREATE TABLE muster.notification_preference (
  organisation_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  reason text NOT NULL,
  method text NOT NULL CHECK (method IN ('push', 'mail')),
  wanted boolean NOT NULL,
  PRIMARY KEY (organisation_id, user_id, reason, method),
  FOREIGN KEY (organisation_id, user_id) REFERENCES muster.user (organisation_id, id)
);
SELECT muster.protect('muster.notification_preference');

-- One thing told to one person by one way; key is what the provider sees again when it is sent twice.
CREATE TABLE muster.notification (
  organisation_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C",
  private boolean NOT NULL DEFAULT false,
  event_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  reason text NOT NULL,
  method text NOT NULL,
  target text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'sent', 'failed', 'unwanted')),
  attempts integer NOT NULL DEFAULT 0,
  last_error text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL,
  sent_at timestamptz,
  PRIMARY KEY (organisation_id, id),
  UNIQUE (organisation_id, event_id, user_id, method, target),
  FOREIGN KEY (organisation_id, user_id) REFERENCES muster.user (organisation_id, id)
);
CREATE INDEX notification_by_event ON muster.notification (organisation_id, event_id) WHERE state = 'waiting';
CREATE INDEX notification_by_user ON muster.notification (organisation_id, user_id, created_at DESC);
SELECT muster.protect('muster.notification', 'incident_id');
-- +goose StatementEnd
