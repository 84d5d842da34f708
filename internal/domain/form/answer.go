package form

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// Asked is an element of a form as it stands in a situation.
type Asked struct {
	Element
	// Custom is the field of a Custom element.
	Custom Field
	// Required tells that it must be answered now.
	Required bool
}

// Ask lists what the form shows in a situation, in its order.
func (f Form) Ask(s Situation) []Asked {
	var shown []Asked
	for _, e := range f.Elements {
		if !e.ShownWhen.Hold(s) {
			continue
		}
		asked := Asked{Element: e, Required: f.requires(e, s)}
		asked.Custom, _ = f.Field(e.Field)
		if asked.Custom.unanswerable() {
			continue
		}
		shown = append(shown, asked)
	}
	return shown
}

// unanswerable reports whether a select has nothing to choose from yet.
func (f Field) unanswerable() bool {
	return f.Type.Chosen() && !slices.ContainsFunc(f.Options, func(o Option) bool { return !o.Archived })
}

func (f Form) requires(e Element, s Situation) bool {
	switch e.Required {
	case Always:
		return true
	case BeforeResolution:
		return f.Moment == Resolve
	case When:
		return e.RequiredWhen.Hold(s)
	default:
		return false
	}
}

// Answer takes what was given to the form's questions: tidied answers with defaults where nothing was said, and a
// problem by key for what is wrong or missing. The situation holds what is known already; an answer with no values
// clears.
func (f Form) Answer(s Situation, given Values) (Values, error) {
	answers, err := Tidy(f.Fields, given, s.Fields)
	if problem.Is(err, problem.NotFound) {
		return nil, err
	}
	problems := problem.All(err)
	known := maps.Clone(s.Fields)
	if known == nil {
		known = Values{}
	}
	maps.Copy(known, answers)
	s.Fields = known
	for _, e := range f.Elements { // before conditions look at them
		_, said := given[e.Field]
		if e.Kind != Custom || said || len(e.Default) == 0 || len(known[e.Field]) > 0 || !e.ShownWhen.Hold(s) {
			continue
		}
		answers[e.Field], known[e.Field] = e.Default, e.Default
	}
	return answers, append(problems, problem.All(f.Missing(s))...).Err()
}

// Missing says of what a form requires in a situation and has no answer, by key.
func (f Form) Missing(s Situation) error {
	var missing problem.List
	for _, asked := range f.Ask(s) {
		key := asked.Key()
		switch {
		case !asked.Required || len(s.of(key)) > 0:
		case asked.Kind == Custom:
			missing = append(missing, problem.Field(key, "is_required", "%s is needed here.", asked.Custom.Name))
		case asked.Kind == Summary, asked.Kind == Severity, asked.Kind == Lead:
			missing = append(missing, problem.Field(key, "is_required", "%s is needed here.", asked.Kind.Label()))
		}
	}
	return missing.Err()
}

// Resolution is the form of what must be known before an incident ends: all that any form of its type requires then.
func Resolution(all map[Moment]Form) Form {
	end := all[Resolve]
	end.Elements = slices.Clone(end.Elements)
	for _, m := range Moments() {
		for _, e := range all[m].Elements {
			if e.Required != BeforeResolution {
				continue
			}
			if at := slices.IndexFunc(end.Elements, func(other Element) bool { return other.Key() == e.Key() }); at < 0 {
				end.Elements = append(end.Elements, e)
			} else if end.Elements[at].Required == "" || end.Elements[at].Required == Never {
				end.Elements[at].Required = BeforeResolution
			}
		}
	}
	return end
}

// Placed lists the custom fields that any form of a type asks for, in the order of the fields.
func Placed(all map[Moment]Form) []Field {
	var placed []Field
	for _, field := range all[Declare].Fields {
		if slices.ContainsFunc(slices.Collect(maps.Values(all)), func(f Form) bool { _, asked := f.Asks(FieldKey(field.ID)); return asked }) {
			placed = append(placed, field)
		}
	}
	return placed
}

