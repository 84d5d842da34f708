-- name: InsertEndpoint :exec
INSERT INTO muster.webhook_endpoint (organisation_id, id, url, description, event_types, private_incidents, sealed,
  creator_type, creator_id, creator_name, created_at, updated_at)
VALUES (muster.current_organisation(), @id, @url, @description, @event_types, @private_incidents, @sealed,
  @creator_type, @creator_id, @creator_name, @at, @at);

-- name: CountEndpoints :one
SELECT count(*) FROM muster.webhook_endpoint WHERE organisation_id = muster.current_organisation() AND deleted_at IS NULL;

-- name: Endpoints :many
SELECT sqlc.embed(e),
  coalesce((SELECT count(*) FROM muster.webhook_delivery d WHERE d.organisation_id = e.organisation_id AND d.endpoint_id = e.id AND d.state = 'waiting'), 0)::bigint AS waiting,
  coalesce((SELECT count(*) FROM muster.webhook_delivery d WHERE d.organisation_id = e.organisation_id AND d.endpoint_id = e.id AND d.state = 'failed'
    AND d.created_at >= @since AND NOT d.test), 0)::bigint AS failed,
  (SELECT d.settled_at FROM muster.webhook_delivery d WHERE d.organisation_id = e.organisation_id AND d.endpoint_id = e.id AND d.state = 'delivered'
    ORDER BY d.id DESC LIMIT 1) AS last_delivered_at
FROM muster.webhook_endpoint e
WHERE e.organisation_id = muster.current_organisation() AND e.deleted_at IS NULL
ORDER BY e.created_at, e.id;

-- name: Endpoint :one
SELECT * FROM muster.webhook_endpoint WHERE organisation_id = muster.current_organisation() AND id = $1 AND deleted_at IS NULL;

-- name: LockEndpoint :one
SELECT * FROM muster.webhook_endpoint WHERE organisation_id = muster.current_organisation() AND id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE;

-- name: UpdateEndpoint :exec
UPDATE muster.webhook_endpoint SET url = @url, description = @description, event_types = @event_types, private_incidents = @private_incidents,
  sealed = @sealed, previous_until = @previous_until, disabled_at = @disabled_at, disabled_why = @disabled_why, failing_since = @failing_since,
  deleted_at = @deleted_at, row_version = row_version + 1, updated_at = @at
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: ListEnabled :exec
INSERT INTO control.webhook_endpoint (organisation_id, endpoint_id) VALUES (muster.current_organisation(), @id) ON CONFLICT DO NOTHING;

-- name: UnlistEnabled :exec
DELETE FROM control.webhook_endpoint WHERE organisation_id = muster.current_organisation() AND endpoint_id = @id;

-- name: Enabled :many
SELECT organisation_id, endpoint_id FROM control.webhook_endpoint ORDER BY organisation_id, endpoint_id;

-- name: GiveUpWaiting :exec
UPDATE muster.webhook_delivery SET state = 'failed', trouble = @trouble, settled_at = @at, leased_until = NULL
WHERE organisation_id = muster.current_organisation() AND endpoint_id = @endpoint AND state = 'waiting';

-- name: Wanting :many
SELECT e.id, e.event_types FROM muster.webhook_endpoint e
WHERE e.organisation_id = muster.current_organisation() AND e.disabled_at IS NULL AND e.deleted_at IS NULL
  AND (e.private_incidents OR NOT @private::boolean) AND (e.event_types = '{}' OR e.event_types && @event_types::text[])
  AND NOT EXISTS (SELECT FROM muster.incident i
    WHERE i.organisation_id = e.organisation_id AND i.id = @incident AND i.mode = 'tutorial')
ORDER BY e.id;

-- name: Enqueue :exec
INSERT INTO muster.webhook_delivery (organisation_id, id, endpoint_id, event_type, event_id, subject_id, incident_id, batch,
  state, begun_at, due_at, created_at)
SELECT muster.current_organisation(), n.id, n.endpoint_id, n.event_type, @event_id, @subject_id, @incident_id, pg_current_xact_id()::text::bigint,
  'waiting', @at, @at, @at
FROM (SELECT unnest(@ids::text[]) AS id, unnest(@endpoints::text[]) AS endpoint_id, unnest(@event_types::text[]) AS event_type,
  unnest(@covered_by::text[]) AS covered_by) n
WHERE NOT EXISTS (SELECT FROM muster.webhook_delivery d
  WHERE d.organisation_id = muster.current_organisation() AND d.incident_id = @incident_id AND d.endpoint_id = n.endpoint_id
    AND d.subject_id = @subject_id AND d.batch = pg_current_xact_id()::text::bigint AND d.event_type IN (n.event_type, n.covered_by));

-- name: Claim :many
WITH due AS MATERIALIZED ( -- once: as a plain subquery it may be run again for each row, and lock more than were asked for
  SELECT d.id FROM muster.webhook_delivery d
  WHERE d.organisation_id = muster.current_organisation() AND d.endpoint_id = @endpoint AND d.state = 'waiting' AND d.due_at <= @at
    AND (d.leased_until IS NULL OR d.leased_until < clock_timestamp())
  ORDER BY d.due_at, d.id LIMIT sqlc.arg('most') FOR UPDATE SKIP LOCKED)
