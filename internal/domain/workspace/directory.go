package workspace

import (
	"context"

	"github.com/musterhq/muster/internal/chat/slack"
)

// direct asks Slack for people with nothing in between.
type direct struct{ s *Service }

// People returns a page of a workspace's people.
func (d direct) People(ctx context.Context, team, cursor string) (people []slack.Profile, next string, err error) {
	token, enterprise, err := d.open(ctx, team)
	if err != nil {
		return nil, "", err
	}
	return d.s.needs.App.People(ctx, token, team, enterprise, cursor)
}

// Person returns one of them.
func (d direct) Person(ctx context.Context, team, user string) (slack.Profile, error) {
	token, enterprise, err := d.open(ctx, team)
	if err != nil {
		return slack.Profile{}, err
	}
	return d.s.needs.App.PersonOf(ctx, token, team, enterprise, user)
}

func (d direct) open(ctx context.Context, team string) (token, enterprise string, err error) {
	w, err := d.s.Get(ctx, team)
	if err != nil {
		return "", "", err
	}
	credentials, err := d.s.Token(ctx, team)
	return credentials.Token, w.Enterprise, err
}
