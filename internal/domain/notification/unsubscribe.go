package notification

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// EndMails ends the mails of one reason for one person, by the address in such a mail: nobody need be signed in for it.
type EndMails struct {
	Organisation, User id.ID
	Reason             Reason
	// Incident is the one that a mail of a subscription was about; without one it was a digest, and all of them end.
	Incident id.ID
	// Expires and Signature are from the address.
	Expires   time.Time
	Signature string
}

const (
	endPurpose = "end mails"
	// endLife is how long the address in a mail works.
	endLife = 60 * 24 * time.Hour
)

// EndMails ends mails as their address says, RFC 8058; an address that Muster did not write is refused.
func (s *Service) EndMails(ctx context.Context, cmd EndMails) error {
	if err := s.needs.Keys.Verify(endPurpose, endMessage(cmd.Organisation, cmd.User, cmd.Reason, cmd.Incident), cmd.Expires, cmd.Signature, s.clock.Now()); err != nil {
		return problem.New(problem.Forbidden, "link_invalid", "This link does not work any more. Sign in and change your notifications in the settings.").Because(err)
	}
	ctx = tenant.AsSystem(ctx, cmd.Organisation)
	if cmd.Reason == Subscribed {
		return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
			return s.needs.Subscriptions.EndMail(ctx, tx, cmd.User, cmd.Incident)
		})
	}
	return s.prefer(ctx, cmd.User, Prefer{Reason: cmd.Reason, Method: Mail, Wanted: false})
}

// ParseEndMails reads the query of an address made for EndMails.
func ParseEndMails(query url.Values) EndMails {
	seconds, _ := strconv.ParseInt(query.Get("until"), 10, 64)
	return EndMails{
		Organisation: id.ID(query.Get("organisation")), User: id.ID(query.Get("user")), Reason: Reason(query.Get("reason")), Incident: id.ID(query.Get("incident")), Expires: time.Unix(seconds, 0), Signature: query.Get("signature"),
	}
}

func (s *Service) endAddress(ctx context.Context, user id.ID, n news) (string, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return "", err
	}
	expires := time.Unix(s.clock.Now().Add(endLife).Unix(), 0)
	about := id.ID("")
	if n.reason == Subscribed {
		about = n.incident.ID
	}
	query := url.Values{
		"organisation": {string(scope.Organisation)}, "user": {string(user)}, "reason": {string(n.reason)}, "incident": {string(about)}, "until": {strconv.FormatInt(expires.Unix(), 10)},
		"signature": {s.needs.Keys.Sign(endPurpose, endMessage(scope.Organisation, user, n.reason, about), expires)},
	}
	return s.needs.Address(ctx, "/mail/end?"+query.Encode())
}

func endMessage(organisation, user id.ID, reason Reason, about id.ID) string {
	parts := []string{string(organisation), string(user), string(reason)}
	if !about.Empty() { // mails that are out already name none
		parts = append(parts, string(about))
	}
	return strings.Join(parts, "/")
}
