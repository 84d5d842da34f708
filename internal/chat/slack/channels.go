package slack

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"github.com/musterhq/muster/internal/chat"
)

// Channel is a channel of a workspace.
type Channel struct {
	ID, Name          string
	Topic, Purpose    string
	Private, Archived bool
	Member            bool // Muster is in it
	Creator           string
	Created           time.Time
	People            int
}

func channelOf(c slack.Channel) Channel {
	return Channel{
		ID: c.ID, Name: c.Name, Topic: unescape(c.Topic.Value), Purpose: unescape(c.Purpose.Value), Private: c.IsPrivate,
		Archived: c.IsArchived, Member: c.IsMember, Creator: c.Creator, Created: c.Created.Time().UTC(), People: c.NumMembers,
	}
}

// CreateChannel makes a channel; a name that is taken is the Code "name_taken".
func (c *Client) CreateChannel(ctx context.Context, team, name string, private bool) (made Channel, err error) {
	err = c.do(ctx, call{team: team, method: "conversations.create"}, func(ctx context.Context, api *slack.Client) error {
		got, err := api.CreateConversationContext(ctx, slack.CreateConversationParams{ChannelName: name, IsPrivate: private, TeamID: team})
		if err == nil {
			made = channelOf(*got)
		}
		return err
	})
	return made, err
}

// Info returns a channel as it is now.
func (c *Client) Info(ctx context.Context, ref chat.ConversationRef) (found Channel, err error) {
	err = c.in(ctx, ref, "conversations.info", func(ctx context.Context, api *slack.Client, channel string) error {
		got, err := api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: channel, IncludeNumMembers: true})
		if err == nil {
			found = channelOf(*got)
		}
		return err
	})
	return found, err
}

const channelsPage = 200

// Channels returns a page of a workspace's channels that Muster may see and that are not archived, and where the next one
// begins, empty after the last.
func (c *Client) Channels(ctx context.Context, team, cursor string) (found []Channel, next string, err error) {
	err = c.do(ctx, call{team: team, method: "conversations.list"}, func(ctx context.Context, api *slack.Client) error {
		page, after, err := api.GetConversationsContext(ctx, &slack.GetConversationsParameters{
			Cursor: cursor, Limit: channelsPage, ExcludeArchived: true, Types: []string{"public_channel", "private_channel"}, TeamID: team,
		})
		for _, one := range page {
			found = append(found, channelOf(one))
		}
		next = after
		return err
	})
	return found, next, err
}

// Own returns the channels that Muster is in, archived ones too.
func (c *Client) Own(ctx context.Context, team string) (found []Channel, err error) {
	for cursor := ""; ; {
		err = c.do(ctx, call{team: team, method: "users.conversations"}, func(ctx context.Context, api *slack.Client) error {
			page, next, err := api.GetConversationsForUserContext(ctx, &slack.GetConversationsForUserParameters{
				Cursor: cursor, Limit: channelsPage, Types: []string{"public_channel", "private_channel"}, TeamID: team,
			})
			for _, one := range page {
				found = append(found, channelOf(one))
			}
			cursor = next
			return err
		})
		if err != nil || cursor == "" {
			return found, err
		}
	}
}

// RenameChannel gives a channel another name and returns it as Slack keeps it.
func (c *Client) RenameChannel(ctx context.Context, ref chat.ConversationRef, name string) (now string, err error) {
	err = c.in(ctx, ref, "conversations.rename", func(ctx context.Context, api *slack.Client, channel string) error {
		got, err := api.RenameConversationContext(ctx, channel, name)
		if err == nil {
			now = got.Name
		}
		return err
	})
	return now, err
}

// Archive archives a channel; one that is archived is no error.
func (c *Client) Archive(ctx context.Context, ref chat.ConversationRef) error {
	return fine(c.in(ctx, ref, "conversations.archive", func(ctx context.Context, api *slack.Client, channel string) error {
		return api.ArchiveConversationContext(ctx, channel)
	}), "already_archived")
}

// Unarchive opens an archived channel again; one that is open is no error.
func (c *Client) Unarchive(ctx context.Context, ref chat.ConversationRef) error {
	return fine(c.in(ctx, ref, "conversations.unarchive", func(ctx context.Context, api *slack.Client, channel string) error {
		return api.UnArchiveConversationContext(ctx, channel)
	}), "not_archived")
}

// SetTopic sets the line above a channel, 250 characters at most.
func (c *Client) SetTopic(ctx context.Context, ref chat.ConversationRef, topic string) error {
	return c.in(ctx, ref, "conversations.setTopic", func(ctx context.Context, api *slack.Client, channel string) error {
		_, err := api.SetTopicOfConversationContext(ctx, channel, topic)
		return err
	})
}

