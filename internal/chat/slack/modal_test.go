package slack

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/kernel/id"
)

func declaration() chat.Form {
	intro := chat.Context(md("In one line: `/inc Card payments fail at checkout`"))
	return chat.Form{
		Action: "incident.declare", Value: "01HFORM", Title: "Declare an incident", Submit: "Declare", Intro: &intro,
		Inputs: []chat.Input{
			{Kind: chat.SelectInput, Name: "type", Label: "Type", Initial: "t1", Refresh: true, Options: []chat.Option{{Value: "t1", Label: "Outage"}, {Value: "t2", Label: "Security"}}},
			{Kind: chat.TextInput, Name: "name", Label: "What is wrong", Placeholder: "Card payments fail at checkout", Required: true, Most: 200},
			{Kind: chat.ChoiceInput, Name: "severity", Label: "How bad is it", Hint: "You can change it at any time.", Initial: "2", Options: []chat.Option{
				{Value: "1", Label: "Minor", Description: "Few people are affected"}, {Value: "2", Label: "Major", Description: "Many people are affected"},
			}},
			{Kind: chat.MultilineInput, Name: "summary", Label: "Summary", Most: 10_000, Initial: "Since noon.\n\nErrors."},
			{Kind: chat.UserInput, Name: "lead", Label: "Lead", Hint: "Left open, it is you.", Initial: string(ada)},
			{Kind: chat.UserInput, Name: "scribe", Label: "Scribe", Required: true, Initial: string(noor)},
			{Kind: chat.MinutesInput, Name: "next", Label: "Next update in", Initial: "30", Hint: "minutes", Most: 600},
			{Kind: chat.CheckboxInput, Name: "private", Label: "Private", Initial: "true"},
			{Kind: chat.SelectInput, Name: "region", Label: "Region", Options: []chat.Option{{Label: "Not said"}, {Value: "eu", Label: "Europe"}}},
			{Kind: chat.ManyInput, Name: "areas", Label: "Areas", Initial: "shop,search", Options: []chat.Option{{Value: "shop", Label: "Shop"}, {Value: "search", Label: "Search"}, {Value: "mail", Label: "Mail"}}},
		},
	}
}

// submitted is the view as Slack sends it when somebody submits a modal and changes nothing.
func submitted(t *testing.T, made slack.ModalViewRequest) slack.View {
	t.Helper()
	data, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	var view slack.View
	if err := json.Unmarshal(data, &view); err != nil {
		t.Fatal(err)
	}
	var raw struct {
		Blocks []struct {
			BlockID string `json:"block_id"`
			Element struct {
				Type, Value    string
				ActionID       string                    `json:"action_id"`
				InitialValue   string                    `json:"initial_value"`
				InitialUser    string                    `json:"initial_user"`
				InitialOption  slack.OptionBlockObject   `json:"initial_option"`
				InitialOptions []slack.OptionBlockObject `json:"initial_options"`
			}
		}
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		t.Fatal(err)
	}
	view.State = &slack.ViewState{Values: map[string]map[string]slack.BlockAction{}}
	for _, b := range raw.Blocks {
		if e := b.Element; e.ActionID != "" {
			view.State.Values[b.BlockID] = map[string]slack.BlockAction{e.ActionID: {
				Type: slack.ActionType(e.Type), Value: e.InitialValue, SelectedUser: e.InitialUser, SelectedOption: e.InitialOption, SelectedOptions: e.InitialOptions,
			}}
		}
	}
	return view
}

func inMuster(user string) id.ID { return map[string]id.ID{"U0ADA": ada}[user] }

func TestAFormIsWrittenAsAModal(t *testing.T) {
	view := writer.Modal(declaration(), Meta{Channel: "C0INC", Message: "1700000000.000100", Key: "k1"})
	golden(t, "modal.json", view)
	check(t, view.Blocks.BlockSet, 100)
}

func TestAFormThatNobodyChangedSaysTheSame(t *testing.T) {
	view := submitted(t, writer.Modal(declaration(), Meta{Channel: "C0INC", Key: "k1"}))
	values, unknown := Values(view, inMuster)
	want := chat.FormValues{
		"type": "t1", "name": "", "severity": "2", "summary": "Since noon.\n\nErrors.", "lead": string(ada), "scribe": string(noor), "next": "30",
		"private": "true", "region": "", "areas": "", "areas.shop": "true", "areas.search": "true",
	}
	if diff := cmp.Diff(want, values); diff != "" || len(unknown) > 0 {
		t.Error(unknown, diff)
	}
	if meta := MetaOf(view); meta.Value != "01HFORM" || meta.Channel != "C0INC" || meta.Key != "k1" {
		t.Errorf("it came back as %+v", meta)
	}
	view.State.Values["lead"][answerID] = slack.BlockAction{Type: "users_select", SelectedUser: "U0STRANGER"}
	if values, unknown := Values(view, inMuster); values["lead"] != "" || !cmp.Equal(unknown, []string{"lead"}) {
		t.Errorf("a stranger leads: %q, %v", values["lead"], unknown)
	}
	view.State.Values["scribe"][answerID] = slack.BlockAction{Type: "users_select", SelectedUser: "U0ADA"}
	if values, _ := Values(view, inMuster); values["scribe"] != string(ada) {
		t.Errorf("the chosen scribe is %q", values["scribe"])
	}
}

