-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- What can be found, one row a text: its words and where it is, not the text itself. It is kept apart from what it tells
-- of, so that a reaction to a message does not write the index of words anew.
CREATE TABLE muster.search_entry (
  organisation_id text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  subject_id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  at timestamptz NOT NULL,
  -- The words, and the organisation as one more: then a word that other organisations use much costs nothing here.
  words tsvector NOT NULL,
  PRIMARY KEY (organisation_id, kind, subject_id),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id)
);
SELECT muster.protect('muster.search_entry', 'incident_id');
CREATE INDEX search_entry_by_time ON muster.search_entry (organisation_id, at DESC, subject_id DESC);
CREATE INDEX search_entry_by_incident ON muster.search_entry (organisation_id, incident_id, at DESC);
CREATE INDEX search_entry_by_words ON muster.search_entry USING gin (words) WITH (fastupdate = off);

-- Keeps the words of a row: the arguments are its kind and the columns with texts. What was deleted, removed, hidden or
-- withdrawn, or says nothing any more, cannot be found.
CREATE FUNCTION muster.keep_words() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  row jsonb := to_jsonb(NEW);
  source text := '';
  new_words tsvector;
  new_at timestamptz;
  n integer;
BEGIN
  FOR n IN 1 .. TG_NARGS - 1 LOOP
    source := source || ' ' || coalesce(row ->> TG_ARGV[n], '');
  END LOOP;
  IF row ->> 'deleted_at' IS NOT NULL OR row ->> 'removed_at' IS NOT NULL OR row ->> 'hidden_at' IS NOT NULL
    OR row ->> 'status' = 'deleted' OR row ->> 'state' = 'withdrawn' THEN
    source := '';
  END IF;
  IF btrim(source) = '' THEN
    IF TG_OP = 'UPDATE' THEN
      DELETE FROM muster.search_entry WHERE organisation_id = NEW.organisation_id AND kind = TG_ARGV[0] AND subject_id = NEW.id;
    END IF;
    RETURN NULL;
  END IF;
  -- No upsert: that would ask whether the row may be read, which one of a private incident may not be yet.
  new_words := muster.words_of(left(source, 20000)) || array_to_tsvector(ARRAY[NEW.organisation_id::text]);
  new_at := coalesce(row ->> 'posted_at', row ->> 'declared_at', row ->> 'occurred_at', row ->> 'created_at', row ->> 'recorded_at')::timestamptz;
  IF TG_OP = 'UPDATE' THEN
    UPDATE muster.search_entry e SET words = new_words, at = new_at,
      incident_id = coalesce(row ->> 'incident_id', NEW.id), private = NEW.private
    WHERE e.organisation_id = NEW.organisation_id AND e.kind = TG_ARGV[0] AND e.subject_id = NEW.id;
    IF FOUND THEN
      RETURN NULL;
    END IF;
  END IF;
  INSERT INTO muster.search_entry (organisation_id, kind, subject_id, incident_id, private, at, words)
  VALUES (NEW.organisation_id, TG_ARGV[0], NEW.id, coalesce(row ->> 'incident_id', NEW.id), true, new_at, new_words);
  RETURN NULL;
END $$;

