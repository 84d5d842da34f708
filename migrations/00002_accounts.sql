-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- What is known before the tenant is: accounts, sessions and the tokens that open them. The application's role has no
-- right on these tables. It calls the functions below, each of which does one thing and takes its moment as an argument;
-- those about a signed-in person find the account by the transaction's organisation and actor and take none.

CREATE TABLE control.account (
  id text COLLATE "C" PRIMARY KEY,
  email text COLLATE "C" NOT NULL UNIQUE CHECK (email = lower(email)),
  name text NOT NULL,
  password_hash text,
  operator boolean NOT NULL DEFAULT false,
  theme text NOT NULL DEFAULT '' CHECK (theme IN ('', 'light', 'dark')),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);

CREATE TABLE control.membership (
  account_id text COLLATE "C" NOT NULL REFERENCES control.account (id),
  organisation_id text COLLATE "C" NOT NULL REFERENCES control.organisation (id),
  user_id text COLLATE "C" NOT NULL,
  active boolean NOT NULL DEFAULT true,
  last_used_at timestamptz NOT NULL,
  PRIMARY KEY (account_id, organisation_id),
  UNIQUE (organisation_id, user_id),
  FOREIGN KEY (organisation_id, user_id) REFERENCES muster.user (organisation_id, id)
);

CREATE TABLE control.session (
  id text COLLATE "C" PRIMARY KEY,
  account_id text COLLATE "C" NOT NULL,
  organisation_id text COLLATE "C" NOT NULL,
  token_hash bytea NOT NULL UNIQUE,
  -- How it was opened: a link proves that the address is held.
  way text NOT NULL CHECK (way IN ('password', 'link', 'invitation')),
  user_agent text NOT NULL,
  address text NOT NULL,
  created_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  FOREIGN KEY (account_id, organisation_id) REFERENCES control.membership (account_id, organisation_id)
);
CREATE INDEX session_by_account ON control.session (account_id, organisation_id);

CREATE TABLE control.sign_in_link (
  id text COLLATE "C" PRIMARY KEY,
  token_hash bytea NOT NULL UNIQUE,
  account_id text COLLATE "C" NOT NULL REFERENCES control.account (id),
  destination text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  spent_at timestamptz
);

CREATE TABLE control.invitation (
  id text COLLATE "C" PRIMARY KEY,
  organisation_id text COLLATE "C" NOT NULL REFERENCES control.organisation (id),
  user_id text COLLATE "C" NOT NULL,
  email text COLLATE "C" NOT NULL,
  token_hash bytea NOT NULL UNIQUE,
  invited_by_name text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  accepted_at timestamptz,
  revoked_at timestamptz,
  FOREIGN KEY (organisation_id, user_id) REFERENCES muster.user (organisation_id, id)
);
CREATE UNIQUE INDEX invitation_open ON control.invitation (organisation_id, user_id) WHERE accepted_at IS NULL AND revoked_at IS NULL;

CREATE TABLE control.setup_token (
  token_hash bytea PRIMARY KEY,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  spent_at timestamptz
);

CREATE TABLE control.attempt (
  key text COLLATE "C" PRIMARY KEY,
  window_start timestamptz NOT NULL,
  count integer NOT NULL
);

-- Accounts.

CREATE FUNCTION control.ensure_account(p_id text, p_email text, p_name text, p_at timestamptz) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = control, pg_temp AS $$
  INSERT INTO account (id, email, name, created_at, updated_at) VALUES (p_id, p_email, p_name, p_at, p_at)
  ON CONFLICT (email) DO UPDATE SET updated_at = account.updated_at
  RETURNING id
$$;

