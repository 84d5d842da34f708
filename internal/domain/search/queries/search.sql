-- name: Texts :many
-- The texts of what was found, with who wrote them: documents where there are some, else plain words.
SELECT 'incident' AS kind, i.id, i.name AS title, i.summary AS document, i.summary_source AS source, i.creator_id AS author_id, i.creator_name AS author_name, ''::text AS within_id
FROM muster.incident i WHERE i.organisation_id = muster.current_organisation() AND i.id = ANY (@incidents::text[])
UNION ALL
SELECT 'update', u.id, '', u.message, u.message_source, u.author_id, u.author_name, ''
FROM muster.incident_update u WHERE u.organisation_id = muster.current_organisation() AND u.id = ANY (@updates::text[])
UNION ALL
SELECT 'message', m.id, '', m.document, m.source, m.author_id, m.author_name, ''
FROM muster.room_message m WHERE m.organisation_id = muster.current_organisation() AND m.id = ANY (@messages::text[])
UNION ALL
SELECT 'action', a.id, '', NULL, a.description, a.creator_id, a.creator_name, ''
FROM muster.action a WHERE a.organisation_id = muster.current_organisation() AND a.id = ANY (@actions::text[])
UNION ALL
SELECT 'item', t.id, t.title, t.note, t.note_source, t.added_by_id, t.added_by_name, ''
FROM muster.timeline_item t WHERE t.organisation_id = muster.current_organisation() AND t.id = ANY (@items::text[])
UNION ALL
SELECT 'customers', c.id, '', NULL, c.text, c.author_id, c.author_name, ''
FROM muster.customers_text c WHERE c.organisation_id = muster.current_organisation() AND c.id = ANY (@customers::text[])
UNION ALL
SELECT 'question', q.id, q.text, NULL, q.answer, q.asker_id, q.asker_name, ''
FROM muster.question q WHERE q.organisation_id = muster.current_organisation() AND q.id = ANY (@questions::text[])
UNION ALL
SELECT 'follow_up', f.id, f.title, NULL, f.description, f.creator_id, f.creator_name, ''
FROM muster.follow_up f WHERE f.organisation_id = muster.current_organisation() AND f.id = ANY (@follow_ups::text[])
UNION ALL
SELECT 'link', l.id, l.title, NULL, l.reference, l.added_by_id, l.added_by_name, ''
FROM muster.attachment l WHERE l.organisation_id = muster.current_organisation() AND l.id = ANY (@links::text[])
UNION ALL
SELECT 'stream', st.id, st.name, NULL, st.outcome, st.creator_id, st.creator_name, st.id
FROM muster.incident_stream st WHERE st.organisation_id = muster.current_organisation() AND st.id = ANY (@streams::text[])
UNION ALL
SELECT 'stream', su.id, so.name, su.message, su.message_source, su.author_id, su.author_name, so.id
FROM muster.incident_stream_update su JOIN muster.incident_stream so ON so.organisation_id = su.organisation_id AND so.id = su.stream_id
WHERE su.organisation_id = muster.current_organisation() AND su.id = ANY (@streams::text[]);

-- name: Incidents :many
SELECT i.id, i.number, i.name, i.private, i.severity_id, i.status_id, coalesce(v.name, '')::text AS severity, coalesce(v.rank, 0)::integer AS severity_rank,
  s.name AS status, s.category, s.rank AS status_rank
FROM muster.incident i
JOIN muster.incident_status s ON s.organisation_id = i.organisation_id AND s.id = i.status_id
LEFT JOIN muster.severity v ON v.organisation_id = i.organisation_id AND v.id = i.severity_id
WHERE i.organisation_id = muster.current_organisation() AND i.id = ANY (@ids::text[]);