// Tidy checks answers to custom fields and writes them the one way in which they are kept. An option may be given by
// its id or its words; what is archived may only stay.
func Tidy(fields []Field, given, now Values) (Values, error) {
	answers := Values{}
	var problems problem.List
	for _, field := range slices.Sorted(maps.Keys(given)) {
		at := slices.IndexFunc(fields, func(f Field) bool { return f.ID == field })
		if at < 0 {
			missing := problem.Missing("custom field")
			missing.Field = FieldKey(field)
			return nil, missing
		}
		tidied, err := fields[at].tidy(given[field], now[field])
		if err != nil {
			problems = append(problems, problem.Field(FieldKey(field), err.Code, "%s", err.Message))
		}
		answers[field] = tidied
	}
	return answers, problems.Err()
}

// The longest text and link of a field.
const (
	mostText = 3000
	mostLink = 2000
)

var number = regexp.MustCompile(`^(-?)0*(\d{1,15})(?:\.(\d{1,6}))?$`)

func (f Field) tidy(given, now []string) ([]string, *problem.Error) {
	var said []string
	for _, value := range given {
		if value = strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(value, "\x00", ""), "\uFFFD")); value != "" {
			said = append(said, value)
		}
	}
	if len(said) == 0 {
		return nil, nil
	}
	if f.Type != MultiSelect && len(said) > 1 {
		return nil, problem.New(problem.Invalid, "too_many", "%s has one value at most.", f.Name)
	}
	switch f.Type {
	case SingleSelect, MultiSelect:
		return f.chosen(said, now)
	case Link:
		at, err := url.Parse(said[0])
		if err != nil || at.Host == "" || at.Scheme != "https" && at.Scheme != "http" || len(said[0]) > mostLink {
			return nil, problem.New(problem.Invalid, "not_a_link", "%s is a link that begins with https:// or http://.", f.Name)
		}
	case Numeric:
		parts := number.FindStringSubmatch(said[0])
		if parts == nil {
			return nil, problem.New(problem.Invalid, "not_a_number", "%s is a number, like 120 or 3.5.", f.Name)
		}
		text := parts[1] + parts[2]
		if decimals := strings.TrimRight(parts[3], "0"); decimals != "" {
			text += "." + decimals
		}
		said[0] = text
	default:
		if length := utf8.RuneCountInString(said[0]); length > mostText {
			return nil, problem.New(problem.Invalid, "too_long", "%s has %d characters; %d is the most.", f.Name, length, mostText)
		}
	}
	return said, nil
}

// chosen finds options by their ids or words, each once and in the order of the field.
func (f Field) chosen(said, now []string) ([]string, *problem.Error) {
	wanted := map[id.ID]bool{}
	for _, value := range said {
		at := slices.IndexFunc(f.Options, func(o Option) bool {
			return string(o.ID) == value && (!o.Archived || slices.Contains(now, value)) || !o.Archived && strings.EqualFold(o.Value, value)
		})
		if at < 0 {
			return nil, problem.New(problem.Invalid, "unknown_option", "%s has no option “%s”. There are %s.", f.Name, value, f.listed())
		}
		wanted[f.Options[at].ID] = true
	}
	var ids []string
	for _, o := range f.Options {
		if wanted[o.ID] {
			ids = append(ids, string(o.ID))
		}
	}
	return ids, nil
}

func (f Field) listed() string {
	var names []string
	for _, o := range f.Options {
		if !o.Archived {
			names = append(names, o.Value)
		}
	}
	if len(names) > 8 {
		names = append(names[:8], "more")
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// Words returns values as people read them: options by their words.
func (f Field) Words(values []string) []string {
	words := make([]string, 0, len(values))
	for _, value := range values {
		if at := slices.IndexFunc(f.Options, func(o Option) bool { return string(o.ID) == value }); at >= 0 {
			value = f.Options[at].Value
		}
		words = append(words, value)
	}
	return words
}
