-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- How soon a follow-up matters: a list that the organisation keeps, the most urgent first.
CREATE TABLE muster.follow_up_priority (
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
CREATE UNIQUE INDEX follow_up_priority_rank ON muster.follow_up_priority (organisation_id, rank) WHERE archived_at IS NULL;
SELECT muster.protect('muster.follow_up_priority');

ALTER TABLE muster.follow_up
  ADD COLUMN priority_id text COLLATE "C",
  ADD FOREIGN KEY (organisation_id, priority_id) REFERENCES muster.follow_up_priority (organisation_id, id),
  -- The word that the previous release reads can be any name now.
  DROP CONSTRAINT follow_up_priority_check;

-- Every organisation begins with the three that there were, under ids of the usual form: the time, and what is random.
DO $$
DECLARE
  of text;
  letters text := '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  since bigint := (extract(epoch FROM now()) * 1000)::bigint;
BEGIN
  PERFORM set_config('muster.sees_private', 'all', true);
  FOR of IN SELECT id FROM control.organisation LOOP
    PERFORM set_config('muster.organisation_id', of, true);
    FOR place IN 0..2 LOOP
      INSERT INTO muster.follow_up_priority (organisation_id, id, name, rank, created_at, updated_at)
      SELECT of, string_agg(substr(letters, 1 + CASE WHEN n < 10 THEN ((since >> (45 - 5 * n)) & 31)::integer ELSE floor(random() * 32)::integer END, 1), '' ORDER BY n),
        (ARRAY['High', 'Medium', 'Low'])[place + 1], place, now(), now()
      FROM generate_series(0, 25) AS n;
    END LOOP;
    UPDATE muster.follow_up f SET priority_id = p.id
    FROM muster.follow_up_priority p
    WHERE f.organisation_id = of AND p.organisation_id = of AND lower(p.name) = f.priority;
  END LOOP;
  PERFORM set_config('muster.organisation_id', '', true), set_config('muster.sees_private', '', true);
END $$;

-- While the previous release still runs, it reads and writes the word and this one the id: each follows the other.
CREATE FUNCTION muster.follow_up_priority_word() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (TG_OP = 'INSERT' AND NEW.priority_id IS NULL) OR (TG_OP = 'UPDATE' AND NEW.priority_id IS NOT DISTINCT FROM OLD.priority_id) THEN
    IF TG_OP = 'INSERT' OR NEW.priority IS DISTINCT FROM OLD.priority THEN
      NEW.priority_id := (SELECT p.id FROM muster.follow_up_priority p
        WHERE p.organisation_id = NEW.organisation_id AND lower(p.name) = NEW.priority AND p.archived_at IS NULL);
    END IF;
  ELSE
    NEW.priority := coalesce((SELECT lower(p.name) FROM muster.follow_up_priority p
      WHERE p.organisation_id = NEW.organisation_id AND p.id = NEW.priority_id), '');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER follow_up_priority_word BEFORE INSERT OR UPDATE OF priority, priority_id ON muster.follow_up
  FOR EACH ROW EXECUTE FUNCTION muster.follow_up_priority_word();
-- +goose StatementEnd
