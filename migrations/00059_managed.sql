-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- What is kept by a program outside, such as Terraform, so that people are told before they change it by hand.
CREATE TABLE muster.managed_resource (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  resource_type text COLLATE "C" NOT NULL,
  resource_id text COLLATE "C" NOT NULL CHECK (resource_id <> ''),
  annotations jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, resource_type, resource_id)
);
SELECT muster.protect('muster.managed_resource');
-- +goose StatementEnd
