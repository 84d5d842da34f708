-- InsertAttachment writes nothing where the thing is known already, removed or not.
-- name: InsertAttachment :execrows
INSERT INTO muster.attachment (organisation_id, id, incident_id, private, kind, reference, url, title, found_in,
  added_by_type, added_by_id, added_by_name, created_at)
VALUES (muster.current_organisation(), @id, @incident_id, @private, @kind, @reference, @url, @title, @found_in,
  @added_by_type, @added_by_id, @added_by_name, @created_at)
ON CONFLICT DO NOTHING;

-- name: Attachments :many
SELECT * FROM muster.attachment
WHERE organisation_id = muster.current_organisation() AND incident_id = $1 AND removed_at IS NULL
ORDER BY created_at, id
LIMIT 500;

-- name: AttachmentsAcross :many
SELECT * FROM muster.attachment
WHERE organisation_id = muster.current_organisation() AND removed_at IS NULL
  AND (@incident::text = '' OR incident_id = @incident)
  AND (@external_id::text = '' OR md5(reference) = md5(@external_id))
  AND (cardinality(@kinds::text[]) = 0 OR kind = ANY (@kinds))
ORDER BY created_at, id
LIMIT @most;

-- name: CountAttachments :one
SELECT count(*) FROM muster.attachment WHERE organisation_id = muster.current_organisation() AND incident_id = $1;

-- name: AttachmentByKey :one
SELECT * FROM muster.attachment
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND kind = @kind AND md5(reference) = md5(@reference::text);

-- name: Attachment :one
SELECT * FROM muster.attachment WHERE organisation_id = muster.current_organisation() AND id = $1 AND removed_at IS NULL;

-- name: SetRemoved :exec
UPDATE muster.attachment SET removed_at = @removed_at, title = @title, row_version = row_version + 1
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: SetTitle :exec
UPDATE muster.attachment SET title = @title, row_version = row_version + 1
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- The texts in which addresses are looked for; those without one are not read.
-- name: MessageText :one
SELECT source FROM muster.room_message
WHERE organisation_id = muster.current_organisation() AND id = $1 AND kind = 'user' AND source LIKE '%://%';

-- name: UpdateText :one
SELECT message_source FROM muster.incident_update
WHERE organisation_id = muster.current_organisation() AND id = $1 AND message_source LIKE '%://%';

-- name: SummaryText :one
SELECT summary_source FROM muster.incident
WHERE organisation_id = muster.current_organisation() AND id = $1 AND summary_source LIKE '%://%';
