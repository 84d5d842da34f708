package slackserver

import (
	"slices"
	"strings"
	"time"
)

// object is a JSON object, as Slack sends and takes it.
type object = map[string]any

// Workspace is what a test needs to know of a workspace in which the app is installed.
type Workspace struct {
	Team, Name, Domain, Enterprise string
	BotToken, BotUser, BotID       string
	Scopes                         []string
	Installed                      bool
}

// User is a person of a workspace.
type User struct {
	ID, Name, Email, TZ, Avatar string
	DisplayName                 string // the name on the first place when set
	Deleted, Bot, Guest         bool
	Unconfirmed                 bool // the address was never confirmed
}

type workspace struct {
	Workspace
	links   []string // domains whose links are unfurled
	orgWide bool     // its token is that of its whole organisation
}

type person struct {
	User
	team    string
	updated time.Time
	home    *View
	stack   []*View // the modals that lie open, the lowest first
}

// AllScopes are the bot scopes that a new workspace grants.
var AllScopes = []string{
	"bookmarks:read", "bookmarks:write", "channels:history", "channels:join", "channels:manage", "channels:read", "chat:write",
	"chat:write.customize", "chat:write.public", "commands", "emoji:read", "files:read", "files:write", "groups:history", "groups:read",
	"groups:write", "im:history", "im:read", "im:write", "links:read", "links:write", "metadata.message:read", "mpim:history", "mpim:read",
	"mpim:write", "pins:read", "pins:write", "reactions:read", "reactions:write", "team:read", "usergroups:read", "users.profile:read",
	"users:read", "users:read.email",
}

// Workspace makes a workspace with the app installed and a general channel, and returns it; asked again it returns what there is.
func (s *Server) Workspace(team, name string) Workspace {
	s.mu.Lock()
	defer s.mu.Unlock()
	ws := s.newWorkspace(team, name)
	if !ws.Installed {
		s.install(ws, AllScopes)
	}
	return ws.Workspace
}

// BareWorkspace makes a workspace in which nobody has installed the app yet.
func (s *Server) BareWorkspace(team, name string) Workspace {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newWorkspace(team, name).Workspace
}

func (s *Server) newWorkspace(team, name string) *workspace {
	if ws, found := s.workspaces[team]; found {
		return ws
	}
	ws := &workspace{Workspace: Workspace{Team: team, Name: name, Domain: strings.ToLower(strings.ReplaceAll(name, " ", "-"))}}
	s.workspaces[team] = ws
	general := s.newChannel(team, "general", "", false)
	general.general = true
	return ws
}

// install gives the app a token in a workspace, or widens the one it has.
func (s *Server) install(ws *workspace, scopes []string) {
	if ws.BotUser == "" {
		ws.BotUser, ws.BotID = s.fresh("U"), s.fresh("B")
		s.users[ws.BotUser] = &person{User: User{ID: ws.BotUser, Name: s.app.Name, Bot: true, TZ: "Etc/UTC"}, team: ws.Team, updated: s.clock.Now()}
	}
	if !ws.Installed {
		ws.BotToken, ws.Installed, ws.Scopes = "xoxb-"+strings.ToLower(s.fresh("T")), true, nil
	}
	for _, scope := range scopes {
		if !slices.Contains(ws.Scopes, scope) {
			ws.Scopes = append(ws.Scopes, scope)
		}
	}
	slices.Sort(ws.Scopes)
	s.tokens[ws.BotToken] = &token{value: ws.BotToken, kind: botToken, team: ws.Team, user: ws.BotUser, bot: ws.BotID, scopes: ws.Scopes}
	s.touch()
}

// Scopes replaces the scopes of a workspace's token, as after an install with an older manifest.
func (s *Server) Scopes(team string, scopes ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ws := s.workspaces[team]
	ws.Scopes = scopes
	s.tokens[ws.BotToken].scopes = scopes
}

// UnfurlDomains names the domains for which the app wants to hear of links.
func (s *Server) UnfurlDomains(team string, domains ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.workspaces[team].links = domains
}

// User adds a person to a workspace, or replaces what is known of one, and returns it with its id; it tells of team_join or user_change.
func (s *Server) User(team string, u User) User {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.ID == "" {
		u.ID = s.fresh("U")
	}
	if u.TZ == "" {
		u.TZ = "Europe/London"
	}
	kind := "user_change"
	p, known := s.users[u.ID]
	if !known {
		kind, p = "team_join", &person{team: team}
		s.users[u.ID] = p
	}
	p.User, p.updated = u, s.clock.Now()
	if general := s.named(team, "general"); general != nil && !known {
		general.members = append(general.members, u.ID)
	}
	s.tell(team, object{"type": kind, "user": s.userObject(p, true), "cache_ts": s.clock.Now().Unix(), "event_ts": s.stamp()})
	s.touch()
	return u
}

// tokenKind is whom a token speaks for.
type tokenKind string

const (
	botToken  tokenKind = "bot"
	userToken tokenKind = "user"
	appToken  tokenKind = "app"
)

type token struct {
	value, team, user, bot string
	enterprise             string // of an organisation's token
	kind                   tokenKind
	scopes                 []string
	revoked                bool
}

// userObject is a user as users.info shows it.
func (s *Server) userObject(p *person, email bool) object {
	place, err := time.LoadLocation(p.TZ)
	if err != nil {
		place = time.UTC
	}
	now := s.clock.Now().In(place)
	_, offset := now.Zone()
	handle := strings.ToLower(strings.ReplaceAll(p.Name, " ", "."))
	profile := object{
		"real_name": p.Name, "real_name_normalized": p.Name, "display_name": p.DisplayName, "display_name_normalized": p.DisplayName,
		"team": p.team, "title": "", "avatar_hash": "g" + strings.ToLower(p.ID),
	}
	if email && !p.Bot {
		profile["email"] = p.Email
	}
	if p.Avatar != "" {
		for _, size := range []string{"24", "32", "48", "72", "192", "512"} {
			profile["image_"+size] = p.Avatar
		}
	}
	if p.Bot {
		profile["bot_id"], profile["api_app_id"] = s.workspaces[p.team].BotID, s.app.ID
	}
	user := object{
		"id": p.ID, "team_id": p.team, "name": handle, "real_name": p.Name, "deleted": p.Deleted, "color": "9f69e7", "tz": p.TZ,
		"tz_label": now.Format("MST"), "tz_offset": offset, "profile": profile, "is_admin": false, "is_owner": false, "is_primary_owner": false,
		"is_restricted": p.Guest, "is_ultra_restricted": false, "is_bot": p.Bot, "is_app_user": false, "updated": p.updated.Unix(), "locale": "en-US",
		"is_email_confirmed": !p.Bot && !p.Unconfirmed,
	}
	if grid := s.workspaces[p.team].Enterprise; grid != "" {
		user["enterprise_user"] = object{"id": p.ID, "enterprise_id": grid, "enterprise_name": "Grid", "is_admin": false, "is_owner": false, "teams": []string{p.team}}
	}
	return user
}
