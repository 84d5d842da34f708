package chatops

import (
	"context"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// help lists the commands with an example each.
func (b *Bot) help(_ context.Context, _ chat.Interaction) (chat.Reply, error) {
	lines := make([]richtext.Node, len(b.commands))
	for n, c := range b.commands {
		example := "/inc " + c.Name
		if c.example != "" {
			example += " " + c.example
		}
		lines[n] = richtext.P(richtext.B(c.Name), richtext.T(": "+c.Help+". "), richtext.C(example))
	}
	return chat.Whisper("reply",
		chat.Text(words("`/inc` shows where things stand. Add one of these words to do something; with the word alone, a form opens. In this room you can leave out inc: `/severity major`.")),
		chat.Text(richtext.Of(richtext.Bullets(lines...))),
		chat.Context(words("People are named as @Maya, or `me`. Times are 30m, 1h, 1h30 or none.")),
	), nil
}
