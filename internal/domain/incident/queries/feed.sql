-- name: UpdateFeed :many
-- Updates of all incidents in the order in which they were made, each with the incident that a merged one lives on in.
SELECT u.id, u.incident_id, u.message_source, u.author_type, u.author_id, u.author_name, u.created_at, u.to_status_id, u.to_severity_id,
  coalesce(a.into_id, '')::text AS into_id
FROM muster.incident_update u
JOIN muster.incident_status s ON s.organisation_id = u.organisation_id AND s.id = u.to_status_id
LEFT JOIN muster.incident_aside a ON a.organisation_id = u.organisation_id AND a.incident_id = u.incident_id AND s.category = 'merged'
WHERE u.organisation_id = muster.current_organisation() AND u.id > @after::text
  AND (@incident::text = '' OR u.incident_id = @incident)
ORDER BY u.id
LIMIT @count;
