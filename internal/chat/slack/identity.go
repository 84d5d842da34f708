package slack

import (
	"context"
	"errors"
	"fmt"

	"github.com/slack-go/slack"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// mostUsername is what Slack shows of a name.
const mostUsername = 80

// identity gives a message the name and picture of the person who wrote it in Muster. Slack itself sets the mark of an app
// beside the name, so nothing is added to it.
func (p *Platform) identity(ctx context.Context, team string, author chat.Author) ([]slack.MsgOption, error) {
	if author.User == "" || author.Name == "" {
		return nil, nil
	}
	options := []slack.MsgOption{slack.MsgOptionUsername(richtext.Truncate(author.Name, mostUsername))}
	picture, err := p.People.Picture(ctx, team, id.ID(author.User))
	if err != nil && !problem.Is(err, problem.NotFound) {
		return nil, fmt.Errorf("find a picture in the Slack workspace %s: %w", team, err)
	}
	if picture != "" {
		options = append(options, slack.MsgOptionIconURL(picture))
	}
	return options, nil
}

// errEmoji is the reason for a reaction that Slack has no name for.
var errEmoji = errors.New("this emoji has no name in Slack")

// reaction returns Slack's name of an emoji.
func reaction(emoji string) (string, error) {
	name, ok := EmojiName(emoji)
	if !ok {
		return "", fmt.Errorf("%w: %w", chat.ErrRefused, errEmoji)
	}
	return name, nil
}
