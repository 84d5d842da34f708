package chatops

import (
	"context"
	"strconv"
	"strings"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/customers"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
)

// sendWithCustomers sends the update, and changes what customers may be told where the writer of the form changed it.
func (b *Bot) sendWithCustomers(ctx context.Context, in chat.Interaction, cmd incident.SendUpdate) error {
	text, version, changed, err := b.toldWith(ctx, in, cmd.Incident)
	if err != nil {
		return err
	}
	if changed {
		_, err = b.Customers.SendUpdate(ctx, customers.SendUpdate{Update: cmd, Text: text, Version: version})
		return err
	}
	_, err = b.Incidents.SendUpdate(ctx, cmd)
	return err
}

// toldWith reads the words for customers of a form, and whether they are other than those that it was shown with.
func (b *Bot) toldWith(ctx context.Context, in chat.Interaction, of id.ID) (text string, seen int32, changed bool, err error) {
	text, given := in.Values["customers"]
	shown := strings.Split(in.Value, " ")
	if in.Kind != chat.Submission || !given || len(shown) < 3 {
		return "", 0, false, nil
	}
	version, err := strconv.ParseInt(shown[2], 10, 32)
	if err != nil {
		return "", 0, false, nil
	}
	all, err := b.Customers.History(ctx, of)
	if err != nil {
		return "", 0, false, err
	}
	was := ""
	for _, one := range all {
		if one.Version == int32(version) {
			was = one.Text
		}
	}
	return text, int32(version), strings.TrimSpace(text) != strings.TrimSpace(was), nil
}
