package richtext_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/musterhq/muster/internal/kernel/problem"
	. "github.com/musterhq/muster/internal/kernel/richtext"
)

func TestVariablesAreReadWithTheirFilters(t *testing.T) {
	for source, want := range map[string][]Node{
		"{{name}}":                            {V("name", 0, false)},
		"{{ incident.name }}":                 {V("incident.name", 0, false)},
		`{{expressions["a1"].x}}`:             {V(`expressions["a1"].x`, 0, false)},
		"{{a|truncate:5}}":                    {V("a", 5, false)},
		"{{a | omit_if_unset | truncate: 5}}": {V("a", 5, true)},
		"{{a}}{{b}}":                          {V("a", 0, false), V("b", 0, false)},
		"x{{a}}y":                             {T("x"), V("a", 0, false), T("y")},
		"{{{a}}":                              {V("{a", 0, false)},
		"{{a}b}}":                             {V("a}b", 0, false)},
		"{ a } 5}}":                           {T("{ a } 5}}")},
		`\{{a}}`:                              {T("{{a}}")},
		`\{{{a}}`:                             {T("{"), V("a", 0, false)},
		"`{{a`":                               {C("{{a")},
		"**{{a}}**":                           {{Kind: Variable, Variable: map[string]any{"name": "a"}, Marks: []Mark{{Style: Bold}}}},
		"{{a*b*c}} {{_d_}}":                   {V("a*b*c", 0, false), T(" "), V("_d_", 0, false)},
		"https://x.test/{{a}}":                {A("https://x.test/", "https://x.test/"), V("a", 0, false)},
	} {
		d, err := ParseTemplate(source, "title", Options{})
		if err != nil {
			t.Errorf("reading %q: %v", source, err)
			continue
		}
		if diff := cmp.Diff([]Node{P(want...)}, d.Content); diff != "" {
			t.Errorf("reading %q (-want +got):\n%s", source, diff)
		}
	}
}

func TestAMistakeInAVariableIsAProblemOfTheField(t *testing.T) {
	for source, code := range map[string]string{
		"{{a":                                    "unclosed_variable",
		"{{a}} and {{b":                          "unclosed_variable",
		"{{a\n}}":                                "unclosed_variable",
		"{{a | truncate: 5":                      "unclosed_variable",
		"{{" + strings.Repeat("a", 2000) + "}}":  "unclosed_variable",
		"{{}}":                                   "empty_variable_name",
		"{{ | truncate: 5}}":                     "empty_variable_name",
		"{{a {{b}} c}}":                          "nested_variable",
		"{{a | upcase}}":                         "unknown_filter",
		"{{a | }}":                               "unknown_filter",
		"{{a | truncate}}":                       "invalid_filter_argument",
		"{{a | truncate: 0}}":                    "invalid_filter_argument",
		"{{a | truncate: -1}}":                   "invalid_filter_argument",
		"{{a | truncate: many}}":                 "invalid_filter_argument",
		"{{a | truncate: 99999999999999999999}}": "invalid_filter_argument",
		"{{a | omit_if_unset: 1}}":               "invalid_filter_argument",
		"{{a | omit_if_unset:}}":                 "invalid_filter_argument",
		strings.Repeat("a", 70<<10):              "too_long",
	} {
		_, err := ParseTemplate(source, "title", Options{})
		var mistake *problem.Error
		if !errors.As(err, &mistake) || mistake.Code != code || mistake.Field != "title" || mistake.Kind != problem.Invalid {
			t.Errorf("%.40q: %v, want %s of the field", source, err, code)
		}
		if len(mistake.Message) > 300 {
			t.Errorf("%.40q: the message is %d bytes long", source, len(mistake.Message))
		}
		if d := Parse(source, Options{Variables: true}); d.Empty() {
			t.Errorf("%.40q: what a person typed is gone", source)
		}
	}
}

