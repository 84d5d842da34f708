package slack

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Kind is what happened in Slack.
type Kind string

// What Slack tells us of.
const (
	Verification      Kind = "verification" // of our address: the challenge is the answer
	RateLimited       Kind = "rate_limited" // Slack left out events of this minute
	MessagePosted     Kind = "message_posted"
	MessageChanged    Kind = "message_changed"
	MessageDeleted    Kind = "message_deleted"
	Mentioned         Kind = "mentioned" // Muster was; the message comes by itself too where Muster reads along
	ReactionAdded     Kind = "reaction_added"
	ReactionRemoved   Kind = "reaction_removed"
	Pinned            Kind = "pinned"
	Unpinned          Kind = "unpinned"
	MemberJoined      Kind = "member_joined"
	MemberLeft        Kind = "member_left"
	ChannelRenamed    Kind = "channel_renamed"
	ChannelArchived   Kind = "channel_archived"
	ChannelUnarchived Kind = "channel_unarchived"
	ChannelDeleted    Kind = "channel_deleted"
	ChannelPrivate    Kind = "channel_private" // a public channel was made private
	ChannelPublic     Kind = "channel_public"  // a private channel was made public
	ChannelTopic      Kind = "channel_topic"   // somebody wrote another topic
	ChannelMoved      Kind = "channel_moved"   // its id changed, as when workspaces join a grid
	BotRemoved        Kind = "bot_removed"     // from a channel
	HomeOpened        Kind = "home_opened"
	LinksShared       Kind = "links_shared"
	PersonChanged     Kind = "person_changed" // or came into the workspace
	FileShared        Kind = "file_shared"
	Uninstalled       Kind = "uninstalled"
	TokensRevoked     Kind = "tokens_revoked"
	Ignored           Kind = "ignored" // nothing is to be done
)

// Event is one thing that happened in Slack; which fields count depends on its kind.
type Event struct {
	From
	Kind      Kind
	At        time.Time // in whole seconds; of a message, reaction or pin as exactly as Slack says
	Challenge string
	Message   *Message // as it is now; of a deletion as it was
	Before    *Message // of a change
	TS        string   // of the message that it is about
	Emoji     string   // without colons, with its skin tone
	Name      string   // of a channel
	Topic     string   // of a channel
	Moved     string   // the new id of a channel
	Private   bool     // of the channel, where Slack says so
	IsBot     bool     // who joined or left is the app itself, where Slack says so
	Links     []Link
	Unfurl    string // what an unfurl needs: the unfurl id
	Source    string // "composer" or "conversations_history"
	Person    *Person
	File      string   // its id
	Revoked   []string // bot users whose tokens are revoked
	Tab       string
}

// Link is a link to Muster that somebody shared.
type Link struct{ URL, Domain string }

// Person is somebody in a workspace, as Slack tells of them.
type Person struct {
	ID, Name, RealName, DisplayName, Email, Zone, Avatar, Team string
	Bot, Deleted, Guest                                        bool
}

// ParseEvent reads the envelope of the Events API, over HTTP or Socket Mode (https://docs.slack.dev/apis/events-api).
func ParseEvent(body []byte) (Event, error) {
	var envelope struct {
		Type           string
		Challenge      string
		TeamID         string `json:"team_id"`
		EnterpriseID   string `json:"enterprise_id"`
		EventID        string `json:"event_id"`
		EventTime      int64  `json:"event_time"`
		Authorizations []struct {
			TeamID       string `json:"team_id"`
			EnterpriseID string `json:"enterprise_id"`
			UserID       string `json:"user_id"`
		}
		Event json.RawMessage
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return Event{}, fmt.Errorf("slack: read an event: %w", err)
	}
	e := Event{Kind: Ignored, Challenge: envelope.Challenge}
	e.Team, e.Enterprise, e.Key = envelope.TeamID, envelope.EnterpriseID, envelope.EventID
	var bot string
	// In a channel that organisations share, the envelope has the writer's team; whose app it is the authorization tells.
	if len(envelope.Authorizations) > 0 {
		a := envelope.Authorizations[0]
		e.Team, e.Enterprise, bot = first(a.TeamID, e.Team), first(a.EnterpriseID, e.Enterprise), a.UserID
	}
	if envelope.EventTime > 0 {
		e.At = time.Unix(envelope.EventTime, 0).UTC()
	}
	switch envelope.Type {
	case "url_verification":
		e.Kind = Verification
		return e, nil
	case "app_rate_limited":
		e.Kind = RateLimited
		return e, nil
	case "event_callback":
	default:
		return e, nil
	}
	if e.Key == "" {
		return Event{}, fmt.Errorf("slack: an event without an id")
	}
	var kind struct{ Type string }
	if err := json.Unmarshal(envelope.Event, &kind); err != nil {
		return Event{}, fmt.Errorf("slack: read an event: %w", err)
	}
	read := e.inner
	if kind.Type == "message" {
		read = e.message
	}
	out, err := read(kind.Type, envelope.Event)
	if err != nil {
		return Event{}, fmt.Errorf("slack: read an event %q: %w", kind.Type, err)
	}
	out.IsBot = bot != "" && out.User == bot
	if out.Lane == "" {
		out.Lane = out.Channel
	}
	return out, nil
}

