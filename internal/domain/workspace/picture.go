package workspace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/domain/workspace/internal/db"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/blob"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/httpx"
)

// pictureSide is the width in pixels in which pictures are kept, as those that people give themselves.
const pictureSide = 128

// fetchPicture keeps a small copy of somebody's picture at Slack, and shows it while they have given none themselves.
func (s *Service) fetchPicture(ctx context.Context, _ event.Record, e PictureChanged) error {
	var row db.MusterSlackMember
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).Members(ctx, db.MembersParams{Team: e.Team, Ids: []string{e.Member}})
		if len(rows) == 1 {
			row = rows[0]
		}
		return err
	})
	if err != nil || row.UserID.Empty() || row.Deleted {
		return err
	}
	key := row.AvatarKey
	if row.AvatarURL != row.AvatarFrom {
		if key, err = s.fetch(ctx, row.AvatarURL); err != nil {
			return err
		}
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		set := db.SetMemberAvatarParams{Team: e.Team, ID: e.Member, AvatarKey: key, AvatarFrom: row.AvatarURL}
		if err := db.New(tx).SetMemberAvatar(ctx, set); err != nil {
			return fmt.Errorf("store a picture from Slack: %w", err)
		}
		_, err := s.needs.Users.Follow(ctx, user.Follow{User: row.UserID, Was: user.Portrait{AvatarKey: row.AvatarKey}, Is: user.Portrait{AvatarKey: key}})
		return err
	})
	if err == nil && row.AvatarKey != "" && row.AvatarKey != key {
		s.discard(ctx, row.AvatarKey)
	}
	return err
}

// fetchIcon keeps a small copy of a workspace's icon.
func (s *Service) fetchIcon(ctx context.Context, _ event.Record, e Connected) error {
	w, err := s.Get(ctx, e.Team)
	if err != nil || w.State != Active {
		return err
	}
	credentials, err := s.Token(ctx, e.Team)
	if err != nil {
		return err
	}
	at, err := s.needs.App.Icon(ctx, credentials.Token)
	if err != nil { // the scope may be missing; the page does without
		slog.InfoContext(ctx, "a Slack workspace shows no icon", "team", w.Team, "error", err)
		return nil
	}
	key, err := s.fetch(ctx, at)
	if err != nil {
		return err
	}
	err = s.change(ctx, w.Team, func(ctx context.Context, tx pgx.Tx, row db.MusterSlackWorkspace) error {
		if err := db.New(tx).SetWorkspaceIcon(ctx, db.SetWorkspaceIconParams{ID: row.ID, IconKey: key}); err != nil {
			return fmt.Errorf("store the icon of a Slack workspace: %w", err)
		}
		return s.bus.Publish(ctx, tx, Changed{e.About})
	})
	if err == nil && w.IconKey != "" {
		s.discard(ctx, w.IconKey)
	}
	return err
}

// fetch copies a picture, decoded and encoded anew, and returns its blob key; empty where there is none to be had.
func (s *Service) fetch(ctx context.Context, address string) (string, error) {
	if address == "" {
		return "", nil
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", nil //nolint:nilerr // Slack told no address: there is no picture
	}
	answer, err := s.needs.Pictures.Do(request)
	if err != nil {
		var refused *problem.Error
		if errors.As(err, &refused) { // it leads where nobody may be led
			return "", nil
		}
		return "", fmt.Errorf("fetch a picture from Slack: %w", httpx.WithoutAddress(err))
	}
	defer answer.Body.Close()
	switch {
	case answer.StatusCode >= http.StatusInternalServerError || answer.StatusCode == http.StatusTooManyRequests:
		return "", fmt.Errorf("fetch a picture from Slack: %s", answer.Status)
	case answer.StatusCode != http.StatusOK:
		return "", nil
	}
	limits := blob.DefaultLimits
	limits.Thumb = pictureSide
	picture, err := blob.NewPicture(ctx, answer.Body, limits)
	if problem.KindOf(err) == problem.Invalid || problem.KindOf(err) == problem.TooLarge {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	key := blob.NewKey("people", picture.Thumb.Extension)
	err = s.needs.Blobs.Put(ctx, key, bytes.NewReader(picture.Thumb.Bytes), blob.Meta{ContentType: picture.Thumb.ContentType, Size: int64(len(picture.Thumb.Bytes))})
	return key, err
}

// discard deletes a picture that nothing shows any more; one that stays takes a few kilobytes and no more.
func (s *Service) discard(ctx context.Context, key string) {
	if err := s.needs.Blobs.Delete(ctx, key); err != nil {
		slog.WarnContext(ctx, "an old picture could not be deleted", "key", key, "error", err)
	}
}
