-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

CREATE TABLE muster.severity (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  id text COLLATE "C" NOT NULL,
  name text NOT NULL CHECK (name <> ''),
  description text NOT NULL DEFAULT '',
  rank integer NOT NULL,
  archived_at timestamptz,
  row_version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id)
);
CREATE UNIQUE INDEX severity_rank ON muster.severity (organisation_id, rank) WHERE archived_at IS NULL;
SELECT muster.protect('muster.severity');

CREATE TABLE muster.incident_status (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  id text COLLATE "C" NOT NULL,
  name text NOT NULL CHECK (name <> ''),
  description text NOT NULL DEFAULT '',
  category text NOT NULL CHECK (category IN ('triage', 'live', 'learning', 'paused', 'closed', 'declined', 'merged', 'canceled')),
  rank integer NOT NULL,
  archived_at timestamptz,
  row_version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id)
);
SELECT muster.protect('muster.incident_status');

CREATE TABLE muster.incident_type (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  id text COLLATE "C" NOT NULL,
  name text NOT NULL CHECK (name <> ''),
  description text NOT NULL DEFAULT '',
  is_default boolean NOT NULL DEFAULT false,
  create_in_triage text NOT NULL DEFAULT 'optional' CHECK (create_in_triage IN ('always', 'optional')),
  private_incidents_only boolean NOT NULL DEFAULT false,
  archived_at timestamptz,
  row_version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id)
);
CREATE UNIQUE INDEX incident_type_default ON muster.incident_type (organisation_id) WHERE is_default;
SELECT muster.protect('muster.incident_type');

CREATE TABLE muster.incident_role (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  id text COLLATE "C" NOT NULL,
  name text NOT NULL CHECK (name <> ''),
  description text NOT NULL DEFAULT '',
  instructions text NOT NULL DEFAULT '',
  shortform text NOT NULL,
  role_type text NOT NULL CHECK (role_type IN ('lead', 'reporter', 'custom')),
  rank integer NOT NULL,
  archived_at timestamptz,
  row_version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id)
);
CREATE UNIQUE INDEX incident_role_lead ON muster.incident_role (organisation_id, role_type) WHERE role_type IN ('lead', 'reporter');
CREATE UNIQUE INDEX incident_role_shortform ON muster.incident_role (organisation_id, shortform) WHERE archived_at IS NULL;
SELECT muster.protect('muster.incident_role');

CREATE TABLE muster.incident_timestamp (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  id text COLLATE "C" NOT NULL,
  name text NOT NULL CHECK (name <> ''),
  rank integer NOT NULL,
  -- What sets it by itself: reported, accepted, declined, merged, canceled, resolved, closed; empty for by hand.
  set_by text NOT NULL DEFAULT '',
  archived_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id)
);
SELECT muster.protect('muster.incident_timestamp');

-- Puts spaces around characters of scripts that are written without them, so that they can be searched for.
CREATE FUNCTION muster.parted(source text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT regexp_replace(source, '([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])', ' \1 ', 'g') $$;

CREATE FUNCTION muster.words_of(source text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT to_tsvector('pg_catalog.simple', muster.parted(source)) $$;

CREATE TABLE muster.incident (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  id text COLLATE "C" NOT NULL,
  -- The n of INC-n; a tutorial has none.
  number bigint,
  idempotency_key text,
  name text NOT NULL CHECK (name <> ''),
  -- The summary as it was typed, and its document (kernel/richtext, format summary_format).
  summary_source text NOT NULL DEFAULT '',
  summary jsonb,
  summary_format integer NOT NULL DEFAULT 1,
  -- Grows with each change of the summary, so that of two who edit it the second is told.
  summary_version integer NOT NULL DEFAULT 1,
  type_id text COLLATE "C" NOT NULL,
  status_id text COLLATE "C" NOT NULL,
  status_category text NOT NULL,
  severity_id text COLLATE "C",
  mode text NOT NULL CHECK (mode IN ('standard', 'retrospective', 'test', 'tutorial')),
  private boolean NOT NULL DEFAULT false,
  creator_type text NOT NULL,
  creator_id text COLLATE "C",
  creator_name text NOT NULL,
  declared_at timestamptz NOT NULL,
  closed_at timestamptz,
  last_update_id text COLLATE "C",
  next_update_due_at timestamptz,
  -- How often the lead has been reminded of the update that is due.
  update_reminders integer NOT NULL DEFAULT 0,
  row_version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id),
  -- Words of the name and summary; scripts that do not part words are taken character by character.
  words tsvector NOT NULL GENERATED ALWAYS AS (muster.words_of(name || ' ' || left(summary_source, 20000))) STORED,
  UNIQUE (organisation_id, number),
  UNIQUE (organisation_id, idempotency_key),
  FOREIGN KEY (organisation_id, type_id) REFERENCES muster.incident_type (organisation_id, id),
  FOREIGN KEY (organisation_id, status_id) REFERENCES muster.incident_status (organisation_id, id),
  FOREIGN KEY (organisation_id, severity_id) REFERENCES muster.severity (organisation_id, id)
);
SELECT muster.protect('muster.incident', 'id');
CREATE INDEX incident_by_time ON muster.incident (organisation_id, declared_at DESC, id DESC);
CREATE INDEX incident_by_category ON muster.incident (organisation_id, status_category, declared_at DESC, id DESC);
CREATE INDEX incident_by_severity ON muster.incident (organisation_id, severity_id, declared_at DESC, id DESC);
CREATE INDEX incident_by_status ON muster.incident (organisation_id, status_id, declared_at DESC, id DESC);

ALTER TABLE muster.incident_access ADD FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id);

