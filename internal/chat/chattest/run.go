package chattest

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// Harness is a platform under test, with eyes to see what its people see.
type Harness struct {
	Platform chat.Platform
	// Context is what calls are made with; nil means the test's.
	Context context.Context
	// Conversation makes an empty conversation.
	Conversation func(t *testing.T) chat.ConversationRef
	// User is a member by the platform's id; Person is the same by Muster's, with a name.
	User   string
	Person richtext.Person
	// Mentioned is how a mention of Person reads in Shown.
	Mentioned string
	// Shown returns what stands in a conversation, in order.
	Shown func(t *testing.T, conversation chat.ConversationRef) []Seen
	// Replies returns what stands in the thread of a message, in order; needed when the platform has threads.
	Replies func(t *testing.T, to chat.MessageRef) []Seen
	// Whispered returns what User alone was told, in order; needed when the platform can do it.
	Whispered func(t *testing.T, conversation chat.ConversationRef) []Seen
	// Topic returns a conversation's topic; needed when the platform has them.
	Topic func(t *testing.T, conversation chat.ConversationRef) string
	// Trigger makes what OpenForm needs, and Forms returns the forms shown; needed when the platform has forms.
	Trigger func(t *testing.T) string
	Forms   func(t *testing.T) []chat.Form
	// Marks returns what a message is marked with, emojis as its readers see them; needed when the platform has marks.
	Marks func(t *testing.T, message chat.MessageRef) Marks
}

// Marks are what stands at a message besides its words.
type Marks struct {
	Pinned bool
	Emojis []string
}

// Seen is a message as its readers see it.
type Seen struct {
	Words   string        // every word of it, in order
	Buttons []chat.Button // with action, value and label
}

// SeenIn reads the neutral form of a message, for platforms that keep it.
func SeenIn(message chat.Message) Seen {
	var seen Seen
	var words []string
	for _, b := range message.Blocks {
		if b.Text != nil {
			words = append(words, b.Text.Plain())
		}
		for _, f := range b.Fields {
			words = append(words, f.Label+" "+f.Value.Plain())
		}
		if b.Alt != "" {
			words = append(words, b.Alt)
		}
		seen.Buttons = append(seen.Buttons, b.Buttons...)
	}
	if len(message.Blocks) == 0 {
		words = append(words, message.Text)
	}
	seen.Words = strings.Join(words, "\n")
	return seen
}

// Run holds a platform to what every platform must do.
func Run(t *testing.T, start func(t *testing.T) Harness) {
	for name, check := range map[string]func(*testing.T, *run){
		"messages stand in the order of posting": order,
		"a key is posted once":                   once,
		"an edit replaces the words":             edit,
		"a deleted message is gone":              remove,
		"a text of any length arrives whole":     long,
		"every script arrives unharmed":          scripts,
		"markup in a name stays text":            markup,
		"a mention names the person":             mention,
		"buttons carry action and value":         buttons,
		"facts show label and value":             facts,
		"a reply stands in its thread alone":     reply,
		"only one user sees a whisper":           whisper,
		"a form is shown whole":                  form,
		"the topic is the last one set":          topic,
		"a conversation opens once for its key":  opening,
		"a message is pinned and reacted to":     marks,
	} {
		t.Run(name, func(t *testing.T) {
			h := start(t)
			r := &run{Harness: h, ctx: h.Context}
			if r.ctx == nil {
				r.ctx = t.Context()
			}
			if name != "a conversation opens once for its key" {
				r.in = h.Conversation(t)
			}
			check(t, r)
		})
	}
}

type run struct {
	Harness
	ctx context.Context
	in  chat.ConversationRef
}

func (r *run) post(t *testing.T, key string, blocks ...chat.Block) chat.MessageRef {
	t.Helper()
	ref, err := r.Platform.Post(r.ctx, r.in, chat.Say(key, blocks...))
	if err != nil {
		t.Fatalf("post %q: %v", key, err)
	}
	if ref.ID == "" || ref.Conversation != r.in {
		t.Fatalf("posting %q answered with %+v", key, ref)
	}
	return ref
}

// expect checks that what is shown has these words, a message each, in order.
func (r *run) expect(t *testing.T, words ...string) []Seen {
	t.Helper()
	shown := r.Shown(t, r.in)
	if len(shown) != len(words) {
		t.Fatalf("%d messages are shown, not %d: %+v", len(shown), len(words), shown)
	}
	for i := range words {
		if !strings.Contains(shown[i].Words, words[i]) {
			t.Errorf("message %d reads %q, without %q", i, shown[i].Words, words[i])
		}
	}
	return shown
}

func say(text string) chat.Block { return chat.Text(richtext.Literal(text)) }

func order(t *testing.T, r *run) {
	var want []string
	for i := range 12 {
		text := "message " + strconv.Itoa(i)
		r.post(t, text, say(text))
		want = append(want, text)
	}
	r.expect(t, want...)
}

