-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- Home tabs that were opened lately: they follow what others change. shown is a digest of what the tab says; stale, that
-- it may say something else by now than what was shown.
CREATE TABLE muster.slack_home (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  team_id text COLLATE "C" NOT NULL,
  slack_user_id text COLLATE "C" NOT NULL,
  opened_at timestamptz NOT NULL,
  looked_at timestamptz NOT NULL,
  stale boolean NOT NULL DEFAULT false,
  shown text NOT NULL DEFAULT '',
  PRIMARY KEY (organisation_id, team_id, slack_user_id)
);
SELECT muster.protect('muster.slack_home');

-- Channels in which a post was refused last, by the platform's word for the reason; what is posted there again ends it.
CREATE TABLE muster.announcement_refusal (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  conversation text COLLATE "C" NOT NULL,
  reason text NOT NULL,
  since timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, conversation)
);
SELECT muster.protect('muster.announcement_refusal');
-- +goose StatementEnd
