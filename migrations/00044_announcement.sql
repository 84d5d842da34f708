-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- Which incidents are announced where, and how. The first rule that matches speaks in a channel.
CREATE TABLE muster.announcement_rule (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  id text COLLATE "C" NOT NULL,
  name text NOT NULL CHECK (name <> ''),
  -- Groups of conditions over incidents, as forms have them.
  conditions jsonb NOT NULL DEFAULT '[]',
  -- The channels of chat platforms, with what they are called: [{"id": "T024BE7LD/C061EG9SL", "name": "incidents"}].
  channels jsonb NOT NULL DEFAULT '[]',
  -- One post that is edited, each update in its thread too, or shown in the channel as well.
  mode text NOT NULL CHECK (mode IN ('post', 'thread', 'broadcast')),
  -- What becomes of the post of an incident that matches no more.
  unmatched text NOT NULL DEFAULT 'leave' CHECK (unmatched IN ('leave', 'remove')),
  enabled boolean NOT NULL DEFAULT true,
  rank integer NOT NULL,
  archived_at timestamptz,
  row_version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id)
);
SELECT muster.protect('muster.announcement_rule');

-- An incident whose announcements are looked after: wanted counts the changes, shown those that the posts tell of.
CREATE TABLE muster.announced (
  organisation_id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  wanted bigint NOT NULL DEFAULT 1,
  shown bigint NOT NULL DEFAULT 0,
  visited_by text,
  visited_until timestamptz,
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL,
  trouble text NOT NULL DEFAULT '',
  PRIMARY KEY (organisation_id, incident_id),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id)
);
CREATE INDEX announced_due ON muster.announced (organisation_id, next_attempt_at) WHERE wanted > shown;
SELECT muster.protect('muster.announced', 'incident_id');

-- The post of an incident in a channel. It keeps no texts: shown is a digest of what the post says.
CREATE TABLE muster.announcement_post (
  organisation_id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  conversation text COLLATE "C" NOT NULL,
  rule_id text COLLATE "C" NOT NULL,
  -- Grows when a post that was removed is made again, which is another message.
  round integer NOT NULL DEFAULT 1,
  state text NOT NULL CHECK (state IN ('posting', 'posted', 'removed', 'lost')),
  -- The platform's id of the message, empty while it is not known whether it was posted.
  external text COLLATE "C" NOT NULL DEFAULT '',
  shown text NOT NULL DEFAULT '',
  -- The number in the incident's stream of the last update that the thread need not be told.
  told_seq bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, incident_id, conversation),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.announced (organisation_id, incident_id),
  FOREIGN KEY (organisation_id, rule_id) REFERENCES muster.announcement_rule (organisation_id, id)
);
SELECT muster.protect('muster.announcement_post', 'incident_id');

-- The updates of an incident in the thread of a post.
CREATE TABLE muster.announcement_reply (
  organisation_id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  conversation text COLLATE "C" NOT NULL,
  update_id text COLLATE "C" NOT NULL,
  external text COLLATE "C" NOT NULL,
  shown text NOT NULL,
  PRIMARY KEY (organisation_id, incident_id, conversation, update_id),
  FOREIGN KEY (organisation_id, incident_id, conversation) REFERENCES muster.announcement_post (organisation_id, incident_id, conversation)
);
SELECT muster.protect('muster.announcement_reply', 'incident_id');

-- People are told by a chat platform's direct messages too.
ALTER TABLE muster.notification_preference DROP CONSTRAINT notification_preference_method_check;
ALTER TABLE muster.notification_preference ADD CONSTRAINT notification_preference_method_check CHECK (method IN ('push', 'slack', 'mail')) NOT VALID;
-- +goose StatementEnd
