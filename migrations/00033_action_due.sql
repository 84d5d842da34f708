-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- When whoever has the action was told that it is due: once for each due time.
ALTER TABLE muster.action ADD COLUMN due_told_at timestamptz;
CREATE INDEX action_due ON muster.action (organisation_id, incident_id, due_at) WHERE status = 'outstanding' AND due_at IS NOT NULL AND due_told_at IS NULL;
-- +goose StatementEnd
