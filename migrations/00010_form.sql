-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

ALTER TABLE muster.incident_type ADD COLUMN rank integer NOT NULL DEFAULT 0;

-- What an organisation wants to know of its incidents besides what every incident has.
CREATE TABLE muster.custom_field (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  id text COLLATE "C" NOT NULL,
  name text NOT NULL CHECK (name <> ''),
  description text NOT NULL DEFAULT '',
  placeholder text NOT NULL DEFAULT '',
  field_type text NOT NULL CHECK (field_type IN ('single_select', 'multi_select', 'text', 'link', 'numeric')),
  rank integer NOT NULL,
  archived_at timestamptz,
  row_version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id)
);
SELECT muster.protect('muster.custom_field');

CREATE TABLE muster.custom_field_option (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  id text COLLATE "C" NOT NULL,
  custom_field_id text COLLATE "C" NOT NULL,
  value text NOT NULL CHECK (value <> ''),
  sort_key bigint NOT NULL DEFAULT 1000,
  archived_at timestamptz,
  row_version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, id),
  UNIQUE (organisation_id, custom_field_id, id),
  FOREIGN KEY (organisation_id, custom_field_id) REFERENCES muster.custom_field (organisation_id, id)
);
SELECT muster.protect('muster.custom_field_option');

-- What is asked of a type of incident at a moment of its life, where that is not what Muster asks by itself.
CREATE TABLE muster.form (
  organisation_id text COLLATE "C" NOT NULL REFERENCES muster.organisation (organisation_id),
  incident_type_id text COLLATE "C" NOT NULL,
  moment text NOT NULL CHECK (moment IN ('declare', 'accept', 'update', 'resolve', 'retrospective')),
  elements jsonb NOT NULL,
  row_version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organisation_id, incident_type_id, moment),
  FOREIGN KEY (organisation_id, incident_type_id) REFERENCES muster.incident_type (organisation_id, id)
);
SELECT muster.protect('muster.form');

-- What an incident has in a custom field: a row for each chosen option, else one row with the text, link or number.
CREATE TABLE muster.incident_field_value (
  organisation_id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  custom_field_id text COLLATE "C" NOT NULL,
  position integer NOT NULL,
  private boolean NOT NULL DEFAULT false,
  option_id text COLLATE "C",
  value text NOT NULL DEFAULT '',
  PRIMARY KEY (organisation_id, incident_id, custom_field_id, position),
  FOREIGN KEY (organisation_id, incident_id) REFERENCES muster.incident (organisation_id, id),
  FOREIGN KEY (organisation_id, custom_field_id) REFERENCES muster.custom_field (organisation_id, id),
  FOREIGN KEY (organisation_id, custom_field_id, option_id) REFERENCES muster.custom_field_option (organisation_id, custom_field_id, id)
);
CREATE INDEX incident_field_value_by_option ON muster.incident_field_value (organisation_id, option_id, incident_id) WHERE option_id IS NOT NULL;
SELECT muster.protect('muster.incident_field_value', 'incident_id');
-- +goose StatementEnd
