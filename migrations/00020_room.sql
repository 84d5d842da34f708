-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- A reply names the message that its thread hangs on; in_room says whether it also stands in the room's own flow. The
-- message that a thread hangs on keeps its count, so that a page of messages needs no counting.
ALTER TABLE muster.room_message
  ADD COLUMN parent_id text COLLATE "C",
  ADD COLUMN in_room boolean NOT NULL DEFAULT true,
  ADD COLUMN replies integer NOT NULL DEFAULT 0,
  ADD COLUMN last_reply_seq bigint NOT NULL DEFAULT 0,
  ADD COLUMN last_reply_at timestamptz,
  ADD COLUMN deleted_by_id text COLLATE "C",
  ADD COLUMN deleted_by_name text NOT NULL DEFAULT '',
  ADD COLUMN deleted_reason text NOT NULL DEFAULT '',
  ADD CONSTRAINT room_message_parent FOREIGN KEY (organisation_id, parent_id) REFERENCES muster.room_message (organisation_id, id);
CREATE INDEX room_message_thread ON muster.room_message (organisation_id, parent_id, seq) WHERE parent_id IS NOT NULL;

-- Who takes part in a thread: those who wrote in it, the author of its first message, and those it names. seq is how far
-- each has read it, replied_seq the number of their own last reply, 0 for none.
CREATE TABLE muster.room_thread_member (
  organisation_id text COLLATE "C" NOT NULL,
  message_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  seq bigint NOT NULL,
  replied_seq bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (organisation_id, message_id, user_id),
  FOREIGN KEY (organisation_id, message_id) REFERENCES muster.room_message (organisation_id, id),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id),
  FOREIGN KEY (organisation_id, user_id) REFERENCES muster.user (organisation_id, id)
);
CREATE INDEX room_thread_member_by_user ON muster.room_thread_member (organisation_id, user_id, incident_id);
SELECT muster.protect('muster.room_thread_member', 'incident_id');

-- What a message said before each edit; gone with a deletion.
CREATE TABLE muster.room_message_version (
  organisation_id text COLLATE "C" NOT NULL,
  message_id text COLLATE "C" NOT NULL,
  version integer NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  private boolean NOT NULL DEFAULT false,
  source text NOT NULL,
  document jsonb,
  format integer NOT NULL,
  written_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, message_id, version),
  FOREIGN KEY (organisation_id, message_id) REFERENCES muster.room_message (organisation_id, id),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id)
);
SELECT muster.protect('muster.room_message_version', 'incident_id');

-- An upload that no message shows (not yet, or not any more) since a time is swept a day later. preview holds the first
-- lines of a text.
ALTER TABLE muster.blob
  ADD COLUMN unposted_since timestamptz,
  ADD COLUMN preview text NOT NULL DEFAULT '';
CREATE INDEX blob_unposted ON muster.blob (organisation_id, unposted_since) WHERE unposted_since IS NOT NULL;

-- How often each hint was shown to a person, and who wants none.
CREATE TABLE muster.hint_shown (
  organisation_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  hint text COLLATE "C" NOT NULL,
  times integer NOT NULL,
  shown_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, user_id, hint),
  FOREIGN KEY (organisation_id, user_id) REFERENCES muster.user (organisation_id, id)
);
SELECT muster.protect('muster.hint_shown');
CREATE TABLE muster.hint_reader (
  organisation_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  wants boolean NOT NULL,
  PRIMARY KEY (organisation_id, user_id),
  FOREIGN KEY (organisation_id, user_id) REFERENCES muster.user (organisation_id, id)
);
SELECT muster.protect('muster.hint_reader');
-- +goose StatementEnd