// written are the subtypes of messages that somebody wrote; the other ones Slack wrote about the channel.
var written = []string{"", "bot_message", "file_share", "thread_broadcast", "me_message"}

func (e Event) message(_ string, data []byte) (Event, error) {
	var raw rawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return e, err
	}
	e.Channel, e.User, e.TS = raw.Channel, raw.User, raw.TS
	now := raw.message()
	switch {
	case slices.Contains(written, raw.Subtype):
		e.Kind, e.Message = MessagePosted, &now
		e.exactly(raw.TS)
	case raw.Subtype == "message_changed" && raw.Message != nil:
		now, before := raw.Message.message(), Message{}
		now.Channel = raw.Channel
		e.Kind, e.Message, e.TS, e.User = MessageChanged, &now, now.TS, now.User
		if raw.Previous != nil {
			before = raw.Previous.message()
			before.Channel = raw.Channel
			e.Before = &before
		}
		switch {
		case raw.Message.Subtype == "tombstone": // what stays of a message with replies when it is deleted
			e.Kind = MessageDeleted
		case e.Before != nil && now.same(before): // an unfurl, or another reply to it
			e.Kind = Ignored
		}
	case raw.Subtype == "message_deleted":
		e.Kind, e.TS = MessageDeleted, raw.DeletedTS
		if raw.Previous != nil {
			before := raw.Previous.message()
			before.Channel = raw.Channel
			e.Message, e.User, e.TS = &before, before.User, first(e.TS, before.TS)
		}
	case raw.Subtype == "channel_convert_to_private":
		e.Kind, e.Private = ChannelPrivate, true
	case raw.Subtype == "channel_convert_to_public":
		e.Kind = ChannelPublic
	case raw.Subtype == "channel_topic" || raw.Subtype == "group_topic":
		var set struct{ Topic string }
		if err := json.Unmarshal(data, &set); err != nil {
			return e, err
		}
		e.Kind, e.Topic = ChannelTopic, set.Topic
	}
	return e, nil
}

// same reports whether two states of a message say the same.
func (m Message) same(before Message) bool {
	return m.Text == before.Text && string(m.Blocks) == string(before.Blocks) && m.Edited == before.Edited && m.Subtype == before.Subtype &&
		slices.EqualFunc(m.Files, before.Files, func(a, b File) bool { return a.ID == b.ID && a.Mode == b.Mode })
}

func (e *Event) exactly(ts string) {
	if at := Time(ts); !at.IsZero() {
		e.At = at
	}
}

