-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- Since when the platform was away, as those in the incident were last told.
ALTER TABLE muster.channel ADD COLUMN away_since timestamptz;
-- +goose StatementEnd
