package chatops

import (
	"context"
	"slices"
	"strings"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

func (b *Bot) roles(ctx context.Context) ([]choice, error) {
	all, err := b.Incidents.Roles(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]choice, len(all))
	for n, r := range all {
		out[n] = choice{id: r.ID, name: r.Name, short: strings.ToLower(r.Shortform), description: r.Description}
	}
	comms, found, err := b.Incidents.Comms(ctx)
	if err == nil && found && comms.ID.Empty() {
		out = append(out, choice{id: firstComms, name: comms.Name, short: comms.Shortform, description: comms.Description})
	}
	return out, err
}

// lead is assignRole for the one role that everybody asks for.
func (b *Bot) lead(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	all, err := b.Incidents.Roles(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	at := slices.IndexFunc(all, func(r incident.Role) bool { return r.Kind == incident.RoleLead })
	if at < 0 {
		return chat.Reply{}, problem.Missing("role")
	}
	if in.Text == "" {
		return b.roleForm(ctx, in, all[at].ID, "/inc lead @Maya")
	}
	return b.give(ctx, in, all[at].ID, all[at].Name, in.Text)
}

// takeLead makes the one who pressed the lead.
func (b *Bot) takeLead(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	all, err := b.Incidents.Roles(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	at := slices.IndexFunc(all, func(r incident.Role) bool { return r.Kind == incident.RoleLead })
	if at < 0 {
		return chat.Reply{}, problem.Missing("role")
	}
	return b.assign(ctx, in, all[at].ID, all[at].Name, scope.Actor.ID, scope.Actor.Name)
}

// assignRole gives a role to somebody, or takes it: "comms @Lena", "comms nobody".
func (b *Bot) assignRole(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	if in.Kind == chat.Submission {
		return b.assign(ctx, in, id.ID(in.Values.Get("role")), "", id.ID(in.Values.Get("assignee")), "")
	}
	if in.Text == "" {
		return b.roleForm(ctx, in, "", "/inc role comms @Lena")
	}
	all, err := b.roles(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	role, who, found := leading(in.Text, all)
	if !found {
		first, rest, _ := strings.Cut(in.Text, " ")
		if role, err = pick("role", first, all); err != nil {
			return chat.Reply{}, err
		}
		who = rest
	}
	if strings.TrimSpace(who) == "" {
		return b.roleForm(ctx, in, role.id, "/inc role "+role.word()+" @Lena")
	}
	return b.give(ctx, in, role.id, role.name, who)
}

func (b *Bot) give(ctx context.Context, in chat.Interaction, role id.ID, name, who string) (chat.Reply, error) {
	if lower := strings.ToLower(strings.TrimSpace(who)); lower == "nobody" || lower == "none" {
		return b.assign(ctx, in, role, name, "", "")
	}
	person, err := b.person(ctx, who)
	if err != nil {
		return chat.Reply{}, err
	}
	return b.assign(ctx, in, role, name, person.ID, person.Name)
}

func (b *Bot) assign(ctx context.Context, in chat.Interaction, role id.ID, roleName string, assignee id.ID, name string) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	if role == firstComms {
		if assignee.Empty() {
			return say("That is so already."), nil
		}
		comms, err := b.Incidents.TakeComms(ctx)
		if err != nil {
			return chat.Reply{}, err
		}
		role = comms.ID
	}
	done, err := b.Incidents.AssignRole(ctx, incident.AssignRole{Incident: to, Role: role, Assignee: assignee})
	if err != nil {
		return chat.Reply{}, err
	}
	if roleName == "" {
		all, err := b.roles(ctx)
		if err != nil {
			return chat.Reply{}, err
		}
		roleName = named(role, all)
	}
	if name == "" && !assignee.Empty() {
		var person user.User
		if person, err = b.Users.Get(ctx, assignee); err != nil {
			return chat.Reply{}, err
		}
		name = person.Name
	}
	switch {
	case !done.Changed:
		return say("That is so already."), nil
	case assignee.Empty():
		return say("Nobody has the role " + roleName + " now."), nil
	default:
		return b.given(ctx, role, assignee, roleName, name)
	}
}

// given tells who has a role now, and whoever took it what it asks of them.
func (b *Bot) given(ctx context.Context, role, assignee id.ID, roleName, name string) (chat.Reply, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	if scope.Actor.ID != assignee {
		return say(name + " has the role " + roleName + " now and is told."), nil
	}
	all, err := b.Incidents.Roles(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	text := "You have the role " + roleName + " now."
	for _, one := range all {
		if one.ID == role && one.Instructions != "" {
			text += " " + one.Instructions
		}
	}
	return say(text), nil
}

func (b *Bot) roleForm(ctx context.Context, in chat.Interaction, role id.ID, example string) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	inc, err := b.Incidents.Get(ctx, to)
	if err != nil {
		return chat.Reply{}, err
	}
	var choices []chat.Option
	holder := ""
	for _, held := range inc.Roles {
		description := "Nobody yet"
		if held.Holder != nil {
			description = held.Holder.Name
			if held.Role.ID == role {
				holder = string(held.Holder.ID)
			}
		}
		choices = append(choices, chat.Option{Value: string(held.Role.ID), Label: held.Role.Name, Description: description})
	}
	comms, err := b.commsOf(ctx, inc)
	if err != nil {
		return chat.Reply{}, err
	}
	if comms.Role.ID == firstComms {
		choices = append(choices, chat.Option{Value: string(firstComms), Label: comms.Role.Name, Description: "Nobody yet"})
	}
	return chat.Ask(chat.Form{
		Action: "incident.role.assign", Value: string(to), Title: "Give a role", Submit: "Give", Intro: hint(example),
		Inputs: []chat.Input{
			{Kind: chat.SelectInput, Name: "role", Label: "Role", Required: true, Initial: string(role), Options: choices},
			{Kind: chat.UserInput, Name: "assignee", Label: "Who", Hint: "Left open, nobody has it.", Initial: holder},
		},
	}), nil
}
