package chatops

import (
	"context"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/tutorial"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/platform/event"
)

// tutorial begins a guided first incident, or leads back to the one that goes on.
func (b *Bot) tutorial(ctx context.Context, _ chat.Interaction) (chat.Reply, error) {
	brief, err := b.Tutorials.Start(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	reply := say("Your practice incident is open. Only you see it, and it counts for nothing.")
	reply.Redirect = incidentPath(brief)
	return reply, nil
}

// tutorialBegins greets whoever learns, with the first step.
func (b *Bot) tutorialBegins(ctx context.Context, inc incident.Incident) error {
	progress, err := b.Tutorials.Progress(ctx, inc.ID)
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	blocks := []chat.Block{
		chat.Text(richtext.Of(richtext.P(richtext.B("Welcome to your first incident")))),
		chat.Text(words("This is its room, and every incident has one. Only you see this one, so nothing can go wrong. In five minutes you have done all that an incident needs.")),
	}
	if next := progress.Next(); next != nil {
		blocks = append(blocks, step(*next)...)
	}
	return b.card(ctx, inc.ID, chat.Say("declared", blocks...))
}

// stepDone says what comes next, each time a step is done.
func (b *Bot) stepDone(ctx context.Context, _ event.Record, e tutorial.StepDone) error {
	progress, err := b.Tutorials.Progress(ctx, e.Incident)
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	blocks := []chat.Block{chat.Text(words("That is all there is to it. When something is really wrong, press `C` or type `/inc` and a name; it costs nothing to close it again."))}
	if next := progress.Next(); next != nil && !progress.Ended {
		blocks = append([]chat.Block{chat.Text(words("Well done."))}, step(*next)...)
	}
	return b.card(ctx, e.Incident, chat.Say("tutorial/"+string(e.Step), blocks...))
}

func step(s tutorial.Step) []chat.Block {
	blocks := []chat.Block{chat.Text(richtext.Of(richtext.P(richtext.T("Next: "), richtext.B(s.Title), richtext.T(". "+s.How))))}
	if s.Command != "" {
		blocks = append(blocks, chat.Context(words("In one line: `"+s.Command+"`")))
	}
	return blocks
}