func once(t *testing.T, r *run) {
	first := r.post(t, "k", say("said once"))
	if again := r.post(t, "k", say("said once")); again != first {
		t.Errorf("the second post answered with %+v, the first with %+v", again, first)
	}
	r.post(t, "other", say("said once"))
	r.expect(t, "said once", "said once")
}

func edit(t *testing.T, r *run) {
	if !r.Platform.Capabilities().Edits {
		t.Skip("the platform has no edits")
	}
	ref := r.post(t, "k", say("before"), chat.Buttons(chat.Button{Action: "a", Label: "Go"}))
	r.post(t, "later", say("later"))
	for range 2 { // the same edit twice is no error
		if err := r.Platform.Edit(r.ctx, ref, chat.Say("e", say("after"))); err != nil {
			t.Fatal(err)
		}
	}
	shown := r.expect(t, "after", "later")
	if strings.Contains(shown[0].Words, "before") || len(shown[0].Buttons) > 0 {
		t.Errorf("parts of the old message stayed: %+v", shown[0])
	}
}

func remove(t *testing.T, r *run) {
	ref := r.post(t, "k", say("secret"))
	r.post(t, "rest", say("rest"))
	for range 2 { // gone already is no error
		if err := r.Platform.Delete(r.ctx, ref); err != nil {
			t.Fatal(err)
		}
	}
	r.expect(t, "rest")
}

func long(t *testing.T, r *run) {
	var text strings.Builder
	for i := range 3000 {
		text.WriteString("w" + strconv.Itoa(i) + " ")
	}
	r.post(t, "k", say(strings.TrimSpace(text.String())))
	var all string
	for _, seen := range r.Shown(t, r.in) {
		all += " " + seen.Words
	}
	if got, want := strings.Join(strings.Fields(all), " "), strings.TrimSpace(text.String()); got != want {
		t.Errorf("%d characters of %d arrived", len(got), len(want))
	}
}

func scripts(t *testing.T, r *run) {
	var want []string
	for _, text := range []string{"مرحبا بالعالم", "שלום", "こんにちは、障害です", "नमस्ते", "👩🏽‍🚒🇦🇪", "a\u0301"} {
		r.post(t, text, say(text))
		want = append(want, text)
	}
	r.expect(t, want...)
}

func markup(t *testing.T, r *run) {
	const text = "*not bold* <b>no tag</b> <!channel> @here & <@U1> `x`"
	r.post(t, "k", say(text))
	r.expect(t, text)
}

func mention(t *testing.T, r *run) {
	r.post(t, "k", chat.Text(richtext.Of(richtext.P(richtext.At(r.Person.ID, r.Person.Name), richtext.T(" leads")))))
	r.expect(t, r.Mentioned+" leads")
}

func buttons(t *testing.T, r *run) {
	r.post(t, "k", chat.Section(richtext.Literal("No one leads."), chat.Button{Action: "incident.lead", Value: "01HZ", Label: "Lead"}),
		chat.Buttons(chat.Button{Action: "incident.close", Value: "v|1 <&>", Label: "Close", Style: chat.Danger, Confirm: "Close it?"}))
	seen := r.expect(t, "No one leads.")[0]
	if len(seen.Buttons) != 2 {
		t.Fatalf("buttons: %+v", seen.Buttons)
	}
	for i, want := range []chat.Button{{Action: "incident.lead", Value: "01HZ", Label: "Lead"}, {Action: "incident.close", Value: "v|1 <&>", Label: "Close"}} {
		if got := seen.Buttons[i]; got.Action != want.Action || got.Value != want.Value || got.Label != want.Label {
			t.Errorf("button %d is %+v, not %+v", i, got, want)
		}
	}
}

func facts(t *testing.T, r *run) {
	r.post(t, "k", chat.Fields(chat.Fact{Label: "Severity", Value: richtext.Literal("Major")}), chat.Divider(), chat.Context(richtext.Literal("small print")))
	seen := r.expect(t, "Severity")[0]
	if !strings.Contains(seen.Words, "Major") || !strings.Contains(seen.Words, "small print") {
		t.Errorf("it reads %q", seen.Words)
	}
}

