-- +goose Up
-- +goose StatementBegin
SET LOCAL lock_timeout = '5s';

-- All rows of one incident are found without reading everybody's.
CREATE INDEX escalation_target_by_incident ON muster.escalation_target (organisation_id, incident_id);
CREATE INDEX escalation_attempt_by_incident ON muster.escalation_attempt (organisation_id, incident_id);
CREATE INDEX incident_access_request_by_incident ON muster.incident_access_request (organisation_id, incident_id);
CREATE INDEX incident_update_version_by_incident ON muster.incident_update_version (organisation_id, incident_id);
CREATE INDEX reaction_done_by_incident ON muster.reaction_done (organisation_id, incident_id);
CREATE INDEX room_message_version_by_incident ON muster.room_message_version (organisation_id, incident_id);
CREATE INDEX room_thread_member_by_incident ON muster.room_thread_member (organisation_id, incident_id);
CREATE INDEX subscription_digest_item_by_incident ON muster.subscription_digest_item (organisation_id, incident_id);

-- What else people write of an incident can be found too.
SELECT muster.searched('muster.question', 'question', 'text', 'answer');
SELECT muster.searched('muster.follow_up', 'follow_up', 'title', 'description');
SELECT muster.searched('muster.attachment', 'link', 'title', 'reference');

-- Of the words for customers only the newest are found: every version is a row of its own.
CREATE FUNCTION muster.forget_earlier_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM muster.search_entry WHERE organisation_id = NEW.organisation_id AND incident_id = NEW.incident_id
    AND kind = 'customers' AND subject_id < NEW.id;
  RETURN NULL;
END $$;
SELECT muster.searched('muster.customers_text', 'customers', 'text');
CREATE TRIGGER forget_earlier_words AFTER INSERT ON muster.customers_text FOR EACH ROW EXECUTE FUNCTION muster.forget_earlier_words();
DELETE FROM muster.search_entry e USING muster.customers_text t
WHERE e.kind = 'customers' AND e.organisation_id = t.organisation_id AND e.subject_id = t.id
  AND EXISTS (SELECT FROM muster.customers_text n WHERE n.organisation_id = t.organisation_id AND n.incident_id = t.incident_id AND n.version > t.version);
-- +goose StatementEnd
