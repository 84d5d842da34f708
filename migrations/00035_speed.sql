-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- The list by type reads its page and no more.
CREATE INDEX incident_by_type ON muster.incident (organisation_id, type_id, declared_at DESC, id DESC);

-- The 10,000 newest entries are put in order within memory; the server's usual share of it sends them by way of the disk.
ALTER FUNCTION muster.search(text, text[], text, text[], text[], text[], text[], timestamptz, timestamptz, timestamptz, integer) SET work_mem = '32MB';
-- +goose StatementEnd