func TestTemplatesReadBackTheSame(t *testing.T) {
	names := rapid.OneOf(rapid.StringMatching(`[a-z]{1,5}(\.[a-z_]{1,5}){0,2}`), rapid.SampledFrom([]string{`x["01H"]`, "{a", "a}b", "*a*", "_", "a b", "ä", "`", `\`, "[x](y)", "@ada", ":tada:"}))
	rapid.Check(t, func(t *rapid.T) {
		nodes := blocks(t, 0)
		for range rapid.IntRange(1, 3).Draw(t, "paragraphs") {
			var line []Node
			for range rapid.IntRange(1, 4).Draw(t, "variables") {
				line = append(line, V(names.Draw(t, "name"), rapid.IntRange(0, 3).Draw(t, "limit"), rapid.Bool().Draw(t, "omitted")))
				if rapid.Bool().Draw(t, "words between") {
					line = append(line, T(rapid.SampledFrom([]string{" ", "{", "{{", " x ", "}}", "|", `\`, "a{", ": "}).Draw(t, "between")))
				}
			}
			if last := &line[len(line)-1]; last.Kind == Text { // white space at the end of a line is none
				last.Text = strings.TrimSpace(last.Text) + "."
			}
			nodes = append(nodes, P(line...))
		}
		want := Of(nodes...)
		source := want.Markdown()
		got, err := ParseTemplate(source, "body", Options{})
		if err != nil {
			t.Fatalf("written as\n%s\n%v", source, err)
		}
		if diff := cmp.Diff(want.Content, got.Content); diff != "" {
			t.Fatalf("written as\n%s\n(-want +got):\n%s", source, diff)
		}
		back, dropped, err := FromLiteral(string(want.JSON()), "body", Options{})
		if err != nil || len(dropped) > 0 || !back.Equal(want) {
			t.Fatalf("%v, dropped %v: %s", err, dropped, cmp.Diff(want.Content, back.Content))
		}
	})
}

func TestATemplateIsFilledIn(t *testing.T) {
	values := map[string]Document{
		"name": Literal("**Checkout** {{lead}}"), "long": Literal("One two three four"), "lines": Literal("a\nb"), "blank": Literal("  "),
		"rich": Parse("- one\n- two", Options{}), "bold": Parse("**b**", Options{}),
	}
	value := func(name string) (Document, bool) { d, ok := values[name]; return d, ok }
	for source, want := range map[string][]Node{
		"In {{name}}.":                           {P(T("In **Checkout** {{lead}}."))},
		"{{long | truncate: 8}}!":                {P(T("One two…!"))},
		"{{long | truncate: 18}}":                {P(T("One two three four"))},
		"Lead: {{lead}}":                         {P(T("Lead: not set"))},
		"Lead: {{lead | omit_if_unset}}":         {P(T("Lead: "))},
		"a\n\n{{lead | omit_if_unset}}\n\nb":     {P(T("a")), P(T("b"))},
		"# {{lead | omit_if_unset}}":             nil,
		"- {{lead | omit_if_unset}}\n- {{name}}": {Bullets(P(T("**Checkout** {{lead}}")))},
		"> {{blank | omit_if_unset}}":            nil,
		"{{rich}}":                               {Bullets(P(T("one")), P(T("two")))},
		"so: {{rich}}":                           {P(T("so: • one"), Br(), T("• two"))},
		"{{rich | truncate: 4}}":                 {P(T("• o…"))},
		"**{{name}}**":                           {P(B("**Checkout** {{lead}}"))},
		"_{{bold}}_":                             {P(Node{Kind: Text, Text: "b", Marks: []Mark{{Style: Bold}, {Style: Italic}}})},
		"x {{lines}}":                            {P(T("x a"), Br(), T("b"))},
		"# {{lines}}":                            {H(1, T("a b"))},
		"no variable":                            {P(T("no variable"))},
	} {
		d, err := ParseTemplate(source, "body", Options{})
		if err != nil {
			t.Fatal(err)
		}
		before := string(d.JSON())
		if diff := cmp.Diff(want, d.Render(value).Content); diff != "" {
			t.Errorf("%q (-want +got):\n%s", source, diff)
		}
		if string(d.JSON()) != before {
			t.Errorf("filling %q in changed the template", source)
		}
	}
}

func TestATemplateCannotMultiplyALongValueWithoutEnd(t *testing.T) {
	long := Literal(strings.Repeat("a", MaxBytes/4))
	d := Parse(strings.Repeat("{{a}} ", 5000), Options{Variables: true}).Render(func(string) (Document, bool) { return long, true })
	if got := len(d.Plain()); got > 2*MaxBytes {
		t.Errorf("it became %d bytes", got)
	}
}

func TestALiteralIsADocumentOrATemplate(t *testing.T) {
	const tree = `{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"a "},{"type":"varSpec","attrs":{"label":"Alert → Title","missing":false,"name":"title","truncateTo":9}}]}]}`
	for name, c := range map[string]struct{ literal, markdown string }{
		"bare document":   {tree, "a {{title | truncate: 9}}"},
		"envelope":        {`{"schema_version":"1.0.0","feature_set":"rich","markdown":"a","text_node":` + tree + `}`, "a {{title | truncate: 9}}"},
		"older envelope":  {`{"value_markdown":"a","root":` + tree + `,"text_node":null}`, "a {{title | truncate: 9}}"},
		"template":        {"a **{{title|truncate:9}}**", "a **{{title | truncate: 9}}**"},
		"variable alone":  {"{{title}}", "{{title}}"},
		"braces":          {"{ not JSON }", "{ not JSON }"},
		"a number":        {"123", "123"},
		"quoted words":    {`"doc"`, `"doc"`},
		"limit of nobody": {`{"type":"doc","content":[{"type":"varSpec","attrs":{"name":"a","truncateTo":-4,"omitIfUnset":"yes"}}]}`, "{{a}}"},
		"untypable name":  {`{"type":"doc","content":[{"type":"varSpec","attrs":{"name":"a}}|b"}}]}`, `\{{a}}|b}}`},
	} {
		d, dropped, err := FromLiteral(c.literal, "title", Options{})
		if err != nil || len(dropped) > 0 {
			t.Errorf("%s: %v, dropped %v", name, err, dropped)
		}
		if got := d.Markdown(); got != c.markdown {
			t.Errorf("%s was read as %s", name, got)
		}
	}
	for name, literal := range map[string]string{
		"no document": `{"a":1}`, "another root": `{"type":"paragraph"}`, "wrong types": `{"type":"doc","content":"x"}`, "list": `{"text_node":[]}`,
		"too large": `{"type":"doc","x":"` + strings.Repeat("a", 4*MaxBytes) + `"}`, "too deep": strings.Repeat(`{"content":[`, 6000) + strings.Repeat(`]}`, 6000),
		"mistake in a variable": "{{a",
	} {
		_, _, err := FromLiteral(literal, "title", Options{})
		var mistake *problem.Error
		if !errors.As(err, &mistake) || mistake.Field != "title" || mistake.Kind != problem.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestJSONHasTheNamesThatOtherEditorsUse(t *testing.T) {
	d := Parse("a\nb :tada: @[Ada](user:"+string(ada)+")\n\n- one\n\n3. two", Options{})
	const want = `{"type":"doc","content":[` +
		`{"type":"paragraph","content":[{"type":"text","text":"a"},{"type":"lineBreak"},{"type":"text","text":"b "},{"type":"emoji","attrs":{"name":"tada","unicode":"🎉"}},{"type":"text","text":" "},{"type":"user","attrs":{"name":"Ada","user_id":"01HZX3Q5J8Y6W9K2M4N7P0R1S5"}}]},` +
		`{"type":"list","attrs":{"type":"bullet"},"content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"one"}]}]}]},` +
		`{"type":"list","attrs":{"start":3,"type":"ordered"},"content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"two"}]}]}]}]}`
	if diff := cmp.Diff(want, string(d.JSON())); diff != "" {
		t.Error(diff)
	}
}

func TestDocumentsOfTheFirstVersionAreStillRead(t *testing.T) {
	first := strings.NewReplacer("lineBreak", "hardBreak", `"user","attrs":{"name":"Ada","user_id"`, `"mention","attrs":{"label":"Ada","id"`,
		`"list","attrs":{"type":"bullet"}`, `"bulletList"`, `"list","attrs":{"start":3,"type":"ordered"}`, `"orderedList","attrs":{"start":3}`)
	d := Parse("a\nb @[Ada](user:"+string(ada)+")\n\n- one\n\n3. two", Options{})
	old := first.Replace(string(d.JSON()))
	for _, name := range []string{"hardBreak", "mention", "bulletList", "orderedList"} {
		if !strings.Contains(old, name) {
			t.Fatalf("the test writes no %s: %s", name, old)
		}
	}
	got, dropped, err := FromJSON([]byte(old))
	if err != nil || len(dropped) > 0 || !got.Equal(d) {
		t.Errorf("%v, dropped %v: %s", err, dropped, cmp.Diff(d.Content, got.Content))
	}
}

func TestNodesOfOtherEditorsKeepTheirWords(t *testing.T) {
	d, dropped, err := FromJSON([]byte(`{"type":"doc","content":[{"type":"paragraph","content":[
		{"type":"text","text":"in "},{"type":"slackChannel","attrs":{"name":"inc-1","slack_channel_id":"C1"}},{"type":"text","text":" by "},
		{"type":"user","attrs":{"name":"Ada","user_id":"U1"}},{"type":"text","text":" at "},{"type":"timestamp","attrs":{"value_str":"2026-01-02T03:04:05Z"}}]}]}`))
	if err != nil || d.Plain() != "in inc-1 by @Ada at 2026-01-02T03:04:05Z" {
		t.Errorf("it says %q (%v)", d.Plain(), err)
	}
	if diff := cmp.Diff(Dropped{"slackChannel", "timestamp", "user"}, dropped); diff != "" {
		t.Error(diff)
	}
}

func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{"{{a | truncate: 5 | omit_if_unset}}", "**{{a}}** {{", "\\{{{b}}}}", "{{a|b|c}}", "- {{a}}\n> {{b | truncate: 1}}\n# {{c}}", "{{\xff}}"} {
		f.Add(seed)
	}
	long := Literal(strings.Repeat("value\n", 40))
	f.Fuzz(func(t *testing.T, source string) {
		d, err := ParseTemplate(source, "body", Options{})
		if err != nil {
			judgeMistake(t, err)
			return
		}
		judge(t, d)
		filled := d.Render(func(name string) (Document, bool) { return long, len(name)%2 == 0 })
		if strings.Contains(string(filled.JSON()), `"varSpec"`) {
			t.Errorf("a variable is left in %s", filled.JSON())
		}
		judge(t, filled)
		for _, set := range FeatureSets() {
			Restrict(d, set)
		}
	})
}

func FuzzLiteral(f *testing.F) {
	for _, seed := range []string{
		`{"type":"doc","content":[{"type":"list","attrs":{"type":"ordered","start":1e99},"content":[{"type":"varSpec","attrs":{"name":"a","truncateTo":1e300}}]}]}`,
		`{"text_node":{"type":"doc"}}`, `{"root":1}`, `{"type":"doc","content":[{"content":[{"marks":[{}]}]}]}`, "{{a}}", "{",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, literal string) {
		d, _, err := FromLiteral(literal, "title", Options{})
		if err != nil {
			judgeMistake(t, err)
			return
		}
		judge(t, d)
		again, dropped, err := FromLiteral(string(d.JSON()), "title", Options{})
		if err != nil || len(dropped) > 0 || !again.Equal(d) {
			t.Errorf("reading it twice changed it: %v %v\n%s\n%s", err, dropped, d.JSON(), again.JSON())
		}
		judge(t, d.Render(func(string) (Document, bool) { return Document{}, false }))
	})
}

// judgeMistake holds that what a client gets wrong is told as a problem of its field.
func judgeMistake(t *testing.T, err error) {
	var mistake *problem.Error
	if !errors.As(err, &mistake) || mistake.Kind != problem.Invalid || mistake.Field == "" || mistake.Code == "" {
		t.Errorf("a mistake came back as %v", err)
	}
}