-- Without fastupdate: its list of pending rows is read from end to end by each search, which took 50 ms.
CREATE INDEX incident_by_words ON muster.incident USING gin (words) WITH (fastupdate = off);
CREATE INDEX incident_private ON muster.incident (organisation_id, id) WHERE private;

-- The newest incidents whose name or summary has a word that begins like each word of the text. Under
-- row-level security the index of words could not be used, so this looks as the owner, with the same rules spelled out.
-- The index gives all rows that have a word: for one that many have, the newest incidents are read instead.
CREATE FUNCTION muster.find_incidents(sought text, most integer) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = muster, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  tenant text := muster.current_organisation();
  everything boolean := muster.sees_private();
  mine text[] := muster.private_incidents();
  query tsquery;
  sample integer;
  found text[];
BEGIN
  SELECT string_agg('''' || replace(replace(word, '\', '\\'), '''', '''''') || ''':*', ' & ')::tsquery INTO query
  FROM unnest(tsvector_to_array(muster.words_of(sought))) word;
  IF query IS NULL THEN
    RETURN;
  END IF;
  SELECT count(*) INTO sample FROM (
    SELECT i.words FROM muster.incident i WHERE i.organisation_id = tenant ORDER BY i.declared_at DESC, i.id DESC LIMIT 300) n
  WHERE n.words @@ query;
  IF sample >= 30 THEN
    found := ARRAY(SELECT n.id FROM (
        SELECT i.id, i.words, i.declared_at FROM muster.incident i
        WHERE i.organisation_id = tenant AND (NOT i.private OR everything OR i.id = ANY (mine))
        ORDER BY i.declared_at DESC, i.id DESC LIMIT 10 * most) n
      WHERE n.words @@ query ORDER BY n.declared_at DESC, n.id DESC LIMIT most);
    IF cardinality(found) >= most THEN
      RETURN QUERY SELECT unnest(found);
      RETURN;
    END IF;
  END IF;
  RETURN QUERY SELECT i.id::text FROM muster.incident i
    WHERE i.organisation_id = tenant AND i.words @@ query AND (NOT i.private OR everything OR i.id = ANY (mine))
    ORDER BY i.declared_at DESC, i.id DESC LIMIT most;
END $$;
REVOKE EXECUTE ON FUNCTION muster.find_incidents(text, integer) FROM PUBLIC;
SELECT muster.allow('EXECUTE ON FUNCTION muster.find_incidents(text, integer)');

-- Totals that pages show, kept per class because counting 100,000 rows under a policy is slow. Each class has several
-- rows that are added up, so that people who declare at the same moment do not wait for one another.
CREATE TABLE muster.incident_count (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  status_category text NOT NULL,
  mode text NOT NULL,
  private boolean NOT NULL,
  part integer NOT NULL,
  total bigint NOT NULL,
  PRIMARY KEY (organisation_id, status_category, mode, private, part)
);
SELECT muster.protect('muster.incident_count');

CREATE FUNCTION muster.keep_incident_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO muster.incident_count AS c
      SELECT organisation_id, status_category, mode, private, pg_backend_pid() % 16, count(*)
      FROM added GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    ON CONFLICT (organisation_id, status_category, mode, private, part) DO UPDATE SET total = c.total + EXCLUDED.total;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO muster.incident_count AS c
      SELECT organisation_id, status_category, mode, private, pg_backend_pid() % 16, -count(*)
      FROM removed GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    ON CONFLICT (organisation_id, status_category, mode, private, part) DO UPDATE SET total = c.total + EXCLUDED.total;
  ELSE
    INSERT INTO muster.incident_count AS c
      SELECT organisation_id, status_category, mode, private, pg_backend_pid() % 16, sum(change)
      FROM (SELECT organisation_id, status_category, mode, private, 1 AS change FROM added
            UNION ALL SELECT organisation_id, status_category, mode, private, -1 FROM removed) moved
      GROUP BY 1, 2, 3, 4 HAVING sum(change) <> 0 ORDER BY 1, 2, 3, 4
    ON CONFLICT (organisation_id, status_category, mode, private, part) DO UPDATE SET total = c.total + EXCLUDED.total;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER count_added AFTER INSERT ON muster.incident
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION muster.keep_incident_count();
CREATE TRIGGER count_removed AFTER DELETE ON muster.incident
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION muster.keep_incident_count();
CREATE TRIGGER count_moved AFTER UPDATE ON muster.incident
  REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION muster.keep_incident_count();

CREATE TABLE muster.incident_timestamp_value (
  organisation_id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  timestamp_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  value timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, incident_id, timestamp_id),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id),
  FOREIGN KEY (organisation_id, timestamp_id) REFERENCES muster.incident_timestamp (organisation_id, id)
);
SELECT muster.protect('muster.incident_timestamp_value', 'incident_id');

