package slack

import (
	"context"

	"github.com/slack-go/slack"

	"github.com/musterhq/muster/internal/chat"
)

// Written returns a message as Slack takes it, for answers that go other ways than a post: its plain line and its blocks.
func (p *Platform) Written(ctx context.Context, team string, message chat.Message) (line string, blocks []slack.Block, err error) {
	writer, err := p.writer(ctx, team, message.Blocks)
	if err != nil {
		return "", nil, err
	}
	return writer.Fallback(message), writer.Blocks(message), nil
}

// Modal returns a form as Slack takes it, with what it carries through Slack and back.
func (p *Platform) Modal(ctx context.Context, team string, form chat.Form, meta Meta) (slack.ModalViewRequest, error) {
	writer, err := p.formWriter(ctx, team, form)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	return writer.Modal(form, meta), nil
}

// Home returns somebody's page of the app as Slack takes it.
func (p *Platform) Home(ctx context.Context, team string, blocks ...chat.Block) (slack.HomeTabViewRequest, error) {
	writer, err := p.writer(ctx, team, blocks)
	if err != nil {
		return slack.HomeTabViewRequest{}, err
	}
	return writer.Home(blocks...), nil
}
