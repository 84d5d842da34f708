package chatops

import (
	"context"
	"slices"
	"strings"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// command is one word after /inc, which is also a slash command of its own: /severity.
type command struct {
	Word
	// example is what could follow the word.
	example string
	// now tells how it stands, for the completion; nil for nothing to tell.
	now func(inc incident.Incident) string
	run handler
	// anywhere lets words follow it outside of an incident too, where they would else be the name of a new one.
	anywhere bool
}

// vocabulary is the table of commands, in the order in which help lists them.
func (b *Bot) vocabulary() []command {
	return append(append([]command{
		{Word: Word{Name: "update", Aliases: []string{"u"}, Usage: "[message] [--next 30m] [--status name] [--severity name]", Help: "Send an update to everyone who follows"}, example: "We found it. --next 30m --status fixing", now: lastUpdate, run: b.sendUpdate},
		{Word: Word{Name: "lead", Usage: "[@person or me]", Help: "Make someone the lead"}, example: "@Maya", now: currentLead, run: b.lead},
		{Word: Word{Name: "role", Aliases: []string{"roles"}, Usage: "[role] [@person, me or nobody]", Help: "Give a role to someone"}, example: "comms @Lena", run: b.assignRole},
		{Word: Word{Name: "severity", Aliases: []string{"sev"}, Usage: "[name]", Help: "Change the severity"}, example: "major", now: currentSeverity, run: b.changeSeverity},
		{Word: Word{Name: "status", Usage: "[name]", Help: "Change the status"}, example: "fixing", now: currentStatus, run: b.changeStatus},
		{Word: Word{Name: "summary", Usage: "[text]", Help: "Rewrite the summary that everyone reads first"}, example: "One in five card payments fails since 13:52.", run: b.changeSummary},
		{Word: Word{Name: "rename", Aliases: []string{"name"}, Usage: "[new name]", Help: "Give the incident another name"}, example: "Card payments fail at checkout", run: b.rename},
		{Word: Word{Name: "action", Aliases: []string{"todo"}, Usage: "[what] [@person] [in 20m], or [done, drop, reopen, edit, assign, due or follow-up] [number]", Help: "Note what is to be done"}, example: "Tell the shops that called @Lena", run: b.createAction},
		{Word: Word{Name: "actions", Help: "Show what is to be done, with numbers"}, run: b.listActions},
		{Word: Word{Name: "follow-up", Aliases: []string{"followup"}, Usage: "[what] [@person]", Help: "Note what is to be done afterwards"}, example: "Alert when the pool runs empty @Lena", run: b.createFollowUp},
		{Word: Word{Name: "follow-ups", Aliases: []string{"followups"}, Help: "Show what is to be done afterwards"}, run: b.listFollowUps},
		{Word: Word{Name: "escalate", Aliases: []string{"page", "reach"}, Usage: "[@person or pager] [then others] [message]", Help: "Call for someone until they answer"}, example: "@Maya checkout is down", run: b.escalate},
		{Word: Word{Name: "ack", Aliases: []string{"acknowledge"}, Help: "Answer a call for you"}, run: b.acknowledge},
		{Word: Word{Name: "invite", Usage: "[@person]", Help: "Let someone see a private incident"}, example: "@Lena", run: b.invite},
		{Word: Word{Name: "private", Usage: "[@person, @person]", Help: "Hide the incident from all but those who are in it"}, example: "@Maya, @Lena", run: b.makePrivate},
		{Word: Word{Name: "access", Usage: "[remove @person]", Help: "Tell who sees a private incident, and who asks to"}, run: b.accessOverview},
		{Word: Word{Name: "close", Aliases: []string{"resolve"}, Usage: "[last update]", Help: "Close the incident"}, example: "All payments go through again.", run: b.close},
		{Word: Word{Name: "timeline", Aliases: []string{"note"}, Usage: "[13:52] [what happened]", Help: "Write on the timeline"}, example: "13:52 The pool ran empty", run: b.tell},
		{Word: Word{Name: "attach", Aliases: []string{"link"}, Usage: "[address] [name]", Help: "Attach a pull request, a ticket, a call or any page"}, example: "https://acme.zoom.us/j/98765432100 The call", run: b.attach},
		{Word: Word{Name: "accept", Usage: "[severity]", Help: "Take what is in triage as an incident"}, example: "major", run: b.accept},
		{Word: Word{Name: "decline", Usage: "[why]", Help: "Say that what is in triage is no incident"}, example: "One slow query, gone by itself", run: b.decline},
		{Word: Word{Name: "merge", Usage: "[incident]", Help: "Let it live on in another incident"}, example: "INC-12", run: b.merge},
		{Word: Word{Name: "pause", Usage: "[until when] [why]", Help: "Put it aside until a time"}, example: "tomorrow 9:00", now: pausedNow, run: b.pause},
		{Word: Word{Name: "resume", Aliases: []string{"unpause"}, Help: "Take a paused incident up again"}, run: b.resume},
		{Word: Word{Name: "cancel", Usage: "[why]", Help: "End what was declared by mistake"}, example: "Declared twice", run: b.cancel},
		{Word: Word{Name: "reopen", Help: "Begin an incident again that was over"}, run: b.reopen},
		{Word: Word{Name: "quiet", Usage: "[on or off]", Help: "Let nothing remind and nobody be told"}, example: "on", now: quietNow, run: b.quiet},
		{Word: Word{Name: "catchup", Aliases: []string{"catch-up"}, Help: "Tell you where it stands, and what you missed"}, run: b.catchUp},
		{Word: Word{Name: "regroup", Help: "Show everybody where it stands, and ask who can help"}, run: b.regroup},
		{Word: Word{Name: "handover", Aliases: []string{"hand-over"}, Usage: "[@person]", Help: "Hand the lead over with a note from the log"}, example: "@Lena", run: b.handOver},
		{Word: Word{Name: "join", Help: "Take part"}, run: b.join},
		{Word: Word{Name: "list", Aliases: []string{"ls"}, Help: "Show what is going on"}, run: b.list},
		{Word: Word{Name: "test", Usage: "[name]", Help: "Declare an incident that counts for nothing"}, example: "Does the new severity fit", anywhere: true, run: b.test},
		{Word: Word{Name: "retrospective", Aliases: []string{"retro"}, Usage: "[name]", Help: "Write down what is over already"}, example: "Checkout was slow", anywhere: true, run: b.retrospective},
		{Word: Word{Name: "redact", Help: "Remove a secret from everywhere"}, run: b.redact},
		{Word: Word{Name: "tutorial", Help: "Learn by doing, in five minutes"}, run: b.tutorial},
		{Word: Word{Name: "help", Aliases: []string{"?"}, Usage: "[all]", Help: "Show what you can type"}, run: b.help},
	}, b.outsideWords()...), append(b.fieldWords(), b.streamWords()...)...)
}

// find returns the command of a word.
func (b *Bot) find(word string) (command, bool) {
	word = strings.ToLower(word)
	n := slices.IndexFunc(b.commands, func(c command) bool { return c.Name == word || slices.Contains(c.Aliases, word) })
	if n < 0 {
		return command{}, false
	}
	return b.commands[n], true
}

func (b *Bot) anywhere(word string) bool {
	c, known := b.find(word)
	return known && c.anywhere
}

// dispatch answers a slash command: /inc with a word, or the word itself.
func (b *Bot) dispatch(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	word := strings.TrimPrefix(in.Action, "/")
	if word != "inc" && word != "incident" {
		c, known := b.find(word)
		if !known {
			if reply, meant, err := b.short(ctx, in, word, in.Text); meant || err != nil {
				return reply, err
			}
			return unknown(in, b.words().Parse(word), false), nil
		}
		return c.run(ctx, in)
	}
	inside := id.ID(in.Conversation.ID).Valid()
	l := b.words().Parse(in.Text)
	switch {
	case in.Text == "" && inside:
		return b.overview(ctx, in)
	case in.Text == "":
		return b.declare(ctx, in)
	case l.Known && (inside || l.Rest == "" || b.anywhere(l.Word.Name)):
		c, _ := b.find(l.Word.Name)
		in.Text = l.Rest
		return c.run(ctx, in)
	case inside:
		word, rest, _ := strings.Cut(in.Text, " ")
		if reply, meant, err := b.short(ctx, in, word, rest); meant || err != nil {
			return reply, err
		}
		return unknown(in, l, true), nil
	default: // outside of an incident the words are the name of a new one
		return b.declare(ctx, in)
	}
}

// unknown offers the nearest command, and in an incident to declare another one by the words that were typed.
func unknown(in chat.Interaction, l Line, declarable bool) chat.Reply {
	text := "There is no command `" + strings.ReplaceAll(l.Typed, "`", "'") + "`."
	if l.Nearest != "" {
		text += " Did you mean `/inc " + l.Nearest + "`?"
	}
	text += " `/inc help` lists them all."
	blocks := []chat.Block{chat.Text(words(text))}
	if declarable {
		name := richtext.Truncate(in.Text, 200)
		blocks = append(blocks, chat.Buttons(chat.Button{Action: "incident.declare", Value: "name:" + name, Label: "Declare “" + richtext.Truncate(name, 50) + "”"}))
	}
	return chat.Whisper("reply", blocks...)
}

func (b *Bot) words() Vocabulary {
	out := make(Vocabulary, len(b.commands))
	for n, c := range b.commands {
		out[n] = c.Word
	}
	return out
}

func lastUpdate(inc incident.Incident) string {
	if inc.LastUpdate == nil {
		return "none yet"
	}
	return "last by " + inc.LastUpdate.Author.Name
}

func currentLead(inc incident.Incident) string {
	if lead := inc.Lead(); lead != nil {
		return "now " + lead.Name
	}
	return "nobody leads"
}

func currentSeverity(inc incident.Incident) string {
	if inc.Severity == nil {
		return "none yet"
	}
	return "now " + inc.Severity.Name
}

func currentStatus(inc incident.Incident) string { return "now " + inc.Status.Name }
