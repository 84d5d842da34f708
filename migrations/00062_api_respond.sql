-- +goose Up
-- +goose StatementBegin
-- The issue in another tracker in which a follow-up is worked on.
ALTER TABLE muster.follow_up
  ADD COLUMN issue_provider text NOT NULL DEFAULT '',
  ADD COLUMN issue_name text NOT NULL DEFAULT '',
  ADD COLUMN issue_url text NOT NULL DEFAULT '';
-- +goose StatementEnd
