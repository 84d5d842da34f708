package slack

import (
	"cmp"
	"strings"

	"github.com/slack-go/slack"
)

// Profile is a person of a workspace as Slack tells of them.
type Profile struct {
	ID   string
	Name string
	// Email is in small letters; it is empty where Slack hides it, where the person has not confirmed it, and where another
	// company's workspace vouches for it.
	Email string
	// Zone is an IANA name, Avatar the address of a picture.
	Zone, Avatar string
	Bot, Deleted bool
	// Guest is who has limited access to the workspace, or belongs to another company's.
	Guest bool
}

// ProfileOf reads Slack's user object as the workspace of the given team sees it; enterprise is the Grid that the
// workspace belongs to, or empty (https://docs.slack.dev/reference/objects/user-object).
func ProfileOf(u slack.User, team, enterprise string) Profile {
	p := Profile{
		ID: u.ID, Name: cmp.Or(u.Profile.RealName, u.RealName, u.Profile.DisplayName, u.Name), Zone: u.TZ,
		Avatar: cmp.Or(u.Profile.Image192, u.Profile.Image72), Deleted: u.Deleted,
		Bot:   u.IsBot || u.IsWorkflowBot || u.IsConnectorBot || u.ID == "USLACKBOT",
		Guest: u.IsRestricted || u.IsUltraRestricted,
	}
	foreign := u.TeamID != "" && u.TeamID != team && u.TeamID != enterprise
	stranger := u.IsStranger || foreign && (enterprise == "" || u.Enterprise.EnterpriseID != enterprise)
	p.Guest = p.Guest || stranger
	if u.IsEmailConfirmed && !stranger {
		p.Email = strings.ToLower(strings.TrimSpace(u.Profile.Email))
	}
	return p
}
