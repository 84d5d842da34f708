package slack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	platform "github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/channel"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/httpx"
)

const (
	// holding is how long a message waits for a file that Slack does not give.
	holding = 30 * time.Second
	// fetching is how long one try may take.
	fetching = 20 * time.Second
)

// files fetches what is shown with a message and keeps it; notes tell of what is not here. A file that Slack does not give
// holds the message for a while only.
func (d *Doors) files(ctx context.Context, got delivery, team string, in channel.Channel, m platform.Message) (kept []id.ID, notes []string, err error) {
	for _, file := range m.Files {
		if len(kept) == room.MaxFiles {
			notes = append(notes, note(file, "a message holds ten files"))
			continue
		}
		made, err := d.file(ctx, team, in, file)
		switch {
		case err == nil:
			kept = append(kept, made)
		case errors.Is(err, httpx.ErrTooLarge):
			notes = append(notes, note(file, fmt.Sprintf("it is larger than %d MB", room.MaxFileSize>>20)))
		case settled(err):
			notes = append(notes, note(file, "Slack does not give it"))
		case d.Clock.Now().Sub(got.receivedAt) < holding && got.attempts < mostAttempts-1:
			return nil, nil, fmt.Errorf("fetch a file of a message: %w", err)
		default:
			notes = append(notes, note(file, "Slack did not give it in time"))
		}
	}
	return kept, notes, nil
}

// note is a line about a file that is not here.
func note(file platform.File, why string) string {
	name := first(file.Name, file.Title, "A file")
	words := richtext.T(name)
	if file.Permalink != "" {
		words = richtext.A(name, file.Permalink)
	}
	return richtext.Of(richtext.P(words, richtext.T(" is in Slack only: "+why+"."))).Markdown()
}

// file fetches one file and keeps it for the room.
func (d *Doors) file(ctx context.Context, team string, in channel.Channel, file platform.File) (id.ID, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, fetching)
	defer cancel()
	if file.FileAccess == "check_file_info" {
		if file, err = d.Client.FileInfo(ctx, team, file.ID); err != nil {
			return "", err
		}
	}
	address := first(file.Download, file.URL)
	switch {
	case file.Mode == "tombstone", file.Mode == "hidden_by_limit", file.Mode == "external", address == "":
		return "", problem.Missing("file")
	case scope.Actor.Type != tenant.User: // nobody whom Muster knows brought it
		return "", problem.Missing("person")
	case file.Size > room.MaxFileSize:
		return "", httpx.ErrTooLarge
	}
	store, err := os.CreateTemp("", "muster-slack-*")
	if err != nil {
		return "", fmt.Errorf("make room for a file: %w", err)
	}
	defer func() {
		_ = store.Close()
		_ = os.Remove(store.Name())
	}()
	if err := d.Client.Download(ctx, team, address, room.MaxFileSize, store); err != nil {
		return "", err
	}
	if _, err := store.Seek(0, io.SeekStart); err != nil {
		return "", fmt.Errorf("read a file: %w", err)
	}
	made, err := d.Rooms.AttachFile(ctx, room.AttachFile{Incident: in.Incident, Name: first(file.Name, file.Title), Content: store})
	return made.ID, err
}
