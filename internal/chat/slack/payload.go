package slack

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"
)

// From is where something that Slack sent comes from.
type From struct {
	Team       string // of the workspace that the app is installed in
	Enterprise string // of the grid, when there is one
	User       string // who did it
	Channel    string
	// Key is the same for every delivery of one thing.
	Key string
	// Lane names what must be dealt with in order: the channel, or nothing.
	Lane string
}

// SlashCommand is a command that somebody typed.
type SlashCommand struct {
	From
	Word        string // "/inc"
	Text        string // what followed it, as Slack's markup
	ChannelName string // "directmessage" and "privategroup" where Slack says no more
	Trigger     string
	ResponseURL string
}

// ParseCommand reads the form that Slack posts for a command
// (https://docs.slack.dev/interactivity/implementing-slash-commands).
func ParseCommand(body []byte) (SlashCommand, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return SlashCommand{}, fmt.Errorf("slack: read a command: %w", err)
	}
	c := SlashCommand{
		From: From{
			Team: form.Get("team_id"), Enterprise: form.Get("enterprise_id"), User: form.Get("user_id"), Channel: form.Get("channel_id"),
			Key: form.Get("trigger_id"), Lane: form.Get("channel_id"),
		},
		Word: form.Get("command"), Text: strings.TrimSpace(form.Get("text")), ChannelName: form.Get("channel_name"),
		Trigger: form.Get("trigger_id"), ResponseURL: form.Get("response_url"),
	}
	if c.User == "" || c.Word == "" || c.Key == "" {
		return SlashCommand{}, fmt.Errorf("slack: a command without user, word or trigger")
	}
	return c, nil
}

// Did is what somebody did with a button, a form or a menu.
type Did string

// What people can do.
const (
	Pressed   Did = "pressed"   // a button in a message or on the Home tab
	Followed  Did = "followed"  // a button that is a link: nothing is to be done
	Changed   Did = "changed"   // an answer in a modal on which other questions depend
	Submitted Did = "submitted" // a modal
	Closed    Did = "closed"    // a modal
	Shortcut  Did = "shortcut"  // from the menu of the composer or the search
	OnMessage Did = "message_action"
	Searched  Did = "searched" // in a menu whose options are ours to find
	OtherDid  Did = "other"
)

// Interaction is what somebody did.
type Interaction struct {
	From
	Did         Did
	Action      string // of the button as chat knows it, of the form or of the shortcut
	Value       string
	Trigger     string
	ResponseURL string
	TS          string // of the message that it was done to
	ThreadTS    string
	Ephemeral   bool        // the message is seen by that person alone
	Message     *Message    // that a shortcut was used on, or that holds the button
	View        *slack.View // that it was done in
	Query       string      // that was typed into a menu
}

// ParseInteraction reads the form that Slack posts for interactions
// (https://docs.slack.dev/reference/interaction-payloads).
func ParseInteraction(body []byte) (Interaction, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return Interaction{}, fmt.Errorf("slack: read an interaction: %w", err)
	}
	return ParseInteractionJSON([]byte(form.Get("payload")))
}

// ParseInteractionJSON reads an interaction as Socket Mode carries it.
func ParseInteractionJSON(payload []byte) (Interaction, error) {
	var p struct {
		Type       string
		Team       *struct{ ID string }
		Enterprise *struct{ ID string }
		User       struct {
			ID     string
			TeamID string `json:"team_id"`
		}
		Channel     struct{ ID string }
		TriggerID   string `json:"trigger_id"`
		ResponseURL string `json:"response_url"`
		CallbackID  string `json:"callback_id"`
		ActionID    string `json:"action_id"`
		Value       string
		ActionTS    string `json:"action_ts"`
		MessageTS   string `json:"message_ts"`
		Container   struct {
			MessageTS string `json:"message_ts"`
			ThreadTS  string `json:"thread_ts"`
			ChannelID string `json:"channel_id"`
			Ephemeral bool   `json:"is_ephemeral"`
		}
		Message *rawMessage
		View    *slack.View
		Actions []struct {
			ActionID string `json:"action_id"`
			Value    string
			ActionTS string `json:"action_ts"`
		}
	}
	if err := json.Unmarshal(payload, &p); err != nil {
		return Interaction{}, fmt.Errorf("slack: read an interaction: %w", err)
	}
	out := Interaction{
		Did: OtherDid, Action: p.CallbackID, Trigger: p.TriggerID, ResponseURL: p.ResponseURL, View: p.View,
		TS: first(p.Container.MessageTS, p.MessageTS), ThreadTS: p.Container.ThreadTS, Ephemeral: p.Container.Ephemeral,
	}
	out.User, out.Channel, out.Key = p.User.ID, first(p.Channel.ID, p.Container.ChannelID), p.TriggerID
	out.Team = p.User.TeamID
	if p.Team != nil {
		out.Team = p.Team.ID
	}
	if p.Enterprise != nil {
		out.Enterprise = p.Enterprise.ID
	}
	if p.View != nil && p.View.AppInstalledTeamID != "" {
		out.Team = p.View.AppInstalledTeamID
	}
	if p.Message != nil {
		message := p.Message.message()
		out.Message = &message
		out.TS, out.ThreadTS = first(out.TS, message.TS), first(out.ThreadTS, message.ThreadTS)
	}
	out.Lane = out.Channel
	switch p.Type {
	case "block_actions":
		if len(p.Actions) == 0 {
			return Interaction{}, fmt.Errorf("slack: a press of no button")
		}
		pressed := p.Actions[0]
		out.Did, out.Action, out.Value = Pressed, actionOf(pressed.ActionID), pressed.Value
		if out.Action == linkAction {
			out.Did = Followed
		}
		if Refreshes(pressed.ActionID) && p.View != nil {
			out.Did, out.Action, out.Value = Changed, p.View.CallbackID, MetaOf(*p.View).Value
		}
		out.Key = first(p.TriggerID, pressed.ActionTS)
	case "view_submission", "view_closed":
		if p.View == nil {
			return Interaction{}, fmt.Errorf("slack: a submission of no form")
		}
		out.Did, out.Action, out.Value = Submitted, p.View.CallbackID, MetaOf(*p.View).Value
		if p.Type == "view_closed" {
			out.Did, out.Key = Closed, "closed/"+p.View.ID+"/"+p.View.Hash
		}
		out.Channel = first(out.Channel, MetaOf(*p.View).Channel)
		out.Lane = out.Channel
	case "shortcut":
		out.Did = Shortcut
	case "message_action":
		out.Did = OnMessage
	case "block_suggestion":
		out.Did, out.Action, out.Query = Searched, actionOf(p.ActionID), p.Value
	}
	if out.User == "" {
		return Interaction{}, fmt.Errorf("slack: an interaction of nobody")
	}
	out.Key = first(out.Key, p.ActionTS)
	return out, nil
}

