-- name: InsertActivity :exec
INSERT INTO muster.activity (organisation_id, id, incident_id, private, seq, kind, subject_id, actor_type, actor_id, actor_name,
  details, occurred_at, recorded_at)
VALUES (muster.current_organisation(), @id, @incident_id, @private, @seq, @kind, @subject_id, @actor_type, @actor_id, @actor_name,
  @details, @occurred_at, @recorded_at)
ON CONFLICT (organisation_id, id) DO NOTHING;

-- name: Activity :many
SELECT * FROM muster.activity
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND seq < @before
ORDER BY seq DESC
LIMIT @count;

-- name: ActivityByID :many
SELECT * FROM muster.activity
WHERE organisation_id = muster.current_organisation() AND id = ANY (@ids::text[]);

-- name: UpsertItem :exec
-- Something that was taken off the timeline comes back when it is added again.
INSERT INTO muster.timeline_item (organisation_id, id, incident_id, private, source, source_id, occurred_at,
  added_by_type, added_by_id, added_by_name, recorded_at)
VALUES (muster.current_organisation(), @id, @incident_id, @private, @source, @source_id, @occurred_at,
  @added_by_type, @added_by_id, @added_by_name, @recorded_at)
ON CONFLICT (organisation_id, incident_id, source, source_id) DO UPDATE SET removed_at = NULL;

-- name: RemoveItem :exec
UPDATE muster.timeline_item SET removed_at = @at::timestamptz
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND source = @source AND source_id = @source_id
  AND removed_at IS NULL;

-- name: Items :many
SELECT t.id, t.source, t.source_id, t.occurred_at, t.told_at, t.title, t.note_source, t.note, t.removed_at, t.row_version,
  t.added_by_type, t.added_by_id, t.added_by_name,
  a.kind, a.subject_id, a.actor_type, a.actor_id, a.actor_name, a.details, a.seq,
  u.message AS update_message, u.message_source AS update_source,
  m.document AS message_document, m.source AS message_source, m.author_id, m.author_name, m.deleted_at AS message_deleted_at
FROM muster.timeline_item t
LEFT JOIN muster.activity a ON a.organisation_id = t.organisation_id AND a.id = t.id
LEFT JOIN muster.incident_update u ON t.source = 'update' AND u.organisation_id = t.organisation_id AND u.id = t.source_id
LEFT JOIN muster.room_message m ON t.source = 'message' AND m.organisation_id = t.organisation_id AND m.id = t.source_id
WHERE t.organisation_id = muster.current_organisation() AND t.incident_id = @incident_id
  AND (@item::text = '' OR t.id = @item::text)
  AND (@hidden::boolean OR t.removed_at IS NULL)
ORDER BY coalesce(t.told_at, t.occurred_at), a.seq, t.id
LIMIT 2000;

-- name: CountItems :one
SELECT count(*) FROM muster.timeline_item
WHERE organisation_id = muster.current_organisation() AND incident_id = $1 AND removed_at IS NULL;

-- name: ShownItems :many
SELECT id FROM muster.timeline_item
WHERE organisation_id = muster.current_organisation() AND incident_id = $1 AND removed_at IS NULL;

-- name: LockItem :one
SELECT * FROM muster.timeline_item
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND id = @id
FOR NO KEY UPDATE;

-- name: ItemByKey :one
SELECT id FROM muster.timeline_item
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND idempotency_key = @key::text;

-- name: InsertOwn :exec
INSERT INTO muster.timeline_item (organisation_id, id, incident_id, private, source, source_id, occurred_at, title, note_source, note,
  idempotency_key, added_by_type, added_by_id, added_by_name, recorded_at)
VALUES (muster.current_organisation(), @id, @incident_id, @private, 'hand', @id, @occurred_at, @title, @note_source, @note,
  @idempotency_key, @added_by_type, @added_by_id, @added_by_name, @recorded_at);

-- name: SetItem :exec
UPDATE muster.timeline_item SET title = @title, note_source = @note_source, note = @note, told_at = @told_at, row_version = row_version + 1
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: SetRemoved :exec
UPDATE muster.timeline_item SET removed_at = @removed_at, row_version = row_version + 1
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- KeepNoted brings back what tells of a deleted message if somebody gave it a title or wrote a note under it.
-- name: KeepNoted :exec
UPDATE muster.timeline_item SET removed_at = NULL
WHERE organisation_id = muster.current_organisation() AND incident_id = @incident_id AND source = 'message' AND source_id = @message
  AND (title <> '' OR note_source <> '');

-- name: MessageGone :one
SELECT (deleted_at IS NOT NULL)::boolean AS gone FROM muster.room_message WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: RoleNamed :one
SELECT name, role_type FROM muster.incident_role WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: StatusNamed :one
SELECT name FROM muster.incident_status WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: SeverityNamed :one
SELECT name, rank FROM muster.severity WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: UserNamed :one
SELECT name FROM muster.user WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: TimestampNamed :one
SELECT name FROM muster.incident_timestamp WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: FieldNamed :one
SELECT name FROM muster.custom_field WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: TypeNamed :one
SELECT name FROM muster.incident_type WHERE organisation_id = muster.current_organisation() AND id = $1;
