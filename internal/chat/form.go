package chat

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// Form asks for several things at once.
type Form struct {
	Action string  `json:"action"`          // what its submission starts
	Value  string  `json:"value,omitempty"` // what it is about; comes back with the submission
	Title  string  `json:"title"`
	Submit string  `json:"submit"` // the word on the button
	Intro  *Block  `json:"intro,omitempty"`
	Inputs []Input `json:"inputs"`
}

// InputKind is what sort of answer an input takes.
type InputKind string

// The kinds of input.
const (
	TextInput      InputKind = "text"
	MultilineInput InputKind = "multiline"
	SelectInput    InputKind = "select"
	ChoiceInput    InputKind = "choice" // every option visible with its description
	UserInput      InputKind = "user"   // Muster's id of a person
	NumberInput    InputKind = "number"
	MinutesInput   InputKind = "minutes"
	CheckboxInput  InputKind = "checkbox"
	// ManyInput takes any of its options. Each that is taken is an answer of its own, named NAME.OPTION; NAME itself is sent
	// empty. Its Initial holds options with commas between.
	ManyInput InputKind = "many"
)

// Input is one thing that a form asks for.
type Input struct {
	Kind        InputKind `json:"kind"`
	Name        string    `json:"name"`
	Label       string    `json:"label"`
	Hint        string    `json:"hint,omitempty"`
	Placeholder string    `json:"placeholder,omitempty"`
	Initial     string    `json:"initial,omitempty"`
	Required    bool      `json:"required,omitempty"`
	Options     []Option  `json:"options,omitempty"`
	Most        int       `json:"most,omitempty"` // characters of a text, or the greatest number; 0 for no limit of its own
	// Refresh tells that other questions depend on this answer, or that it is explained at length: a platform that can asks
	// for the form anew when it changes.
	Refresh bool `json:"refresh,omitempty"`
}

// Option is one answer to choose from.
type Option struct {
	Value       string `json:"value"`
	Label       string `json:"label"`
	Description string `json:"description,omitempty"`
}

// Explained returns the option that is chosen at first when it has more to say than platforms show beside it.
func (in Input) Explained() (Option, bool) {
	for _, o := range in.Options {
		if o.Value == in.Initial && o.Value != "" {
			return o, o.long()
		}
	}
	return Option{}, false
}

// Wordy reports whether an option has more to say than platforms show beside it.
func (in Input) Wordy() bool { return slices.ContainsFunc(in.Options, Option.long) }

func (o Option) long() bool { return utf8.RuneCountInString(o.Description) > MostLabel }

// FormValues are the answers by name; a checked box is "true".
type FormValues map[string]string

// Get returns an answer without the white space around it.
func (v FormValues) Get(name string) string { return strings.TrimSpace(v[name]) }

// Checked reports whether a box was checked.
func (v FormValues) Checked(name string) bool { return v[name] == "true" }

// Minutes returns an answer as a duration, and false when there is none.
func (v FormValues) Minutes(name string) (time.Duration, bool) {
	minutes, err := strconv.Atoi(v.Get(name))
	if err != nil || minutes < 0 {
		return 0, false
	}
	return time.Duration(minutes) * time.Minute, true
}

// Filled returns the form with answers already in it, as when it is shown again with what was wrong.
func (f Form) Filled(values FormValues) Form {
	f.Inputs = slices.Clone(f.Inputs)
	for i := range f.Inputs {
		if f.Inputs[i].Kind == ManyInput {
			f.Inputs[i].Initial = values.taken(f.Inputs[i])
			continue
		}
		if value, given := values[f.Inputs[i].Name]; given {
			f.Inputs[i].Initial = value
		}
	}
	return f
}

// taken lists the options of a ManyInput that were taken, or what it began with when it was not sent.
func (v FormValues) taken(in Input) string {
	if _, sent := v[in.Name]; !sent {
		return in.Initial
	}
	var options []string
	for _, o := range in.Options {
		if v[in.Name+"."+o.Value] != "" {
			options = append(options, o.Value)
		}
	}
	return strings.Join(options, ",")
}

// Check answers with a problem for each input whose answer cannot be right, by the input's name.
func (f Form) Check(values FormValues) error {
	var found problem.List
	for _, in := range f.Inputs {
		value := values.Get(in.Name)
		if in.Kind == ManyInput {
			value = values.taken(in)
		}
		if err := in.check(value); err != nil {
			found = append(found, err)
		}
	}
	return found.Err()
}

func (in Input) check(value string) *problem.Error {
	if value == "" {
		if in.Required {
			return problem.Field(in.Name, "missing", "%s is needed.", in.Label)
		}
		return nil
	}
	switch in.Kind {
	case SelectInput, ChoiceInput:
		if !slices.ContainsFunc(in.Options, func(o Option) bool { return o.Value == value }) {
			return problem.Field(in.Name, "unknown_option", "Choose one of the options of %s.", in.Label)
		}
	case NumberInput, MinutesInput:
		number, err := strconv.Atoi(value)
		if err != nil || number < 0 {
			return problem.Field(in.Name, "not_a_number", "%s is a whole number, like 30.", in.Label)
		}
		if in.Most > 0 && number > in.Most {
			return problem.Field(in.Name, "too_large", "%s is at most %d.", in.Label, in.Most)
		}
	case TextInput, MultilineInput:
		if length := utf8.RuneCountInString(value); in.Most > 0 && length > in.Most {
			return problem.Field(in.Name, "too_long", "%s has at most %d characters; this has %d.", in.Label, in.Most, length)
		}
	}
	return nil
}

// Limits of a form's words, the narrowest of the platforms that we know.
const (
	mostTitle       = 24
	mostInputLabel  = 75
	mostDescription = 1500
)

// Fit returns the form with its words within the limits of every platform.
func (f Form) Fit() Form {
	f.Title = richtext.Truncate(f.Title, mostTitle)
	f.Submit = richtext.Truncate(f.Submit, mostTitle)
	f.Inputs = slices.Clone(f.Inputs)
	for i := range f.Inputs {
		in := &f.Inputs[i]
		in.Label = richtext.Truncate(in.Label, mostInputLabel)
		in.Options = slices.Clone(in.Options)
		for o := range in.Options {
			in.Options[o].Label = richtext.Truncate(in.Options[o].Label, mostInputLabel)
			in.Options[o].Description = richtext.Truncate(in.Options[o].Description, mostDescription)
		}
	}
	return f
}
