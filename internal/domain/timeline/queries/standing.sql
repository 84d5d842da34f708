-- name: ActivitySince :many
SELECT * FROM muster.activity
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND seq > @since
ORDER BY seq
LIMIT 1000;

-- name: MessagesNamed :many
SELECT m.id, m.source, m.author_name FROM muster.room_message m
WHERE m.organisation_id = muster.current_organisation() AND m.incident_id = @incident_id AND m.id = ANY (@ids::text[]) AND m.deleted_at IS NULL;