// Message is a message as Slack sends it.
type Message struct {
	User, BotID, AppID string
	Username           string // shown instead of the name of the app
	Channel            string
	TS, ThreadTS       string
	Subtype            string
	Text               string // as mrkdwn
	Blocks             json.RawMessage
	Attachments        []Attachment
	Files              []File
	Edited             bool
	Broadcast          bool // a reply that the channel shows too
	// Key is that of a message of Muster's, from its metadata, with the organisation that posted it.
	Key, Organisation string
}

// Attachment is a message that was passed on, or what Slack shows of a link.
type Attachment struct {
	Shared                         bool `json:"is_share"`
	Unfurled                       bool `json:"is_msg_unfurl"`
	Title, Text, Fallback, Pretext string
	AuthorName                     string `json:"author_name"`
	FromURL                        string `json:"from_url"`
	Fields                         []struct{ Title, Value string }
	Blocks                         json.RawMessage // of another app
	Messages                       []struct {      // that was passed on
		Message struct{ Blocks json.RawMessage }
	} `json:"message_blocks"`
}

// File is a file at a message.
type File struct {
	ID         string
	Name       string
	Title      string
	MIME       string `json:"mimetype"`
	Size       int64
	URL        string `json:"url_private"`
	Download   string `json:"url_private_download"`
	Permalink  string
	Mode       string // "tombstone" when it was deleted, "hidden_by_limit" when nobody may see it
	FileAccess string `json:"file_access"` // "check_file_info" when only its id is told
	User       string
	Timestamp  int64
	Width      int `json:"original_w"`
	Height     int `json:"original_h"`
}

// messageEvent is the type of the metadata of Muster's messages.
const messageEvent = "muster_message"

type rawMessage struct {
	Type, Subtype, User, Username, Text, Channel, TS string
	BotID                                            string `json:"bot_id"`
	AppID                                            string `json:"app_id"`
	ThreadTS                                         string `json:"thread_ts"`
	DeletedTS                                        string `json:"deleted_ts"`
	Blocks                                           json.RawMessage
	Attachments                                      []Attachment
	Files                                            []File
	Edited                                           *struct{ TS string }
	Metadata                                         struct {
		EventType string                    `json:"event_type"`
		Event     struct{ Key, Org string } `json:"event_payload"`
	}
	Message  *rawMessage
	Previous *rawMessage `json:"previous_message"`
}

func (r rawMessage) message() Message {
	m := Message{
		User: r.User, BotID: r.BotID, AppID: r.AppID, Username: r.Username, Channel: r.Channel, TS: r.TS, ThreadTS: r.ThreadTS,
		Subtype: r.Subtype, Text: r.Text, Blocks: r.Blocks, Attachments: r.Attachments, Files: r.Files,
		Edited: r.Edited != nil, Broadcast: r.Subtype == "thread_broadcast",
	}
	if r.Metadata.EventType == messageEvent {
		m.Key, m.Organisation = r.Metadata.Event.Key, r.Metadata.Event.Org
	}
	if m.ThreadTS == m.TS { // the root of a thread is in none
		m.ThreadTS = ""
	}
	return m
}

// ParseMessages reads messages as conversations.history and conversations.replies list them.
func ParseMessages(list []byte) ([]Message, error) {
	var raw []rawMessage
	if err := json.Unmarshal(list, &raw); err != nil {
		return nil, fmt.Errorf("slack: read messages: %w", err)
	}
	out := make([]Message, len(raw))
	for i, r := range raw {
		out[i] = r.message()
	}
	return out, nil
}

// Time returns when a timestamp of Slack's was, in whole microseconds; the zero time for what is none.
func Time(ts string) time.Time {
	seconds, micros, _ := strings.Cut(ts, ".")
	s, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || s <= 0 {
		return time.Time{}
	}
	m, _ := strconv.ParseInt((micros + "000000")[:6], 10, 64)
	return time.Unix(s, m*1000).UTC()
}

func first(candidates ...string) string {
	for _, c := range candidates {
		if c != "" {
			return c
		}
	}
	return ""
}
