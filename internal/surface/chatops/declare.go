package chatops

import (
	"context"
	"strings"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/platform/event"
)

// declare begins an incident: by a form when nothing is known of it yet, else by its name.
func (b *Bot) declare(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	cmd := incident.Declare{Key: in.Key}
	switch in.Kind {
	case chat.Submission:
		cmd.Name, cmd.Severity, cmd.Summary, cmd.Lead = in.Values.Get("name"), id.ID(in.Values.Get("severity")), in.Values.Get("summary"), id.ID(in.Values.Get("lead"))
	case chat.Command:
		if in.Text == "" {
			return b.declareForm(ctx, nil)
		}
		cmd.Name = in.Text
	case chat.Refresh:
		return b.declareForm(ctx, in.Values)
	default:
		cmd.Name = strings.TrimPrefix(in.Value, "name:")
		if cmd.Name == "" {
			return b.declareForm(ctx, nil)
		}
	}
	var err error
	if cmd.Type, cmd.Fields, err = b.declared(ctx, in.Values); err != nil {
		return chat.Reply{}, err
	}
	brief, err := b.Incidents.Declare(ctx, cmd)
	if err != nil {
		return b.askAgain(ctx, in, cmd, err)
	}
	reply := say("You declared " + brief.Reference + ".")
	reply.Redirect = incidentPath(brief)
	return reply, nil
}

// declared reads the type and the custom fields of a form that declares.
func (b *Bot) declared(ctx context.Context, values chat.FormValues) (id.ID, form.Values, error) {
	if len(values) == 0 {
		return "", nil, nil
	}
	fields, err := b.Forms.Fields(ctx)
	given := make([]incident.FieldValue, len(fields))
	for n, f := range fields {
		given[n].Field = f
	}
	return id.ID(values.Get("type")), answers(values, given), err
}

// askAgain answers a declaration that lacks something with the form for it, in which nothing that was said is lost.
func (b *Bot) askAgain(ctx context.Context, in chat.Interaction, cmd incident.Declare, wrong error) (chat.Reply, error) {
	if !problem.Is(wrong, problem.Invalid) {
		return chat.Reply{}, wrong
	}
	values := chat.FormValues{"name": cmd.Name}
	for name, value := range in.Values {
		values[name] = value
	}
	reply, err := b.declareForm(ctx, values)
	reply.Errors = chat.Wrong(wrong).Errors
	return reply, err
}

func (b *Bot) declareForm(ctx context.Context, said chat.FormValues) (chat.Reply, error) {
	inputs, err := b.declareInputs(ctx, form.Declare, said, func(severities []choice) []chat.Input {
		return []chat.Input{
			{Kind: chat.TextInput, Name: "name", Label: "What is wrong", Placeholder: "Card payments fail at checkout", Required: true, Most: 200},
			{Kind: chat.ChoiceInput, Name: "severity", Label: "How bad is it", Hint: "You can change it at any time.", Options: options(severities)},
			{Kind: chat.MultilineInput, Name: "summary", Label: "Summary", Hint: "What you know, for people who come in later.", Most: 10_000},
			{Kind: chat.UserInput, Name: "lead", Label: "Lead", Hint: "Left open, it is you."},
		}
	})
	if err != nil {
		return chat.Reply{}, err
	}
	return chat.Ask(chat.Form{
		Action: "incident.declare", Title: "Declare an incident", Submit: "Declare", Intro: hint("/inc Card payments fail at checkout"), Inputs: inputs,
	}.Filled(said)), nil
}

// declareInputs are the questions of a form that begins an incident: those of Muster's own that the form of its moment
// asks, the type, and the organisation's.
func (b *Bot) declareInputs(ctx context.Context, moment form.Moment, said chat.FormValues, own func(severities []choice) []chat.Input) ([]chat.Input, error) {
	severities, err := b.severities(ctx)
	if err != nil {
		return nil, err
	}
	types, err := b.Incidents.Types(ctx)
	if err != nil {
		return nil, err
	}
	kind := id.ID(said.Get("type"))
	for _, t := range types {
		if kind.Empty() && t.Default {
			kind = t.ID
		}
	}
	forms, err := b.Forms.Forms(ctx, kind)
	if err != nil {
		return nil, err
	}
	_, given, err := b.declared(ctx, said)
	if err != nil {
		return nil, err
	}
	asks := forms[moment]
	situation := form.Situation{Severity: id.ID(said.Get("severity")), Type: kind, Fields: given}
	asked := inputsOf(asks, situation)
	if len(types) > 1 && (asks.Shows(form.Type, situation) || said.Get("type") != "") {
		all, err := b.types(ctx)
		if err != nil {
			return nil, err
		}
		asked = append([]chat.Input{{Kind: chat.SelectInput, Name: "type", Label: "Type", Initial: string(kind), Options: options(all)}}, asked...)
	}
	return refreshing(asks, append(shown(asks, situation, own(severities)), asked...)), nil
}

func incidentPath(brief incident.Brief) string {
	if brief.Reference == "" {
		return "/incidents/" + string(brief.ID)
	}
	return "/incidents/" + brief.Reference
}

// declaredCard greets those who come into a new room with what there is to do first.
func (b *Bot) declaredCard(ctx context.Context, _ event.Record, e incident.Declared) error {
	inc, err := b.Incidents.Get(ctx, e.Incident)
	if err != nil {
		return err
	}
	text := "This is the room of " + inc.Reference + ". Say what you see; type `/` for what you can do."
	if inc.Reference == "" {
		text = "This is the room. Say what you see; type `/` for what you can do."
	}
	if inc.Mode == incident.Tutorial {
		return b.tutorialBegins(ctx, inc)
	}
	message := chat.Say("declared", chat.Text(richtext.Of(richtext.P(richtext.B(inc.Name)))), chat.Text(words(text)), chat.Buttons(
		chat.Button{Action: "incident.update.send", Value: string(inc.ID), Label: "Send update"},
		chat.Button{Action: "incident.severity.change", Value: string(inc.ID), Label: "Severity"},
		chat.Button{Action: "incident.role.assign", Value: string(inc.ID), Label: "Roles"},
		chat.Button{Action: "incident.summary.change", Value: string(inc.ID), Label: "Summary"},
	))
	return b.card(ctx, inc.ID, message)
}