func TestALongTextIsEditedInPartsAndComesBackWhole(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("A line of words.\n", 600), strings.Repeat("para\n\n", 1500), strings.Repeat("x", 9000), strings.Repeat("слово ", 1500), "short",
	} {
		text = strings.TrimSpace(text)
		view := writer.Modal(chat.Form{Action: "a", Title: "T", Submit: "S", Inputs: []chat.Input{{Kind: chat.MultilineInput, Name: "summary", Label: "Summary", Initial: text}}}, Meta{})
		check(t, view.Blocks.BlockSet, 100)
		if values, _ := Values(submitted(t, view), inMuster); values["summary"] != text {
			t.Errorf("%d characters came back of %d", len(values["summary"]), len(text))
		}
	}
}

func TestMenusOfAnyLengthFit(t *testing.T) {
	for _, kind := range []chat.InputKind{chat.SelectInput, chat.ChoiceInput, chat.ManyInput} {
		for _, count := range []int{0, 1, 10, 11, 100, 101, 1200} {
			in := chat.Input{Kind: kind, Name: "n", Label: "N", Initial: "o" + strconv.Itoa(count-1)}
			for i := range count {
				in.Options = append(in.Options, chat.Option{Value: "o" + strconv.Itoa(i), Label: "Option " + strconv.Itoa(i), Description: strings.Repeat("long ", 40)})
			}
			view := writer.Modal(chat.Form{Action: "a", Title: "T", Submit: "S", Inputs: []chat.Input{in}}, Meta{})
			check(t, view.Blocks.BlockSet, 100)
			values, _ := Values(submitted(t, view), inMuster)
			got := values["n"]
			if kind == chat.ManyInput {
				got = "o" + strconv.Itoa(count-1)
				if count > 0 && values["n."+got] != "true" {
					got = ""
				}
			}
			if count > 0 && got != in.Initial {
				t.Errorf("%s of %d: %v", kind, count, values)
			}
		}
	}
}

func TestAFormThatIsTooLongLeavesOutWhatNeedsNoAnswer(t *testing.T) {
	form := chat.Form{Action: "a", Title: strings.Repeat("A very long title ", 5), Submit: strings.Repeat("S", 60)}
	for i := range 120 {
		form.Inputs = append(form.Inputs, chat.Input{Kind: chat.TextInput, Name: strconv.Itoa(i), Label: strings.Repeat("L", 200), Hint: strings.Repeat("H", 4000), Placeholder: strings.Repeat("P", 300), Required: i%2 == 1, Initial: "x"})
	}
	view := writer.Modal(form, Meta{})
	check(t, view.Blocks.BlockSet, 100)
	values, _ := Values(submitted(t, view), inMuster)
	for i := 1; i < 120; i += 2 {
		if values[strconv.Itoa(i)] != "x" {
			t.Errorf("the question %d that needs an answer is not asked", i)
		}
	}
	if data := must(json.Marshal(view)); !strings.Contains(string(data), "Not all questions fit") {
		t.Error("nobody is told")
	}
}

func TestWhatIsWrongStandsAtItsInput(t *testing.T) {
	view := submitted(t, writer.Modal(declaration(), Meta{}))
	for name, c := range map[string]struct{ wrong, want map[string]string }{
		"one input":   {map[string]string{"name": "A name is needed."}, map[string]string{"name": "A name is needed."}},
		"the whole":   {map[string]string{"": "It is closed."}, map[string]string{"type": "It is closed."}},
		"not shown":   {map[string]string{"": "It is closed.", "elsewhere": "Too long.", "type": "Unknown."}, map[string]string{"type": "It is closed. Too long. Unknown."}},
		"nothing":     {nil, nil},
		"no words":    {map[string]string{"name": ""}, map[string]string{"name": "This cannot be right."}},
		"two of them": {map[string]string{"name": "a", "lead": "b"}, map[string]string{"name": "a", "lead": "b"}},
	} {
		if diff := cmp.Diff(c.want, Errors(view, c.wrong)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if got := Errors(submitted(t, Notice("T", "text")), map[string]string{"": "x"}); got != nil {
		t.Errorf("a modal without inputs shows %v", got)
	}
}

func TestAModalOpensBeforeItsFormIsReady(t *testing.T) {
	check(t, Loading("Declare an incident").Blocks.BlockSet, 100)
}

// TestLongExplanationOfWhatIsChosenStandsUnderTheQuestion has options with more to say than Slack shows beside them.
func TestLongExplanationOfWhatIsChosenStandsUnderTheQuestion(t *testing.T) {
	long := strings.Repeat("Many people cannot pay. ", 10)
	hint := func(initial string, refresh bool) string {
		view := writer.Modal(chat.Form{Action: "a", Title: "T", Submit: "S", Inputs: []chat.Input{{
			Kind: chat.ChoiceInput, Name: "severity", Label: "How bad is it", Hint: "You can change it.", Initial: initial, Refresh: refresh,
			Options: []chat.Option{{Value: "1", Label: "Minor", Description: "Few people"}, {Value: "2", Label: "Major", Description: long}},
		}}}, Meta{})
		check(t, view.Blocks.BlockSet, 100)
		block, is := view.Blocks.BlockSet[0].(*slack.InputBlock)
		if !is || block.DispatchAction != refresh {
			t.Fatalf("%+v", view.Blocks.BlockSet[0])
		}
		return block.Hint.Text
	}
	for name, c := range map[string]struct {
		got, want string
	}{
		"nothing chosen":             {hint("", true), "You can change it."},
		"a short one":                {hint("1", true), "You can change it."},
		"a long one":                 {hint("2", true), "Major: " + long + "\nYou can change it."},
		"one that nobody would keep": {hint("2", false), "You can change it."},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", name, c.got, c.want)
		}
	}
}
