-- name: Put :exec
INSERT INTO muster.subscription (organisation_id, id, user_id, scope, incident_id, private, type_id, severity_id, mail, push, created_at)
VALUES (muster.current_organisation(), @id, @user_id, @scope, @incident_id, @private, @type_id, @severity_id, @mail, @push, @at)
ON CONFLICT (organisation_id, user_id, scope, incident_id, type_id, severity_id) DO UPDATE SET mail = EXCLUDED.mail, push = EXCLUDED.push;

-- name: DropOne :execrows
DELETE FROM muster.subscription WHERE organisation_id = muster.current_organisation() AND user_id = @user_id AND id = @id;

-- name: DropOf :execrows
DELETE FROM muster.subscription WHERE organisation_id = muster.current_organisation() AND user_id = @user_id AND incident_id = @incident_id;

-- name: One :one
SELECT * FROM muster.subscription WHERE organisation_id = muster.current_organisation() AND user_id = @user_id AND id = @id;

-- name: Mine :many
SELECT sqlc.embed(s), i.number, i.name AS incident_name, i.status_category, t.name AS type_name, v.name AS severity_name, v.rank AS severity_rank
FROM muster.subscription s
LEFT JOIN muster.incident i ON i.organisation_id = s.organisation_id AND i.id = s.incident_id
LEFT JOIN muster.incident_type t ON t.organisation_id = s.organisation_id AND t.id = s.type_id
LEFT JOIN muster.severity v ON v.organisation_id = s.organisation_id AND v.id = s.severity_id
WHERE s.organisation_id = muster.current_organisation() AND s.user_id = $1 AND (s.scope <> 'incident' OR i.id IS NOT NULL)
ORDER BY CASE s.scope WHEN 'everything' THEN 0 WHEN 'severity' THEN 1 WHEN 'type' THEN 2 ELSE 3 END, s.created_at DESC, s.id;

-- Matching: what the person is subscribed to of which an incident is part, the one that names it first.
-- name: Matching :many
SELECT s.id, s.scope, s.mail, s.push FROM muster.subscription s
WHERE s.organisation_id = muster.current_organisation() AND s.user_id = @user_id AND (s.incident_id = @incident_id OR s.scope = 'everything'
  OR s.type_id = @type_id OR (s.scope = 'severity' AND @rank::integer >= (SELECT v.rank FROM muster.severity v WHERE v.organisation_id = s.organisation_id AND v.id = s.severity_id)))
ORDER BY s.incident_id IS NULL, s.id;

-- Members: everyone subscribed to something of which the incident is part and who may see it. What names the incident goes
-- before what does not.
-- name: Members :many
SELECT u.id AS user_id, u.time_zone,
  (CASE WHEN bool_or(s.incident_id IS NOT NULL) THEN bool_or(s.mail) FILTER (WHERE s.incident_id IS NOT NULL) ELSE bool_or(s.mail) END)::boolean AS mail,
  (CASE WHEN bool_or(s.incident_id IS NOT NULL) THEN bool_or(s.push) FILTER (WHERE s.incident_id IS NOT NULL) ELSE bool_or(s.push) END)::boolean AS push,
  coalesce((SELECT p.pace FROM muster.subscription_pace p WHERE p.organisation_id = u.organisation_id AND p.user_id = u.id), 'immediate')::text AS pace
FROM muster.subscription s
JOIN muster.user u ON u.organisation_id = s.organisation_id AND u.id = s.user_id AND u.state = 'active'
WHERE s.organisation_id = muster.current_organisation() AND (s.incident_id = @incident_id OR (@broad::boolean AND (s.scope = 'everything' OR s.type_id = @type_id
    OR (s.scope = 'severity' AND @rank::integer >= (SELECT v.rank FROM muster.severity v WHERE v.organisation_id = s.organisation_id AND v.id = s.severity_id)))))
  AND (NOT @private::boolean OR EXISTS (SELECT FROM muster.incident_access a
    WHERE a.organisation_id = u.organisation_id AND a.user_id = u.id AND a.incident_id = @incident_id))
GROUP BY u.organisation_id, u.id, u.time_zone
ORDER BY u.id;

