-- name: ReactionRules :many
SELECT purpose, emoji FROM muster.reaction_rule WHERE organisation_id = muster.current_organisation();

-- name: SetReactionRule :exec
INSERT INTO muster.reaction_rule (organisation_id, purpose, emoji, updated_at)
VALUES (muster.current_organisation(), sqlc.arg('purpose'), sqlc.arg('emoji'), sqlc.arg('at'))
ON CONFLICT (organisation_id, purpose) DO UPDATE SET emoji = EXCLUDED.emoji, updated_at = EXCLUDED.updated_at;

-- name: InsertDone :execrows
INSERT INTO muster.reaction_done (organisation_id, message_id, purpose, incident_id, private, done_at)
VALUES (muster.current_organisation(), sqlc.arg('message_id'), sqlc.arg('purpose'), sqlc.arg('incident_id'), sqlc.arg('private'), sqlc.arg('at'))
ON CONFLICT DO NOTHING;

-- name: DeleteDone :execrows
DELETE FROM muster.reaction_done
WHERE organisation_id = muster.current_organisation() AND message_id = sqlc.arg('message_id') AND purpose = sqlc.arg('purpose');

-- name: EmojiLeft :many
SELECT emoji FROM muster.room_reaction WHERE organisation_id = muster.current_organisation() AND message_id = $1;
