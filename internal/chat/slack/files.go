package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/slack-go/slack"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/platform/httpx"
)

// Upload is a file for a workspace.
type Upload struct {
	Name, Alt string
	Size      int64
	Content   io.Reader
}

// Upload brings a file into a workspace, shared with nobody until a message shows it, and returns its id.
func (c *Client) Upload(ctx context.Context, team string, file Upload) (string, error) {
	if file.Name == "" || file.Size <= 0 {
		return "", fmt.Errorf("%w: a file without a name or without content", chat.ErrRefused)
	}
	var given *slack.GetUploadURLExternalResponse
	err := c.do(ctx, call{team: team, method: "files.getUploadURLExternal"}, func(ctx context.Context, api *slack.Client) (err error) {
		given, err = api.GetUploadURLExternalContext(ctx, slack.GetUploadURLExternalParameters{FileName: file.Name, FileSize: int(file.Size), AltTxt: file.Alt})
		return err
	})
	if err != nil {
		return "", err
	}
	if !c.trusts(given.UploadURL) {
		return "", fmt.Errorf("%w: an address for files that is not Slack's", chat.ErrRefused)
	}
	err = c.do(ctx, call{team: team, method: "files.upload", timeout: transferTimeout}, func(ctx context.Context, api *slack.Client) error {
		return api.UploadToURL(ctx, slack.UploadToURLParameters{UploadURL: given.UploadURL, Reader: file.Content, Filename: file.Name})
	})
	if err != nil {
		return "", err
	}
	err = c.do(ctx, call{team: team, method: "files.completeUploadExternal"}, func(ctx context.Context, api *slack.Client) error {
		_, err := api.CompleteUploadExternalContext(ctx, slack.CompleteUploadExternalParameters{Files: []slack.FileSummary{{ID: given.FileID, Title: file.Name}}})
		return err
	})
	return given.FileID, err
}

// Download writes a file's content to to; one of more than limit bytes is httpx.ErrTooLarge.
func (c *Client) Download(ctx context.Context, team, address string, limit int64, to io.Writer) error {
	if !c.trusts(address) {
		return fmt.Errorf("%w: a file that is not at Slack", chat.ErrRefused)
	}
	return c.do(ctx, call{team: team, method: "files.download", timeout: transferTimeout}, func(ctx context.Context, api *slack.Client) error {
		return api.GetFileContext(ctx, address, &atMost{to, limit})
	})
}

type atMost struct {
	io.Writer
	left int64
}

// Write writes until the limit.
func (w *atMost) Write(p []byte) (int, error) {
	if int64(len(p)) > w.left {
		return 0, httpx.ErrTooLarge
	}
	w.left -= int64(len(p))
	return w.Writer.Write(p)
}

// FileInfo returns a file that a message told only the id of.
func (c *Client) FileInfo(ctx context.Context, team, file string) (found File, err error) {
	err = c.do(ctx, call{team: team, method: "files.info"}, func(ctx context.Context, api *slack.Client) error {
		got, _, _, err := api.GetFileInfoContext(ctx, file, 0, 0)
		if err != nil {
			return err
		}
		encoded, err := json.Marshal(got)
		if err != nil {
			return err
		}
		return json.Unmarshal(encoded, &found)
	})
	return found, err
}
