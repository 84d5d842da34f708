-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- What is to be done after an incident. Its priority is a word of a list that every organisation has.
CREATE TABLE muster.follow_up (
  organisation_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  title text NOT NULL CHECK (title <> ''),
  description text NOT NULL DEFAULT '',
  status text NOT NULL CHECK (status IN ('outstanding', 'completed', 'not_doing', 'deleted')),
  priority text NOT NULL DEFAULT '' CHECK (priority IN ('', 'high', 'medium', 'low')),
  labels text[] NOT NULL DEFAULT '{}',
  assignee_id text COLLATE "C",
  due_on date,
  -- The action or the message that it came from.
  action_id text COLLATE "C",
  message_id text COLLATE "C",
  idempotency_key text COLLATE "C",
  creator_type text NOT NULL,
  creator_id text COLLATE "C",
  creator_name text NOT NULL,
  completed_at timestamptz,
  row_version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id),
  UNIQUE (organisation_id, incident_id, idempotency_key),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id),
  FOREIGN KEY (organisation_id, assignee_id) REFERENCES muster.user (organisation_id, id)
);
CREATE UNIQUE INDEX follow_up_of_action ON muster.follow_up (organisation_id, action_id) WHERE action_id IS NOT NULL AND status <> 'deleted';
CREATE INDEX follow_up_open ON muster.follow_up (organisation_id, created_at DESC, id DESC) WHERE status = 'outstanding';
CREATE INDEX follow_up_by_assignee ON muster.follow_up (organisation_id, assignee_id) WHERE status = 'outstanding';
CREATE INDEX follow_up_by_incident ON muster.follow_up (organisation_id, incident_id, created_at);
SELECT muster.protect('muster.follow_up', 'incident_id');
-- +goose StatementEnd
