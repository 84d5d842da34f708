package people

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/blob"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// pictureSide is the width in pixels in which a person's picture is kept: four times the largest in which it is shown.
const pictureSide = 128

// givePicture keeps a small version of the picture that was sent as the reader's own.
func (p *Pages) givePicture(w http.ResponseWriter, r *http.Request) error {
	if p.Blobs == nil {
		return problem.Missing("place for pictures")
	}
	key, err := p.storePicture(r)
	if err != nil {
		form := page.NewForm(map[string]string{"file": ""})
		if !form.Take(err) {
			return err
		}
		return p.mine(w, r, page.Status(err), func(v *meView) { v.Portrait = form })
	}
	if err := p.setPicture(r.Context(), key); err != nil {
		p.discard(r.Context(), key)
		return err
	}
	return page.Done(w, r, "/me", "Saved.")
}

func (p *Pages) storePicture(r *http.Request) (string, error) {
	file, _, err := r.FormFile("file")
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return "", problem.New(problem.TooLarge, "picture_too_large", "The picture is too large: 10 MB at most.")
	case err != nil:
		return "", problem.Field("file", "no_picture", "Choose a picture: PNG, JPEG, GIF or WebP.")
	}
	defer func() { _ = file.Close() }()
	limits := blob.DefaultLimits
	limits.Thumb = pictureSide
	picture, err := blob.NewPicture(r.Context(), file, limits)
	if err != nil {
		return "", err
	}
	key := blob.NewKey("people", picture.Thumb.Extension)
	return key, p.Blobs.Put(r.Context(), key, bytes.NewReader(picture.Thumb.Bytes), blob.Meta{ContentType: picture.Thumb.ContentType, Size: int64(len(picture.Thumb.Bytes))})
}

func (p *Pages) removePicture(w http.ResponseWriter, r *http.Request) error {
	if err := p.setPicture(r.Context(), ""); err != nil {
		return err
	}
	return page.Done(w, r, "/me", "Your initial is shown instead.")
}

// setPicture makes the stored picture the reader's own and throws the one before away.
func (p *Pages) setPicture(ctx context.Context, key string) error {
	me, err := p.Users.Me(ctx)
	if err != nil {
		return err
	}
	if err := p.Users.SetAvatar(ctx, key); err != nil {
		return err
	}
	if me.AvatarKey != "" && p.Blobs != nil {
		p.discard(ctx, me.AvatarKey)
	}
	return nil
}

// discard deletes a picture that nothing shows any more; one that stays takes a few kilobytes and no more.
func (p *Pages) discard(ctx context.Context, key string) {
	if err := p.Blobs.Delete(ctx, key); err != nil {
		slog.WarnContext(ctx, "an old picture could not be deleted", "key", key, "error", err)
	}
}