func reply(t *testing.T, r *run) {
	if !r.Platform.Capabilities().Threads {
		t.Skip("the platform has no threads")
	}
	to, other := r.post(t, "k", say("the card")), r.post(t, "other", say("another"))
	for range 2 { // the same key twice is one reply
		if _, err := r.Platform.Reply(r.ctx, to, chat.Say("r1", say("first reply"))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Platform.Reply(r.ctx, to, chat.Say("r2", say("second reply"))); err != nil {
		t.Fatal(err)
	}
	if replies := r.Replies(t, to); len(replies) != 2 || !strings.Contains(replies[0].Words, "first reply") || !strings.Contains(replies[1].Words, "second reply") {
		t.Errorf("the thread reads %+v", replies)
	}
	if replies := r.Replies(t, other); len(replies) != 0 {
		t.Errorf("the thread of another message reads %+v", replies)
	}
	r.expect(t, "the card", "another")
}

func whisper(t *testing.T, r *run) {
	if !r.Platform.Capabilities().Ephemeral {
		t.Skip("the platform has no messages for one user")
	}
	if err := r.Platform.Ephemeral(r.ctx, r.in, r.User, chat.Say("k", say("for you"))); err != nil {
		t.Fatal(err)
	}
	if whispered := r.Whispered(t, r.in); len(whispered) != 1 || !strings.Contains(whispered[0].Words, "for you") {
		t.Errorf("the user was told %+v", whispered)
	}
	r.expect(t)
}

func form(t *testing.T, r *run) {
	if !r.Platform.Capabilities().Forms {
		t.Skip("the platform has no forms")
	}
	want := chat.Form{Action: "incident.update", Value: string(id.ID("01HZ")), Title: "Send an update", Submit: "Send", Inputs: []chat.Input{
		{Kind: chat.MultilineInput, Name: "message", Label: "What happened", Required: true, Initial: "so far"},
		{Kind: chat.ChoiceInput, Name: "severity", Label: "Severity", Options: []chat.Option{{Value: "1", Label: "Minor", Description: "Everything else"}, {Value: "2", Label: "Major"}}, Initial: "2"},
		{Kind: chat.SelectInput, Name: "status", Label: "Status", Options: []chat.Option{{Value: "f", Label: "Fixing"}}},
		{Kind: chat.UserInput, Name: "lead", Label: "Lead"},
		{Kind: chat.MinutesInput, Name: "next", Label: "Next update in", Initial: "30", Hint: "minutes"},
		{Kind: chat.CheckboxInput, Name: "private", Label: "Private"},
	}}
	if err := r.Platform.OpenForm(r.ctx, r.Trigger(t), want); err != nil {
		t.Fatal(err)
	}
	forms := r.Forms(t)
	if len(forms) != 1 {
		t.Fatalf("%d forms are shown", len(forms))
	}
	got := forms[0]
	if got.Action != want.Action || got.Value != want.Value || got.Title != want.Title || len(got.Inputs) != len(want.Inputs) {
		t.Fatalf("the form is %+v", got)
	}
	for i, in := range want.Inputs {
		if got.Inputs[i].Name != in.Name || got.Inputs[i].Initial != in.Initial || got.Inputs[i].Required != in.Required || len(got.Inputs[i].Options) != len(in.Options) {
			t.Errorf("input %d is %+v, not %+v", i, got.Inputs[i], in)
		}
	}
}

func marks(t *testing.T, r *run) {
	platform, ok := r.Platform.(chat.Marks)
	if !ok {
		t.Skip("the platform has no marks")
	}
	ref := r.post(t, "k", say("the cause"))
	reply := ref
	if r.Platform.Capabilities().Threads {
		var err error
		if reply, err = r.Platform.Reply(r.ctx, ref, chat.Say("r", say("in the thread"))); err != nil {
			t.Fatal(err)
		}
	}
	each := func(message chat.MessageRef, what string, do ...func() error) {
		t.Helper()
		for _, f := range do {
			for range 2 { // what is so already is no error
				if err := f(); err != nil {
					t.Fatalf("%s: %v", what, err)
				}
			}
		}
	}
	for _, message := range []chat.MessageRef{ref, reply} {
		each(message, "mark", func() error { return platform.Pin(r.ctx, message) },
			func() error { return platform.React(r.ctx, message, "👀") }, func() error { return platform.React(r.ctx, message, "🎉") })
		if got := r.Marks(t, message); !got.Pinned || len(got.Emojis) != 2 || got.Emojis[0] != "👀" || got.Emojis[1] != "🎉" {
			t.Errorf("the message is marked with %+v", got)
		}
		each(message, "take the marks away", func() error { return platform.Unpin(r.ctx, message) }, func() error { return platform.Unreact(r.ctx, message, "👀") })
		if got := r.Marks(t, message); got.Pinned || len(got.Emojis) != 1 || got.Emojis[0] != "🎉" {
			t.Errorf("the message is still marked with %+v", got)
		}
	}
}

func topic(t *testing.T, r *run) {
	if !r.Platform.Capabilities().Topics {
		t.Skip("the platform has no topics")
	}
	for _, text := range []string{"Investigating · no lead", "Fixing · Ada leads", "Fixing · Ada leads"} {
		if err := r.Platform.Topic(r.ctx, r.in, text); err != nil {
			t.Fatal(err)
		}
	}
	if got := r.Topic(t, r.in); got != "Fixing · Ada leads" {
		t.Errorf("the topic is %q", got)
	}
}

func opening(t *testing.T, r *run) {
	key := string(r.Conversation(t).ID) + "/again"
	first, err := r.Platform.OpenConversation(r.ctx, chat.Opening{Key: key, Name: "inc-1-down"})
	if err != nil {
		t.Skipf("the platform opens no conversations by itself: %v", err)
	}
	again, err := r.Platform.OpenConversation(r.ctx, chat.Opening{Key: key, Name: "inc-1-down"})
	if err != nil || again != first {
		t.Errorf("the second opening answered with %+v, %v; the first with %+v", again, err, first)
	}
}
