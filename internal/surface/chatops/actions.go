package chatops

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// numbered is what is done with an action that the list shows under a number: "done 2", "assign 2 @Lena".
var numbered = regexp.MustCompile(`(?is)^(done|drop|reopen|edit|assign|due|follow-?up)\s+#?(\d{1,4})(?:\s+(.+))?$`)

// listActions shows what is to be done, under the numbers by which a line names it.
func (b *Bot) listActions(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	if in.Kind == chat.Command && in.Text != "" { // the plural with words adds one
		return b.createAction(ctx, in)
	}
	all, err := b.Actions.List(ctx, to)
	if err != nil {
		return chat.Reply{}, err
	}
	now, err := b.here(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	blocks := []chat.Block{chat.Text(richtext.Of(richtext.P(richtext.B("Open actions"))))}
	for n, a := range all {
		if a.Status != action.Outstanding || len(blocks) > mostListed {
			continue
		}
		text := strconv.Itoa(n+1) + ". " + a.Description + doneBy(a, now)
		block := chat.Section(richtext.Literal(text), chat.Button{Action: "action.complete", Value: string(a.ID), Label: "Done"})
		block.Buttons = append(block.Buttons, chat.Button{Action: "action.drop", Value: string(a.ID), Label: "Not doing"})
		blocks = append(blocks, block)
	}
	if len(blocks) == 1 {
		return say("Nothing is to be done. `/inc action Tell the shops that called @Lena` adds something."), nil
	}
	return chat.Whisper("actions", append(blocks, chat.Context(words("In one line: `/inc action done 2`, `drop 2`, `reopen 2`, `edit 2 other words`, `assign 2 @Lena`, `due 2 tomorrow 10:00`, `follow-up 2`")))...), nil
}

// numberedAction does something with the action of a number; it reports whether the line asks for that.
func (b *Bot) numberedAction(ctx context.Context, to id.ID, line string) (chat.Reply, bool, error) {
	found := numbered.FindStringSubmatch(strings.TrimSpace(line))
	if found == nil {
		return chat.Reply{}, false, nil
	}
	does, rest := strings.ReplaceAll(strings.ToLower(found[1]), "-", ""), strings.TrimSpace(found[3])
	needs := does == "edit" || does == "assign" || does == "due"
	switch {
	case needs && rest == "":
		return chat.Reply{}, true, problem.Field("action", "is_required", "Say what it should be: `/inc action edit 2 other words`, `/inc action assign 2 @Lena`, `/inc action due 2 tomorrow 10:00`.")
	case !needs && rest != "": // "done 3 times" is the beginning of something new
		return chat.Reply{}, false, nil
	}
	all, err := b.Actions.List(ctx, to)
	if err != nil {
		return chat.Reply{}, true, err
	}
	n, err := strconv.Atoi(found[2])
	if err != nil || n < 1 || n > len(all) {
		return chat.Reply{}, true, problem.Field("action", "unknown", "There is no action %s. `/inc actions` lists them with their numbers.", found[2])
	}
	of, said := all[n-1].ID, ""
	var now action.Action
	switch does {
	case "done":
		now, err = b.Actions.Complete(ctx, action.Complete{Action: of})
		said = "Done: "
	case "drop":
		now, err = b.Actions.Drop(ctx, action.Drop{Action: of})
		said = "Not doing: "
	case "reopen":
		now, err = b.Actions.Reopen(ctx, action.Reopen{Action: of})
		said = "Open again: "
	case "edit":
		now, err = b.Actions.Edit(ctx, action.Edit{Action: of, Description: rest})
		said = "It says now: "
	case "due":
		reply, err := b.dueAction(ctx, of, rest)
		return reply, true, err
	case "followup":
		reply, err := b.actionToFollowUp(ctx, all[n-1])
		return reply, true, err
	default:
		who, missing := b.person(ctx, rest)
		if missing != nil {
			return chat.Reply{}, true, missing
		}
		now, err = b.Actions.Assign(ctx, action.Assign{Action: of, Assignee: who.ID})
		said = who.Name + " has it: "
	}
	if err != nil {
		return chat.Reply{}, true, err
	}
	return say(said + now.Description), true, nil
}

// dropAction says that an action is not going to be done; the button's value is the action.
func (b *Bot) dropAction(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	dropped, err := b.Actions.Drop(ctx, action.Drop{Action: id.ID(in.Value)})
	if err != nil {
		return chat.Reply{}, err
	}
	return say("Not doing: " + dropped.Description), nil
}