-- name: Participants :many
SELECT p.user_id FROM muster.incident_participant p
JOIN muster.user u ON u.organisation_id = p.organisation_id AND u.id = p.user_id AND u.state = 'active'
WHERE p.organisation_id = muster.current_organisation() AND p.incident_id = $1;

-- name: SeverityRank :one
SELECT rank FROM muster.severity WHERE organisation_id = muster.current_organisation() AND id = $1;

-- name: TypeThere :one
SELECT EXISTS (SELECT FROM muster.incident_type WHERE organisation_id = muster.current_organisation() AND id = $1 AND archived_at IS NULL);

-- name: SeverityThere :one
SELECT EXISTS (SELECT FROM muster.severity WHERE organisation_id = muster.current_organisation() AND id = $1 AND archived_at IS NULL);

-- name: Pace :one
SELECT pace FROM muster.subscription_pace WHERE organisation_id = muster.current_organisation() AND user_id = $1;

-- name: SetPace :exec
INSERT INTO muster.subscription_pace (organisation_id, user_id, pace) VALUES (muster.current_organisation(), @user_id, @pace)
ON CONFLICT (organisation_id, user_id) DO UPDATE SET pace = EXCLUDED.pace;

-- name: EndMailOf :execrows
UPDATE muster.subscription SET mail = false WHERE organisation_id = muster.current_organisation() AND user_id = @user_id AND mail AND id = ANY (@ids::text[]);

-- name: EndAllMail :execrows
UPDATE muster.subscription SET mail = false WHERE organisation_id = muster.current_organisation() AND user_id = @user_id AND mail;

-- DropSilent: what is left without mail and push says nothing, unless it keeps an incident silent.
-- name: DropSilent :exec
DELETE FROM muster.subscription s WHERE s.organisation_id = muster.current_organisation() AND s.user_id = @user_id AND NOT s.mail AND NOT s.push
  AND (s.scope <> 'incident' OR NOT EXISTS (SELECT FROM muster.subscription b
    WHERE b.organisation_id = s.organisation_id AND b.user_id = s.user_id AND b.scope <> 'incident' AND (b.mail OR b.push)));

-- name: Later :execrows
INSERT INTO muster.subscription_digest_item (organisation_id, user_id, event_id, incident_id, private, created_at)
VALUES (muster.current_organisation(), @user_id, @event_id, @incident_id, @private, @at) ON CONFLICT DO NOTHING;

-- name: WaitingItems :one
SELECT count(*) FROM muster.subscription_digest_item WHERE organisation_id = muster.current_organisation() AND user_id = $1 AND digest_id IS NULL;

-- name: Gather :execrows
UPDATE muster.subscription_digest_item SET digest_id = @digest_id WHERE organisation_id = muster.current_organisation() AND user_id = @user_id AND digest_id IS NULL;

-- Gathered: the incidents of a digest that its reader may still see, with how often something was told.
-- name: Gathered :many
SELECT d.incident_id, count(*) AS news FROM muster.subscription_digest_item d
JOIN muster.incident i ON i.organisation_id = d.organisation_id AND i.id = d.incident_id
WHERE d.organisation_id = muster.current_organisation() AND d.digest_id = @digest_id AND d.user_id = @user_id
  AND (NOT i.private OR EXISTS (SELECT FROM muster.incident_access a WHERE a.organisation_id = d.organisation_id AND a.user_id = d.user_id AND a.incident_id = d.incident_id))
GROUP BY d.incident_id
ORDER BY max(d.created_at) DESC, d.incident_id;

-- name: Subscribers :many
SELECT user_id, mail, push FROM muster.subscription
WHERE organisation_id = muster.current_organisation() AND incident_id = $1 AND (mail OR push)
ORDER BY user_id;

-- name: PutNew :execrows
INSERT INTO muster.subscription (organisation_id, id, user_id, scope, incident_id, private, mail, push, created_at)
VALUES (muster.current_organisation(), @id, @user_id, 'incident', @incident_id, @private, @mail, @push, @at)
ON CONFLICT DO NOTHING;

-- HoldReader lets one at a time put something aside for a reader or gather it, so that nothing is left without a timer.
-- name: HoldReader :exec
SELECT id FROM muster.user WHERE organisation_id = muster.current_organisation() AND id = $1 FOR NO KEY UPDATE;