CREATE TABLE muster.incident_role_assignment (
  organisation_id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  role_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  assigned_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, incident_id, role_id),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id),
  FOREIGN KEY (organisation_id, role_id) REFERENCES muster.incident_role (organisation_id, id),
  FOREIGN KEY (organisation_id, user_id) REFERENCES muster.user (organisation_id, id)
);
CREATE INDEX incident_role_assignment_by_user ON muster.incident_role_assignment (organisation_id, user_id);
SELECT muster.protect('muster.incident_role_assignment', 'incident_id');

CREATE TABLE muster.incident_update (
  organisation_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  seq bigint NOT NULL,
  idempotency_key text,
  message_source text NOT NULL DEFAULT '',
  message jsonb,
  message_format integer NOT NULL DEFAULT 1,
  from_status_id text COLLATE "C",
  to_status_id text COLLATE "C" NOT NULL,
  from_severity_id text COLLATE "C",
  to_severity_id text COLLATE "C",
  next_update_minutes integer,
  author_type text NOT NULL,
  author_id text COLLATE "C",
  author_name text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id),
  UNIQUE (organisation_id, incident_id, idempotency_key),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id),
  FOREIGN KEY (organisation_id, from_status_id) REFERENCES muster.incident_status (organisation_id, id),
  FOREIGN KEY (organisation_id, to_status_id) REFERENCES muster.incident_status (organisation_id, id),
  FOREIGN KEY (organisation_id, from_severity_id) REFERENCES muster.severity (organisation_id, id),
  FOREIGN KEY (organisation_id, to_severity_id) REFERENCES muster.severity (organisation_id, id)
);
CREATE INDEX incident_update_by_incident ON muster.incident_update (organisation_id, incident_id, created_at DESC, id DESC);
SELECT muster.protect('muster.incident_update', 'incident_id');

-- Who takes part.
CREATE TABLE muster.incident_participant (
  organisation_id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  kind text NOT NULL CHECK (kind IN ('observer', 'collaborator', 'responder')),
  joined_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, incident_id, user_id),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id),
  FOREIGN KEY (organisation_id, user_id) REFERENCES muster.user (organisation_id, id)
);
CREATE INDEX incident_participant_by_user ON muster.incident_participant (organisation_id, user_id);
SELECT muster.protect('muster.incident_participant', 'incident_id');

CREATE TABLE muster.action (
  organisation_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  description text NOT NULL CHECK (description <> ''),
  status text NOT NULL CHECK (status IN ('outstanding', 'completed', 'deleted', 'not_doing')),
  assignee_id text COLLATE "C",
  idempotency_key text,
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
CREATE INDEX action_by_incident ON muster.action (organisation_id, incident_id, created_at);
CREATE INDEX action_by_assignee ON muster.action (organisation_id, assignee_id) WHERE status = 'outstanding';
SELECT muster.protect('muster.action', 'incident_id');

-- The activity log: everything that happened, one row an event, with the names of then.
CREATE TABLE muster.activity (
  organisation_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  seq bigint NOT NULL,
  kind text NOT NULL,
  subject_id text COLLATE "C" NOT NULL,
  actor_type text NOT NULL,
  actor_id text COLLATE "C",
  actor_name text NOT NULL,
  details jsonb NOT NULL,
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id),
  UNIQUE (organisation_id, incident_id, seq),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id)
);
SELECT muster.protect('muster.activity', 'incident_id');

-- The timeline: the curated story. source names what the item tells of: activity, update or message.
CREATE TABLE muster.timeline_item (
  organisation_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  source text NOT NULL CHECK (source IN ('activity', 'update', 'message')),
  source_id text COLLATE "C" NOT NULL,
  occurred_at timestamptz NOT NULL,
  added_by_type text NOT NULL,
  added_by_id text COLLATE "C",
  added_by_name text NOT NULL,
  removed_at timestamptz,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id),
  UNIQUE (organisation_id, incident_id, source, source_id),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id)
);
CREATE INDEX timeline_item_by_time ON muster.timeline_item (organisation_id, incident_id, occurred_at, id);
SELECT muster.protect('muster.timeline_item', 'incident_id');
-- +goose StatementEnd
