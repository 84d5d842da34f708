-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- Which emoji does what when somebody reacts with it; without a row the product's own choice holds, an empty one is off.
CREATE TABLE muster.reaction_rule (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  purpose text NOT NULL CHECK (purpose IN ('pin', 'action', 'follow_up')),
  emoji text NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, purpose)
);
SELECT muster.protect('muster.reaction_rule');

-- What was done to a message because somebody reacted, so that it is done once.
CREATE TABLE muster.reaction_done (
  organisation_id text COLLATE "C" NOT NULL,
  message_id text COLLATE "C" NOT NULL,
  purpose text NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  done_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, message_id, purpose),
  FOREIGN KEY (organisation_id, message_id) REFERENCES muster.room_message (organisation_id, id),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id)
);
SELECT muster.protect('muster.reaction_done', 'incident_id');
-- +goose StatementEnd
