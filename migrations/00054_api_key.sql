-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- A key with which a program uses the public API.
CREATE TABLE muster.api_key (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  id text COLLATE "C" NOT NULL,
  name text NOT NULL CHECK (name <> ''),
  comments text NOT NULL DEFAULT '',
  roles text[] NOT NULL,
  -- What it may do to what belongs to some teams alone.
  team_roles text[] NOT NULL DEFAULT '{}',
  team_ids text[] NOT NULL DEFAULT '{}',
  per_minute integer NOT NULL DEFAULT 1200 CHECK (per_minute > 0),
  created_by_type text NOT NULL,
  created_by_id text COLLATE "C",
  created_by_name text NOT NULL,
  -- Who answers for it: it may never do more than they may. NULL for whoever runs the installation.
  sponsor_id text COLLATE "C",
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  -- When its secret was made.
  issued_at timestamptz NOT NULL,
  -- When a request came with it, to the minute.
  last_used_at timestamptz,
  row_version integer NOT NULL DEFAULT 1,
  revoked_at timestamptz,
  PRIMARY KEY (organisation_id, id),
  FOREIGN KEY (organisation_id, sponsor_id) REFERENCES muster.user (organisation_id, id)
);
CREATE INDEX api_key_in_use ON muster.api_key (organisation_id, id) WHERE revoked_at IS NULL;
CREATE INDEX api_key_by_sponsor ON muster.api_key (organisation_id, sponsor_id) WHERE revoked_at IS NULL;
SELECT muster.protect('muster.api_key');

-- From which addresses the API may be used; without a row or while it is not enabled, from everywhere.
CREATE TABLE muster.ip_allowlist (
  organisation_id text COLLATE "C" PRIMARY KEY REFERENCES muster.organisation (organisation_id),
  enabled boolean NOT NULL,
  -- What people wrote, [{"value", "label"}], and the same as networks.
  entries jsonb NOT NULL,
  networks inet[] NOT NULL,
  row_version integer NOT NULL,
  updated_at timestamptz NOT NULL
);
SELECT muster.protect('muster.ip_allowlist');

-- Secrets are known before the tenant is, and by their hashes alone.
CREATE TABLE control.api_key_secret (
  token_hash bytea PRIMARY KEY,
  organisation_id text COLLATE "C" NOT NULL,
  api_key_id text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  -- One that was replaced goes on for a while.
  expires_at timestamptz,
  FOREIGN KEY (organisation_id, api_key_id) REFERENCES muster.api_key (organisation_id, id)
);
CREATE INDEX api_key_secret_by_key ON control.api_key_secret (organisation_id, api_key_id);

-- Gives a key of the transaction's organisation a new secret; those before it go on until p_until.
CREATE FUNCTION control.issue_api_key(p_key text, p_token_hash bytea, p_at timestamptz, p_until timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = control, pg_temp AS $$
  UPDATE api_key_secret SET expires_at = least(expires_at, p_until)
  WHERE organisation_id = muster.current_organisation() AND api_key_id = p_key;
  DELETE FROM api_key_secret
  WHERE organisation_id = muster.current_organisation() AND api_key_id = p_key AND expires_at <= p_at;
  INSERT INTO api_key_secret (token_hash, organisation_id, api_key_id, created_at)
  VALUES (p_token_hash, muster.current_organisation(), p_key, p_at)
$$;

-- Takes every secret of a key of the transaction's organisation away.
CREATE FUNCTION control.revoke_api_key(p_key text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = control, pg_temp AS $$
  DELETE FROM api_key_secret WHERE organisation_id = muster.current_organisation() AND api_key_id = p_key
$$;

-- Who has a secret and comes from an address. Marks the key as used, once a minute; that waits neither for others who
-- do so at the same moment nor for the disk.
CREATE FUNCTION control.authenticate_api_key(p_token_hash bytea, p_address inet, p_at timestamptz)
RETURNS TABLE (organisation_id text, api_key_id text, name text, roles text[], per_minute integer, sponsored boolean, sponsor_role text, allowed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
#variable_conflict use_column
DECLARE
  tenant text := muster.current_organisation();
  held api_key_secret;
  kept muster.api_key;
BEGIN
  SELECT * INTO held FROM api_key_secret WHERE token_hash = p_token_hash AND (expires_at IS NULL OR expires_at > p_at);
  IF NOT FOUND THEN
    RETURN;
  END IF;
  PERFORM set_config('muster.organisation_id', held.organisation_id, true);
  SELECT * INTO kept FROM muster.api_key k WHERE k.organisation_id = held.organisation_id AND k.id = held.api_key_id AND k.revoked_at IS NULL;
  IF FOUND THEN
    RETURN QUERY
    SELECT kept.organisation_id, kept.id, kept.name, kept.roles, kept.per_minute, kept.sponsor_id IS NOT NULL,
      (SELECT u.role FROM muster.user u WHERE u.organisation_id = kept.organisation_id AND u.id = kept.sponsor_id AND u.state = 'active'),
      NOT EXISTS (SELECT FROM muster.ip_allowlist l WHERE l.organisation_id = kept.organisation_id AND l.enabled
        AND NOT coalesce(p_address <<= ANY (l.networks), false));
    IF kept.last_used_at IS NULL OR kept.last_used_at <= p_at - interval '1 minute' THEN
      PERFORM set_config('synchronous_commit', 'off', true);
      UPDATE muster.api_key SET last_used_at = p_at FROM (
        SELECT k.organisation_id, k.id FROM muster.api_key k
        WHERE k.organisation_id = kept.organisation_id AND k.id = kept.id FOR NO KEY UPDATE SKIP LOCKED
      ) free WHERE api_key.organisation_id = free.organisation_id AND api_key.id = free.id;
    END IF;
  END IF;
  PERFORM set_config('muster.organisation_id', coalesce(tenant, ''), true);
END $$;

DO $$
DECLARE
  door regprocedure;
BEGIN
  FOREACH door IN ARRAY ARRAY['control.issue_api_key(text, bytea, timestamptz, timestamptz)', 'control.revoke_api_key(text)',
    'control.authenticate_api_key(bytea, inet, timestamptz)']::regprocedure[] LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', door);
    PERFORM muster.allow(format('EXECUTE ON FUNCTION %s', door));
  END LOOP;
END $$;
-- +goose StatementEnd
