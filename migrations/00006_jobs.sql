-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- The tables of the machinery that runs jobs. They hold no organisation's texts, are reached by the login alone and
-- never by a tenant transaction, and keep the database's own time, by which leases are judged.

-- A process that runs jobs, for as long as it beats.
CREATE TABLE control.worker (
  instance text COLLATE "C" PRIMARY KEY,
  host text NOT NULL,
  pid integer NOT NULL,
  lone boolean NOT NULL DEFAULT false,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  beat_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- How a process died and what it wrote while dying.
CREATE TABLE control.crash (
  instance text COLLATE "C" PRIMARY KEY,
  role text NOT NULL,
  pid integer NOT NULL,
  kind text NOT NULL,
  status text NOT NULL,
  uptime_ms bigint NOT NULL,
  output text NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX crash_by_time ON control.crash (at DESC);

-- Deliveries that killed their process twice while they ran alone.
CREATE TABLE control.quarantine (
  job_id bigint PRIMARY KEY,
  organisation_id text COLLATE "C" NOT NULL REFERENCES control.organisation (id),
  event_id text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  subscriber text NOT NULL,
  queue text NOT NULL,
  deaths integer NOT NULL,
  crash_instance text COLLATE "C" NOT NULL,
  quarantined_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Subscribers that an operator has stopped for a while.
CREATE TABLE control.paused_kind (
  kind text NOT NULL,
  subscriber text NOT NULL,
  paused_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  paused_by text NOT NULL,
  PRIMARY KEY (kind, subscriber)
);

-- What operators did to queues, kinds and jobs.
CREATE TABLE control.operator_action (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  operator_id text COLLATE "C" NOT NULL,
  operator_name text NOT NULL,
  action text NOT NULL,
  target text NOT NULL,
  touched bigint NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- +goose StatementEnd