UPDATE muster.webhook_delivery w SET tries = w.tries + 1, attempts = w.attempts + 1, leased_until = clock_timestamp() + interval '30 seconds'
FROM due WHERE w.organisation_id = muster.current_organisation() AND w.id = due.id
RETURNING w.*;

-- name: ClaimOne :one
UPDATE muster.webhook_delivery SET tries = tries + 1, attempts = attempts + 1, leased_until = clock_timestamp() + interval '30 seconds'
WHERE organisation_id = muster.current_organisation() AND id = @id AND state = 'waiting'
  AND (leased_until IS NULL OR leased_until < clock_timestamp())
RETURNING *;

-- name: NextDue :one
SELECT min(greatest(due_at, coalesce(leased_until, due_at)))::timestamptz AS due FROM muster.webhook_delivery
WHERE organisation_id = muster.current_organisation() AND endpoint_id = @endpoint AND state = 'waiting'
HAVING count(*) > 0;

-- name: KeepBody :exec
UPDATE muster.webhook_delivery SET told_type = @told_type, body = @body, cut = @cut
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: LockDelivery :one
SELECT * FROM muster.webhook_delivery WHERE organisation_id = muster.current_organisation() AND id = $1 FOR NO KEY UPDATE;

-- name: InsertAttempt :exec
INSERT INTO muster.webhook_attempt (organisation_id, delivery_id, number, incident_id, url, request_headers, at, took_ms, status, trouble, response_headers, response)
VALUES (muster.current_organisation(), @delivery_id, @number, @incident_id, @url, @request_headers, @at, @took_ms, @status, @trouble, @response_headers, @response);

-- name: Settle :exec
UPDATE muster.webhook_delivery SET state = @state, due_at = @due_at, leased_until = NULL, status = @status, trouble = @trouble,
  settled_at = @settled_at
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: Recovered :exec
UPDATE muster.webhook_endpoint SET failing_since = NULL
WHERE organisation_id = muster.current_organisation() AND id = @id AND failing_since IS NOT NULL;

-- name: Failing :exec
UPDATE muster.webhook_endpoint SET failing_since = @at
WHERE organisation_id = muster.current_organisation() AND id = @id AND failing_since IS NULL;

-- name: InsertTest :exec
INSERT INTO muster.webhook_delivery (organisation_id, id, endpoint_id, event_type, test, state, told_type, body, begun_at, due_at, created_at)
VALUES (muster.current_organisation(), @id, @endpoint_id, @event_type, true, 'waiting', @event_type, @body, @at, @due_at, @at);

-- name: Restart :exec
UPDATE muster.webhook_delivery SET state = 'waiting', tries = 0, begun_at = @at, due_at = @due_at, settled_at = NULL,
  leased_until = CASE WHEN state = 'waiting' THEN leased_until END
WHERE organisation_id = muster.current_organisation() AND id = @id;

-- name: RestartFailed :execrows
UPDATE muster.webhook_delivery SET state = 'waiting', tries = 0, begun_at = @at, due_at = @at, settled_at = NULL, leased_until = NULL
WHERE organisation_id = muster.current_organisation() AND endpoint_id = @endpoint AND state = 'failed' AND NOT test;

-- name: Deliveries :many
SELECT * FROM muster.webhook_delivery
WHERE organisation_id = muster.current_organisation() AND endpoint_id = @endpoint AND (@state::text = '' OR state = @state) AND (@before::text = '' OR id < @before)
ORDER BY id DESC LIMIT sqlc.arg('most');

-- name: Delivery :one
SELECT * FROM muster.webhook_delivery WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: Attempts :many
SELECT * FROM muster.webhook_attempt WHERE organisation_id = muster.current_organisation() AND delivery_id = $1 ORDER BY number DESC LIMIT 100;

-- name: SweepDeliveries :execrows
DELETE FROM muster.webhook_delivery WHERE organisation_id = muster.current_organisation() AND id IN (
  SELECT d.id FROM muster.webhook_delivery d
  WHERE d.organisation_id = muster.current_organisation() AND d.endpoint_id = @endpoint AND d.state <> 'waiting'
    AND (d.created_at < @before OR d.id <= coalesce((SELECT k.id FROM muster.webhook_delivery k
      WHERE k.organisation_id = muster.current_organisation() AND k.endpoint_id = @endpoint ORDER BY k.id DESC OFFSET sqlc.arg('keep') LIMIT 1), ''))
  ORDER BY d.id LIMIT sqlc.arg('most'));

-- name: EverEndpoints :many
SELECT id, deleted_at FROM muster.webhook_endpoint WHERE organisation_id = muster.current_organisation() ORDER BY id;

-- name: Owners :many
SELECT u.id, u.name, u.email FROM muster.user u
WHERE u.organisation_id = muster.current_organisation() AND u.state = 'active' AND (u.role = 'owner' OR u.id = @maker)
ORDER BY u.id;

-- name: OrganisationName :one
SELECT name FROM muster.organisation WHERE organisation_id = muster.current_organisation();