-- Lets the texts of a table of incidents be found. Rows that are there already are taken in.
CREATE FUNCTION muster.searched(target regclass, kind text, VARIADIC texts text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  arguments text := quote_literal(kind);
  present text[];
  name text;
BEGIN
  FOREACH name IN ARRAY texts LOOP
    arguments := arguments || ', ' || quote_literal(name);
  END LOOP;
  -- Only columns that are there can be named; where one comes later, every update is looked at.
  SELECT array_agg(a.attname) INTO present FROM pg_attribute a WHERE a.attrelid = target AND NOT a.attisdropped
    AND a.attname = ANY (texts || ARRAY['deleted_at', 'removed_at', 'hidden_at', 'status', 'state']);
  EXECUTE format('CREATE TRIGGER keep_words AFTER INSERT ON %s FOR EACH ROW EXECUTE FUNCTION muster.keep_words(%s)', target, arguments);
  IF texts <@ present THEN
    EXECUTE format('CREATE TRIGGER keep_new_words AFTER UPDATE OF %s ON %s FOR EACH ROW EXECUTE FUNCTION muster.keep_words(%s)',
      (SELECT string_agg(quote_ident(c), ', ') FROM unnest(present) c), target, arguments);
  ELSE
    EXECUTE format('CREATE TRIGGER keep_new_words AFTER UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION muster.keep_words(%s)', target, arguments);
  END IF;
  -- Touching a row lets the trigger see it.
  IF texts && present THEN
    name := (SELECT c FROM unnest(present) c WHERE c = ANY (texts) LIMIT 1);
    EXECUTE format('UPDATE %s SET %I = %2$I', target, name);
  END IF;
END $$;

SELECT muster.searched('muster.incident', 'incident', 'name', 'summary_source');
SELECT muster.searched('muster.incident_update', 'update', 'message_source');
SELECT muster.searched('muster.room_message', 'message', 'source');
SELECT muster.searched('muster.action', 'action', 'description');
SELECT muster.searched('muster.timeline_item', 'item', 'title', 'note_source');

-- What an incident is called counts for more than what was told, and that for more than what was said; what is a quarter
-- of a year old counts for half.
CREATE FUNCTION muster.search_score(words tsvector, query tsquery, kind text, at timestamptz, asof timestamptz) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT ts_rank(words, query) * CASE kind WHEN 'incident' THEN 5 WHEN 'update' THEN 2 ELSE 1 END
    / (1 + greatest(extract(epoch FROM asof - at), 0) / 7776000)
$$;

-- What has all words of a text, each as the beginning of one if it has three letters; the higher the score, the better and
-- newer. As the owner, because under row-level security the index of words could not be used: the same rules are spelled
-- out. That index gives every row that has a word, so the newest are read without it, and only what is older, and there
-- only when the newest did not give enough, is looked for in it, up to a bound.
CREATE FUNCTION muster.search(sought text, wanted text[], in_incident text, severities text[], statuses text[], types text[], leads text[],
  since timestamptz, until timestamptz, asof timestamptz, most integer)
RETURNS TABLE (kind text, subject_id text, incident_id text, at timestamptz, score double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = muster, pg_temp SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
  tenant text := muster.current_organisation();
  everything boolean := muster.sees_private();
  mine text[] := muster.private_incidents();
  filtered boolean := cardinality(severities) + cardinality(statuses) + cardinality(types) + cardinality(leads) > 0;
  query tsquery;
  lead_role text;
  boundary timestamptz;
  -- How many of the newest that have the words are weighed against each other; they are the best ones but for names.
  enough integer := 1000;
  newest muster.search_entry[];
  oldest timestamptz;
  got bigint;
BEGIN
  SELECT string_agg('''' || replace(replace(word, '\', '\\'), '''', '''''') || '''' || CASE WHEN length(word) > 2 THEN ':*' ELSE '' END, ' & ')::tsquery
  INTO query FROM unnest(tsvector_to_array(muster.words_of(sought))) word;
  IF query IS NULL OR tenant IS NULL THEN
    RETURN;
  END IF;
  IF in_incident <> '' THEN
    RETURN QUERY SELECT e.kind, e.subject_id::text, e.incident_id::text, e.at, extract(epoch FROM e.at)::double precision FROM muster.search_entry e
      WHERE e.organisation_id = tenant AND e.incident_id = in_incident AND (NOT e.private OR everything OR e.incident_id = ANY (mine))
        AND e.words @@ query AND (cardinality(wanted) = 0 OR e.kind = ANY (wanted)) AND e.at >= since AND e.at < until
      ORDER BY e.at DESC LIMIT most;
    RETURN;
  END IF;
  SELECT r.id INTO lead_role FROM muster.incident_role r WHERE r.organisation_id = tenant AND r.role_type = 'lead';
  SELECT e.at INTO boundary FROM muster.search_entry e WHERE e.organisation_id = tenant ORDER BY e.at DESC, e.subject_id DESC OFFSET 10000 LIMIT 1;
  boundary := coalesce(boundary, '-infinity');
  SELECT array_agg(n.entry), count(*), min(n.at) INTO newest, got, oldest FROM (
    SELECT n.entry, n.at
    FROM (SELECT e AS entry, e.at, e.subject_id, e.incident_id, e.kind, e.words FROM muster.search_entry e
      WHERE e.organisation_id = tenant AND e.at >= greatest(boundary, since) AND e.at < until
        AND (NOT e.private OR everything OR e.incident_id = ANY (mine)) ORDER BY e.at DESC, e.subject_id DESC OFFSET 0) n
    WHERE n.words @@ query AND (cardinality(wanted) = 0 OR n.kind = ANY (wanted))
      AND (SELECT i.mode <> 'tutorial'
        AND (NOT filtered OR ((cardinality(severities) = 0 OR i.severity_id = ANY (severities)) AND (cardinality(statuses) = 0 OR i.status_id = ANY (statuses))
          AND (cardinality(types) = 0 OR i.type_id = ANY (types)) AND (cardinality(leads) = 0 OR EXISTS (SELECT FROM muster.incident_role_assignment a
            WHERE a.organisation_id = tenant AND a.incident_id = i.id AND a.role_id = lead_role AND a.user_id = ANY (leads)))))
        FROM muster.incident i WHERE i.organisation_id = tenant AND i.id = n.incident_id)
    ORDER BY n.at DESC, n.subject_id DESC LIMIT enough) n;
  RETURN QUERY SELECT n.kind, n.subject_id::text, n.incident_id::text, n.at, muster.search_score(n.words, query, n.kind, n.at, asof)
    FROM unnest(newest) n ORDER BY 5 DESC LIMIT most;
  IF got >= enough THEN
    boundary := oldest;
  END IF;
  IF boundary = '-infinity' OR since >= boundary THEN
    RETURN;
  END IF;
  -- Words that one in 500 of the newest have are so many in all that the index of words would be read for a long time: of
  -- what is older only the incidents themselves are found then, which have an index of their own.
  IF got >= 20 THEN
    RETURN QUERY
      SELECT e.kind, e.subject_id::text, e.incident_id::text, e.at, muster.search_score(e.words, query, e.kind, e.at, asof)
      FROM muster.find_incidents(sought, 200) f (id)
      JOIN muster.search_entry e ON e.organisation_id = tenant AND e.kind = 'incident' AND e.subject_id = f.id
      JOIN muster.incident i ON i.organisation_id = tenant AND i.id = f.id
      WHERE (cardinality(wanted) = 0 OR 'incident' = ANY (wanted)) AND i.mode <> 'tutorial' AND e.at >= since AND e.at < least(boundary, until)
        AND (NOT filtered OR ((cardinality(severities) = 0 OR i.severity_id = ANY (severities)) AND (cardinality(statuses) = 0 OR i.status_id = ANY (statuses))
          AND (cardinality(types) = 0 OR i.type_id = ANY (types)) AND (cardinality(leads) = 0 OR EXISTS (SELECT FROM muster.incident_role_assignment a
            WHERE a.organisation_id = tenant AND a.incident_id = i.id AND a.role_id = lead_role AND a.user_id = ANY (leads)))))
      ORDER BY 5 DESC LIMIT most;
    RETURN;
  END IF;
  RETURN QUERY
    SELECT n.kind, n.subject_id::text, n.incident_id::text, n.at, muster.search_score(n.words, query, n.kind, n.at, asof)
    FROM (SELECT e.* FROM muster.search_entry e
      WHERE e.words @@ (quote_literal(tenant)::tsquery && query) AND e.organisation_id = tenant AND e.at >= since AND e.at < least(boundary, until)
        AND (NOT e.private OR everything OR e.incident_id = ANY (mine)) AND (cardinality(wanted) = 0 OR e.kind = ANY (wanted)) LIMIT 2000) n
    JOIN muster.incident i ON i.organisation_id = tenant AND i.id = n.incident_id
    WHERE i.mode <> 'tutorial'
      AND (NOT filtered OR ((cardinality(severities) = 0 OR i.severity_id = ANY (severities)) AND (cardinality(statuses) = 0 OR i.status_id = ANY (statuses))
        AND (cardinality(types) = 0 OR i.type_id = ANY (types)) AND (cardinality(leads) = 0 OR EXISTS (SELECT FROM muster.incident_role_assignment a
          WHERE a.organisation_id = tenant AND a.incident_id = i.id AND a.role_id = lead_role AND a.user_id = ANY (leads)))))
    ORDER BY 5 DESC LIMIT most - got;
END $$;
REVOKE EXECUTE ON FUNCTION muster.search(text, text[], text, text[], text[], text[], text[], timestamptz, timestamptz, timestamptz, integer) FROM PUBLIC;
SELECT muster.allow('EXECUTE ON FUNCTION muster.search(text, text[], text, text[], text[], text[], text[], timestamptz, timestamptz, timestamptz, integer)');
-- +goose StatementEnd
