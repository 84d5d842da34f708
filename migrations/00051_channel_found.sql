-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- Since when a channel that was there before the incident is the incident's; NULL for one that Muster opened. What was said
-- in it earlier is brought into the room only where that was asked for.
ALTER TABLE muster.channel ADD COLUMN adopted_at timestamptz;
ALTER TABLE muster.channel ADD COLUMN brings_history boolean NOT NULL DEFAULT false;
-- Whether the channel is private on its platform, as it was last seen; NULL before anybody looked.
ALTER TABLE muster.channel ADD COLUMN private_there boolean;
-- Whether a pin was seen on the platform, so that its absence there later means that it was taken away.
ALTER TABLE muster.channel_message ADD COLUMN pinned_there boolean NOT NULL DEFAULT false;

-- A file that the platform did not give in time is fetched later.
ALTER TABLE muster.slack_delivery DROP CONSTRAINT slack_delivery_kind_check;
ALTER TABLE muster.slack_delivery ADD CONSTRAINT slack_delivery_kind_check
  CHECK (kind IN ('event', 'command', 'interaction', 'catch_up', 'file')) NOT VALID;
-- +goose StatementEnd
