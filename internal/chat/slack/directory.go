package slack

import (
	"context"

	"github.com/slack-go/slack"
)

// usersPage is how many people are read at once.
const usersPage = 200

// People returns a page of a workspace's people and where the next one begins, empty after the last.
func (c *Client) People(ctx context.Context, team, cursor string) (people []Profile, next string, err error) {
	may, err := c.admit(ctx, call{team: team, method: "users.list"})
	if err != nil {
		return nil, "", err
	}
	err = may.do(ctx, func(ctx context.Context, api *slack.Client) error {
		options := []slack.GetUsersOption{slack.GetUsersOptionLimit(usersPage), slack.GetUsersOptionIncludeLocale(false), slack.GetUsersOptionTeamID(team), slack.GetUsersOptionCursor(cursor)}
		page, err := api.GetUsersPaginated(options...).Next(ctx)
		for _, one := range page.Users {
			people = append(people, ProfileOf(one, team, may.credentials.Enterprise))
		}
		next = page.Cursor
		return err
	})
	return people, next, err
}

// Person returns one person of a workspace.
func (c *Client) Person(ctx context.Context, team, user string) (Profile, error) {
	return c.person(ctx, team, "users.info", func(ctx context.Context, api *slack.Client) (*slack.User, error) {
		return api.GetUserInfoContext(ctx, user)
	})
}

// ByEmail returns the person of a workspace with an address; without one the error's Code is "users_not_found".
func (c *Client) ByEmail(ctx context.Context, team, email string) (Profile, error) {
	return c.person(ctx, team, "users.lookupByEmail", func(ctx context.Context, api *slack.Client) (*slack.User, error) {
		return api.GetUserByEmailContext(ctx, email)
	})
}

func (c *Client) person(ctx context.Context, team, method string, look func(ctx context.Context, api *slack.Client) (*slack.User, error)) (found Profile, err error) {
	may, err := c.admit(ctx, call{team: team, method: method})
	if err != nil {
		return Profile{}, err
	}
	err = may.do(ctx, func(ctx context.Context, api *slack.Client) error {
		got, err := look(ctx, api)
		if err == nil {
			found = ProfileOf(*got, team, may.credentials.Enterprise)
		}
		return err
	})
	return found, err
}
