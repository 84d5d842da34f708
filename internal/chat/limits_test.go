package chat_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

func TestSplitKeepsEveryWordWithinTheLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{
			"word ", "a<b> & ", "**bold words** ", "\n\n", "\n- item ", "\n1. one ", "\n> quote ", "\n```\ncode line\ncode line\n```\n", "\n## Head\n", "日本語日本語 ", "👩‍🚒 ",
			strings.Repeat("&", 80), strings.Repeat("long ", 90),
		}), 1, 60).Draw(t, "parts")
		limit := rapid.IntRange(120, 600).Draw(t, "limit")
		d := richtext.Parse(strings.Join(parts, ""), richtext.Options{})
		var words string
		for _, part := range chat.Split(d, limit) {
			if got := utf8.RuneCountInString(part.Mrkdwn(nil)); got > limit {
				t.Fatalf("a part has %d characters, more than %d: %s", got, limit, part.Mrkdwn(nil))
			}
			words += part.Plain() + "\n"
		}
		if diff := cmp.Diff(letters(d.Plain()), letters(words)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// letters leaves out white space and what lists and quotations repeat in every part.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \n•>.0123456789", r) {
			return -1
		}
		return r
	}, text)
}

func TestFitHoldsTheLimitsOfAMessage(t *testing.T) {
	var many []chat.Button
	var facts []chat.Fact
	for range 60 {
		many = append(many, chat.Button{Action: "a", Label: strings.Repeat("long label ", 20)})
		facts = append(facts, chat.Fact{Label: "l", Value: richtext.Literal(strings.Repeat("v ", 3000))})
	}
	m := chat.Say("k", chat.Buttons(many...), chat.Fields(facts...), chat.Text(richtext.Literal(strings.Repeat("word ", 60_000)))).Fit()
	if len(m.Blocks) != chat.MostBlocks {
		t.Errorf("%d blocks", len(m.Blocks))
	}
	if last := m.Blocks[len(m.Blocks)-1]; last.Kind != chat.ContextBlock {
		t.Errorf("nothing says that the rest is missing: %+v", last)
	}
	for _, b := range m.Blocks {
		if len(b.Buttons) > chat.MostButtons || len(b.Fields) > chat.MostFacts {
			t.Errorf("a block has %d buttons and %d facts", len(b.Buttons), len(b.Fields))
		}
		for _, button := range b.Buttons {
			if richtext.Characters(button.Label) > chat.MostLabel {
				t.Errorf("a label of %d characters", richtext.Characters(button.Label))
			}
		}
		if b.Text != nil && utf8.RuneCountInString(b.Text.Mrkdwn(nil)) > chat.MostText {
			t.Error("a text is too long")
		}
	}
	if err := m.Check(); err != nil {
		t.Error(err)
	}
}

func TestCheckRefusesWhatCannotBeShown(t *testing.T) {
	for name, m := range map[string]chat.Message{
		"no key":            chat.Say("", chat.Divider()),
		"no words":          {Key: "k"},
		"unknown block":     {Key: "k", Blocks: []chat.Block{{Kind: "video"}}},
		"text without text": {Key: "k", Blocks: []chat.Block{{Kind: chat.TextBlock}}},
		"mute button":       chat.Say("k", chat.Buttons(chat.Button{Action: "a"})),
		"button to script":  chat.Say("k", chat.Buttons(chat.Button{Label: "x", URL: "javascript:x"})),
		"picture of script": chat.Say("k", chat.Image("javascript:x", "x")),
	} {
		if err := m.Check(); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFormSaysWhatIsWrongByInput(t *testing.T) {
	form := chat.Form{Inputs: []chat.Input{
		{Kind: chat.TextInput, Name: "name", Label: "Name", Required: true, Most: 5},
		{Kind: chat.ChoiceInput, Name: "severity", Label: "Severity", Options: []chat.Option{{Value: "1"}}},
		{Kind: chat.MinutesInput, Name: "next", Label: "Minutes", Most: 60},
	}}
	reply := chat.Wrong(form.Check(chat.FormValues{"name": " ", "severity": "2", "next": "soon"}))
	if len(reply.Errors) != 3 || reply.Errors["name"] == "" || reply.Errors["severity"] == "" || reply.Errors["next"] == "" {
		t.Errorf("errors: %v", reply.Errors)
	}
	good := chat.FormValues{"name": "مرحبا", "severity": "1", "next": "60"}
	if err := form.Check(good); err != nil {
		t.Error(err)
	}
	if got := form.Filled(good).Inputs[0].Initial; got != "مرحبا" {
		t.Errorf("shown again with %q", got)
	}
	if d, ok := good.Minutes("next"); !ok || d.Minutes() != 60 {
		t.Errorf("minutes %v %v", d, ok)
	}
}

func TestPlainLineComesFromTheBlocks(t *testing.T) {
	m := chat.Say("k", chat.Text(richtext.Of(richtext.P(richtext.At(id.ID("01HZX3Q5J8Y6W9K2M4N7P0R1S5"), "Ada"), richtext.T(" leads")))), chat.Fields(chat.Fact{Label: "Severity", Value: richtext.Literal("Major")}))
	if m.Text != "@Ada leads Severity: Major" {
		t.Errorf("it reads %q", m.Text)
	}
}
