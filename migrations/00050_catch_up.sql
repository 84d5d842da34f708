-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- Reading again what happened in a channel while nobody heard stands in the channel's line like everything else.
ALTER TABLE muster.slack_delivery DROP CONSTRAINT slack_delivery_kind_check;
ALTER TABLE muster.slack_delivery ADD CONSTRAINT slack_delivery_kind_check
  CHECK (kind IN ('event', 'command', 'interaction', 'catch_up')) NOT VALID;
-- +goose StatementEnd
