package slack

import (
	"context"
	"fmt"
	"slices"

	"github.com/slack-go/slack"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// Rename gives a channel another name and returns the one that it got, which has a number where that was taken.
func (p *Platform) Rename(ctx context.Context, conversation chat.ConversationRef, name string) (string, error) {
	now, err := p.Client.Info(ctx, conversation)
	if err != nil || bears(now.Name, name) {
		return now.Name, err
	}
	var got string
	_, err = freeName(name, func(name string) (err error) {
		got, err = p.Client.RenameChannel(ctx, conversation, name)
		return err
	})
	return got, err
}

// Look tells how a channel is now.
func (p *Platform) Look(ctx context.Context, conversation chat.ConversationRef) (chat.Site, error) {
	now, err := p.Client.Info(ctx, conversation)
	return chat.Site{Name: now.Name, Private: now.Private}, err
}

// Enter tells how a channel is now, and joins it where Muster is not in it yet.
func (p *Platform) Enter(ctx context.Context, conversation chat.ConversationRef) (chat.Site, error) {
	now, err := p.Client.Info(ctx, conversation)
	if err == nil && !now.Member {
		err = p.Client.Join(ctx, conversation)
	}
	return chat.Site{Name: now.Name, Private: now.Private}, err
}

// Archive archives a channel.
func (p *Platform) Archive(ctx context.Context, conversation chat.ConversationRef) error {
	return p.Client.Archive(ctx, conversation)
}

// Unarchive opens an archived channel again.
func (p *Platform) Unarchive(ctx context.Context, conversation chat.ConversationRef) error {
	return p.Client.Unarchive(ctx, conversation)
}

// Invite brings people into a channel and returns those whom the workspace does not know or does not let in.
func (p *Platform) Invite(ctx context.Context, conversation chat.ConversationRef, users []id.ID) (unknown []id.ID, err error) {
	team, _, err := Split(conversation)
	if err != nil || len(users) == 0 {
		return nil, err
	}
	known, err := p.People.SlackUsers(ctx, team, users...)
	if err != nil {
		return nil, fmt.Errorf("find people in the Slack workspace %s: %w", team, err)
	}
	var there []string
	for _, user := range users {
		if known[user] != "" {
			there = append(there, known[user])
		}
	}
	out, err := p.Client.InviteUsers(ctx, conversation, there...)
	for _, user := range users {
		if known[user] == "" || out[known[user]] != "" {
			unknown = append(unknown, user)
		}
	}
	return unknown, err
}

// Bookmarks makes Muster's links above a channel these; what others put there stays.
func (p *Platform) Bookmarks(ctx context.Context, conversation chat.ConversationRef, bookmarks []chat.Bookmark) error {
	team, _, err := Split(conversation)
	if err != nil {
		return err
	}
	credentials, err := p.Client.workspaces.Token(ctx, team)
	if err != nil {
		return err
	}
	var there []slack.Bookmark
	err = p.Client.in(ctx, conversation, "bookmarks.list", func(ctx context.Context, api *slack.Client, channel string) (err error) {
		there, err = api.ListBookmarksContext(ctx, channel)
		return err
	})
	if err != nil {
		return err
	}
	kept := map[string]bool{}
	for _, wanted := range bookmarks {
		had, err := p.Posted.External(ctx, conversation, bookmarkKey(wanted))
		if err != nil && !problem.Is(err, problem.NotFound) {
			return err
		}
		at := slices.IndexFunc(there, func(b slack.Bookmark) bool {
			return !kept[b.ID] && (b.ID == had || had == "" && b.Link == wanted.URL && ours(b, credentials))
		})
		var now string
		if at < 0 {
			now, err = p.addBookmark(ctx, conversation, wanted)
		} else {
			now, err = there[at].ID, p.editBookmark(ctx, conversation, there[at], wanted)
		}
		if err == nil && now != had {
			err = p.noteBookmark(ctx, conversation, wanted, now)
		}
		if err != nil {
			return err
		}
		kept[now] = true
	}
	for _, b := range there {
		if kept[b.ID] || !ours(b, credentials) {
			continue
		}
		err := p.Client.in(ctx, conversation, "bookmarks.remove", func(ctx context.Context, api *slack.Client, channel string) error {
			return api.RemoveBookmarkContext(ctx, channel, b.ID)
		})
		if err := fine(err, "not_found", "bookmark_not_found"); err != nil {
			return err
		}
	}
	return nil
}

func bookmarkKey(b chat.Bookmark) string { return "bookmark/" + b.Key }

// ours reports whether Muster set a bookmark, and nobody changed it since.
func ours(b slack.Bookmark, credentials Credentials) bool {
	return b.LastUpdatedByUserID == credentials.BotUser || b.AppID != "" && b.AppID == credentials.AppID
}

func (p *Platform) addBookmark(ctx context.Context, conversation chat.ConversationRef, wanted chat.Bookmark) (made string, err error) {
	err = p.Client.in(ctx, conversation, "bookmarks.add", func(ctx context.Context, api *slack.Client, channel string) error {
		got, err := api.AddBookmarkContext(ctx, channel, slack.AddBookmarkParameters{Title: wanted.Title, Type: "link", Link: wanted.URL})
		made = got.ID
		return err
	})
	return made, err
}

func (p *Platform) editBookmark(ctx context.Context, conversation chat.ConversationRef, now slack.Bookmark, wanted chat.Bookmark) error {
	if now.Title == wanted.Title && now.Link == wanted.URL {
		return nil
	}
	return p.Client.in(ctx, conversation, "bookmarks.edit", func(ctx context.Context, api *slack.Client, channel string) error {
		_, err := api.EditBookmarkContext(ctx, channel, now.ID, slack.EditBookmarkParameters{Title: &wanted.Title, Link: wanted.URL})
		return err
	})
}

// noteBookmark remembers which bookmark is which.
func (p *Platform) noteBookmark(ctx context.Context, conversation chat.ConversationRef, wanted chat.Bookmark, now string) error {
	if _, err := p.Posted.Claim(ctx, conversation, bookmarkKey(wanted)); err != nil {
		return err
	}
	return p.Posted.Confirm(ctx, conversation, bookmarkKey(wanted), now)
}
