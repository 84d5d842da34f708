-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- The timeline is curated: what people write themselves has the source hand; a title stands in place of the sentence
-- that Muster words, a note under it, and told_at in place of when it happened, which stays.
ALTER TABLE muster.timeline_item
  DROP CONSTRAINT timeline_item_source_check,
  ADD CONSTRAINT timeline_item_source_check CHECK (source IN ('activity', 'update', 'message', 'hand')),
  ADD COLUMN title text NOT NULL DEFAULT '',
  ADD COLUMN note_source text NOT NULL DEFAULT '',
  ADD COLUMN note jsonb,
  ADD COLUMN told_at timestamptz,
  -- Makes a repeated addition by hand answer with the item of the first.
  ADD COLUMN idempotency_key text,
  ADD COLUMN row_version integer NOT NULL DEFAULT 1;
CREATE UNIQUE INDEX timeline_item_by_key ON muster.timeline_item (organisation_id, incident_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
-- +goose StatementEnd
