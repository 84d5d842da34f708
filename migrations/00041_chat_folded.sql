-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- What later entries made needless before it was sent is kept as folded, so that its key stays taken.
ALTER TABLE muster.chat_outbox DROP CONSTRAINT chat_outbox_state_check;
ALTER TABLE muster.chat_outbox ADD CONSTRAINT chat_outbox_state_check
  CHECK (state IN ('waiting', 'sent', 'failed', 'folded')) NOT VALID;
-- +goose StatementEnd
