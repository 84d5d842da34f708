package chatops

import (
	"context"
	"regexp"
	"strings"

	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// mention is a person as the composer writes them.
var mention = regexp.MustCompile(`@\[[^\]\n]{1,200}\]\(user:([0-9A-Za-z]{26})\)`)

// person finds whom typed words mean: a mention, "me", or a name with or without an @ before it.
func (b *Bot) person(ctx context.Context, typed string) (user.User, error) {
	typed = strings.TrimSpace(typed)
	if found := mention.FindStringSubmatch(typed); found != nil {
		return b.Users.Get(ctx, id.ID(found[1]))
	}
	if lower := strings.ToLower(typed); lower == "me" || lower == "@me" {
		scope, err := tenant.From(ctx)
		if err != nil {
			return user.User{}, err
		}
		return b.Users.Get(ctx, scope.Actor.ID)
	}
	name := strings.TrimPrefix(typed, "@")
	page, err := b.Users.List(ctx, user.List{Search: name, State: user.StateActive, Count: 20})
	if err != nil {
		return user.User{}, err
	}
	for _, fits := range []func(user.User) bool{
		func(u user.User) bool { return strings.EqualFold(u.Name, name) },
		func(u user.User) bool { return strings.EqualFold(strings.Fields(u.Name + " ?")[0], name) },
		func(user.User) bool { return true },
	} {
		var found []user.User
		for _, u := range page.Users {
			if fits(u) {
				found = append(found, u)
			}
		}
		if len(found) == 1 {
			return found[0], nil
		}
		if len(found) > 1 {
			names := make([]string, len(found))
			for n, u := range found {
				names[n] = u.Name
			}
			return user.User{}, problem.Field("assignee", "ambiguous", "“%s” could be %s. Write the whole name.", name, listed(names))
		}
	}
	return user.User{}, problem.Field("assignee", "unknown", "Nobody here is called “%s”. Write the name as People shows it, or @ and choose.", name)
}

// trailing takes a person off the end of a text: "Call the shops @Lena".
func (b *Bot) trailing(ctx context.Context, text string) (string, id.ID, error) {
	if found := mention.FindStringSubmatchIndex(text); found != nil && found[1] == len(text) {
		return strings.TrimSpace(text[:found[0]]), id.ID(text[found[2]:found[3]]), nil
	}
	at := strings.LastIndex(text, " @")
	if at < 0 || len(strings.Fields(text[at:])) > 3 {
		return text, "", nil
	}
	who, err := b.person(ctx, text[at:])
	if err != nil {
		return "", "", err
	}
	return strings.TrimSpace(text[:at]), who.ID, nil
}
