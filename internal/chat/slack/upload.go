package slack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// Files gives the content of files of rooms.
type Files interface {
	// Content opens a file, to be closed after use; one that is gone is a problem NotFound.
	Content(ctx context.Context, file id.ID) (name, mediaType string, size int64, content io.ReadCloser, err error)
}

// shown are the pictures that Slack shows in a message.
var shown = []string{"image/png", "image/jpeg", "image/gif"}

// upload brings the pictures of a message into its workspace, each once, and gives them to the writer. Other files are
// only named: a file that no message shares is nobody's to open.
func (p *Platform) upload(ctx context.Context, team string, blocks []chat.Block, writer *Writer) error {
	there := map[id.ID]Uploaded{}
	for _, b := range blocks {
		if b.Kind != chat.FileBlock || p.Files == nil {
			continue
		}
		file, err := p.picture(ctx, team, b)
		switch {
		case problem.Is(err, problem.NotFound) || errors.Is(err, chat.ErrRefused):
			warn(ctx, "a file does not go to Slack; it is named", err)
		case err != nil:
			return err
		case file != "":
			there[b.File] = Uploaded{ID: file, Picture: true}
		}
	}
	writer.Uploaded = func(file id.ID) Uploaded { return there[file] }
	return nil
}

// picture returns Slack's id of a picture, or nothing for another file. Slack looks at a picture before it shows it.
func (p *Platform) picture(ctx context.Context, team string, b chat.Block) (string, error) {
	ref, key := chat.ConversationRef{Platform: Name, ID: team}, "file/"+string(b.File)
	file, err := p.Posted.External(ctx, ref, key)
	if problem.Is(err, problem.NotFound) {
		file, err = p.bring(ctx, team, ref, key, b)
	}
	if err != nil || file == "" {
		return "", err
	}
	info, err := p.Client.FileInfo(ctx, team, file)
	if err == nil && info.MIME == "" && p.Clock.Now().Sub(time.Unix(info.Timestamp, 0)) < time.Minute {
		err = &chat.Later{After: time.Second, Err: errors.New("slack: it has not looked at a picture yet")}
	}
	return file, err
}

// bring uploads a picture. A second upload after a lost answer doubles nothing that anybody sees.
func (p *Platform) bring(ctx context.Context, team string, ref chat.ConversationRef, key string, b chat.Block) (string, error) {
	name, mediaType, size, content, err := p.Files.Content(ctx, b.File)
	if err != nil {
		return "", fmt.Errorf("open a file for Slack: %w", err)
	}
	defer func() { _ = content.Close() }()
	if !slices.Contains(shown, mediaType) {
		return "", nil
	}
	file, err := p.Client.Upload(ctx, team, Upload{Name: name, Alt: b.Alt, Size: size, Content: content})
	if err != nil {
		return "", err
	}
	if _, err := p.Posted.Claim(ctx, ref, key); err != nil {
		return "", err
	}
	return file, p.Posted.Confirm(ctx, ref, key, file)
}