// SetPurpose sets what a channel says it is for, 250 characters at most.
func (c *Client) SetPurpose(ctx context.Context, ref chat.ConversationRef, purpose string) error {
	return c.in(ctx, ref, "conversations.setPurpose", func(ctx context.Context, api *slack.Client, channel string) error {
		_, err := api.SetPurposeOfConversationContext(ctx, channel, purpose)
		return err
	})
}

// Join brings Muster into a public channel.
func (c *Client) Join(ctx context.Context, ref chat.ConversationRef) error {
	return c.in(ctx, ref, "conversations.join", func(ctx context.Context, api *slack.Client, channel string) error {
		_, _, _, err := api.JoinConversationContext(ctx, channel)
		return err
	})
}

// Kick takes a person out of a channel; one who is not in it is no error.
func (c *Client) Kick(ctx context.Context, ref chat.ConversationRef, user string) error {
	return fine(c.in(ctx, ref, "conversations.kick", func(ctx context.Context, api *slack.Client, channel string) error {
		return api.KickUserFromConversationContext(ctx, channel, user)
	}), "not_in_channel")
}

const membersPage = 1000

// Members returns everybody who is in a channel, bots included.
func (c *Client) Members(ctx context.Context, ref chat.ConversationRef) (found []string, err error) {
	for cursor := ""; ; {
		err = c.in(ctx, ref, "conversations.members", func(ctx context.Context, api *slack.Client, channel string) error {
			page, next, err := api.GetUsersInConversationContext(ctx, &slack.GetUsersInConversationParameters{ChannelID: channel, Cursor: cursor, Limit: membersPage})
			found, cursor = append(found, page...), next
			return err
		})
		if err != nil || cursor == "" {
			return found, err
		}
	}
}

// inviteAtOnce is how many people one call invites.
const inviteAtOnce = 100

// InviteUsers brings people into a channel and returns those whom Slack does not let in, with its word for why; who is in
// it already is no error.
func (c *Client) InviteUsers(ctx context.Context, ref chat.ConversationRef, users ...string) (out map[string]string, err error) {
	out = map[string]string{}
	for batch := range slices.Chunk(users, inviteAtOnce) {
		err := c.invite(ctx, ref, batch)
		var said slack.SlackErrorResponse
		switch {
		case err == nil:
			continue
		case !errors.As(err, &said) || !errors.Is(err, chat.ErrRefused) || slices.Contains(noChannel, said.Err):
			return out, err
		}
		told := keepOut(out, said.Errors)
		if told || len(batch) == 1 {
			if !told && !slices.Contains(inAlready, said.Err) {
				out[batch[0]] = said.Err
			}
			continue
		}
		for _, user := range batch { // one of them stops the others
			one, err := c.InviteUsers(ctx, ref, user)
			if err != nil {
				return out, err
			}
			for user, why := range one {
				out[user] = why
			}
		}
	}
	return out, nil
}

// What an invitation answers that is about nobody in particular, and about those who need none.
var (
	noChannel = []string{"channel_not_found", "is_archived", "not_in_channel", "missing_scope", "restricted_action", "method_not_supported_for_channel_type"}
	inAlready = []string{"already_in_channel", "cant_invite_self"}
)

func keepOut(out map[string]string, each []slack.SlackResponseErrors) (told bool) {
	for _, one := range each {
		if person := one.ConversationsInviteResponseError; person != nil && !person.Ok && person.User != "" {
			told = true
			if !slices.Contains(inAlready, person.Error) {
				out[person.User] = person.Error
			}
		}
	}
	return told
}

func (c *Client) invite(ctx context.Context, ref chat.ConversationRef, users []string) error {
	return c.in(ctx, ref, "conversations.invite", func(ctx context.Context, api *slack.Client, channel string) error {
		_, err := api.ForceInviteUsersToConversationContext(ctx, channel, users...)
		return err
	})
}

// Direct returns the conversation of one person with Muster.
func (c *Client) Direct(ctx context.Context, team, user string) (ref chat.ConversationRef, err error) {
	err = c.do(ctx, call{team: team, method: "conversations.open"}, func(ctx context.Context, api *slack.Client) error {
		got, _, _, err := api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{user}})
		if err == nil {
			ref = Ref(team, got.ID)
		}
		return err
	})
	return ref, err
}

// fine takes the answers for none that say that what was asked for is so.
func fine(err error, codes ...string) error {
	if slices.Contains(codes, Code(err)) {
		return nil
	}
	return err
}
