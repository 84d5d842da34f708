package settings

import (
	"net/http"
	"slices"

	"github.com/musterhq/muster/internal/domain/notification"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// askToEndMails asks before anything is changed, as programs that look through mail open every address.
func (p *Pages) askToEndMails(w http.ResponseWriter, r *http.Request) error {
	cmd := notification.ParseEndMails(r.URL.Query())
	if cmd.Reason != notification.Subscribed && !slices.Contains(notification.Reasons(), cmd.Reason) {
		return problem.Missing("sort of mail")
	}
	return page.Bare(w, r, http.StatusOK, "End these mails", askPage("/mail/end?"+r.URL.RawQuery, cmd.Reason.Label()))
}

// endMails ends them: by the button of that page, or by the reader's own mail program, RFC 8058.
func (p *Pages) endMails(w http.ResponseWriter, r *http.Request) error {
	cmd := notification.ParseEndMails(r.URL.Query())
	if err := p.Notifications.EndMails(r.Context(), cmd); err != nil {
		return err
	}
	return page.Bare(w, r, http.StatusOK, "No more of these mails", endedPage(cmd.Reason.Label()))
}
