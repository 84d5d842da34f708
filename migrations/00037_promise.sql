-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- How many seconds a promised update had left when its incident was paused; NULL where none was promised.
ALTER TABLE muster.incident_aside ADD COLUMN promise_seconds integer;
-- +goose StatementEnd
