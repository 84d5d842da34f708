package slackserver

import (
	"slices"
	"strings"
)

// Enterprise puts a workspace into an Enterprise Grid organisation.
func (s *Server) Enterprise(team, enterprise string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.workspaces[team].Enterprise = enterprise
}

// OrgWide lets the next installs by people of an Enterprise Grid organisation cover all of its workspaces with one token.
func (s *Server) OrgWide(enterprise string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.orgs[enterprise] = true
}

// installOrg gives the app one token and one bot user for all workspaces of an organisation.
func (s *Server) installOrg(enterprise string, scopes []string) object {
	all := s.workspacesOf(enterprise)
	first := all[0]
	s.install(first, scopes)
	s.tokens[first.BotToken].enterprise = enterprise
	for _, ws := range all {
		ws.BotToken, ws.BotUser, ws.BotID, ws.Scopes, ws.Installed, ws.orgWide = first.BotToken, first.BotUser, first.BotID, first.Scopes, true, true
	}
	return object{
		"access_token": first.BotToken, "token_type": "bot", "scope": strings.Join(first.Scopes, ","), "bot_user_id": first.BotUser, "app_id": s.app.ID,
		"team": nil, "enterprise": object{"id": enterprise, "name": "Grid"}, "is_enterprise_install": true,
	}
}

func (s *Server) workspacesOf(enterprise string) []*workspace {
	var all []*workspace
	for _, ws := range s.workspaces {
		if ws.Enterprise == enterprise {
			all = append(all, ws)
		}
	}
	slices.SortFunc(all, func(a, b *workspace) int { return strings.Compare(a.Team, b.Team) })
	return all
}

// within is an organisation's token as it counts in the workspace that a call is about: that of its channel, person, trigger or view,
// or the one that it names.
func (c *call) within(t *token) *token {
	if t.enterprise == "" {
		return t
	}
	team := c.str("team_id")
	for _, name := range []string{"channel", "channel_id"} {
		if ch := c.s.channels[c.str(name)]; ch != nil {
			team = ch.Team
		}
	}
	for _, id := range []string{c.str("user"), c.str("user_id"), c.str("channel"), c.str("users")} {
		if p := c.s.users[id]; p != nil && !p.Bot {
			team = p.team
		}
	}
	if trigger := c.s.triggers[c.str("trigger_id")]; trigger != nil {
		team = c.s.users[trigger.user].team
	}
	if v := c.s.views[c.str("view_id")]; v != nil {
		team = v.Team
	}
	if ws := c.s.workspaces[team]; ws == nil || ws.Enterprise != t.enterprise {
		team = t.team
	}
	out := *t
	out.team = team
	return &out
}
