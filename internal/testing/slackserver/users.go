package slackserver

import (
	"slices"
	"strings"
)

func authTest(c *call) (object, error) {
	answer := object{
		"url": "https://" + c.team.Domain + ".slack.com/", "team": c.team.Name, "team_id": c.team.Team, "user_id": c.token.user, "is_enterprise_install": c.token.enterprise != "",
		"user": strings.ToLower(c.s.users[c.token.user].Name),
	}
	if c.token.bot != "" {
		answer["bot_id"] = c.token.bot
	}
	if c.team.Enterprise != "" {
		answer["enterprise_id"] = c.team.Enterprise
	}
	return answer, nil
}

func teamInfo(c *call) (object, error) {
	team := object{"id": c.team.Team, "name": c.team.Name, "domain": c.team.Domain, "email_domain": "", "icon": object{"image_default": true}, "url": "https://" + c.team.Domain + ".slack.com/"}
	if c.team.Enterprise != "" {
		team["enterprise_id"] = c.team.Enterprise
	}
	return object{"team": team}, nil
}

func botsInfo(c *call) (object, error) {
	if c.str("bot") != c.team.BotID {
		return nil, no("bot_not_found")
	}
	return object{"bot": object{"id": c.team.BotID, "app_id": c.s.app.ID, "user_id": c.team.BotUser, "name": c.s.app.Name, "deleted": !c.team.Installed, "updated": 0, "icons": object{}}}, nil
}

func (c *call) seesEmail() bool { return slices.Contains(c.token.scopes, "users:read.email") }

func usersInfo(c *call) (object, error) {
	p := c.s.users[c.str("user")]
	if p == nil || p.team != c.token.team {
		return nil, no("user_not_found")
	}
	return object{"user": c.s.userObject(p, c.seesEmail())}, nil
}

func usersProfileGet(c *call) (object, error) {
	answer, err := usersInfo(c)
	if err != nil {
		return nil, err
	}
	return object{"profile": answer["user"].(object)["profile"]}, nil
}

func usersLookupByEmail(c *call) (object, error) {
	for _, p := range c.s.users {
		if p.team == c.token.team && !p.Bot && !p.Deleted && p.Email != "" && strings.EqualFold(p.Email, c.str("email")) {
			return object{"user": c.s.userObject(p, true)}, nil
		}
	}
	return nil, no("users_not_found")
}

func usersList(c *call) (object, error) {
	var all []*person
	for _, p := range c.s.users {
		if p.team == c.token.team {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b *person) int { return strings.Compare(a.ID, b.ID) })
	some, next, err := page(c, all, c.limit(1000, 1000))
	if err != nil {
		return nil, err
	}
	members := make([]object, 0, len(some))
	for _, p := range some {
		members = append(members, c.s.userObject(p, c.seesEmail()))
	}
	return object{"members": members, "cache_ts": c.now.Unix(), "response_metadata": next}, nil
}
