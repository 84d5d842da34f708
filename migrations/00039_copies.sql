-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- The copies of a message in other rooms are found without reading every message. Copies are few.
CREATE INDEX room_message_copies ON muster.room_message (organisation_id, copied_from_id) WHERE copied_from_id IS NOT NULL;
-- +goose StatementEnd