CREATE FUNCTION control.account_by_email(p_email text) RETURNS TABLE (account_id text, password_hash text, organisation_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
  SELECT a.id, a.password_hash, m.organisation_id
  FROM account a
  LEFT JOIN membership m ON m.account_id = a.id AND m.active
  WHERE a.email = p_email
  ORDER BY m.last_used_at DESC NULLS LAST, m.organisation_id LIMIT 1
$$;

CREATE FUNCTION control.rehash_password(p_account text, p_old text, p_new text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = control, pg_temp AS $$
  UPDATE account SET password_hash = p_new WHERE id = p_account AND password_hash = p_old
$$;

-- The first owner of the first organisation looks after the installation.
CREATE FUNCTION control.make_first_operator(p_account text, p_at timestamptz) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = control, pg_temp AS $$
  WITH made AS (
    UPDATE account SET operator = true, updated_at = p_at
    WHERE id = p_account AND NOT EXISTS (SELECT FROM account WHERE operator)
    RETURNING id
  )
  SELECT EXISTS (SELECT FROM made)
$$;

CREATE FUNCTION control.my_account_id() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
  SELECT account_id FROM membership
  WHERE organisation_id = muster.current_organisation() AND user_id = muster.current_actor() AND active
$$;

CREATE FUNCTION control.my_account() RETURNS TABLE (account_id text, email text, password_hash text, operator boolean, theme text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
  SELECT a.id, a.email, a.password_hash, a.operator, a.theme FROM account a WHERE a.id = my_account_id()
$$;

CREATE FUNCTION control.set_my_password(p_old text, p_new text, p_at timestamptz) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = control, pg_temp AS $$
  WITH changed AS (
    UPDATE account SET password_hash = p_new, updated_at = p_at
    WHERE id = my_account_id() AND password_hash IS NOT DISTINCT FROM p_old
    RETURNING id
  )
  SELECT EXISTS (SELECT FROM changed)
$$;

CREATE FUNCTION control.set_my_theme(p_theme text, p_at timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = control, pg_temp AS $$
  UPDATE account SET theme = p_theme, updated_at = p_at WHERE id = my_account_id()
$$;

-- Memberships, of the transaction's organisation.

CREATE FUNCTION control.add_membership(p_account text, p_user text, p_at timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = control, pg_temp AS $$
  INSERT INTO membership (account_id, organisation_id, user_id, last_used_at) VALUES (p_account, muster.current_organisation(), p_user, p_at)
$$;

-- Also ends the sessions of who may no longer act.
CREATE FUNCTION control.set_membership_active(p_user text, p_active boolean, p_at timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = control, pg_temp AS $$
  UPDATE membership SET active = p_active WHERE organisation_id = muster.current_organisation() AND user_id = p_user;
  UPDATE session SET revoked_at = p_at
  FROM membership m
  WHERE NOT p_active AND m.organisation_id = muster.current_organisation() AND m.user_id = p_user
    AND session.account_id = m.account_id AND session.organisation_id = m.organisation_id AND session.revoked_at IS NULL
$$;

-- The organisations of whoever is signed in. Names are read one tenant at a time, because where no role could be made
-- the tenant's policy holds this function too.
CREATE FUNCTION control.my_organisations() RETURNS TABLE (organisation_id text, slug text, name text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
#variable_conflict use_column
DECLARE
  tenant text := muster.current_organisation();
  account text := my_account_id();
  mine record;
BEGIN
  FOR mine IN SELECT o.id, o.slug FROM membership m JOIN organisation o ON o.id = m.organisation_id WHERE m.account_id = account AND m.active ORDER BY o.slug LOOP
    PERFORM set_config('muster.organisation_id', mine.id, true);
    RETURN QUERY SELECT o.organisation_id, mine.slug, o.name FROM muster.organisation o WHERE o.organisation_id = mine.id;
  END LOOP;
  PERFORM set_config('muster.organisation_id', coalesce(tenant, ''), true);
END $$;

-- Sessions.

-- Opens a session in the organisation asked for, or else in the one used last; none without an active membership.
CREATE FUNCTION control.open_session(p_id text, p_token_hash bytea, p_account text, p_organisation text, p_at timestamptz, p_expires timestamptz,
  p_way text, p_user_agent text, p_address text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
  chosen text;
BEGIN
  UPDATE membership SET last_used_at = p_at
  WHERE account_id = p_account AND organisation_id = (
    SELECT organisation_id FROM membership WHERE account_id = p_account AND active
    ORDER BY (organisation_id IS NOT DISTINCT FROM p_organisation) DESC, last_used_at DESC, organisation_id LIMIT 1)
  RETURNING organisation_id INTO chosen;
  IF chosen IS NOT NULL THEN
    INSERT INTO session (id, account_id, organisation_id, token_hash, way, user_agent, address, created_at, last_seen_at, expires_at)
    VALUES (p_id, p_account, chosen, p_token_hash, p_way, p_user_agent, p_address, p_at, p_at, p_expires);
  END IF;
  RETURN chosen;
END $$;

-- Who holds the token, and everything that a page has to know of them: one round trip for each request.
CREATE FUNCTION control.authenticate(p_token_hash bytea, p_at timestamptz, p_expires timestamptz)
RETURNS TABLE (session_id text, account_id text, email text, theme text, operator boolean, organisations bigint,
  organisation_id text, slug text, organisation_name text, organisation_zone text,
  user_id text, user_name text, role text, time_zone text, avatar_key text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
#variable_conflict use_column
DECLARE
  tenant text := muster.current_organisation();
  held session;
BEGIN
  SELECT * INTO held FROM session WHERE token_hash = p_token_hash AND revoked_at IS NULL AND expires_at > p_at;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  PERFORM set_config('muster.organisation_id', held.organisation_id, true);
  IF held.last_seen_at <= p_at - interval '1 minute' THEN
    UPDATE session SET last_seen_at = p_at, expires_at = greatest(expires_at, p_expires) WHERE id = held.id AND last_seen_at = held.last_seen_at;
  END IF;
  RETURN QUERY
  SELECT held.id, a.id, a.email, a.theme, a.operator, (SELECT count(*) FROM membership n WHERE n.account_id = a.id AND n.active),
    o.organisation_id, c.slug, o.name, o.time_zone, u.id, u.name, u.role, u.time_zone, u.avatar_key
  FROM account a
  JOIN membership m ON m.account_id = a.id AND m.organisation_id = held.organisation_id AND m.active
  JOIN organisation c ON c.id = m.organisation_id
  JOIN muster.organisation o ON o.organisation_id = m.organisation_id
  JOIN muster.user u ON u.organisation_id = m.organisation_id AND u.id = m.user_id AND u.state = 'active'
  WHERE a.id = held.account_id;
  PERFORM set_config('muster.organisation_id', coalesce(tenant, ''), true);
END $$;

CREATE FUNCTION control.close_session(p_token_hash bytea, p_at timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = control, pg_temp AS $$
  UPDATE session SET revoked_at = p_at WHERE token_hash = p_token_hash AND revoked_at IS NULL
$$;

CREATE FUNCTION control.switch_session(p_token_hash bytea, p_slug text, p_at timestamptz) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = control, pg_temp AS $$
  WITH moved AS (
    UPDATE session SET organisation_id = m.organisation_id
    FROM membership m JOIN organisation o ON o.id = m.organisation_id
    WHERE session.token_hash = p_token_hash AND session.revoked_at IS NULL AND session.expires_at > p_at
      AND m.account_id = session.account_id AND m.active AND o.slug = p_slug
    RETURNING session.account_id, session.organisation_id
  )
  UPDATE membership SET last_used_at = p_at FROM moved
  WHERE membership.account_id = moved.account_id AND membership.organisation_id = moved.organisation_id
  RETURNING membership.organisation_id
$$;

CREATE FUNCTION control.my_sessions(p_at timestamptz) RETURNS TABLE (session_id text, user_agent text, address text, created_at timestamptz, last_seen_at timestamptz, expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
  SELECT id, user_agent, address, created_at, last_seen_at, expires_at FROM session
  WHERE account_id = my_account_id() AND revoked_at IS NULL AND expires_at > p_at
  ORDER BY last_seen_at DESC, id
$$;

-- Whether the session was opened by a mailed link a moment ago: then a forgotten password can be replaced.
CREATE FUNCTION control.came_by_link(p_session text, p_since timestamptz) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
  SELECT EXISTS (SELECT FROM session WHERE id = p_session AND account_id = my_account_id() AND way = 'link' AND revoked_at IS NULL AND created_at > p_since)
$$;

CREATE FUNCTION control.revoke_my_session(p_session text, p_at timestamptz) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = control, pg_temp AS $$
  WITH revoked AS (
    UPDATE session SET revoked_at = p_at
    WHERE id = p_session AND account_id = my_account_id() AND revoked_at IS NULL
    RETURNING id
  )
  SELECT EXISTS (SELECT FROM revoked)
$$;

-- Ends every session of the signed-in person but the one named; an empty name spares none.
CREATE FUNCTION control.revoke_my_sessions(p_except text, p_at timestamptz) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = control, pg_temp AS $$
  WITH revoked AS (
    UPDATE session SET revoked_at = p_at
    WHERE account_id = my_account_id() AND revoked_at IS NULL AND id <> p_except
    RETURNING id
  )
  SELECT count(*) FROM revoked
$$;

-- One-time links.

CREATE FUNCTION control.make_sign_in_link(p_id text, p_token_hash bytea, p_account text, p_destination text, p_at timestamptz, p_expires timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = control, pg_temp AS $$
  INSERT INTO sign_in_link (id, token_hash, account_id, destination, created_at, expires_at)
  VALUES (p_id, p_token_hash, p_account, p_destination, p_at, p_expires)
$$;

CREATE FUNCTION control.sign_in_link(p_id text, p_token_hash bytea, p_at timestamptz) RETURNS TABLE (email text, name text, usable boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
  SELECT a.email, a.name, l.spent_at IS NULL AND l.expires_at > p_at
  FROM sign_in_link l JOIN account a ON a.id = l.account_id
  WHERE l.id = p_id OR l.token_hash = p_token_hash
$$;

CREATE FUNCTION control.spend_sign_in_link(p_token_hash bytea, p_at timestamptz) RETURNS TABLE (account_id text, destination text)
LANGUAGE sql SECURITY DEFINER SET search_path = control, pg_temp AS $$
  UPDATE sign_in_link SET spent_at = p_at
  WHERE token_hash = p_token_hash AND spent_at IS NULL AND expires_at > p_at
  RETURNING account_id, destination
$$;

-- Invitations. All but the look-up by token are of the transaction's organisation.

CREATE FUNCTION control.make_invitation(p_id text, p_user text, p_email text, p_token_hash bytea, p_by text, p_at timestamptz, p_expires timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = control, pg_temp AS $$
  UPDATE invitation SET revoked_at = p_at
  WHERE organisation_id = muster.current_organisation() AND user_id = p_user AND accepted_at IS NULL AND revoked_at IS NULL;
  INSERT INTO invitation (id, organisation_id, user_id, email, token_hash, invited_by_name, created_at, expires_at)
  VALUES (p_id, muster.current_organisation(), p_user, p_email, p_token_hash, p_by, p_at, p_expires)
$$;

-- The account is whose the address is already and who can sign in: who has left every organisation cannot, and the mail
-- proves that they hold the address as well as a link to sign in would.
CREATE FUNCTION control.invitation_by_token(p_token_hash bytea)
RETURNS TABLE (invitation_id text, organisation_id text, organisation_name text, user_id text, email text, role text, invited_by_name text,
  expires_at timestamptz, accepted_at timestamptz, revoked_at timestamptz, account_id text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
#variable_conflict use_column
DECLARE
  tenant text := muster.current_organisation();
  found_one invitation;
BEGIN
  SELECT * INTO found_one FROM invitation WHERE token_hash = p_token_hash;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  PERFORM set_config('muster.organisation_id', found_one.organisation_id, true);
  RETURN QUERY
  SELECT found_one.id, found_one.organisation_id, o.name, found_one.user_id, found_one.email, u.role, found_one.invited_by_name,
    found_one.expires_at, found_one.accepted_at, found_one.revoked_at, (SELECT a.id FROM account a WHERE a.email = found_one.email
      AND EXISTS (SELECT FROM membership m WHERE m.account_id = a.id AND m.active))
  FROM muster.organisation o JOIN muster.user u ON u.organisation_id = o.organisation_id AND u.id = found_one.user_id
  WHERE o.organisation_id = found_one.organisation_id;
  PERFORM set_config('muster.organisation_id', coalesce(tenant, ''), true);
END $$;

CREATE FUNCTION control.open_invitations() RETURNS TABLE (invitation_id text, user_id text, email text, invited_by_name text, created_at timestamptz, expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
  SELECT id, user_id, email, invited_by_name, created_at, expires_at FROM invitation
  WHERE organisation_id = muster.current_organisation() AND accepted_at IS NULL AND revoked_at IS NULL
$$;

CREATE FUNCTION control.accept_invitation(p_id text, p_at timestamptz) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = control, pg_temp AS $$
  WITH accepted AS (
    UPDATE invitation SET accepted_at = p_at
    WHERE id = p_id AND organisation_id = muster.current_organisation() AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > p_at
    RETURNING id
  )
  SELECT EXISTS (SELECT FROM accepted)
$$;

CREATE FUNCTION control.revoke_invitation(p_user text, p_at timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = control, pg_temp AS $$
  UPDATE invitation SET revoked_at = p_at
  WHERE organisation_id = muster.current_organisation() AND user_id = p_user AND accepted_at IS NULL AND revoked_at IS NULL
$$;

-- First-run set-up: only while there is no organisation.

CREATE FUNCTION control.make_setup_token(p_token_hash bytea, p_at timestamptz, p_expires timestamptz) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = control, pg_temp AS $$
  WITH made AS (
    INSERT INTO setup_token (token_hash, created_at, expires_at)
    SELECT p_token_hash, p_at, p_expires WHERE NOT EXISTS (SELECT FROM organisation)
    RETURNING token_hash
  )
  SELECT EXISTS (SELECT FROM made)
$$;

CREATE FUNCTION control.setup_open(p_token_hash bytea, p_at timestamptz) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
  SELECT EXISTS (SELECT FROM setup_token WHERE token_hash = p_token_hash AND spent_at IS NULL AND expires_at > p_at)
    AND NOT EXISTS (SELECT FROM organisation)
$$;

-- Spends every token, so that two that were printed do not set up twice.
CREATE FUNCTION control.spend_setup_token(p_token_hash bytea, p_at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
BEGIN
  PERFORM FROM setup_token ORDER BY token_hash FOR UPDATE;
  IF NOT setup_open(p_token_hash, p_at) THEN
    RETURN false;
  END IF;
  UPDATE setup_token SET spent_at = p_at WHERE spent_at IS NULL;
  RETURN true;
END $$;

-- Attempts: counts one for each key, and answers when to try again if any key has had its share of the window.
CREATE FUNCTION control.attempt(p_keys text[], p_at timestamptz, p_window interval, p_limit integer) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
  one text;
  made attempt;
  again timestamptz;
BEGIN
  FOR one IN SELECT DISTINCT unnest(p_keys) ORDER BY 1 LOOP
    INSERT INTO attempt (key, window_start, count) VALUES (one, p_at, 1)
    ON CONFLICT (key) DO UPDATE SET
      window_start = CASE WHEN attempt.window_start + p_window <= p_at THEN p_at ELSE attempt.window_start END,
      count = CASE WHEN attempt.window_start + p_window <= p_at THEN 1 ELSE least(attempt.count, p_limit) + 1 END
    RETURNING * INTO made;
    IF made.count > p_limit THEN
      again := greatest(again, made.window_start + p_window);
    END IF;
  END LOOP;
  RETURN again;
END $$;

-- Takes back what a successful attempt counted.
CREATE FUNCTION control.refund_attempt(p_keys text[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = control, pg_temp AS $$
  UPDATE attempt SET count = greatest(count - 1, 0) WHERE key IN (SELECT key FROM attempt WHERE key = ANY (p_keys) ORDER BY key FOR UPDATE)
$$;

-- Forgets what can no longer be used.
CREATE FUNCTION control.sweep(p_before timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = control, pg_temp AS $$
  DELETE FROM attempt WHERE window_start < p_before;
  DELETE FROM sign_in_link WHERE expires_at < p_before;
  DELETE FROM setup_token WHERE expires_at < p_before;
  DELETE FROM session WHERE expires_at < p_before OR revoked_at < p_before
$$;

DO $$
DECLARE
  door regprocedure;
BEGIN
  FOR door IN SELECT oid FROM pg_proc WHERE pronamespace = 'control'::regnamespace AND prosecdef LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', door);
    PERFORM muster.allow(format('EXECUTE ON FUNCTION %s', door));
  END LOOP;
END $$;
-- +goose StatementEnd
