-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- The log by who did it, by what was done and by what it was done to, each in the order of the log.
CREATE INDEX audit_entry_by_actor ON muster.audit_entry (organisation_id, actor_id, occurred_at DESC, id DESC);
CREATE INDEX audit_entry_by_action ON muster.audit_entry (organisation_id, action, occurred_at DESC, id DESC);
CREATE INDEX audit_entry_by_target ON muster.audit_entry (organisation_id, target_id, occurred_at DESC, id DESC);

-- Archives of everything that the organisation has here. Whoever works on one says so again every few seconds, by the
-- clock of the database; one that is silent is taken up by another.
CREATE TABLE muster.export (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  id text COLLATE "C" NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'running', 'ready', 'failed', 'canceled', 'withdrawn', 'expired')),
  formats text[] NOT NULL,
  files boolean NOT NULL DEFAULT false,
  requested_by_id text COLLATE "C",
  requested_by_name text NOT NULL,
  requested_at timestamptz NOT NULL,
  -- What the archive holds is true of this moment.
  moment timestamptz,
  doing text NOT NULL DEFAULT '',
  rows_done bigint NOT NULL DEFAULT 0,
  rows_total bigint NOT NULL DEFAULT 0,
  files_done bigint NOT NULL DEFAULT 0,
  files_total bigint NOT NULL DEFAULT 0,
  attempts integer NOT NULL DEFAULT 0,
  trouble text NOT NULL DEFAULT '',
  archive_key text,
  size_bytes bigint NOT NULL DEFAULT 0,
  sha256 text NOT NULL DEFAULT '',
  ended_at timestamptz,
  expires_at timestamptz,
  worked_by text NOT NULL DEFAULT '',
  beat_at timestamptz,
  PRIMARY KEY (organisation_id, id)
);
SELECT muster.protect('muster.export');
CREATE UNIQUE INDEX export_one_at_a_time ON muster.export (organisation_id) WHERE state IN ('waiting', 'running');
-- +goose StatementEnd
