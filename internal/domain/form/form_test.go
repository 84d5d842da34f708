package form

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

var fields = []Field{
	{ID: "01AREA", Name: "Affected area", Type: MultiSelect, Options: []Option{
		{ID: "01PAY", Value: "Payments"}, {ID: "01SHIP", Value: "Shipping"}, {ID: "01OLD", Value: "Fax", Archived: true},
	}},
	{ID: "01TEAM", Name: "Team", Type: SingleSelect, Options: []Option{{ID: "01A", Value: "Alpha"}, {ID: "01B", Value: "Beta"}}},
	{ID: "01COUNT", Name: "Customers affected", Type: Numeric},
	{ID: "01LINK", Name: "Ticket", Type: Link},
	{ID: "01NOTE", Name: "Note", Type: Words},
}

var ranks = map[id.ID]int32{"01MINOR": 0, "01MAJOR": 1, "01CRITICAL": 2}

func TestConditionsHold(t *testing.T) {
	major := Situation{Severity: "01MAJOR", Type: "01SECURITY", Private: true, Ranks: ranks, Fields: Values{"01AREA": {"01PAY"}, "01COUNT": {"120"}}}
	is := func(subject string, op Operation, values ...string) Condition {
		return Condition{Subject: subject, Operation: op, Values: values}
	}
	for name, c := range map[string]struct {
		groups Groups
		in     Situation
		want   bool
	}{
		"none at all":                       {nil, Situation{}, true},
		"one of":                            {Groups{{is("type", OneOf, "01OTHER", "01SECURITY")}}, major, true},
		"none of":                           {Groups{{is("type", NotOneOf, "01SECURITY")}}, major, false},
		"at least as bad":                   {Groups{{is("severity", AtLeast, "01MAJOR")}}, major, true},
		"worse is needed":                   {Groups{{is("severity", AtLeast, "01CRITICAL")}}, major, false},
		"at most as bad":                    {Groups{{is("severity", AtMost, "01CRITICAL")}}, major, true},
		"no severity yet is not bad enough": {Groups{{is("severity", AtLeast, "01MINOR")}}, Situation{Ranks: ranks}, false},
		"private":                           {Groups{{is("visibility", OneOf, "private")}}, major, true},
		"an option among several":           {Groups{{is("field_01AREA", OneOf, "01PAY", "01SHIP")}}, major, true},
		"a number":                          {Groups{{is("field_01COUNT", AtLeast, "99.5")}}, major, true},
		"a number that is not there":        {Groups{{is("field_01COUNT", AtMost, "99.5")}}, Situation{}, false},
		"set":                               {Groups{{is("field_01AREA", IsSet)}}, major, true},
		"blank":                             {Groups{{is("field_01LINK", IsBlank)}}, major, true},
		"and within a group":                {Groups{{is("visibility", OneOf, "private"), is("severity", AtLeast, "01CRITICAL")}}, major, false},
		"or between groups":                 {Groups{{is("severity", AtLeast, "01CRITICAL")}, {is("visibility", OneOf, "private")}}, major, true},
		"an operation of a newer release":   {Groups{{is("severity", "sounds_like", "01MAJOR")}}, major, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.groups.Hold(c.in); got != c.want {
				t.Errorf("holds %v, want %v", got, c.want)
			}
		})
	}
}

