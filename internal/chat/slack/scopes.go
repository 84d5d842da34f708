package slack

import "slices"

// Scope is one permission that Muster asks a workspace for.
type Scope struct {
	Name string
	// For is what it is needed for, Without what does not work when it is missing.
	For, Without string
}

// Scopes lists what Muster needs of a workspace, in the order of their names; nothing is asked for that is not used.
func Scopes() []Scope { return slices.Clone(scopes) }

// ScopeNames lists the names of Scopes.
func ScopeNames() []string {
	names := make([]string, len(scopes))
	for n, s := range scopes {
		names[n] = s.Name
	}
	return names
}

// MissingScopes lists those of Scopes that are not among the granted ones.
func MissingScopes(granted []string) []Scope {
	var missing []Scope
	for _, s := range scopes {
		if !slices.Contains(granted, s.Name) {
			missing = append(missing, s)
		}
	}
	return missing
}

var scopes = []Scope{
	{"app_mentions:read", "Hear when somebody mentions Muster", "Mentions of Muster are not answered"},
	{"bookmarks:read", "Find the bookmarks that Muster set", "Bookmarks in channels are doubled or grow old"},
	{"bookmarks:write", "Set bookmarks in incident channels: dashboard, call, links", "Incident channels have no bookmarks"},
	{"channels:history", "Read the messages of public incident channels", "What is written in public channels does not reach Muster"},
	{"channels:join", "Join public channels that Muster is to follow or to speak in", "Muster must be invited into public channels that it did not open"},
	{"channels:manage", "Open, name and archive public incident channels, and invite people", "No public incident channels are opened"},
	{"channels:read", "See public channels and who is in them", "Channels cannot be chosen for announcements"},
	{"chat:write", "Post and edit messages", "Muster cannot say anything"},
	{"chat:write.customize", "Show who wrote a message in the web room by name and picture", "Messages from the web room all come from Muster"},
	{"chat:write.public", "Announce in public channels without joining them", "Announcements reach only channels that Muster is in"},
	{"commands", "/inc, /incident and the shortcuts", "There are no commands and shortcuts"},
	{"files:read", "Copy pictures and files into the incident", "Pictures from Slack are missing in Muster"},
	{"files:write", "Show pictures and files of the web room", "Pictures from Muster are missing in Slack"},
	{"groups:history", "Read the messages of private incident channels", "What is written in private channels does not reach Muster"},
	{"groups:read", "See private channels that Muster is in", "Private channels are not followed"},
	{"groups:write", "Open private channels for private incidents", "Private incidents have no channel"},
	{"im:write", "Write to one person", "Role instructions and reminders do not reach people in Slack"},
	{"links:read", "See links to Muster", "Links to Muster show no preview"},
	{"links:write", "Show what a link to Muster leads to", "Links to Muster show no preview"},
	{"metadata.message:read", "Find a message again after a broken connection", "A message may appear twice after an outage"},
	{"pins:read", "See what is pinned", "Pins in Slack do not reach the timeline"},
	{"pins:write", "Pin what is pinned in Muster", "Pins in Muster do not appear in Slack"},
	{"reactions:read", "See reactions", "Emoji in Slack do nothing in Muster"},
	{"reactions:write", "Show reactions of the web room", "Reactions in Muster do not appear in Slack"},
	{"team:read", "Know the workspace's name and icon", "The workspace is shown without its icon"},
	{"users:read", "Know people's names, pictures and time zones", "People of Slack are nobody in Muster"},
	{"users:read.email", "Know who is who by their address", "People of Slack are nobody in Muster"},
}