// inner reads the events that are no messages. Slack writes a channel as an id or as an object, by the event.
func (e Event) inner(kind string, data []byte) (Event, error) {
	var raw struct {
		User      json.RawMessage
		UserID    string `json:"user_id"`
		Channel   json.RawMessage
		ChannelID string `json:"channel_id"`
		Reaction  string
		Item      struct {
			Type, Channel, TS string
			Message           *rawMessage
		}
		EventTS      string `json:"event_ts"`
		OldChannelID string `json:"old_channel_id"`
		NewChannelID string `json:"new_channel_id"`
		Tab          string
		Links        []Link
		MessageTS    string `json:"message_ts"`
		UnfurlID     string `json:"unfurl_id"`
		Source       string
		FileID       string `json:"file_id"`
		ChannelType  string `json:"channel_type"`
		Tokens       struct{ Bot []string }
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		return e, err
	}
	var channel struct {
		ID, Name string
	}
	if json.Unmarshal(raw.Channel, &channel.ID) != nil && len(raw.Channel) > 0 {
		if err := json.Unmarshal(raw.Channel, &channel); err != nil {
			return e, err
		}
	}
	e.Channel, e.Name = first(channel.ID, raw.ChannelID, raw.Item.Channel), channel.Name
	_ = json.Unmarshal(raw.User, &e.User) // it is an object where the event is about somebody
	e.User = first(e.User, raw.UserID)
	switch kind {
	case "reaction_added", "reaction_removed":
		e.Kind, e.TS, e.Emoji = ReactionAdded, raw.Item.TS, raw.Reaction
		if kind == "reaction_removed" {
			e.Kind = ReactionRemoved
		}
		if raw.Item.Type != "message" {
			e.Kind = Ignored
		}
		e.exactly(raw.EventTS)
	case "pin_added", "pin_removed":
		e.Kind = Pinned
		if kind == "pin_removed" {
			e.Kind = Unpinned
		}
		if raw.Item.Message == nil { // a file
			e.Kind = Ignored
			break
		}
		message := raw.Item.Message.message()
		message.Channel = e.Channel
		e.Message, e.TS = &message, message.TS
		e.exactly(raw.EventTS)
	case "member_joined_channel":
		e.Kind, e.Private = MemberJoined, raw.ChannelType == "G"
	case "member_left_channel":
		e.Kind, e.Private = MemberLeft, raw.ChannelType == "G"
	case "channel_left", "group_left":
		e.Kind = BotRemoved
	case "channel_rename", "group_rename":
		e.Kind, e.Private = ChannelRenamed, kind == "group_rename"
	case "channel_archive", "group_archive":
		e.Kind, e.Private = ChannelArchived, kind == "group_archive"
	case "channel_unarchive", "group_unarchive":
		e.Kind, e.Private = ChannelUnarchived, kind == "group_unarchive"
	case "channel_deleted", "group_deleted":
		e.Kind, e.Private = ChannelDeleted, kind == "group_deleted"
	case "channel_id_changed":
		e.Kind, e.Channel, e.Moved = ChannelMoved, raw.OldChannelID, raw.NewChannelID
	case "app_home_opened":
		e.Kind, e.Tab, e.Lane = HomeOpened, raw.Tab, "home/"+e.User
	case "link_shared":
		e.Kind, e.Links, e.TS, e.Unfurl, e.Source = LinksShared, raw.Links, raw.MessageTS, raw.UnfurlID, raw.Source
	case "user_change", "team_join":
		return e.person(raw.User)
	case "app_mention":
		var said rawMessage
		if err := json.Unmarshal(data, &said); err != nil {
			return e, err
		}
		message := said.message()
		e.Kind, e.Message, e.TS = Mentioned, &message, message.TS
		e.exactly(message.TS)
	case "file_shared":
		e.Kind, e.File = FileShared, raw.FileID
	case "app_uninstalled":
		e.Kind = Uninstalled
	case "tokens_revoked":
		e.Kind, e.Revoked = TokensRevoked, raw.Tokens.Bot
	}
	return e, nil
}

func (e Event) person(data []byte) (Event, error) {
	var raw struct {
		ID, Name          string
		TeamID            string `json:"team_id"`
		RealName          string `json:"real_name"`
		TZ                string
		IsBot             bool `json:"is_bot"`
		IsAppUser         bool `json:"is_app_user"`
		Deleted           bool
		IsRestricted      bool `json:"is_restricted"`
		IsUltraRestricted bool `json:"is_ultra_restricted"`
		Profile           struct {
			Email       string
			RealName    string `json:"real_name"`
			DisplayName string `json:"display_name"`
			Image192    string `json:"image_192"`
			Image512    string `json:"image_512"`
		}
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		return e, err
	}
	e.Kind, e.User, e.Lane = PersonChanged, raw.ID, "person/"+raw.ID
	e.Person = &Person{
		ID: raw.ID, Name: raw.Name, RealName: first(raw.Profile.RealName, raw.RealName), DisplayName: raw.Profile.DisplayName,
		Email: raw.Profile.Email, Zone: raw.TZ, Avatar: first(raw.Profile.Image512, raw.Profile.Image192), Team: raw.TeamID,
		Bot: raw.IsBot, Deleted: raw.Deleted, Guest: raw.IsRestricted || raw.IsUltraRestricted,
	}
	return e, nil
}
