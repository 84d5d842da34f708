-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- Parts of the work can be found by their names, what came of them, and what was told of them.
SELECT muster.searched('muster.incident_stream', 'stream', 'name', 'outcome');
SELECT muster.searched('muster.incident_stream_update', 'stream', 'message_source');
-- +goose StatementEnd
