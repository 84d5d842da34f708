package slack

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// OpenConversation makes a channel in the opening's workspace, or finds the one made with the same key.
func (p *Platform) OpenConversation(ctx context.Context, opening chat.Opening) (chat.ConversationRef, error) {
	if opening.Key == "" || opening.Team == "" {
		return chat.ConversationRef{}, fmt.Errorf("%w: a channel needs a key and a workspace", chat.ErrRefused)
	}
	// The claim on the key is there before the channel is, as with messages.
	team, key := chat.ConversationRef{Platform: Name, ID: opening.Team}, "channel/"+opening.Key
	claimed, err := p.Posted.Claim(ctx, team, key)
	if err != nil || claimed.External != "" {
		return Ref(opening.Team, claimed.External), err
	}
	var made Channel
	if claimed.Before {
		made, err = p.adopt(ctx, opening, claimed.At)
	}
	if err == nil && made.ID == "" {
		made, err = p.create(ctx, opening)
	}
	if err != nil {
		if !claimed.Before && !unsure(err) {
			err = errors.Join(err, p.Posted.Release(context.WithoutCancel(ctx), team, key))
		}
		return chat.ConversationRef{}, err
	}
	if err := p.Posted.Confirm(context.WithoutCancel(ctx), team, key, made.ID); err != nil {
		return chat.ConversationRef{}, err
	}
	ref := Ref(opening.Team, made.ID)
	if opening.Topic != "" {
		warn(ctx, "a new channel has no topic yet", p.Topic(ctx, ref, opening.Topic))
	}
	return ref, nil
}

// mostNames is how many names are tried when each is taken.
const mostNames = 30

// create makes a channel under the first name that is free.
func (p *Platform) create(ctx context.Context, opening chat.Opening) (made Channel, err error) {
	_, err = freeName(opening.Name, func(name string) error {
		made, err = p.Client.CreateChannel(ctx, opening.Team, name, opening.Private)
		return err
	})
	return made, err
}

// freeName tries names until one is free, and returns it.
func freeName(wish string, try func(name string) error) (string, error) {
	var err error
	for _, plain := range []bool{false, true} {
		for n := 1; n <= mostNames; n++ {
			name := numbered(ChannelName(wish), n)
			if plain {
				name = numbered(ChannelName(ascii(wish)), n)
			}
			if err = try(name); Code(err) != "name_taken" {
				if strings.HasPrefix(Code(err), "invalid_name") && !plain {
					break // of letters that this workspace does not take
				}
				return name, err
			}
		}
		if Code(err) == "name_taken" {
			return "", err
		}
	}
	return "", err
}

// adopt finds the channel that was made for a claim whose outcome is not known: Muster made it at that time under that
// name, and no other key has it.
func (p *Platform) adopt(ctx context.Context, opening chat.Opening, since time.Time) (Channel, error) {
	if age := p.Clock.Now().Sub(since); age < settling {
		return Channel{}, &chat.Later{After: settling - age, Err: errors.New("slack: whether the channel was made is not known yet")}
	}
	credentials, err := p.Client.workspaces.Token(ctx, opening.Team)
	if err != nil {
		return Channel{}, err
	}
	own, err := p.Client.Own(ctx, opening.Team)
	if err != nil {
		return Channel{}, err
	}
	for _, c := range own {
		if c.Creator != credentials.BotUser || c.Archived || c.Private != opening.Private || c.Created.Before(since.Add(-skew)) || !bears(c.Name, opening.Name) {
			continue
		}
		_, err := p.Posted.Key(ctx, chat.ConversationRef{Platform: Name, ID: opening.Team}, c.ID)
		if problem.Is(err, problem.NotFound) {
			return c, nil
		}
		if err != nil {
			return Channel{}, err
		}
	}
	return Channel{}, nil
}

// bears reports whether a channel's name is the one that was wished for, or what became of it because that was taken.
func bears(name, wish string) bool {
	for _, wish := range []string{ChannelName(wish), ChannelName(ascii(wish))} {
		for n := 1; n <= mostNames; n++ {
			if name == numbered(wish, n) {
				return true
			}
		}
	}
	return false
}

// mostName is how many characters a channel's name has.
const mostName = 80

// ChannelName makes a name that Slack takes: small letters, digits, hyphens and underscores, 80 characters at most.
func ChannelName(wish string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(wish) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_':
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			b.WriteRune(r)
			gap = false
		case r == '\'' || r == '’': // "can't" is one word
		default:
			gap = true
		}
	}
	name := cut(b.String(), mostName)
	if !strings.ContainsFunc(name, func(r rune) bool { return r != '_' }) {
		return "incident"
	}
	return name
}

// cut shortens a name, at the end of a word where one is near.
func cut(name string, most int) string {
	if utf8.RuneCountInString(name) <= most {
		return name
	}
	short := string([]rune(name)[:most])
	if at := strings.LastIndexByte(short, '-'); at > len(short)*3/4 {
		short = short[:at]
	}
	return strings.TrimRight(short, "-")
}

func numbered(name string, n int) string {
	if n == 1 {
		return name
	}
	suffix := "-" + strconv.Itoa(n)
	return cut(name, mostName-len(suffix)) + suffix
}

func ascii(text string) string {
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII {
			return '-'
		}
		return r
	}, text)
}

// Direct says something to one person of a workspace, once for each key.
func (p *Platform) Direct(ctx context.Context, team, user string, message chat.Message) (chat.MessageRef, error) {
	ref, err := p.Client.Direct(ctx, team, user)
	if err != nil {
		return chat.MessageRef{}, err
	}
	return p.Post(ctx, ref, message)
}
