-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

CREATE SCHEMA IF NOT EXISTS muster;
CREATE SCHEMA IF NOT EXISTS control;

-- The role that every tenant transaction takes. Without the right to create roles the tables fall back to FORCE
-- without the owner's policy: then the login itself is held by the tenant policy.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'muster_app') THEN
    CREATE ROLE muster_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
  END IF;
EXCEPTION
  WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN
    NULL; -- the next block sees whether there is one
END $$;

DO $$
BEGIN
  -- Whoever was made a member by an administrator may not grant that, and need not.
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'muster_app' AND pg_has_role(current_user, oid, 'MEMBER')) THEN
    EXECUTE format('GRANT muster_app TO %I', current_user);
  END IF;
  GRANT USAGE ON SCHEMA muster TO muster_app;
EXCEPTION
  WHEN insufficient_privilege OR undefined_object THEN
    RAISE NOTICE 'muster_app cannot be used; row-level security is forced on the owner instead';
END $$;

-- Whether this database is one with the role. That is decided here once: if the role came later, tables made from then
-- on would be open to the login, which still works without it.
CREATE FUNCTION muster.has_app_role() RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = 'muster_app' AND pg_has_role(current_user, oid, 'MEMBER')
  AND has_schema_privilege(oid, 'muster'::regnamespace::oid, 'USAGE')) $$;

CREATE FUNCTION muster.current_organisation() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('muster.organisation_id', true), '') $$;

CREATE FUNCTION muster.current_actor() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('muster.actor_id', true), '') $$;

CREATE FUNCTION muster.sees_private() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(current_setting('muster.sees_private', true), '') = 'all' $$;

-- Holds a table to its organisation and, if it carries the private mark, to those who may see the incident.
-- key names the column with the incident's id. The owner's policy keeps data migrations and dumps from touching
-- no rows in silence; the product itself never works as the owner.
CREATE FUNCTION muster.protect(target regclass, key text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  tenant text := 'organisation_id = (SELECT muster.current_organisation())';
  visible text := tenant;
BEGIN
  IF key IS NOT NULL THEN
    visible := tenant || format(
      ' AND (NOT private OR (SELECT muster.sees_private()) OR %I = ANY ((SELECT muster.private_incidents())::text[]))', key);
  END IF;
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format('CREATE POLICY tenant ON %s USING (%s) WITH CHECK (%s)', target, visible, tenant);
  IF muster.has_app_role() THEN
    EXECUTE format('CREATE POLICY owner ON %s TO CURRENT_USER USING (true) WITH CHECK (true)', target);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO muster_app', target);
  END IF;
END $$;

-- Gives the application's role the use of something that is outside row-level security.
CREATE FUNCTION muster.allow(privilege text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF muster.has_app_role() THEN
    EXECUTE 'GRANT ' || privilege || ' TO muster_app';
  END IF;
END $$;

SELECT muster.allow('USAGE ON SCHEMA control');

-- Every organisation's id and address, known before a tenant is.
CREATE TABLE control.organisation (
  id text COLLATE "C" PRIMARY KEY,
  slug text COLLATE "C" NOT NULL UNIQUE,
  created_at timestamptz NOT NULL
);
SELECT muster.allow('SELECT, INSERT, UPDATE ON control.organisation');

CREATE TABLE muster.organisation (
  organisation_id text COLLATE "C" PRIMARY KEY REFERENCES control.organisation (id),
  name text NOT NULL CHECK (name <> ''),
  time_zone text NOT NULL DEFAULT 'UTC',
  demo boolean NOT NULL DEFAULT false,
  row_version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
SELECT muster.protect('muster.organisation');

-- A membership of an account in an organisation; its id is the one that the public API shows.
CREATE TABLE muster.user (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  id text COLLATE "C" NOT NULL,
  account_id text COLLATE "C",
  name text NOT NULL CHECK (name <> ''),
  email text COLLATE "C" NOT NULL,
  role text NOT NULL CHECK (role IN ('owner', 'administrator', 'responder', 'viewer')),
  time_zone text NOT NULL DEFAULT 'UTC',
  avatar_key text,
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('invited', 'active', 'deactivated')),
  row_version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id),
  UNIQUE (organisation_id, email),
  UNIQUE (organisation_id, account_id)
);
SELECT muster.protect('muster.user');
CREATE INDEX user_by_name ON muster.user (organisation_id, lower(name), id);

CREATE TABLE muster.team (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  id text COLLATE "C" NOT NULL,
  name text NOT NULL CHECK (name <> ''),
  archived_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id)
);
SELECT muster.protect('muster.team');

