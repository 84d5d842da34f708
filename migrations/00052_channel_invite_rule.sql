-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- Who is invited into the channels of which incidents, besides those who take part in them.
CREATE TABLE muster.channel_invite_rule (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  id text COLLATE "C" NOT NULL,
  -- Groups of conditions over incidents, as forms have them.
  conditions jsonb NOT NULL DEFAULT '[]',
  -- Ids of people.
  people text[] NOT NULL CHECK (cardinality(people) > 0),
  enabled boolean NOT NULL DEFAULT true,
  archived_at timestamptz,
  row_version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id)
);
SELECT muster.protect('muster.channel_invite_rule');

-- Who left the channel by themselves, or was put out of it by others: no rule brings them back.
ALTER TABLE muster.channel ADD COLUMN stays_out text[] NOT NULL DEFAULT '{}';
-- +goose StatementEnd
