package settings

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/id"
)

// changed is one thing that an entry of the log changed.
type changed struct{ Label, Before, After string }

// auditNouns are the settings as sentences name them; they are created, edited, put in order and archived.
var auditNouns = map[string]string{
	"severity": "severity", "incident_status": "status", "incident_role": "role", "incident_type": "type", "incident_timestamp": "timestamp",
	"duration_metric": "duration", "custom_field": "field", "custom_field_option": "option", "follow_up_priority": "follow-up priority", "form": "form of incidents of the type",
	"api_key": "API key",
}

// auditVerbs are what is done to settings, with their noun.
var auditVerbs = map[string]string{
	"created": "added the %", "edited": "changed the %", "archived": "archived the %", "ordered": "put each % in another place",
	"made_default": "made another % the usual one", "reset": "took back the changes to the %",
}

// auditSentences tell each other action, after the name of who did it.
var auditSentences = map[string]string{
	"account.password_changed":         "changed their password",
	"action.assigned":                  "gave an action to somebody",
	"action.completed":                 "completed an action",
	"action.created":                   "added an action",
	"action.deleted":                   "deleted an action",
	"action.due":                       "reminded of an action",
	"action.due_set":                   "set when an action is due",
	"action.edited":                    "reworded an action",
	"action.not_doing":                 "said that an action will not be done",
	"action.reopened":                  "opened an action again",
	"audit_log.downloaded":             "downloaded the audit log",
	"attachment.added":                 "attached a link to an incident",
	"attachment.removed":               "removed a link from an incident",
	"attachment.retitled":              "gave an attached link another title",
	"announcement_rule.created":        "made an announcement rule",
	"announcement_rule.edited":         "changed an announcement rule",
	"announcement_rule.ordered":        "put the announcement rules in another order",
	"announcement_rule.archived":       "archived an announcement rule",
	"api_key.revoked":                  "revoked the API key",
	"api_key.rotated":                  "gave another secret to the API key",
	"ip_allowlist.edited":              "changed from where the API may be used",
	"api_key.passed_on":                "took over an API key of somebody who left",
	"channel_invite_rule.created":      "made a rule about who is invited into channels",
	"channel_invite_rule.edited":       "changed a rule about who is invited into channels",
	"channel_invite_rule.archived":     "archived a rule about who is invited into channels",
	"channel.adopted":                  "made a channel that was there an incident's",
	"channel.opened":                   "opened a channel for an incident",
	"channel.settings_changed":         "changed how channels are opened",
	"customers.text_changed":           "changed what customers may be told",
	"escalation.acknowledged":          "answered a call",
	"escalation.canceled":              "called a call off",
	"escalation.created":               "called for people",
	"escalation.expired":               "ended a call that nobody answered",
	"escalation.resolved":              "ended a call",
	"export.deleted":                   "deleted an archive of everything",
	"export.downloaded":                "downloaded everything",
	"export.requested":                 "asked for an archive of everything",
	"export.stopped":                   "stopped an export",
	"export.taken":                     "took everything out by the command line",
	"feature.changed":                  "switched a feature",
	"follow_up.assigned":               "gave a follow-up to somebody",
	"follow_up.completed":              "completed a follow-up",
	"follow_up.created":                "added a follow-up",
	"follow_up.deleted":                "deleted a follow-up",
	"follow_up.due":                    "reminded of a follow-up",
	"follow_up.edited":                 "changed a follow-up",
	"follow_up.not_doing":              "said that a follow-up will not be done",
	"follow_up.reopened":               "opened a follow-up again",
	"incident.accepted":                "accepted what was in triage as an incident",
	"incident.access_denied":           "declined to let somebody into a private incident",
	"incident.access_granted":          "let somebody into a private incident",
	"incident.access_revoked":          "shut somebody out of a private incident",
	"incident.access_sought":           "asked to be let into a private incident",
	"incident.canceled":                "canceled an incident",
	"incident.closed":                  "closed an incident",
	"incident.declared":                "declared an incident",
	"incident.declared_from_message":   "declared an incident from a message",
	"incident.declined":                "declined what was in triage",
	"incident.fields_set":              "filled in fields of an incident",
	"incident.invited":                 "called somebody into an incident",
	"incident.joined":                  "joined an incident",
	"incident.left":                    "left an incident",
	"incident.made_private":            "made an incident private",
	"incident.made_public":             "opened a private incident to everyone",
	"incident.merged":                  "merged an incident into another",
	"incident.merged_in":               "took in another incident",
	"incident.paused":                  "paused an incident",
	"incident.quiet_changed":           "changed whether an incident is quiet",
	"incident.reminder_skipped":        "took back the reminder of an update",
	"incident.reminder_snoozed":        "put the reminder of an update off",
	"incident.renamed":                 "renamed an incident",
	"incident.reopened":                "opened an incident again",
	"incident.resumed":                 "took up a paused incident again",
	"incident.role_assigned":           "gave a role in an incident",
	"incident.role_read":               "read what a role asks",
	"incident.severity_changed":        "changed the severity of an incident",
	"incident.status_changed":          "changed the status of an incident",
	"incident.summary_changed":         "rewrote the summary of an incident",
	"incident.call_set":                "set where those in an incident talk",
	"incident.taken_over":              "took over private incidents that nobody saw any more",
	"incident.timestamps_set":          "set times of an incident",
	"incident.type_changed":            "changed the type of an incident",
	"incident.update_edited":           "corrected an update",
	"incident.update_sent":             "sent an update",
	"managed_resource.claimed":         "let a program manage something",
	"notification.device_subscribed":   "switched push notifications on",
	"notification.device_unsubscribed": "switched push notifications off",
	"notification.preference_changed":  "changed how they are notified",
	"nudge.changed":                    "changed a nudge",
	"organisation.changed":             "changed the organisation",
	"organisation.created":             "set up the organisation",
	"pager.created":                    "connected the pager",
	"pager.deleted":                    "removed the pager",
	"pager.edited":                     "changed the pager",
	"pager.switched":                   "switched the pager on or off",
	"pager.tested":                     "tried the pager out",
	"question.answered":                "answered a question",
	"question.asked":                   "asked a question",
	"question.followed":                "wants to hear the answer to a question too",
	"question.moved":                   "took a question along to the incident that its own was merged into",
	"question.reworded":                "reworded a question",
	"question.unanswered":              "took an answer back",
	"question.withdrawn":               "withdrew a question",
	"reaction_rule.changed":            "changed what a reaction does",
	"redaction.done":                   "removed a secret wherever it was written",
	"redaction.file_removed":           "removed a file and its content",
	"room.file_attached":               "uploaded a file",
	"room.message_deleted":             "deleted a message",
	"room.message_edited":              "edited a message",
	"room.message_pinned":              "pinned a message",
	"room.message_posted":              "posted a message",
	"room.message_unpinned":            "unpinned a message",
	"room.picture_attached":            "uploaded a picture",
	"room.reacted":                     "reacted to a message",
	"room.unreacted":                   "took a reaction back",
	"session.opened":                   "signed in",
	"session.revoked":                  "ended a session",
	"sign_in_link.made":                "made a sign-in link",
	"slack_workspace.connected":        "connected the Slack workspace",
	"slack_workspace.joining_changed":  "changed who may join from Slack",
	"slack_workspace.revoked":          "lost or ended the connection to the Slack workspace",
	"stream.closed":                    "closed a stream",
	"stream.lead_assigned":             "gave a stream to somebody",
	"stream.opened":                    "opened a stream",
	"stream.renamed":                   "renamed a stream",
	"stream.reopened":                  "opened a stream again",
	"stream.update_sent":               "sent an update of a stream",
	"subscription.changed":             "changed a subscription",
	"subscription.digest_due":          "gathered news for a digest",
	"subscription.ended":               "ended a subscription",
	"subscription.mail_ended":          "ended the mails of a subscription",
	"subscription.pace_changed":        "changed how often they are told of an incident",
	"timeline.item_added":              "added to a timeline",
	"timeline.item_edited":             "edited a timeline",
	"timeline.item_hidden":             "hid something in a timeline",
	"timeline.item_shown":              "showed something in a timeline again",
	"user.deactivated":                 "deactivated",
	"user.hints_switched":              "switched hints on or off",
	"user.invitation_revoked":          "took an invitation back",
	"user.invited":                     "invited somebody",
	"user.joined":                      "joined the organisation",
	"user.profile_changed":             "changed their profile",
	"user.reactivated":                 "let somebody in again:",
	"user.role_changed":                "changed the role of",
	"view.changed":                     "changed the saved view",
	"view.deleted":                     "deleted the saved view",
	"view.saved":                       "saved the view",
	"webhook.created":                  "added a webhook",
	"webhook.deleted":                  "deleted a webhook",
	"webhook.edited":                   "changed a webhook",
	"webhook.resent":                   "sent webhooks again",
	"webhook.secret_revealed":          "looked at the secret of a webhook",
	"webhook.secret_rotated":           "gave a webhook another secret",
	"webhook.switched":                 "switched a webhook",
	"webhook.switched_off":             "switched off a webhook to which nothing got through",
	"webhook.tested":                   "tested a webhook",
}

