package chatops

import (
	"context"
	"slices"
	"strings"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// fieldWords are the commands about what else is known of an incident.
func (b *Bot) fieldWords() []command {
	return []command{
		{Word: Word{Name: "field", Usage: "[field] [value]", Help: "Say something that is asked of every incident"}, example: "affected area checkout", run: b.setField},
		{Word: Word{Name: "fields", Help: "Fill in all that is asked"}, run: b.setFields},
		{Word: Word{Name: "type", Usage: "[name]", Help: "Change the type of the incident"}, example: "security", run: b.changeType},
		{Word: Word{Name: "timestamp", Aliases: []string{"time"}, Usage: "[which] [13:52 or clear]", Help: "Say when something happened"}, example: "fixed 13:52", run: b.setTimestamp},
		{Word: Word{Name: "timestamps", Aliases: []string{"times"}, Help: "Say when it all happened"}, run: b.setTimestamps},
	}
}

// cleared are the words for no value.
var cleared = []string{"none", "nothing", "clear", "-"}

// setField answers one field in a line: "affected area checkout, search". Without a value it asks for all.
func (b *Bot) setField(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil || in.Text == "" {
		return b.setFields(ctx, in)
	}
	inc, err := b.Incidents.Get(ctx, to)
	if err != nil {
		return chat.Reply{}, err
	}
	var known []choice
	for _, f := range inc.Fields {
		known = append(known, choice{id: f.Field.ID, name: f.Field.Name})
	}
	chosen, value, found := leading(in.Text, known)
	if !found {
		if len(known) == 0 {
			return say("Nothing else is asked of this incident. Fields are set up in the settings."), nil
		}
		_, err := pick("field", in.Text, known)
		return chat.Reply{}, err
	}
	if value == "" {
		return b.setFields(ctx, in)
	}
	at := slices.IndexFunc(inc.Fields, func(f incident.FieldValue) bool { return f.Field.ID == chosen.id })
	values := []string{value}
	switch field := inc.Fields[at].Field; {
	case slices.Contains(cleared, strings.ToLower(value)):
		values = nil
	case field.Type == form.MultiSelect:
		values = strings.Split(value, ",")
	}
	done, err := b.Incidents.SetFields(ctx, incident.SetFields{Incident: to, Fields: form.Values{chosen.id: values}})
	if err != nil {
		return chat.Reply{}, err
	}
	if !done.Changed {
		return say(chosen.name + " says that already."), nil
	}
	return say(chosen.name + " is set. The room shows it."), nil
}

// setFields asks for all fields of an incident, and takes the answers.
func (b *Bot) setFields(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	inc, err := b.Incidents.Get(ctx, to)
	if err != nil {
		return chat.Reply{}, err
	}
	if in.Kind == chat.Submission {
		if _, err := b.Incidents.SetFields(ctx, incident.SetFields{Incident: to, Fields: answers(in.Values, inc.Fields)}); err != nil {
			return chat.Reply{}, err
		}
		return say("Saved. The room shows what changed."), nil
	}
	var inputs []chat.Input
	for _, f := range inc.Fields {
		if !f.Field.Archived {
			inputs = append(inputs, fieldInput(form.Asked{Element: form.Element{Kind: form.Custom, Field: f.Field.ID}, Custom: f.Field}, f.Values))
		}
	}
	if len(inputs) == 0 {
		return say("Nothing else is asked of this incident. Fields are set up in the settings."), nil
	}
	example := "/inc field " + strings.ToLower(inc.Fields[0].Field.Name) + " …"
	return chat.Ask(chat.Form{Action: "incident.fields.set", Value: string(to), Title: "Fields", Submit: "Save", Intro: hint(example), Inputs: inputs}), nil
}

// answers reads a form's answers to custom fields; options of several stand by themselves.
func answers(values chat.FormValues, fields []incident.FieldValue) form.Values {
	given := form.Values{}
	for _, f := range fields {
		key := form.FieldKey(f.Field.ID)
		if _, said := values[key]; !said {
			continue
		}
		given[f.Field.ID] = nil
		if value := values.Get(key); value != "" {
			given[f.Field.ID] = []string{value}
		}
		for _, o := range f.Field.Options {
			if values[key+"."+string(o.ID)] != "" {
				given[f.Field.ID] = append(given[f.Field.ID], string(o.ID))
			}
		}
	}
	return given
}

// fieldInput is a custom field as a form asks for it.
func fieldInput(a form.Asked, values []string) chat.Input {
	f := a.Custom
	in := chat.Input{Name: form.FieldKey(f.ID), Label: f.Name, Hint: f.Description, Placeholder: f.Placeholder, Required: a.Required, Initial: strings.Join(values, ",")}
	switch f.Type {
	case form.SingleSelect:
		in.Kind = chat.SelectInput
		if !a.Required {
			in.Options = []chat.Option{{Value: "", Label: "Not said"}}
		}
	case form.MultiSelect:
		in.Kind = chat.ManyInput
	case form.Words:
		in.Kind, in.Most = chat.MultilineInput, 3000
	default: // a number may have decimals, which the platforms' own field for numbers does not take
		in.Kind, in.Most = chat.TextInput, 2000
	}
	for _, o := range f.Options {
		if !o.Archived || slices.Contains(values, string(o.ID)) {
			in.Options = append(in.Options, chat.Option{Value: string(o.ID), Label: o.Value})
		}
	}
	return in
}

// asked are the inputs of the custom fields that the form of a moment asks of an incident.
func (b *Bot) asked(ctx context.Context, inc incident.Incident, moment form.Moment) ([]chat.Input, error) {
	forms, err := b.Forms.Forms(ctx, inc.Type.ID)
	if err != nil {
		return nil, err
	}
	f := forms[moment]
	if moment == form.Resolve {
		f = form.Resolution(forms)
	}
	return inputsOf(f, inc.Situation()), nil
}

// shown are those of Muster's own questions that stand in the form; the name of what is asked for is the input's.
func shown(f form.Form, s form.Situation, own []chat.Input) []chat.Input {
	return slices.DeleteFunc(own, func(in chat.Input) bool { return !f.Shows(form.Kind(in.Name), s) })
}

// refreshing marks the inputs whose answers decide what else the form asks; each type asks for its own.
func refreshing(f form.Form, inputs []chat.Input) []chat.Input {
	for n, in := range inputs {
		inputs[n].Refresh = in.Name == string(form.Type) || f.DependsOn(in.Name) || in.Wordy()
	}
	return inputs
}

func inputsOf(f form.Form, s form.Situation) []chat.Input {
	var inputs []chat.Input
	for _, a := range f.Ask(s) {
		if a.Kind != form.Custom {
			continue
		}
		values := s.Fields[a.Field]
		if len(values) == 0 {
			values = a.Default
		}
		a.Required = a.Required && f.Moment != form.Resolve // a form must not keep anybody from ending an incident
		inputs = append(inputs, fieldInput(a, values))
	}
	return inputs
}

// gaps says what an incident ended without, as words to add to a reply.
func (b *Bot) gaps(ctx context.Context, of id.ID) (string, error) {
	inc, err := b.Incidents.Get(ctx, of)
	if err != nil {
		return "", err
	}
	forms, err := b.Forms.Forms(ctx, inc.Type.ID)
	if err != nil {
		return "", err
	}
	var missing []string
	for _, p := range problem.All(form.Resolution(forms).Missing(inc.Situation())) {
		missing = append(missing, strings.TrimSuffix(p.Message, " is needed here."))
	}
	text := ""
	if len(missing) > 0 {
		text = " Still missing: " + listed(missing) + ". `/inc fields` asks for it."
	}
	if len(inc.OutOfOrder) > 0 {
		text += " " + strings.Join(inc.OutOfOrder, " ") + " `/inc timestamps` sets times right."
	}
	return text, nil
}
