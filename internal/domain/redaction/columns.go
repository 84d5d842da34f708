package redaction

// table is where people's words are kept: which columns of which table, and what they are called in a report.
type table struct {
	name string
	// called is the plural noun for people.
	called string
	// incident is the column with the incident's id; empty where rows belong to the organisation alone.
	incident string
	texts    []text
}

// text is one text of a row.
type text struct {
	column string
	// document is the column with what was read from a source of rich text; values says that the column itself is JSON
	// with texts somewhere in it, blocks that these are blocks of a chat message, whose buttons must go on working.
	document string
	values   bool
	blocks   bool
	// key says that the column is part of a key, so that two redacted ones must differ.
	key bool
}

func plain(columns ...string) []text {
	var all []text
	for _, c := range columns {
		all = append(all, text{column: c})
	}
	return all
}

// tables lists every column that can hold a secret, in the order in which they are worked. A new one is added here; the
// test of the catalogue refuses columns that are neither here nor among the exempt.
var tables = []table{
	{"incident", "names and summaries", "id", []text{{column: "name"}, {column: "summary_source", document: "summary"}, {column: "call_url"}, {column: "postmortem_url"}}},
	{"incident_update", "updates", "incident_id", []text{{column: "message_source", document: "message"}}},
	{"incident_update_version", "earlier words of updates", "incident_id", []text{{column: "message_source", document: "message"}}},
	{"incident_field_value", "fields", "incident_id", plain("value")},
	{"incident_role_assignment", "hand-over notes", "incident_id", plain("note")},
	{"incident_aside", "reasons", "incident_id", plain("reason")},
	{"room_message", "messages", "incident_id", []text{{column: "source", document: "document"}, {column: "blocks", blocks: true}, {column: "deleted_reason"}}},
	{"room_message_version", "earlier words of messages", "incident_id", []text{{column: "source", document: "document"}}},
	{"blob", "names of files", "incident_id", plain("name", "preview")},
	{"action", "actions", "incident_id", plain("description")},
	{"follow_up", "follow-ups", "incident_id", plain("title", "description", "issue_url")},
	{"incident_stream", "streams", "incident_id", plain("name", "outcome")},
	{"incident_stream_update", "updates of streams", "incident_id", []text{{column: "message_source", document: "message"}}},
	{"customers_text", "texts for customers", "incident_id", plain("text")},
	{"question", "questions and answers", "incident_id", plain("text", "answer")},
	{"escalation", "escalations", "incident_id", plain("message")},
	{"escalation_attempt", "escalations", "incident_id", plain("answer", "label")},
	{"attachment", "links", "incident_id", []text{{column: "url"}, {column: "title"}, {column: "reference", key: true}}},
	{"timeline_item", "timeline items", "incident_id", []text{{column: "title"}, {column: "note_source", document: "note"}}},
	{"activity", "lines of the log", "incident_id", []text{{column: "details", values: true}}},
	{"chat_outbox", "messages on their way", "incident_id", []text{{column: "message", blocks: true}, {column: "last_error"}}},
	{"notification", "notifications", "incident_id", plain("last_error")},
	{"webhook_delivery", "what webhooks were sent", "incident_id", []text{{column: "body", values: true}, {column: "trouble"}}},
	{"webhook_attempt", "what webhooks answered", "incident_id", []text{{column: "trouble"}, {column: "response"}, {column: "response_headers", values: true}}},
	{"audit_entry", "audit entries", "incident_id", []text{{column: "before", values: true}, {column: "after", values: true}}},

	{"severity", "settings", "", plain("description")},
	{"incident_status", "settings", "", plain("description")},
	{"incident_type", "settings", "", plain("description")},
	{"incident_role", "settings", "", plain("description", "instructions")},
}
