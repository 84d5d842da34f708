-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

ALTER TABLE muster.incident
  -- Where those who work on it talk to each other, and where what was learned is written down, as somebody gave it.
  ADD COLUMN call_url text NOT NULL DEFAULT '',
  ADD COLUMN postmortem_url text NOT NULL DEFAULT '';

-- The list of the public API goes by when an incident was written down, which for one of the past is not when it was declared.
CREATE INDEX incident_by_creation ON muster.incident (organisation_id, created_at DESC, id DESC);
-- Which incidents have anything in a field.
CREATE INDEX incident_field_value_by_field ON muster.incident_field_value (organisation_id, custom_field_id, incident_id);
-- +goose StatementEnd
