package chatops

import (
	"context"
	"regexp"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/when"
)

// dueAction sets when an action is due: "due 2 tomorrow 10:00", "due 2 none".
func (b *Bot) dueAction(ctx context.Context, of id.ID, typed string) (chat.Reply, error) {
	now, err := b.here(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	due, err := action.ReadDue(typed, now)
	if err != nil {
		return chat.Reply{}, err
	}
	set, err := b.Actions.SetDue(ctx, action.SetDue{Action: of, Due: due})
	if err != nil {
		return chat.Reply{}, err
	}
	if set.Due == nil {
		return say("Due at no particular time: " + set.Description), nil
	}
	return say("Due " + toCome(*set.Due, now) + ": " + set.Description), nil
}

var (
	dueMarked = regexp.MustCompile(`(?is)^(.*\S)\s+(in|by|due)\s+(\S+(?:\s+\S+){0,2})$`)
	// someone is a person at the end of a text: a mention, or an @ and up to two words.
	someone = regexp.MustCompile(`(?s)(?:@\[[^\]\n]{1,200}\]\(user:[0-9A-Za-z]{26}\)|(?:^|\s)@\S+(?: \S+)?)$`)
)

// trailingDue takes a time off the end of an action where it can mean nothing else: after "in", "by" or "due", as in
// "Check the pool in 20m", or after the person who does it, as in "Check the pool @Ana 14:30".
func trailingDue(text string, now time.Time) (string, time.Time) {
	text = strings.TrimSpace(text)
	if found := dueMarked.FindStringSubmatch(text); found != nil {
		head, mark, tail := found[1], strings.ToLower(found[2]), found[3]
		_, lasts := when.Duration(tail)
		named := strings.ContainsAny(tail, "0123456789") || len(tail) > 2 // "by mo" is no Monday
		if due, ok := when.Until(tail, now); ok && named && (lasts || mark != "in") {
			return strings.TrimRight(strings.TrimSuffix(head, " due"), " ,;:–—-"), due
		}
	}
	words := strings.Fields(text)
	for take := min(len(words)-1, 3); take > 0; take-- {
		tail := strings.Join(words[len(words)-take:], " ")
		head, whole := strings.CutSuffix(text, tail)
		head = strings.TrimSpace(head)
		if !whole || !someone.MatchString(head) || !strings.ContainsAny(tail, "0123456789") && tail != "tomorrow" {
			continue
		}
		if due, ok := when.Until(tail, now); ok {
			return head, due
		}
	}
	return text, time.Time{}
}

// toCome is a moment in the words of whoever is at now.
func toCome(at, now time.Time) string {
	at = at.In(now.Location())
	if at.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return at.Format("15:04")
	}
	return at.Format("Mon 2 Jan 15:04")
}

// doneBy is who does an action and by when, as it follows the action's words.
func doneBy(a action.Action, now time.Time) string {
	text := ""
	if a.Assignee != nil {
		text = " (" + a.Assignee.Name + ")"
	}
	if a.Due != nil {
		text += ", due " + toCome(*a.Due, now)
	}
	return text
}
