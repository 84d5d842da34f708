package slack

import (
	"context"
	"fmt"

	"github.com/slack-go/slack"

	"github.com/musterhq/muster/internal/platform/httpx"
)

// peoplePage is how many people are read at once, as Slack recommends.
const peoplePage = 200

// People returns a page of a workspace's people and where the next one begins, empty after the last.
func (a App) People(ctx context.Context, token, team, enterprise, cursor string) (people []Profile, next string, err error) {
	if err := httpx.RefuseInTransaction(ctx); err != nil {
		return nil, "", err
	}
	page, err := a.client(token).GetUsersPaginated(slack.GetUsersOptionLimit(peoplePage), slack.GetUsersOptionCursor(cursor), slack.GetUsersOptionIncludeLocale(false)).Next(ctx)
	if err != nil {
		return nil, "", fmt.Errorf("list the people of a workspace: %w", withoutAddress(err))
	}
	for _, one := range page.Users {
		people = append(people, ProfileOf(one, team, enterprise))
	}
	return people, page.Cursor, nil
}

// PersonOf returns one person of a workspace.
func (a App) PersonOf(ctx context.Context, token, team, enterprise, user string) (Profile, error) {
	if err := httpx.RefuseInTransaction(ctx); err != nil {
		return Profile{}, err
	}
	found, err := a.client(token).GetUserInfoContext(ctx, user)
	if err != nil {
		return Profile{}, fmt.Errorf("look a person of a workspace up: %w", withoutAddress(err))
	}
	return ProfileOf(*found, team, enterprise), nil
}
