-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- The private mark of a row that belongs to an incident is the incident's own at the moment of writing, whatever the
-- writer believed: one who read the incident before it was made private, or a job of before, cannot leave a row open.
-- The lock makes that moment one, because a change of the mark takes the incident's row for itself. As the owner, because
-- a row may come before the grant that would show the incident.
CREATE FUNCTION muster.keep_private() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = muster, pg_temp AS $$
DECLARE
  mark boolean;
BEGIN
  IF NEW.incident_id IS NOT NULL THEN
    SELECT i.private INTO mark FROM muster.incident i
    WHERE i.organisation_id = NEW.organisation_id AND i.id = NEW.incident_id FOR KEY SHARE;
    NEW.private := coalesce(mark, true); -- what the writer cannot see is private
  END IF;
  RETURN NEW;
END $$;
REVOKE EXECUTE ON FUNCTION muster.keep_private() FROM PUBLIC;

-- Every table whose rows belong to an incident.
CREATE FUNCTION muster.incident_tables() RETURNS SETOF regclass LANGUAGE sql STABLE AS $$
  SELECT c.oid::regclass FROM pg_catalog.pg_class c
  WHERE c.relnamespace = 'muster'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND 2 = (SELECT count(*) FROM pg_catalog.pg_attribute a
      WHERE a.attrelid = c.oid AND a.attname IN ('incident_id', 'private') AND NOT a.attisdropped)
  ORDER BY c.relname
$$;

-- As before, and whoever carries the mark keeps it by itself.
CREATE OR REPLACE FUNCTION muster.protect(target regclass, key text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
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
  IF key = 'incident_id' THEN
    EXECUTE format('CREATE TRIGGER keep_private BEFORE INSERT ON %s FOR EACH ROW EXECUTE FUNCTION muster.keep_private()', target);
  END IF;
END $$;

DO $$
DECLARE
  target regclass;
BEGIN
  FOR target IN SELECT muster.incident_tables() LOOP
    EXECUTE format('CREATE TRIGGER keep_private BEFORE INSERT ON %s FOR EACH ROW EXECUTE FUNCTION muster.keep_private()', target);
  END LOOP;
END $$;

-- Gives an incident and every row that belongs to it another mark, in the transaction of the verb that decided it. The
-- caller holds its row, and touches what they see: all of it, or nothing. It finds the tables by itself, so that a new
-- one cannot be forgotten.
CREATE FUNCTION muster.mark_incident(of_incident text, mark boolean) RETURNS bigint LANGUAGE plpgsql SET search_path = muster, pg_temp AS $$
DECLARE
  tenant text := muster.current_organisation();
  target regclass;
  touched bigint;
  total bigint := 0;
BEGIN
  UPDATE muster.incident SET private = mark, row_version = row_version + 1 WHERE organisation_id = tenant AND id = of_incident AND private <> mark;
  FOR target IN SELECT muster.incident_tables() LOOP
    EXECUTE format('UPDATE %s SET private = $1 WHERE organisation_id = $2 AND incident_id = $3 AND private <> $1', target)
      USING mark, tenant, of_incident;
    GET DIAGNOSTICS touched = ROW_COUNT;
    total := total + touched;
  END LOOP;
  RETURN total;
END $$;

-- Whether a person has a grant, which a policy tells only the person. Verbs ask it for those who see the incident.
CREATE FUNCTION muster.has_access(of_incident text, person text) RETURNS boolean LANGUAGE plpgsql SET search_path = muster, pg_temp AS $$
DECLARE
  sight text := coalesce(current_setting('muster.sees_private', true), '');
  found boolean;
BEGIN
  PERFORM set_config('muster.sees_private', 'all', true);
  SELECT EXISTS (SELECT FROM muster.incident_access a
    WHERE a.organisation_id = muster.current_organisation() AND a.incident_id = of_incident AND a.user_id = person) INTO found;
  PERFORM set_config('muster.sees_private', sight, true);
  RETURN found;
END $$;

-- So that all rows of one incident are found without reading everybody's.
CREATE INDEX audit_entry_by_incident ON muster.audit_entry (organisation_id, incident_id) WHERE incident_id IS NOT NULL;
CREATE INDEX blob_by_incident ON muster.blob (organisation_id, incident_id) WHERE incident_id IS NOT NULL;
CREATE INDEX room_file_by_incident ON muster.room_file (organisation_id, incident_id);
CREATE INDEX room_reaction_by_incident ON muster.room_reaction (organisation_id, incident_id);
CREATE INDEX notification_by_incident ON muster.notification (organisation_id, incident_id) WHERE incident_id IS NOT NULL;
CREATE INDEX chat_outbox_by_incident ON muster.chat_outbox (organisation_id, incident_id);

-- When somebody last asked to be let into an incident that they cannot see. It says nothing of whether there is one.
CREATE TABLE muster.access_attempt (
  organisation_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  asked_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, user_id),
  FOREIGN KEY (organisation_id, user_id) REFERENCES muster.user (organisation_id, id)
);
SELECT muster.protect('muster.access_attempt');

-- Who asked to be let into a private incident, for those who are in it to decide.
CREATE TABLE muster.incident_access_request (
  organisation_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  user_id text COLLATE "C" NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'allowed', 'denied')),
  asked_at timestamptz NOT NULL,
  decided_at timestamptz,
  decided_by_id text COLLATE "C",
  decided_by_name text NOT NULL DEFAULT '',
  PRIMARY KEY (organisation_id, id),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id),
  FOREIGN KEY (organisation_id, user_id) REFERENCES muster.user (organisation_id, id)
);
CREATE UNIQUE INDEX incident_access_request_open ON muster.incident_access_request (organisation_id, incident_id, user_id) WHERE state = 'open';
SELECT muster.protect('muster.incident_access_request', 'incident_id');
-- +goose StatementEnd
