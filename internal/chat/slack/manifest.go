package slack

import (
	"encoding/json"
	"net/netip"
	"net/url"
	"strings"

	"github.com/slack-go/slack"

	"github.com/musterhq/muster/internal/kernel/richtext"
)

// Where Slack reaches Muster.
const (
	EventsPath       = "/hooks/slack/events"
	CommandsPath     = "/hooks/slack/commands"
	InteractionsPath = "/hooks/slack/interactions"
	OptionsPath      = "/hooks/slack/options"
)

// Where Slack sends people back after they connected a workspace, or signed in.
const (
	installedPath = "/settings/slack/installed"
	signedInPath  = "/login/slack/callback"
)

// The shortcuts, by the names that Slack sends back.
const (
	DeclareShortcut            = "declare"
	DeclareFromMessageShortcut = "declare_from_message"
	TimelineShortcut           = "timeline"
	ActionShortcut             = "action"
	FollowUpShortcut           = "follow_up"
	AskShortcut                = "ask"
)

// ManifestOptions say for which Muster an app is made.
type ManifestOptions struct {
	URL    string // of Muster, without a slash at its end
	Name   string // of the app, "Muster" when empty
	Socket bool   // Slack is reached from here, and needs no public address
}

// events are what Slack is asked to tell; each needs a scope of Scopes.
var events = []string{
	"app_home_opened", "app_mention", "app_uninstalled", "tokens_revoked", "link_shared",
	"message.channels", "message.groups", "reaction_added", "reaction_removed", "pin_added", "pin_removed",
	"member_joined_channel", "member_left_channel",
	"channel_archive", "channel_deleted", "channel_id_changed", "channel_left", "channel_rename", "channel_unarchive",
	"group_archive", "group_deleted", "group_left", "group_rename", "group_unarchive",
	"team_join", "user_change",
}

// mostAppName is the longest name of an app.
const mostAppName = 35

// Manifest describes the app that a workspace installs (https://docs.slack.dev/reference/app-manifest).
func Manifest(o ManifestOptions) slack.Manifest {
	if o.Name == "" {
		o.Name = "Muster"
	}
	o.Name = richtext.Truncate(o.Name, mostAppName)
	at := func(path string) string {
		if o.Socket {
			return ""
		}
		return o.URL + path
	}
	command := func(word string) slack.ManifestSlashCommand {
		return slack.ManifestSlashCommand{
			Command: word, Url: at(CommandsPath), ShouldEscape: true,
			Description: "Declare an incident, or run the one whose channel this is", UsageHint: "[what is wrong] or help, update, severity, lead, action …",
		}
	}
	shortcut := func(kind slack.ShortcutType, id, name, description string) slack.Shortcut {
		return slack.Shortcut{Type: kind, CallbackID: id, Name: name, Description: description}
	}
	return slack.Manifest{
		Metadata: slack.ManifestMetadata{MajorVersion: 1},
		Display: slack.Display{
			Name: o.Name, Description: "Declare and run incidents where your team already talks.", BackgroundColor: "#1f2430",
			LongDescription: "Muster runs incidents. Declare one from any channel and get a channel of its own with the people, the steps and the updates in it. " +
				"Everything that is said there stands in Muster too, and what is written in Muster stands there; when Slack is down, the incident goes on in Muster.",
		},
		Features: slack.Features{
			AppHome:       slack.AppHome{HomeTabEnabled: true, MessagesTabEnabled: true, MessagesTabReadOnlyEnabled: true},
			BotUser:       slack.BotUser{DisplayName: o.Name, AlwaysOnline: true},
			SlashCommands: []slack.ManifestSlashCommand{command("/inc"), command("/incident")},
			Shortcuts: []slack.Shortcut{
				shortcut(slack.GlobalShortcut, DeclareShortcut, "Declare an incident", "Say what is wrong; a channel opens for it"),
				shortcut(slack.MessageShortcut, DeclareFromMessageShortcut, "Declare from message", "Declare an incident that begins with this message"),
				shortcut(slack.MessageShortcut, TimelineShortcut, "Add to the timeline", "Keep this message in the story of the incident"),
				shortcut(slack.MessageShortcut, ActionShortcut, "Make an action", "Somebody does this during the incident"),
				shortcut(slack.MessageShortcut, FollowUpShortcut, "Make a follow-up", "Somebody does this after the incident"),
				shortcut(slack.MessageShortcut, AskShortcut, "Ask the incident", "Ask whoever speaks to customers about this"),
			},
			UnfurlDomains: domains(o.URL),
		},
		OAuthConfig: slack.OAuthConfig{
			RedirectUrls: []string{o.URL + installedPath, o.URL + signedInPath},
			Scopes:       slack.OAuthScopes{Bot: ScopeNames(), User: []string{"openid", "email", "profile"}},
		},
		Settings: slack.Settings{
			EventSubscriptions: &slack.EventSubscriptions{RequestUrl: at(EventsPath), BotEvents: events},
			Interactivity:      &slack.Interactivity{IsEnabled: true, RequestUrl: at(InteractionsPath), MessageMenuOptionsUrl: at(OptionsPath)},
			OrgDeployEnabled:   true,
			SocketModeEnabled:  o.Socket,
		},
	}
}

// domains are those whose links Slack shows more of; it takes names alone, no addresses of machines.
func domains(address string) []string {
	u, err := url.Parse(address)
	if err != nil || !strings.Contains(u.Hostname(), ".") {
		return nil
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return nil
	}
	return []string{u.Hostname()}
}

// CreateAddress is a page of Slack's that makes the app of a manifest after one question.
func CreateAddress(m slack.Manifest) (string, error) {
	data, err := json.Marshal(m)
	if err != nil {
		return "", err
	}
	return "https://api.slack.com/apps?" + url.Values{"new_app": {"1"}, "manifest_json": {string(data)}}.Encode(), nil
}
