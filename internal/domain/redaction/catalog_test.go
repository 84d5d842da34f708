package redaction

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/testing/testdb"
)

// exempt are columns of what belongs to an incident that hold no words of people's own, by table.column or by column
// alone, each with its reason.
var exempt = map[string]string{
	"kind": "one of a few words of ours", "state": "one of a few words of ours", "status": "one of a few words of ours", "mode": "one of a few words of ours",
	"method": "one of a few words of ours", "operation": "one of a few words of ours", "category": "one of a few words of ours",
	"scope": "one of a few words of ours", "platform": "one of a few words of ours", "found_in": "one of a few words of ours", "step": "one of a few words of ours",
	"purpose": "one of a few words of ours", "act": "one of a few words of ours", "status_category": "one of a few words of ours", "media_type": "one of a few words of ours", "ended_in": "one of a few words of ours",
	"idempotency_key": "made by programs, never shown", "client_key": "made by programs, never shown", "key": "random, or made of ids", "thumbnail_key": "random",
	"audit_entry.address": "where a request came from", "audit_entry.request": "an id", "trace": "an id", "leased_by": "a process", "emoji": "one character", "notification.target": "an address of a person or a device", "escalation_attempt.target": "an address of a person or a device", "notification.reason": "one of a few words of ours",
	"follow_up.priority": "the name of one of the organisation's priorities", "follow_up.issue_provider": "one of a few words of ours", "follow_up.labels": "short words in small letters that the organisation shares",
	"escalation_target.name": "the name of a person or a pager", "escalation_attempt.reference": "what a pager calls its own alert",
	"event.payload": "ids and numbers only; golden tests hold that", "timeline_item.source": "one of a few words of ours",
	"room_message.run":                "one of a few words of ours",
	"room_message.more_events":        "ids of events",
	"room_message.origin":             "the name of a chat platform",
	"channel.name":                    "follows the incident's name",
	"channel.drawn":                   "follows the incident's name, severity, status and lead",
	"channel.trouble":                 "what a chat platform answered",
	"channel.state":                   "one of a few words of ours",
	"channel.visited_by":              "an id",
	"channel.stays_out":               "ids",
	"channel_message.key":             "the key of a message",
	"channel_message.emoji":           "emojis",
	"announced.visited_by":            "an id",
	"announced.trouble":               "what a chat platform answered",
	"announcement_post.shown":         "a digest",
	"announcement_post.conversation":  "a chat platform's id of a channel",
	"announcement_post.external":      "a chat platform's id of a message",
	"announcement_reply.shown":        "a digest",
	"announcement_reply.conversation": "a chat platform's id of a channel",
	"announcement_reply.external":     "a chat platform's id of a message",
	"webhook_attempt.url":             "where the receiver is",
	"webhook_attempt.request_headers": "ids, a time and a signature",
	"room_reaction.origin":            "the name of a chat platform",
	"audit_entry.action":              "one of a few words of ours",
}

// TestEveryTextOfAnIncidentIsRedactedOrExempt walks the catalogue: whoever adds a column for people's words is told here
// to list it in columns.go.
func TestEveryTextOfAnIncidentIsRedactedOrExempt(t *testing.T) {
	t.Parallel()
	listed := map[string]bool{}
	for _, one := range tables {
		for _, text := range one.texts {
			listed[one.name+"."+text.column] = true
			if text.document != "" {
				listed[one.name+"."+text.document] = true
			}
		}
	}
	d := testdb.New(t)
	rows, err := d.DB.Pool().Query(t.Context(), `SELECT c.table_name, c.column_name,
			c.table_name = 'incident' OR EXISTS (SELECT FROM information_schema.columns o
				WHERE o.table_schema = 'muster' AND o.table_name = c.table_name AND o.column_name = 'incident_id')
		FROM information_schema.columns c
		WHERE c.table_schema = 'muster' AND c.data_type IN ('text', 'character varying', 'jsonb', 'json', 'ARRAY', 'bytea') AND c.is_generated = 'NEVER'`)
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	var table, column string
	var owned bool
	if _, err := pgx.ForEachRow(rows, []any{&table, &column, &owned}, func() error {
		name := table + "." + column
		there[name] = true
		if !owned || listed[name] || column == "id" || strings.HasSuffix(column, "_id") || strings.HasSuffix(column, "_ids") ||
			strings.HasSuffix(column, "_type") || strings.HasSuffix(column, "_name") { // ids, and people by the names of then
			return nil
		}
		reason, known := exempt[name]
		if !known {
			reason = exempt[column]
		}
		if reason == "" {
			t.Errorf("%s may hold a secret: list it in columns.go, or say in this test why it cannot", name)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for name := range listed {
		if !there[name] {
			t.Errorf("%s is listed and does not exist", name)
		}
	}
}
