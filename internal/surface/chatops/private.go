package chatops

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/platform/event"
)

// privateRoutes are the buttons and forms of who sees an incident.
func (b *Bot) privateRoutes() {
	b.on("incident.private", b.makePrivate)
	b.on("incident.invite", b.invite)
	b.on("incident.access.grant", b.grantAccess)
	b.on("incident.access.allow", b.allowAccess)
	b.on("incident.access.deny", b.denyAccess)
}

// privateCards keep the cards of those who ask, or are mentioned without being in it, as things stand.
func (b *Bot) privateCards(bus *event.Bus) {
	event.After(bus, "chatops.access_card", b.accessRequested, event.On(event.Chat))
	event.After(bus, "chatops.access_card", b.accessGranted, event.On(event.Chat))
	event.After(bus, "chatops.access_card", b.accessDenied, event.On(event.Chat))
	event.After(bus, "chatops.outsider_card", b.outsiderMentioned, event.On(event.Chat),
		event.When(func(_ context.Context, _ pgx.Tx, _ event.Record, e room.MessagePosted) (bool, error) {
			return e.Private && len(e.Mentions) > 0, nil
		}))
}

// makePrivate hides the incident: those named stay, or whoever takes part.
func (b *Bot) makePrivate(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	cmd := incident.MakePrivate{Incident: to}
	if in.Kind != chat.Submission {
		if in.Text == "" {
			return b.privateForm(ctx, in, to)
		}
		cmd.Keep = []id.ID{}
		for _, name := range strings.FieldsFunc(in.Text, func(r rune) bool { return r == ',' }) {
			if name = strings.TrimSpace(name); strings.EqualFold(name, "now") {
				cmd.Keep = nil
				break
			}
			who, err := b.person(ctx, name)
			if err != nil {
				return chat.Reply{}, err
			}
			cmd.Keep = append(cmd.Keep, who.ID)
		}
	}
	done, err := b.Incidents.MakePrivate(ctx, cmd)
	if err != nil {
		return chat.Reply{}, err
	}
	if !done.Changed {
		return say("The incident is private already. `/inc access` tells who sees it."), nil
	}
	return say("The incident is private now. `/inc access` tells who sees it, `/inc invite @Lena` lets someone in."), nil
}

func (b *Bot) privateForm(ctx context.Context, in chat.Interaction, to id.ID) (chat.Reply, error) {
	inc, err := b.Incidents.Get(ctx, to)
	if err != nil {
		return chat.Reply{}, err
	}
	if inc.Private {
		return b.accessOverview(ctx, in)
	}
	people, err := b.Incidents.Candidates(ctx, to)
	if err != nil {
		return chat.Reply{}, err
	}
	var stay []string
	for _, c := range people {
		if c.Stays {
			stay = append(stay, c.Name)
		}
	}
	return chat.Ask(chat.Form{
		Action: "incident.private", Value: string(to), Title: "Make the incident private", Submit: "Make it private", Intro: hint("/inc private @Lena, @Ben"),
		Inputs: []chat.Input{{
			Kind: chat.CheckboxInput, Name: "sure", Label: "Only " + listed(stay) + " go on seeing it", Required: true,
			Hint: "It goes from everybody else's lists, search, counts and open pages at once. Others can be invited afterwards.",
		}},
	}), nil
}

// accessOverview tells who sees the incident and who asks to: "access", or takes it away: "access remove @Lena".
func (b *Bot) accessOverview(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	if first, rest, _ := strings.Cut(in.Text, " "); strings.EqualFold(first, "remove") && rest != "" {
		who, err := b.person(ctx, rest)
		if err != nil {
			return chat.Reply{}, err
		}
		if _, err := b.Incidents.RevokeAccess(ctx, incident.RevokeAccess{Incident: to, User: who.ID}); err != nil {
			return chat.Reply{}, err
		}
		return say(who.Name + " does not see this incident any more."), nil
	}
	inc, err := b.Incidents.Get(ctx, to)
	if err != nil {
		return chat.Reply{}, err
	}
	if !inc.Private {
		return say("Everyone in the organisation sees this incident. `/inc private` hides it from all but those who take part."), nil
	}
	access, err := b.Incidents.Access(ctx, to)
	if err != nil {
		return chat.Reply{}, err
	}
	names := make([]string, len(access.Members))
	for n, m := range access.Members {
		names[n] = m.Name
	}
	blocks := []chat.Block{chat.Text(words("Only " + listed(names) + " see this incident."))}
	for _, request := range access.Requests {
		blocks = append(blocks, asking(request)...)
	}
	blocks = append(blocks, chat.Context(words("In one line: `/inc invite @Lena` or `/inc access remove @Lena`")))
	return chat.Whisper("reply", blocks...), nil
}

func asking(request incident.AccessRequest) []chat.Block {
	return []chat.Block{
		chat.Text(richtext.Of(richtext.P(richtext.At(request.Person.ID, request.Person.Name), richtext.T(" asks to see this private incident.")))),
		chat.Buttons(
			chat.Button{Action: "incident.access.allow", Value: string(request.ID), Label: "Let them in"},
			chat.Button{Action: "incident.access.deny", Value: string(request.ID), Label: "No"},
		),
	}
}

