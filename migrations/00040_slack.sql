-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- Whose a Slack workspace is: what Slack sends is known by its team before the tenant is.
CREATE TABLE control.slack_team (
  team_id text COLLATE "C" PRIMARY KEY,
  organisation_id text COLLATE "C" NOT NULL REFERENCES control.organisation (id)
);
CREATE INDEX slack_team_by_organisation ON control.slack_team (organisation_id);
SELECT muster.allow('SELECT, INSERT, DELETE ON control.slack_team');

-- A connected Slack workspace. An installation for a whole Enterprise Grid has enterprise_id and is_enterprise.
CREATE TABLE muster.slack_workspace (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  id text COLLATE "C" NOT NULL,
  team_id text COLLATE "C" NOT NULL,
  enterprise_id text COLLATE "C" NOT NULL DEFAULT '',
  is_enterprise boolean NOT NULL DEFAULT false,
  name text NOT NULL,
  url text NOT NULL DEFAULT '',
  app_id text COLLATE "C" NOT NULL DEFAULT '',
  bot_id text COLLATE "C" NOT NULL DEFAULT '',
  bot_user_id text COLLATE "C" NOT NULL DEFAULT '',
  scopes text[] NOT NULL DEFAULT '{}',
  -- The bot's token, sealed with the installation's key.
  token bytea,
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'revoked')),
  installed_by_id text COLLATE "C",
  installed_at timestamptz NOT NULL,
  revoked_at timestamptz,
  -- Since when Slack has not answered, as those who call it found out; NULL while it does.
  down_since timestamptz,
  down_reason text NOT NULL DEFAULT '',
  PRIMARY KEY (organisation_id, id),
  UNIQUE (organisation_id, team_id),
  CHECK (state <> 'active' OR token IS NOT NULL)
);
SELECT muster.protect('muster.slack_workspace');

-- People of a workspace; user_id is the same person in Muster, NULL while they are nobody here.
CREATE TABLE muster.slack_member (
  organisation_id text COLLATE "C" NOT NULL,
  team_id text COLLATE "C" NOT NULL,
  slack_user_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C",
  name text NOT NULL DEFAULT '',
  email text NOT NULL DEFAULT '',
  time_zone text NOT NULL DEFAULT '',
  avatar_url text NOT NULL DEFAULT '',
  is_bot boolean NOT NULL DEFAULT false,
  deleted boolean NOT NULL DEFAULT false,
  checked_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, team_id, slack_user_id),
  FOREIGN KEY (organisation_id, team_id) REFERENCES muster.slack_workspace (organisation_id, team_id),
  FOREIGN KEY (organisation_id, user_id) REFERENCES muster.user (organisation_id, id)
);
CREATE INDEX slack_member_by_user ON muster.slack_member (organisation_id, user_id) WHERE user_id IS NOT NULL;
SELECT muster.protect('muster.slack_member');

-- Which message of a chat platform says what Muster calls key; it holds ids alone. While external_id is empty the message
-- is being posted, and whether it arrived is not known.
CREATE TABLE muster.chat_message (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  platform text NOT NULL,
  conversation text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  external_id text COLLATE "C" NOT NULL DEFAULT '',
  -- The message in Muster's room, where it stands there too.
  room_message_id text COLLATE "C",
  -- Where it was written: 'muster' or the platform.
  origin text NOT NULL DEFAULT 'muster',
  claimed_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, platform, conversation, key),
  FOREIGN KEY (organisation_id, room_message_id) REFERENCES muster.room_message (organisation_id, id)
);
CREATE UNIQUE INDEX chat_message_by_external ON muster.chat_message (organisation_id, platform, conversation, external_id) WHERE external_id <> '';
CREATE INDEX chat_message_by_room ON muster.chat_message (organisation_id, room_message_id) WHERE room_message_id IS NOT NULL;
SELECT muster.protect('muster.chat_message');

-- What Slack sent, kept before it is acknowledged and until it is dealt with; then the payload goes and the key stays for
-- a while, so that what Slack sends again changes nothing.
CREATE TABLE muster.slack_delivery (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  id text COLLATE "C" NOT NULL,
  team_id text COLLATE "C" NOT NULL,
  -- event_id of an event, trigger_id of the rest.
  key text COLLATE "C" NOT NULL,
  kind text NOT NULL CHECK (kind IN ('event', 'command', 'interaction')),
  -- What must be dealt with in order: the channel, or nothing.
  lane text COLLATE "C" NOT NULL DEFAULT '',
  payload bytea,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'failed')),
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL,
  last_error text NOT NULL DEFAULT '',
  received_at timestamptz NOT NULL,
  done_at timestamptz,
  PRIMARY KEY (organisation_id, id),
  UNIQUE (organisation_id, team_id, key)
);
CREATE INDEX slack_delivery_waiting ON muster.slack_delivery (organisation_id, lane, id) WHERE state = 'waiting';
CREATE INDEX slack_delivery_done ON muster.slack_delivery (organisation_id, done_at) WHERE state <> 'waiting';
SELECT muster.protect('muster.slack_delivery');

-- Where something was said or reacted to: empty in Muster's own room, else the chat platform.
ALTER TABLE muster.room_message ADD COLUMN origin text NOT NULL DEFAULT '';
ALTER TABLE muster.room_reaction ADD COLUMN origin text NOT NULL DEFAULT '';

-- Marks of a message are mirrored in the order of the conversation too.
ALTER TABLE muster.chat_outbox DROP CONSTRAINT chat_outbox_operation_check;
ALTER TABLE muster.chat_outbox ADD CONSTRAINT chat_outbox_operation_check
  CHECK (operation IN ('post', 'edit', 'delete', 'topic', 'pin', 'unpin', 'react', 'unreact')) NOT VALID;
-- +goose StatementEnd
