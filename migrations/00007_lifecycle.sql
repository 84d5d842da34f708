-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- Quiet incidents are listed and marked; nothing nags, and nobody is told of them who is not named in them.
ALTER TABLE muster.incident ADD COLUMN quiet boolean NOT NULL DEFAULT false;

-- Why an incident is not being worked on: paused, declined, merged into another or canceled; by whom, and what was
-- said. It goes away when the incident is taken up again; what happened stays in the activity log.
CREATE TABLE muster.incident_aside (
  organisation_id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  category text NOT NULL CHECK (category IN ('paused', 'declined', 'merged', 'canceled')),
  reason text NOT NULL DEFAULT '',
  -- When a paused incident wakes, and the status that it comes back to.
  until_at timestamptz,
  from_status_id text COLLATE "C" NOT NULL,
  -- The incident that a merged one lives on in.
  into_id text COLLATE "C",
  by_type text NOT NULL,
  by_id text COLLATE "C",
  by_name text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, incident_id),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id),
  FOREIGN KEY (organisation_id, into_id) REFERENCES muster.incident (organisation_id, id),
  FOREIGN KEY (organisation_id, from_status_id) REFERENCES muster.incident_status (organisation_id, id)
);
CREATE INDEX incident_aside_into ON muster.incident_aside (organisation_id, into_id) WHERE into_id IS NOT NULL;
SELECT muster.protect('muster.incident_aside', 'incident_id');

-- The message of another incident from which one was declared.
CREATE TABLE muster.incident_origin (
  organisation_id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  source_id text COLLATE "C" NOT NULL,
  message_id text COLLATE "C" NOT NULL,
  PRIMARY KEY (organisation_id, incident_id),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id),
  FOREIGN KEY (organisation_id, source_id) REFERENCES muster.incident (organisation_id, id),
  FOREIGN KEY (organisation_id, message_id) REFERENCES muster.room_message (organisation_id, id)
);
CREATE INDEX incident_origin_source ON muster.incident_origin (organisation_id, source_id);
SELECT muster.protect('muster.incident_origin', 'incident_id');

-- The message of another room that this one is a copy of.
ALTER TABLE muster.room_message ADD COLUMN copied_from_id text COLLATE "C";

-- Somebody's guided first incident, seen by them alone, and the steps of it that they have done.
CREATE TABLE muster.tutorial (
  organisation_id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  user_id text COLLATE "C" NOT NULL,
  started_at timestamptz NOT NULL,
  -- When it was done or left; nobody has two that go on.
  ended_at timestamptz,
  PRIMARY KEY (organisation_id, incident_id),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id),
  FOREIGN KEY (organisation_id, user_id) REFERENCES muster.user (organisation_id, id)
);
CREATE UNIQUE INDEX tutorial_going_on ON muster.tutorial (organisation_id, user_id) WHERE ended_at IS NULL;
SELECT muster.protect('muster.tutorial', 'incident_id');

CREATE TABLE muster.tutorial_step (
  organisation_id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  step text NOT NULL,
  done_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, incident_id, step),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.tutorial (organisation_id, incident_id)
);
SELECT muster.protect('muster.tutorial_step', 'incident_id');
-- +goose StatementEnd
