package slack

import (
	"context"
	"strings"

	"github.com/musterhq/muster/internal/chat"
	platform "github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// mostQuoted is how many characters of a message go through Slack and back with a form.
const mostQuoted = 1500

// quote is the message of a shortcut, to be kept as the first evidence of what is declared from it.
func (d *Doors) quote(ctx context.Context, in platform.Interaction) *platform.Quote {
	if in.Message == nil {
		return nil
	}
	quoted := &platform.Quote{By: in.Message.User, Text: richtext.Truncate(platform.Source(*in.Message, d.names(ctx, in.Team)), mostQuoted)}
	if w, err := d.Workspaces.Get(ctx, in.Team); err == nil && w.URL != "" {
		quoted.Address = strings.TrimSuffix(w.URL, "/") + "/archives/" + in.Channel + "/p" + strings.ReplaceAll(in.TS, ".", "")
	}
	return quoted
}

// evidence says in the room of a new incident what the message was that it was declared from.
func (d *Doors) evidence(ctx context.Context, at place, quoted *platform.Quote, path string) {
	if quoted == nil {
		return
	}
	reference, _, _ := strings.Cut(strings.TrimPrefix(path, "/incidents/"), "/")
	by, said := "Somebody in Slack", richtext.T(" wrote:")
	if known, err := d.Workspaces.Members(ctx, at.team, quoted.By); err == nil && known[quoted.By].Name != "" {
		by = known[quoted.By].Name
	}
	head := []richtext.Node{richtext.T("It began with what "), richtext.B(by), said}
	if quoted.Address != "" {
		head = []richtext.Node{richtext.T("It began with "), richtext.A("what "+by+" wrote", quoted.Address), richtext.T(":")}
	}
	found, err := d.Incidents.ByReference(ctx, reference)
	if err == nil {
		_, err = d.Rooms.Say(ctx, found, chat.Say("evidence", chat.Context(richtext.Of(richtext.P(head...))), chat.Text(richtext.Parse(quoted.Text, richtext.Options{}))))
	}
	d.warn(ctx, "the message that an incident was declared from is not in its room", err)
}
