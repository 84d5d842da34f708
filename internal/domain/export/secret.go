package export

import "regexp"

// leftOut are the tables that are not written, each with its reason.
var leftOut = map[string]string{
	"search_entry":  "an index of words, made from the rows of other tables",
	"event_handled": "which job has dealt with which event; nothing that anybody did",
}

// secrets are the columns that are not written, each with its reason.
var secrets = map[string]string{
	"incident.words":             "an index of words, made from the name and the summary",
	"pager.sealed":               "the key of the pager",
	"push_subscription.endpoint": "an address to which whoever knows it can push",
	"push_subscription.p256dh":   "a key of the browser",
	"push_subscription.auth":     "a secret of the browser",
	"slack_delivery.payload":     "requests as Slack sent them, with addresses to answer to",
	"slack_workspace.token":      "the token of the Slack app",
	"webhook_endpoint.sealed":    "what signs the webhooks",
	"export.archive_key":         "where an archive lies",
}

// open are columns whose names only sound like secrets.
var open = map[string]bool{
	"action.idempotency_key": true, "incident.idempotency_key": true, "follow_up.idempotency_key": true, "escalation.idempotency_key": true,
	"incident_update.idempotency_key": true, "incident_stream.idempotency_key": true, "incident_stream_update.idempotency_key": true,
	"question.idempotency_key": true, "timeline_item.idempotency_key": true,
	"blob.key": true, "blob.thumbnail_key": true, "user.avatar_key": true, "slack_member.avatar_key": true, "slack_workspace.icon_key": true,
	"channel_message.key": true, "chat_message.key": true, "chat_outbox.key": true, "notification.key": true, "slack_delivery.key": true,
	"room_message.client_key": true, "custom_field_option.sort_key": true,
}

// suspicious are names of columns that may hold what opens a door.
var suspicious = regexp.MustCompile(`token|secret|password|hash|sealed|cipher|credential|(^|_)(key|auth|signature|private_key)($|_)`)

// undecided is the reason for a column that nobody has decided about: it is left out, to be safe.
const undecided = "may be a secret"

// hidden says why a column is not written, or nothing. What looks like a secret is one until somebody says otherwise.
func hidden(table, column, kind string) string {
	name := table + "." + column
	switch {
	case secrets[name] != "":
		return secrets[name]
	case open[name]:
		return ""
	case kind == "bytea" || kind == "tsvector" || suspicious.MatchString(column):
		return undecided
	default:
		return ""
	}
}
