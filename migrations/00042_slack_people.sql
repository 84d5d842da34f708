-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

ALTER TABLE muster.slack_workspace
  -- What people of the workspace become who act for the first time; empty when they must be invited.
  ADD COLUMN joining text NOT NULL DEFAULT 'responder' CHECK (joining IN ('', 'viewer', 'responder')),
  ADD COLUMN revoked_reason text NOT NULL DEFAULT '',
  -- The blob key of its icon, empty for none.
  ADD COLUMN icon_key text COLLATE "C" NOT NULL DEFAULT '',
  -- When all of its people were read last.
  ADD COLUMN people_read_at timestamptz;

ALTER TABLE muster.slack_member
  -- Guests of the workspace and people of other companies' workspaces, who never join by themselves.
  ADD COLUMN guest boolean NOT NULL DEFAULT false,
  -- The blob key of the picture that Muster keeps of theirs, and the address that it was taken from.
  ADD COLUMN avatar_key text COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN avatar_from text NOT NULL DEFAULT '';
CREATE INDEX slack_member_by_email ON muster.slack_member (organisation_id, email) WHERE email <> '';

-- A sign-in with Slack proves who somebody is to one organisation, whose administrators also say who is who in its
-- Slack workspace. So it opens that organisation alone, never another one of the same account.
ALTER TABLE control.session DROP CONSTRAINT session_way_check;
ALTER TABLE control.session ADD CONSTRAINT session_way_check CHECK (way IN ('password', 'link', 'invitation', 'slack')) NOT VALID;

CREATE OR REPLACE FUNCTION control.open_session(p_id text, p_token_hash bytea, p_account text, p_organisation text, p_at timestamptz, p_expires timestamptz,
  p_way text, p_user_agent text, p_address text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
  chosen text;
BEGIN
  UPDATE membership SET last_used_at = p_at
  WHERE account_id = p_account AND organisation_id = (
    SELECT organisation_id FROM membership WHERE account_id = p_account AND active AND (p_way <> 'slack' OR organisation_id = p_organisation)
    ORDER BY (organisation_id IS NOT DISTINCT FROM p_organisation) DESC, last_used_at DESC, organisation_id LIMIT 1)
  RETURNING organisation_id INTO chosen;
  IF chosen IS NOT NULL THEN
    INSERT INTO session (id, account_id, organisation_id, token_hash, way, user_agent, address, created_at, last_seen_at, expires_at)
    VALUES (p_id, p_account, chosen, p_token_hash, p_way, p_user_agent, p_address, p_at, p_at, p_expires);
  END IF;
  RETURN chosen;
END $$;

CREATE OR REPLACE FUNCTION control.switch_session(p_token_hash bytea, p_slug text, p_at timestamptz) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = control, pg_temp AS $$
  WITH moved AS (
    UPDATE session SET organisation_id = m.organisation_id
    FROM membership m JOIN organisation o ON o.id = m.organisation_id
    WHERE session.token_hash = p_token_hash AND session.revoked_at IS NULL AND session.expires_at > p_at
      AND m.account_id = session.account_id AND m.active AND o.slug = p_slug
      AND (session.way <> 'slack' OR session.organisation_id = m.organisation_id)
    RETURNING session.account_id, session.organisation_id
  )
  UPDATE membership SET last_used_at = p_at FROM moved
  WHERE membership.account_id = moved.account_id AND membership.organisation_id = moved.organisation_id
  RETURNING membership.organisation_id
$$;

-- How a session of whoever is signed in was opened.
CREATE FUNCTION control.session_way(p_session text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
  SELECT way FROM session WHERE id = p_session AND account_id = my_account_id() AND revoked_at IS NULL
$$;

-- Whether an account is active in an organisation other than the transaction's: then it is more than this one's to give.
CREATE FUNCTION control.belongs_elsewhere(p_email text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
  SELECT EXISTS (SELECT FROM account a JOIN membership m ON m.account_id = a.id AND m.active
    WHERE a.email = p_email AND m.organisation_id IS DISTINCT FROM muster.current_organisation())
$$;

DO $$
DECLARE
  door regprocedure;
BEGIN
  FOREACH door IN ARRAY ARRAY['control.session_way(text)', 'control.belongs_elsewhere(text)']::regprocedure[] LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', door);
    PERFORM muster.allow(format('EXECUTE ON FUNCTION %s', door));
  END LOOP;
END $$;
-- +goose StatementEnd