func (b *Bot) allowAccess(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	done, err := b.Incidents.AllowAccess(ctx, incident.AllowAccess{Request: id.ID(in.Value)})
	if err != nil {
		return chat.Reply{}, err
	}
	if !done.Changed {
		return say("That was decided already."), nil
	}
	return say("They are let in and told."), nil
}

func (b *Bot) denyAccess(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	done, err := b.Incidents.DenyAccess(ctx, incident.DenyAccess{Request: id.ID(in.Value)})
	if err != nil {
		return chat.Reply{}, err
	}
	if !done.Changed {
		return say("That was decided already."), nil
	}
	return say("They are not let in, and not told."), nil
}

// invite lets somebody into a private incident; to a public one everybody is.
func (b *Bot) invite(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	inc, err := b.Incidents.Get(ctx, to)
	if err != nil {
		return chat.Reply{}, err
	}
	user := id.ID(in.Values.Get("user"))
	if in.Kind != chat.Submission {
		if in.Text == "" {
			return chat.Ask(chat.Form{
				Action: "incident.invite", Value: string(to), Title: "Invite someone", Submit: "Invite", Intro: hint("/inc invite @Lena"),
				Inputs: []chat.Input{{Kind: chat.UserInput, Name: "user", Label: "Who", Required: true, Hint: "They are told, and take part from then on."}},
			}), nil
		}
		who, err := b.person(ctx, in.Text)
		if err != nil {
			return chat.Reply{}, err
		}
		user = who.ID
	}
	if !inc.Private {
		return b.call(ctx, to, user)
	}
	in.Value, in.Conversation.ID = string(user), string(to)
	return b.grantAccess(ctx, in)
}

// call asks somebody into an incident that they see anyway.
func (b *Bot) call(ctx context.Context, to, user id.ID) (chat.Reply, error) {
	who, err := b.Users.Get(ctx, user)
	if err != nil {
		return chat.Reply{}, err
	}
	done, err := b.Incidents.Invite(ctx, incident.Invite{Incident: to, User: user})
	if err != nil {
		return chat.Reply{}, err
	}
	if !done.Changed {
		return say(who.Name + " takes part already."), nil
	}
	return say(who.Name + " is called and takes part from now on."), nil
}

// grantAccess is the button that lets in whom a message mentioned.
func (b *Bot) grantAccess(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	who, err := b.Users.Get(ctx, id.ID(in.Value))
	if err != nil {
		return chat.Reply{}, err
	}
	done, err := b.Incidents.GrantAccess(ctx, incident.GrantAccess{Incident: id.ID(in.Conversation.ID), User: who.ID})
	if err != nil {
		return chat.Reply{}, err
	}
	if !done.Changed {
		return say(who.Name + " is in already."), nil
	}
	return say(who.Name + " sees this incident now and is told."), nil
}

func requestKey(request id.ID) string { return "access/" + string(request) }

func (b *Bot) accessRequested(ctx context.Context, _ event.Record, e incident.AccessRequested) error {
	return b.requestCard(ctx, e.Incident, e.Request)
}

// accessGranted draws the cards of what the person asked anew; who was invited without asking has none.
func (b *Bot) accessGranted(ctx context.Context, r event.Record, e incident.AccessGranted) error {
	requests, err := b.Incidents.RequestsOf(ctx, e.Incident, e.User)
	if err != nil {
		return err
	}
	for _, request := range requests {
		if err := b.requestCard(ctx, e.Incident, request); err != nil {
			return err
		}
	}
	return nil
}

func (b *Bot) accessDenied(ctx context.Context, _ event.Record, e incident.AccessDenied) error {
	return b.requestCard(ctx, e.Incident, e.Request)
}

// requestCard is a picture of how a request stands.
func (b *Bot) requestCard(ctx context.Context, in, request id.ID) error {
	found, err := b.Incidents.Request(ctx, request)
	if err != nil {
		return err
	}
	blocks := asking(found)
	switch found.State {
	case "allowed":
		blocks = []chat.Block{chat.Context(richtext.Literal(found.DecidedBy + " let " + found.Person.Name + " in."))}
	case "denied":
		blocks = []chat.Block{chat.Context(richtext.Literal(found.DecidedBy + " did not let " + found.Person.Name + " in. They are not told."))}
	}
	return b.card(ctx, in, chat.Say(requestKey(request), blocks...))
}

// outsiderMentioned says below a message of a private incident whom it did not reach, with a button to let them in.
func (b *Bot) outsiderMentioned(ctx context.Context, _ event.Record, e room.MessagePosted) error {
	outside, err := b.Incidents.NotIn(ctx, e.Incident, e.Mentions)
	if problem.Is(err, problem.NotFound) || len(outside) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	names, buttons := make([]string, len(outside)), make([]chat.Button, len(outside))
	for n, person := range outside {
		names[n] = person.Name
		buttons[n] = chat.Button{Action: "incident.access.grant", Value: string(person.ID), Label: "Invite " + person.Name}
	}
	are := " is not in this private incident and was not told."
	if len(outside) > 1 {
		are = " are not in this private incident and were not told."
	}
	return b.card(ctx, e.Incident, chat.Say("outsider/"+string(e.Message), chat.Text(richtext.Literal(listed(names)+are)), chat.Buttons(buttons[:min(len(buttons), 5)]...)))
}