func TestAnswer(t *testing.T) {
	bad := Groups{{{Subject: "severity", Operation: AtLeast, Values: []string{"01MAJOR"}}}}
	form := Form{Moment: Declare, Fields: fields, Elements: []Element{
		{Kind: Name, Required: Always},
		{Kind: Summary, Required: When, RequiredWhen: bad},
		{Kind: Custom, Field: "01AREA", Required: When, RequiredWhen: bad},
		{Kind: Custom, Field: "01COUNT", Required: Always, ShownWhen: Groups{{{Subject: "field_01AREA", Operation: OneOf, Values: []string{"01PAY"}}}}},
		{Kind: Custom, Field: "01TEAM", Default: []string{"01A"}},
		{Kind: Custom, Field: "01LINK", Required: BeforeResolution},
	}}
	for name, c := range map[string]struct {
		in    Situation
		given Values
		want  Values
		wrong []string
	}{
		"nothing is needed of a small one":       {Situation{Severity: "01MINOR", Ranks: ranks}, nil, Values{"01TEAM": {"01A"}}, nil},
		"more is needed of a bad one":            {Situation{Severity: "01MAJOR", Ranks: ranks}, nil, nil, []string{"summary is_required", "field_01AREA is_required"}},
		"what an answer brings up is needed":     {Situation{}, Values{"01AREA": {"01PAY"}}, nil, []string{"field_01COUNT is_required"}},
		"what is not brought up is not needed":   {Situation{}, Values{"01AREA": {"01SHIP"}}, Values{"01AREA": {"01SHIP"}, "01TEAM": {"01A"}}, nil},
		"nothing said on purpose is no default":  {Situation{}, Values{"01TEAM": nil}, Values{"01TEAM": nil}, nil},
		"options by their words, in order, once": {Situation{}, Values{"01AREA": {"shipping", "01SHIP"}, "01TEAM": {"beta"}}, Values{"01AREA": {"01SHIP"}, "01TEAM": {"01B"}}, nil},
		"numbers one way":                        {Situation{}, Values{"01COUNT": {" 007.50 "}}, Values{"01COUNT": {"7.5"}, "01TEAM": {"01A"}}, nil},
		"no number":                              {Situation{}, Values{"01COUNT": {"a few"}}, nil, []string{"field_01COUNT not_a_number"}},
		"no link":                                {Situation{}, Values{"01LINK": {"javascript:alert(1)"}}, nil, []string{"field_01LINK not_a_link"}},
		"archived options are not chosen":        {Situation{}, Values{"01AREA": {"01OLD"}}, nil, []string{"field_01AREA unknown_option"}},
		"archived options may stay":              {Situation{Fields: Values{"01AREA": {"01OLD"}}}, Values{"01AREA": {"01OLD"}}, Values{"01AREA": {"01OLD"}, "01TEAM": {"01A"}}, nil},
		"two of one":                             {Situation{}, Values{"01TEAM": {"01A", "01B"}}, nil, []string{"field_01TEAM too_many"}},
		"what the organisation has not":          {Situation{}, Values{"01NONE": {"x"}}, nil, []string{"field_01NONE not_found"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := form.Answer(c.in, c.given)
			var wrong []string
			for _, p := range problem.All(err) {
				wrong = append(wrong, p.Field+" "+p.Code)
			}
			if diff := cmp.Diff(c.wrong, wrong); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if err == nil {
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("answers (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestResolutionGathersWhatMustBeKnownBefore(t *testing.T) {
	all := map[Moment]Form{
		Declare: {Moment: Declare, Fields: fields, Elements: []Element{{Kind: Custom, Field: "01LINK", Required: BeforeResolution}, {Kind: Custom, Field: "01NOTE", Required: Never}}},
		Update:  {Moment: Update, Fields: fields, Elements: []Element{{Kind: Custom, Field: "01COUNT", Required: BeforeResolution}}},
		Resolve: {Moment: Resolve, Fields: fields, Elements: []Element{{Kind: Custom, Field: "01COUNT", Required: Never}}},
	}
	var missing []string
	for _, p := range problem.All(Resolution(all).Missing(Situation{})) {
		missing = append(missing, p.Field)
	}
	if !slices.Equal(missing, []string{"field_01COUNT", "field_01LINK"}) {
		t.Errorf("missing %v", missing)
	}
	if problems := problem.All(all[Declare].Missing(Situation{})); len(problems) > 0 {
		t.Errorf("an incident cannot begin: %v", problems)
	}
}

func TestCheckElements(t *testing.T) {
	for name, c := range map[string]struct {
		elements []Element
		code     string
	}{
		"Muster's own":           {Standard(Declare), ""},
		"without a name":         {[]Element{{Kind: Severity}}, "is_required"},
		"twice":                  {[]Element{{Kind: Name}, {Kind: Summary}, {Kind: Summary}}, "twice"},
		"of another moment":      {[]Element{{Kind: Name}, {Kind: Message}}, "unknown"},
		"a field of nobody":      {[]Element{{Kind: Name}, {Kind: Custom, Field: "01NONE"}}, "not_found"},
		"needed without when":    {[]Element{{Kind: Name}, {Kind: Summary, Required: When}}, "is_required"},
		"depends on itself":      {[]Element{{Kind: Name}, {Kind: Custom, Field: "01TEAM", ShownWhen: Groups{{{Subject: "field_01TEAM", Operation: IsSet}}}}}, "circle"},
		"a default that is none": {[]Element{{Kind: Name}, {Kind: Custom, Field: "01COUNT", Default: []string{"many"}}}, "invalid"},
		"a text without words":   {[]Element{{Kind: Name}, {Kind: Text}}, "is_required"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := checkElements(Declare, c.elements, fields)
			code := ""
			if err != nil {
				code = problem.All(err)[0].Code
			}
			if code != c.code {
				t.Errorf("%v, want %q", err, c.code)
			}
		})
	}
}

func TestUsesAreFoundAndReplaced(t *testing.T) {
	e := Element{Kind: Custom, Field: "01TEAM", Default: []string{"01A"}, ShownWhen: Groups{{{Subject: "severity", Operation: OneOf, Values: []string{"01MAJOR"}}}}}
	for name, c := range map[string]struct {
		subject, value string
		want           bool
	}{
		"the field":      {"field_01TEAM", "", true},
		"its default":    {"field_01TEAM", "01A", true},
		"another option": {"field_01TEAM", "01B", false},
		"a condition":    {"severity", "01MAJOR", true},
		"not compared":   {"severity", "01MINOR", false},
	} {
		if got := e.uses(c.subject, c.value); got != c.want {
			t.Errorf("%s: used %v, want %v", name, got, c.want)
		}
	}
	if left := without([]Element{e, {Kind: Summary, Required: When, RequiredWhen: Groups{{{Subject: "field_01TEAM", Operation: IsSet}}}}}, "01TEAM"); len(left) != 1 || left[0].Required != Never {
		t.Errorf("left %+v", left)
	}
}
