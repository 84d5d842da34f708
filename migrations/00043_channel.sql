-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- How an organisation wants the channels of its incidents; without a row, the defaults.
CREATE TABLE muster.channel_settings (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  opens boolean NOT NULL DEFAULT true,
  name text NOT NULL DEFAULT 'inc-{number}-{slug}',
  -- Days after its end that a channel is archived; NULL for never.
  archive_after_days integer DEFAULT 14 CHECK (archive_after_days BETWEEN 0 AND 365),
  team_id text COLLATE "C" NOT NULL DEFAULT '',
  row_version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (organisation_id)
);
SELECT muster.protect('muster.channel_settings');

-- An incident's channel on a chat platform: how far the room is mirrored into it, and what it was last made to look like.
CREATE TABLE muster.channel (
  organisation_id text COLLATE "C" NOT NULL,
  conversation_id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  team_id text COLLATE "C" NOT NULL DEFAULT '',
  -- The platform's id of the conversation, empty while it is being opened.
  external_id text COLLATE "C" NOT NULL DEFAULT '',
  name text NOT NULL DEFAULT '',
  state text NOT NULL DEFAULT 'opening' CHECK (state IN ('opening', 'open', 'archived', 'gone')),
  -- The number in the room's stream up to which everything is on its way, and up to which the channel itself was looked after.
  mirrored_seq bigint NOT NULL DEFAULT 0,
  drawn_seq bigint NOT NULL DEFAULT 0,
  -- What topic, bookmarks and members the channel was last given.
  drawn jsonb NOT NULL DEFAULT '{}',
  archive_at timestamptz,
  visited_by text,
  visited_until timestamptz,
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL,
  trouble text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, conversation_id),
  UNIQUE (organisation_id, incident_id),
  FOREIGN KEY (organisation_id, conversation_id) REFERENCES muster.chat_conversation (organisation_id, id),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id)
);
CREATE UNIQUE INDEX channel_by_external ON muster.channel (organisation_id, external_id) WHERE external_id <> '';
CREATE INDEX channel_tended ON muster.channel (organisation_id, next_attempt_at) WHERE state IN ('opening', 'open');
SELECT muster.protect('muster.channel', 'incident_id');

-- What of each message of the room is in the channel, or on its way there.
CREATE TABLE muster.channel_message (
  organisation_id text COLLATE "C" NOT NULL,
  message_id text COLLATE "C" NOT NULL,
  conversation_id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  -- The key under which it is posted: its own, or that of the line before it which tells of it too.
  key text COLLATE "C" NOT NULL,
  version integer NOT NULL,
  deleted boolean NOT NULL DEFAULT false,
  pinned boolean NOT NULL DEFAULT false,
  -- The emojis that Muster has put under it for those who chose them here.
  emoji text[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (organisation_id, message_id, conversation_id),
  FOREIGN KEY (organisation_id, conversation_id) REFERENCES muster.channel (organisation_id, conversation_id),
  FOREIGN KEY (organisation_id, message_id) REFERENCES muster.room_message (organisation_id, id)
);
CREATE INDEX channel_message_by_incident ON muster.channel_message (organisation_id, incident_id);
SELECT muster.protect('muster.channel_message', 'incident_id');
-- +goose StatementEnd