// sentence tells an action in words, after the name of who did it; an action of a newer release is told by its name.
func sentence(action string) (words string, known bool) {
	if words, known = auditSentences[action]; known {
		return words, true
	}
	noun, verb, _ := strings.Cut(action, ".")
	if thing, pattern := auditNouns[noun], auditVerbs[verb]; thing != "" && pattern != "" {
		return strings.Replace(pattern, "%", thing, 1), true
	}
	return plain(noun) + ": " + plain(verb), false
}

// nounLabels name what actions are done to, where the noun alone says it badly.
var nounLabels = map[string]string{
	"account": "Accounts", "export": "Exports", "audit_log": "Audit log", "channel": "Slack channels", "customers": "What customers may be told", "custom_field": "Fields", "custom_field_option": "Options of fields",
	"duration_metric": "Durations", "feature": "What we use", "incident_role": "Roles", "incident_status": "Statuses", "incident_type": "Types", "incident_timestamp": "Timestamps",
	"follow_up": "Follow-ups", "follow_up_priority": "Follow-up priorities", "notification": "Notifications", "organisation": "Organisation", "reaction_rule": "Reactions", "redaction": "Redactions",
	"room": "Rooms", "session": "Sign-ins", "severity": "Severities", "sign_in_link": "Sign-in links", "slack_workspace": "Slack workspace", "timeline": "Timelines", "user": "People", "view": "Saved views",
}