-- Who may see which private incident. The policy shows an actor only their own grants.
CREATE TABLE muster.incident_access (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  incident_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  granted_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, incident_id, user_id),
  FOREIGN KEY (organisation_id, user_id) REFERENCES muster.user (organisation_id, id)
);
CREATE INDEX incident_access_by_user ON muster.incident_access (organisation_id, user_id);
SELECT muster.protect('muster.incident_access');
ALTER POLICY tenant ON muster.incident_access USING (
  organisation_id = (SELECT muster.current_organisation())
  AND (user_id = (SELECT muster.current_actor()) OR (SELECT muster.sees_private())));

CREATE FUNCTION muster.private_incidents() RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = muster, pg_temp AS $$
  SELECT coalesce(array_agg(incident_id::text), '{}') FROM muster.incident_access
  WHERE organisation_id = (SELECT muster.current_organisation()) AND user_id = (SELECT muster.current_actor())
$$;
REVOKE EXECUTE ON FUNCTION muster.private_incidents() FROM PUBLIC;
SELECT muster.allow('EXECUTE ON FUNCTION muster.private_incidents()');

-- Numbers that must have no gaps: taken last in the transaction that uses them.
CREATE TABLE muster.counter (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  name text NOT NULL,
  value bigint NOT NULL,
  PRIMARY KEY (organisation_id, name)
);
SELECT muster.protect('muster.counter');

CREATE TABLE muster.feature_flag (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  name text NOT NULL,
  value jsonb NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, name)
);
SELECT muster.protect('muster.feature_flag');

-- The transactional outbox: facts in the past tense. Payloads carry ids, not texts.
CREATE TABLE muster.event (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  id text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  version integer NOT NULL,
  incident_id text COLLATE "C",
  private boolean NOT NULL DEFAULT false,
  seq bigint,
  subject_id text COLLATE "C" NOT NULL,
  actor_type text NOT NULL,
  actor_id text COLLATE "C",
  actor_name text NOT NULL,
  trace text NOT NULL DEFAULT '',
  payload jsonb NOT NULL,
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id)
);
SELECT muster.protect('muster.event', 'incident_id');
CREATE UNIQUE INDEX event_by_incident ON muster.event (organisation_id, incident_id, seq) WHERE incident_id IS NOT NULL;

-- The number that orders what happens in one stream (an incident): messages, events and log share it. It is taken
-- under a lock on this row, because neither a sequence nor an id follows the order of commits.
CREATE TABLE muster.stream (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  stream_id text COLLATE "C" NOT NULL,
  value bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (organisation_id, stream_id)
) WITH (fillfactor = 50);
SELECT muster.protect('muster.stream');

-- Which subscriber has dealt with which event: what makes a repeated job harmless.
CREATE TABLE muster.event_handled (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  event_id text COLLATE "C" NOT NULL,
  subscriber text NOT NULL,
  handled_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, event_id, subscriber),
  FOREIGN KEY (organisation_id, event_id) REFERENCES muster.event (organisation_id, id)
);
SELECT muster.protect('muster.event_handled');

CREATE TABLE muster.audit_entry (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  id text COLLATE "C" NOT NULL,
  action text NOT NULL,
  actor_type text NOT NULL,
  actor_id text COLLATE "C",
  actor_name text NOT NULL,
  target_type text NOT NULL,
  target_id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C",
  private boolean NOT NULL DEFAULT false,
  before jsonb,
  after jsonb,
  address text NOT NULL DEFAULT '',
  request text NOT NULL DEFAULT '',
  occurred_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id)
);
SELECT muster.protect('muster.audit_entry', 'incident_id');
CREATE INDEX audit_entry_by_time ON muster.audit_entry (organisation_id, occurred_at DESC, id DESC);

-- Sharp timers, read across organisations by the clock: ids and moments only.
CREATE TABLE control.timer (
  organisation_id text COLLATE "C" NOT NULL REFERENCES control.organisation (id),
  kind text NOT NULL,
  subject_id text COLLATE "C" NOT NULL,
  due_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  PRIMARY KEY (organisation_id, kind, subject_id)
);
CREATE INDEX timer_by_due ON control.timer (due_at);
SELECT muster.allow('SELECT, INSERT, UPDATE, DELETE ON control.timer');
-- +goose StatementEnd
