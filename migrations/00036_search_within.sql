-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

CREATE OR REPLACE FUNCTION muster.search(sought text, wanted text[], in_incident text, severities text[], statuses text[], types text[], leads text[],
  since timestamptz, until timestamptz, asof timestamptz, most integer)
RETURNS TABLE (kind text, subject_id text, incident_id text, at timestamptz, score double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = muster, pg_temp SET plan_cache_mode = force_custom_plan SET work_mem = '32MB' AS $$
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
    -- What the incident has is read first, which is little; else the index of words would give every row that has a word.
    RETURN QUERY SELECT e.kind, e.subject_id::text, e.incident_id::text, e.at, extract(epoch FROM e.at)::double precision
      FROM (SELECT x.* FROM muster.search_entry x
        WHERE x.organisation_id = tenant AND x.incident_id = in_incident AND x.at >= since AND x.at < until
          AND (NOT x.private OR everything OR x.incident_id = ANY (mine)) OFFSET 0) e
      WHERE e.words @@ query AND (cardinality(wanted) = 0 OR e.kind = ANY (wanted))
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
-- +goose StatementEnd
