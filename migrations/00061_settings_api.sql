-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

ALTER TABLE muster.custom_field
  -- How much a program said that the field is needed, for while no form asks for it: never, before_resolution or always.
  ADD COLUMN required text NOT NULL DEFAULT 'never' CHECK (required IN ('never', 'before_resolution', 'always')),
  -- Whether announcements of an incident tell its value.
  ADD COLUMN announced boolean NOT NULL DEFAULT false;

ALTER TABLE muster.incident_role
  -- Whether a program says that every incident needs somebody in the role. Muster insists on no role.
  ADD COLUMN required boolean NOT NULL DEFAULT false;
-- +goose StatementEnd
