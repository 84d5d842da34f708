-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- Whoever has a follow-up is reminded in the morning of its day: those that were there before get their reminder, too.
INSERT INTO control.timer (organisation_id, kind, subject_id, due_at)
SELECT f.organisation_id, 'follow_up.due', f.id, (f.due_on + time '08:00') AT TIME ZONE z.name
FROM muster.follow_up f
JOIN muster.user u ON u.organisation_id = f.organisation_id AND u.id = f.assignee_id
JOIN pg_timezone_names z ON z.name = u.time_zone
WHERE f.status = 'outstanding' AND f.due_on > current_date
ON CONFLICT DO NOTHING;
-- +goose StatementEnd
