-- name: InsertExport :execrows
-- One at a time: the index of those that are on their way refuses another.
INSERT INTO muster.export (organisation_id, id, state, formats, files, requested_by_id, requested_by_name, requested_at)
VALUES (muster.current_organisation(), @id, 'waiting', @formats, @files, sqlc.narg('requested_by_id'), @requested_by_name, @at)
ON CONFLICT (organisation_id) WHERE state IN ('waiting', 'running') DO NOTHING;

-- name: Exports :many
SELECT * FROM muster.export WHERE organisation_id = muster.current_organisation() ORDER BY requested_at DESC, id DESC LIMIT sqlc.arg('count');

-- name: LockExport :one
SELECT * FROM muster.export WHERE organisation_id = muster.current_organisation() AND id = @id FOR NO KEY UPDATE;

-- name: ClaimExport :one
-- Takes up what waits, or what somebody is silent about.
UPDATE muster.export SET state = 'running', worked_by = @worker, beat_at = clock_timestamp(), attempts = attempts + 1
WHERE organisation_id = muster.current_organisation() AND id = (
  SELECT e.id FROM muster.export e WHERE e.organisation_id = muster.current_organisation()
    AND (e.state = 'waiting' OR e.state = 'running' AND e.beat_at < clock_timestamp() - interval '30 seconds')
  ORDER BY e.requested_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING *;

-- name: BeatExport :execrows
UPDATE muster.export SET beat_at = clock_timestamp(), doing = @doing, rows_done = @rows_done, rows_total = @rows_total,
  files_done = @files_done, files_total = @files_total
WHERE organisation_id = muster.current_organisation() AND id = @id AND state = 'running' AND worked_by = @worker;

-- name: FinishExport :execrows
UPDATE muster.export SET state = 'ready', doing = '', moment = @moment, archive_key = @archive_key, size_bytes = @size_bytes, sha256 = @sha256,
  rows_done = @rows, rows_total = @rows, files_done = @files, files_total = @files, ended_at = @at, expires_at = @expires_at, worked_by = '', trouble = ''
WHERE organisation_id = muster.current_organisation() AND id = @id AND state = 'running' AND worked_by = @worker;

-- name: LeaveExport :execrows
-- Whoever was at it is not any more: it waits for another, or has failed.
UPDATE muster.export SET state = @state, trouble = @trouble, ended_at = sqlc.narg('ended_at'), worked_by = ''
WHERE organisation_id = muster.current_organisation() AND id = @id AND state = 'running' AND worked_by = @worker;

-- name: EndExport :exec
UPDATE muster.export SET state = @state, trouble = @trouble, ended_at = coalesce(ended_at, @at), worked_by = ''
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: RestartExports :execrows
-- What is on its way begins anew, and what is there is not given out any more.
UPDATE muster.export SET state = CASE state WHEN 'ready' THEN 'withdrawn' ELSE 'waiting' END, trouble = @trouble, worked_by = ''
WHERE organisation_id = muster.current_organisation() AND state IN ('running', 'ready');

-- name: ExpireExports :exec
UPDATE muster.export SET state = 'expired' WHERE organisation_id = muster.current_organisation() AND state = 'ready' AND expires_at <= @at;

-- name: DoneArchives :many
-- Archives that nobody may download any more and that are still stored.
SELECT id, archive_key::text AS archive_key FROM muster.export
WHERE organisation_id = muster.current_organisation() AND archive_key IS NOT NULL AND state <> 'ready';

-- name: ForgetArchive :exec
UPDATE muster.export SET archive_key = NULL WHERE organisation_id = muster.current_organisation() AND id = @id;
