-- name: Latest :one
SELECT incident_id, version, text, restored_version, author_type, author_id, author_name, created_at FROM muster.customers_text
WHERE organisation_id = muster.current_organisation() AND incident_id = $1
ORDER BY version DESC LIMIT 1;

-- name: Versions :many
SELECT incident_id, version, text, restored_version, author_type, author_id, author_name, created_at FROM muster.customers_text
WHERE organisation_id = muster.current_organisation() AND incident_id = $1
ORDER BY version DESC LIMIT 200;

-- name: Version :one
SELECT text FROM muster.customers_text
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND version = @version;

-- name: Insert :exec
INSERT INTO muster.customers_text (organisation_id, id, incident_id, private, version, text, restored_version, author_type, author_id, author_name, created_at)
VALUES (muster.current_organisation(), @id, @incident_id, @private, @version, @text, @restored_version, @author_type, @author_id, @author_name, @at);
