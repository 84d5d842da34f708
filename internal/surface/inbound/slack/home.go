package slack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/musterhq/muster/internal/chat"
	platform "github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// mostAtHome is how many of each thing the Home tab lists.
const mostAtHome = 20

// publishHome shows somebody what is going on, and what is theirs to do; nothing that they may not see. shown is a digest
// of what the tab says already; what it says now is returned.
func (d *Doors) publishHome(ctx context.Context, team, slackUser, shown string) (string, error) {
	acting, who, err := d.Workspaces.Act(ctx, team, slackUser)
	var blocks []chat.Block
	switch {
	case problem.Is(err, problem.Forbidden):
		blocks = []chat.Block{chat.Text(richtext.Literal(problem.All(err)[0].Message))}
	case err != nil:
		return shown, err
	default:
		if blocks, err = d.homeOf(acting, who); err != nil {
			return shown, err
		}
	}
	view, err := d.Platform.Home(ctx, team, blocks...)
	if err != nil {
		return shown, err
	}
	written, err := json.Marshal(view)
	if err != nil {
		return shown, fmt.Errorf("write a Home tab: %w", err)
	}
	sum := sha256.Sum256(written)
	now := hex.EncodeToString(sum[:16])
	if now == shown {
		return shown, nil
	}
	if err := d.Client.PublishHome(platform.WithPriority(ctx, platform.Nice), team, slackUser, view); err != nil {
		return shown, err
	}
	return now, nil
}

func (d *Doors) homeOf(ctx context.Context, who user.User) ([]chat.Block, error) {
	blocks := []chat.Block{chat.Buttons(
		chat.Button{Action: "incident.declare", Label: "Declare an incident", Style: chat.Primary},
		chat.Button{Action: "help", Label: "What you can type"},
	)}
	for _, part := range []func(ctx context.Context, who user.User) ([]chat.Block, error){d.goingOn, d.rolesOf, d.actionsOf, d.followUpsOf} {
		more, err := part(ctx, who)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, more...)
	}
	return blocks, nil
}

func heading(text string) chat.Block { return chat.Text(richtext.Of(richtext.P(richtext.B(text)))) }

// named is an incident as a link with its name.
func named(reference, name string) []richtext.Node {
	return []richtext.Node{richtext.A(reference, "/incidents/"+reference), richtext.T(" " + name)}
}

func (d *Doors) goingOn(ctx context.Context, _ user.User) ([]chat.Block, error) {
	live, err := d.Incidents.Live(ctx)
	if err != nil {
		return nil, err
	}
	blocks := []chat.Block{heading("Going on")}
	for _, one := range live {
		if one.Mode == incident.Test || len(blocks) > mostAtHome {
			continue
		}
		facts := []string{one.Status.Name}
		if one.Severity != nil {
			facts = append([]string{one.Severity.Name}, facts...)
		}
		if one.Lead != nil {
			facts = append(facts, one.Lead.Name+" leads")
		}
		text := append(named(one.Reference, one.Name), richtext.Br(), richtext.T(strings.Join(facts, " · ")))
		blocks = append(blocks, chat.Section(richtext.Of(richtext.P(text...)), chat.Button{Action: "incident.overview", Value: string(one.ID), Label: "Where it stands"}))
	}
	if len(blocks) == 1 {
		blocks = append(blocks, chat.Context(richtext.Literal("Nothing. Declare what you see with the button above, or with /inc and a name.")))
	}
	return blocks, nil
}

func (d *Doors) rolesOf(ctx context.Context, who user.User) ([]chat.Block, error) {
	held, err := d.Incidents.Duties(ctx, who.ID)
	if err != nil || len(held) == 0 {
		return nil, err
	}
	var lines []richtext.Node
	for _, one := range held[:min(len(held), mostAtHome)] {
		lines = append(lines, richtext.P(append(named(one.Reference, one.Name+": "), richtext.B(one.Role))...))
	}
	return []chat.Block{heading("Your roles"), chat.Text(richtext.Of(richtext.Bullets(lines...)))}, nil
}

func (d *Doors) actionsOf(ctx context.Context, who user.User) ([]chat.Block, error) {
	mine, err := d.Actions.AssignedTo(ctx, who.ID)
	if err != nil || len(mine) == 0 {
		return nil, err
	}
	blocks := []chat.Block{heading("Your actions")}
	for _, one := range mine[:min(len(mine), mostAtHome)] {
		text := append([]richtext.Node{richtext.T(one.Description), richtext.Br()}, named(one.IncidentReference, one.IncidentName)...)
		blocks = append(blocks, chat.Section(richtext.Of(richtext.P(text...)), chat.Button{Action: "action.complete", Value: string(one.ID), Label: "Done"}))
	}
	return blocks, nil
}

func (d *Doors) followUpsOf(ctx context.Context, who user.User) ([]chat.Block, error) {
	mine, err := d.FollowUps.List(ctx, followup.Filter{Assignee: who.ID, Status: followup.Outstanding, Most: mostAtHome})
	if err != nil || len(mine) == 0 {
		return nil, err
	}
	blocks := []chat.Block{heading("Your follow-ups")}
	for _, one := range mine {
		text := append([]richtext.Node{richtext.T(one.Title), richtext.Br()}, named(one.IncidentReference, one.IncidentName)...)
		blocks = append(blocks, chat.Section(richtext.Of(richtext.P(text...)), chat.Button{Action: "follow_up.complete", Value: string(one.ID), Label: "Done"}))
	}
	return blocks, nil
}
