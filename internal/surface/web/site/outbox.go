package site

import (
	"net/http"

	"github.com/musterhq/muster/internal/platform/mail"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// contentPolicy lets a mail be drawn with the styles that mails need, in a frame of ours and unable to do anything.
const contentPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; sandbox; frame-ancestors 'self'"

// outbox lists the mail that would have been sent.
func (s *Site) outbox(w http.ResponseWriter, r *http.Request) error {
	mails, err := s.Outbox.List()
	if err != nil {
		return err
	}
	return page.Bare(w, r, http.StatusOK, "Outbox", outboxPage(mails))
}

// letter shows one mail with its envelope.
func (s *Site) letter(w http.ResponseWriter, r *http.Request) error {
	kept, err := s.Outbox.Get(r.PathValue("mail"))
	if err != nil {
		return err
	}
	return page.Bare(w, r, http.StatusOK, kept.Subject, letterPage(kept))
}

// content is the mail itself.
func (s *Site) content(w http.ResponseWriter, r *http.Request) error {
	kept, err := s.Outbox.Get(r.PathValue("mail"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Security-Policy", contentPolicy)
	w.Header().Del("X-Frame-Options")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, err = w.Write([]byte(kept.HTML))
	return err
}

func letterPath(kept mail.Kept) string { return "/dev/outbox/" + kept.ID }