// nounLabel is the heading of what is done to a noun.
func nounLabel(noun string) string {
	if label := nounLabels[noun]; label != "" {
		return label
	}
	return upper(plain(noun)) + "s"
}

func upper(words string) string {
	if words == "" {
		return ""
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

func plain(key string) string { return strings.ReplaceAll(key, "_", " ") }

// auditNames are names of what entries of the log mention by their ids.
func (p *Pages) auditNames(ctx context.Context) (map[id.ID]string, error) {
	names, err := p.Incidents.SettingNames(ctx)
	if err != nil {
		return nil, err
	}
	ranked, err := p.FollowUps.PriorityNames(ctx)
	if err != nil {
		return nil, err
	}
	maps.Copy(names, ranked)
	people, err := p.Users.List(ctx, user.List{Count: 1000})
	for _, one := range people.Users {
		names[one.ID] = one.Name
	}
	return names, err
}

// auditSentence tells an entry after the name of who did it, with a link to the incident that it belongs to.
type auditSentence struct{ Lead, Link, Href, Title, Tail string }

// theIncident is how sentences speak of the incident; the link takes that place.
var theIncident = []string{"a private incident", "an incident"}

// auditWords tells an entry in a sentence, with the names of what it is about where these are known.
func auditWords(one audit.Logged, before, after map[string]any, names map[id.ID]string, incidents map[id.ID]incident.Named) auditSentence {
	words := actionWords(one, before, after, names)
	of, known := incidents[one.Incident]
	if !known {
		return auditSentence{Lead: words}
	}
	s := auditSentence{Lead: words + " in", Link: of.Reference, Href: "/incidents/" + string(of.ID), Title: of.Name}
	if s.Link == "" { // a tutorial has no number
		s.Link = of.Name
	}
	for _, phrase := range theIncident {
		if lead, tail, cut := strings.Cut(words, phrase); cut {
			s.Lead, s.Tail = strings.TrimSpace(lead), strings.TrimSpace(tail)
			break
		}
	}
	return s
}

// actionWords tells an entry in words, with the name of what it is about where that has one.
func actionWords(one audit.Logged, before, after map[string]any, names map[id.ID]string) string {
	words, _ := sentence(one.Action)
	noun, verb, _ := strings.Cut(one.Action, ".")
	about := ""
	switch {
	case one.TargetType == "incident" || verb == "ordered" || verb == "made_default" || noun == "audit_log":
	case one.TargetType == "user" && one.TargetID == one.Actor.ID:
	case one.TargetType == "user" && !slices.Contains([]string{"user.deactivated", "user.reactivated", "user.role_changed"}, one.Action):
	case noun == "custom_field_option":
		about = cmp.Or(text(after["option"]), text(before["option"]))
	default:
		about = cmp.Or(text(after["name"]), text(before["name"]), names[one.TargetID])
	}
	return strings.TrimSpace(words + " " + about)
}

func text(value any) string {
	words, _ := value.(string)
	return words
}

// values reads what an entry holds, by name; what is no object stands under no name.
func values(stored json.RawMessage) map[string]any {
	if len(stored) == 0 {
		return nil
	}
	var held any
	reader := json.NewDecoder(bytes.NewReader(stored))
	reader.UseNumber()
	if err := reader.Decode(&held); err != nil || held == nil {
		return nil
	}
	if object, is := held.(map[string]any); is {
		return object
	}
	return map[string]any{"": held}
}

// auditLabels name what is changed where its key says it badly; other keys are their own words.
var auditLabels = map[string]string{
	"": "Value", "next_update_due_at": "Next update due", "next_update_in": "Minutes to the next update", "delay_minutes": "After minutes", "most": "At most",
	"working_hours": "In working hours only", "time_zone": "Time zone", "slug": "Address", "reads_back": "Reads answers back", "flag": "Feature", "way": "By",
}

// changes are the values of an entry as rows to read, those that differ first in the order of their names.
func changes(before, after map[string]any, names map[id.ID]string, zone *time.Location) []changed {
	keys := maps.Clone(before)
	if keys == nil {
		keys = map[string]any{}
	}
	maps.Copy(keys, after)
	var rows []changed
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		label := auditLabels[key]
		if label == "" {
			label = plain(key)
			label = strings.ToUpper(label[:1]) + label[1:]
		}
		if named := names[id.ID(key)]; named != "" {
			label = named
		}
		row := changed{Label: label, Before: read(before[key], names, zone), After: read(after[key], names, zone)}
		if row.Before == row.After && before != nil && after != nil {
			row.Before = ""
		}
		if row.Before+row.After != "" {
			rows = append(rows, row)
		}
	}
	return rows
}

// read words a value: names for ids, times in the reader's zone.
func read(value any, names map[id.ID]string, zone *time.Location) string {
	switch v := value.(type) {
	case nil:
		return ""
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case string:
		if name := names[id.ID(v)]; name != "" {
			return name
		}
		if at, err := time.Parse(time.RFC3339Nano, v); err == nil {
			return at.In(zone).Format("2 January 2006, 15:04")
		}
		return v
	case json.Number:
		if n, err := strconv.ParseFloat(v.String(), 64); err == nil {
			return strconv.FormatFloat(n, 'f', -1, 64)
		}
		return v.String()
	case []any:
		words := make([]string, len(v))
		for n, one := range v {
			words[n] = read(one, names, zone)
		}
		return strings.Join(words, ", ")
	case map[string]any:
		var words []string
		for _, row := range changes(nil, v, names, zone) {
			words = append(words, row.Label+" "+row.After)
		}
		return strings.Join(words, ", ")
	default:
		return ""
	}
}
