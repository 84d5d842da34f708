-- name: FieldValues :many
SELECT custom_field_id, option_id, value FROM muster.incident_field_value
WHERE organisation_id = muster.current_organisation() AND incident_id = $1
ORDER BY custom_field_id, position;

-- name: InsertFieldValue :exec
INSERT INTO muster.incident_field_value (organisation_id, incident_id, custom_field_id, position, private, option_id, value)
VALUES (muster.current_organisation(), @incident_id, @custom_field_id, @position, @private, @option_id, @value);

-- name: DropFieldValues :exec
DELETE FROM muster.incident_field_value
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND custom_field_id = @custom_field_id;

-- name: OptionUses :one
SELECT o.custom_field_id AS field, count(i.id) FILTER (WHERE i.status_category IN ('triage', 'live', 'paused', 'learning')) AS open,
  count(i.id) AS all_of_them
FROM muster.custom_field_option o
LEFT JOIN muster.incident_field_value v ON v.organisation_id = o.organisation_id AND v.option_id = o.id
LEFT JOIN muster.incident i ON i.organisation_id = v.organisation_id AND i.id = v.incident_id
WHERE o.organisation_id = muster.current_organisation() AND o.id = @option_id
GROUP BY o.custom_field_id;

-- name: OpenWithOption :many
SELECT v.incident_id FROM muster.incident_field_value v
JOIN muster.incident i ON i.organisation_id = v.organisation_id AND i.id = v.incident_id
WHERE v.organisation_id = muster.current_organisation() AND v.option_id = @option_id
  AND i.status_category IN ('triage', 'live', 'paused', 'learning')
ORDER BY v.incident_id;
