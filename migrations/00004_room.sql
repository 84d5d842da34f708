-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- Pictures and files by their random key.
CREATE TABLE muster.blob (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C",
  private boolean NOT NULL DEFAULT false,
  key text COLLATE "C" NOT NULL,
  thumbnail_key text COLLATE "C",
  name text NOT NULL,
  media_type text NOT NULL,
  size_bytes bigint NOT NULL,
  width integer NOT NULL DEFAULT 0,
  height integer NOT NULL DEFAULT 0,
  thumbnail_width integer NOT NULL DEFAULT 0,
  thumbnail_height integer NOT NULL DEFAULT 0,
  uploader_id text COLLATE "C",
  created_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id),
  UNIQUE (organisation_id, key),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id)
);
SELECT muster.protect('muster.blob', 'incident_id');

CREATE TABLE muster.room_message (
  organisation_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  seq bigint NOT NULL,
  -- The number of the last change; it is seq until the message is edited, deleted, pinned or reacted to. Whoever
  -- catches up reads by it, so that nobody misses a change either.
  changed_seq bigint NOT NULL,
  -- What the sender chose, so that a retry never doubles; a bot's message has its idempotency key here.
  client_key text COLLATE "C" NOT NULL,
  kind text NOT NULL CHECK (kind IN ('user', 'bot', 'event')),
  author_id text COLLATE "C",
  author_name text NOT NULL,
  source text NOT NULL DEFAULT '',
  document jsonb,
  format integer NOT NULL DEFAULT 1,
  -- The chat-neutral blocks of a bot's message.
  blocks jsonb,
  -- The event that an event line tells of, which is also the activity's id.
  event_id text COLLATE "C",
  posted_at timestamptz NOT NULL,
  edited_at timestamptz,
  deleted_at timestamptz,
  pinned_at timestamptz,
  pinned_by_id text COLLATE "C",
  row_version integer NOT NULL DEFAULT 1,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id),
  UNIQUE (organisation_id, incident_id, seq),
  CONSTRAINT room_message_once UNIQUE NULLS NOT DISTINCT (organisation_id, incident_id, author_id, client_key),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id)
);
CREATE INDEX room_message_by_change ON muster.room_message (organisation_id, incident_id, changed_seq);
SELECT muster.protect('muster.room_message', 'incident_id');

-- How far each person has read each room; only ever forward.
CREATE TABLE muster.room_read (
  organisation_id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  seq bigint NOT NULL,
  read_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, incident_id, user_id),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id),
  FOREIGN KEY (organisation_id, user_id) REFERENCES muster.user (organisation_id, id)
);
SELECT muster.protect('muster.room_read', 'incident_id');

CREATE TABLE muster.room_file (
  organisation_id text COLLATE "C" NOT NULL,
  message_id text COLLATE "C" NOT NULL,
  blob_id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  position integer NOT NULL,
  PRIMARY KEY (organisation_id, message_id, blob_id),
  FOREIGN KEY (organisation_id, message_id) REFERENCES muster.room_message (organisation_id, id),
  FOREIGN KEY (organisation_id, blob_id) REFERENCES muster.blob (organisation_id, id)
);
SELECT muster.protect('muster.room_file', 'incident_id');

CREATE TABLE muster.room_reaction (
  organisation_id text COLLATE "C" NOT NULL,
  message_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  emoji text NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  reacted_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, message_id, user_id, emoji),
  FOREIGN KEY (organisation_id, message_id) REFERENCES muster.room_message (organisation_id, id),
  FOREIGN KEY (organisation_id, user_id) REFERENCES muster.user (organisation_id, id)
);
SELECT muster.protect('muster.room_reaction', 'incident_id');

-- An incident's conversation on a chat platform, and what waits to be said there, in order.
CREATE TABLE muster.chat_conversation (
  organisation_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  platform text NOT NULL,
  external_id text COLLATE "C" NOT NULL DEFAULT '',
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('opening', 'open', 'archived')),
  next_seq bigint NOT NULL DEFAULT 1,
  lease_until timestamptz,
  leased_by text,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id),
  UNIQUE (organisation_id, incident_id, platform),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id)
);
SELECT muster.protect('muster.chat_conversation', 'incident_id');

CREATE TABLE muster.chat_outbox (
  organisation_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  conversation_id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  seq bigint NOT NULL,
  key text COLLATE "C" NOT NULL,
  operation text NOT NULL CHECK (operation IN ('post', 'edit', 'delete', 'topic')),
  message jsonb NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed')),
  external_id text COLLATE "C" NOT NULL DEFAULT '',
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL,
  last_error text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL,
  sent_at timestamptz,
  PRIMARY KEY (organisation_id, id),
  UNIQUE (organisation_id, conversation_id, seq),
  UNIQUE (organisation_id, conversation_id, key),
  FOREIGN KEY (organisation_id, conversation_id) REFERENCES muster.chat_conversation (organisation_id, id)
);
CREATE INDEX chat_outbox_waiting ON muster.chat_outbox (organisation_id, conversation_id, seq) WHERE state = 'waiting';
SELECT muster.protect('muster.chat_outbox', 'incident_id');
-- +goose StatementEnd
