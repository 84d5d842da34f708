package incidents

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// chatFormView is a form of the chat core as the room shows it.
type chatFormView struct {
	Path    string
	Key     string // makes a second press of the button one with the first
	Form    chat.Form
	Problem string
	Inputs  []chatInputView
}

type chatInputView struct {
	Input   chat.Input
	Field   ui.FieldView
	Options []ui.Option
}

// formView prepares a form: people to choose from come from the organisation.
func (p *Pages) formView(ctx context.Context, inc incident.Incident, form chat.Form, wrong map[string]string) (chatFormView, error) {
	v := chatFormView{Path: path(inc) + "/room/interactions", Key: string(id.New(p.Clock.Now())), Form: form, Problem: wrong[""]}
	var marks map[string]ui.Option
	if slices.ContainsFunc(form.Inputs, func(in chat.Input) bool { return in.Kind == chat.ChoiceInput }) {
		l, err := p.look(ctx)
		if err != nil {
			return v, err
		}
		marks = l.marks()
	}
	for n, in := range form.Inputs {
		name := "in." + in.Name
		input := chatInputView{Input: in, Field: ui.FieldView{
			ID: "chat-" + in.Name, Name: name, Label: in.Label, Hint: in.Hint, Value: in.Initial, Error: wrong[in.Name],
			Placeholder: in.Placeholder, Required: in.Required, Autofocus: n == 0, Rows: 4,
		}}
		if in.Kind == chat.TextInput || in.Kind == chat.MultilineInput {
			input.Field.Max = in.Most
		}
		for _, o := range in.Options {
			mark := marks[o.Value]
			input.Options = append(input.Options, ui.Option{
				Value: o.Value, Label: o.Label, Hint: o.Description, Chosen: o.Value == in.Initial || in.Kind == chat.ManyInput && slices.Contains(strings.Split(in.Initial, ","), o.Value), Severity: mark.Severity, Status: mark.Status,
			})
		}
		if in.Kind == chat.UserInput {
			options, err := p.peopleOptions(ctx, in.Initial, "Nobody")
			if err != nil {
				return v, err
			}
			input.Options = options
		}
		v.Inputs = append(v.Inputs, input)
	}
	return v, nil
}

// mostPeople is how many people a list to choose from holds.
const mostPeople = 250

// peopleOptions lists the active people to choose from, after a word for none of them.
func (p *Pages) peopleOptions(ctx context.Context, chosen, none string) ([]ui.Option, error) {
	people, err := p.Users.List(ctx, user.List{State: user.StateActive, Count: mostPeople})
	if err != nil {
		return nil, err
	}
	options := []ui.Option{{Value: "", Label: none, Chosen: chosen == ""}}
	for _, u := range people.Users {
		options = append(options, ui.Option{Value: string(u.ID), Label: u.Name, Chosen: string(u.ID) == chosen})
	}
	return options, nil
}

// dialog answers with a form: alone for the page's dialog, or on a page of its own without script.
func (p *Pages) dialog(w http.ResponseWriter, r *http.Request, status int, inc incident.Incident, title string, form templ.Component) error {
	if page.Quiet(r) {
		return page.Part(w, r, status, form)
	}
	back := "/incidents"
	if !inc.ID.Empty() {
		back = path(inc)
	}
	return p.Frame.ShowAs(w, r, status, page.Page{Title: title, Section: "incidents", Content: alone(back, title, form)})
}

// complete answers what can be meant by a word that is being typed: a command, a person, an emoji.
func (p *Pages) complete(w http.ResponseWriter, r *http.Request) error {
	found, err := p.here(r)
	if err != nil {
		return err
	}
	prefix := r.URL.Query().Get("prefix")
	items := []completionItem{}
	switch {
	case strings.HasPrefix(prefix, "/"):
		suggestions, err := p.Commands.Complete(r.Context(), found, prefix)
		if err != nil {
			return err
		}
		for _, s := range suggestions {
			items = append(items, completionItem{Insert: s.Command, Label: s.Command, Meaning: s.Meaning})
		}
	case strings.HasPrefix(prefix, "@"):
		people, err := p.Users.List(r.Context(), user.List{Search: prefix[1:], State: user.StateActive, Count: mostSuggested})
		if err != nil {
			return err
		}
		for _, u := range people.Users {
			items = append(items, completionItem{Insert: "@" + u.Name, Label: "@" + u.Name, Meaning: string(u.Role), Icon: "user"})
		}
	case strings.HasPrefix(prefix, ":") && utf8.RuneCountInString(prefix) > 2:
		items = append(items, emojiNamed(prefix[1:])...)
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(items)
}

// mostSuggested is how many people or emoji are suggested at once.
const mostSuggested = 8

// numeric makes a field for numbers one that phones show digits for.
func (in chatInputView) numeric() ui.FieldView {
	if in.Input.Kind == chat.NumberInput || in.Input.Kind == chat.MinutesInput {
		in.Field.Type = "number"
	}
	return in.Field
}

// emojiNamed lists the emoji whose name begins with what was typed.
func emojiNamed(prefix string) []completionItem {
	var items []completionItem
	for _, name := range richtext.EmojiNames(strings.ToLower(prefix), mostSuggested) {
		character, _ := richtext.EmojiCharacter(name)
		items = append(items, completionItem{Insert: character, Label: character + " :" + name + ":", Icon: "smile"})
	}
	return items
}
