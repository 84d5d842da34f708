package chatops

import (
	"context"
	"slices"
	"strings"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// everyday are the words that an incident needs; the others are shown to whoever asks for more.
var everyday = []string{"update", "lead", "severity", "action", "close"}

// help shows the everyday words with an example each, and all of them after "all".
func (b *Bot) help(_ context.Context, in chat.Interaction) (chat.Reply, error) {
	asked := strings.ToLower(strings.TrimSpace(in.Text))
	all := in.Value == "all" || asked == "all" || asked == "more"
	var lines []richtext.Node
	for _, c := range b.commands {
		if !all && !slices.Contains(everyday, c.Name) {
			continue
		}
		example := "/inc " + c.Name
		if c.example != "" {
			example += " " + c.example
		}
		lines = append(lines, richtext.P(richtext.B(c.Name), richtext.T(": "+c.Help+". "), richtext.C(example)))
	}
	blocks := []chat.Block{
		chat.Text(words("`/inc` shows where things stand. Add one of these words to do something; with the word alone, a form opens. In this room you can leave out inc: `/severity major`.")),
		chat.Text(richtext.Of(richtext.Bullets(lines...))),
	}
	if !all {
		blocks = append(blocks, chat.Buttons(chat.Button{Action: "help", Value: "all", Label: "More"}))
	}
	blocks = append(blocks, chat.Context(words("People are named as @Maya, or `me`. Times are 30m, 1h, 1h30 or none. In one line: `/inc help all`")))
	return chat.Whisper("reply", blocks...), nil
}
