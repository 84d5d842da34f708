package slack

import (
	"context"
	"errors"
	"net"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/platform/httpx"
)

// Error is why a call did not work. It wraps chat.ErrRefused when no repetition will change it, and *chat.Later when Slack
// said when to ask again.
type Error struct {
	Method string
	Code   string // Slack's word for it; empty when Slack did not answer
	Needed string // the scope that is missing
	// Unsure says that the call may have had its effect all the same.
	Unsure bool
	kind   error
	cause  error
}

// Error tells the method and Slack's word.
func (e *Error) Error() string {
	text := "slack " + e.Method + ": " + e.cause.Error()
	if e.Needed != "" {
		text += " (it needs " + e.Needed + ")"
	}
	return text
}

// Unwrap returns what kind of error it is and its cause.
func (e *Error) Unwrap() []error {
	if e.kind == nil {
		return []error{e.cause}
	}
	return []error{e.kind, e.cause}
}

// Code returns Slack's word for an error of the client, or nothing when Slack did not answer.
func Code(err error) string {
	var failed *Error
	if errors.As(err, &failed) {
		return failed.Code
	}
	return ""
}

// outcome is what an answer says about the workspace.
type outcome string

const (
	answered   outcome = "ok"
	refused    outcome = "refused"
	revoked    outcome = "revoked"
	limited    outcome = "limited"
	unanswered outcome = "failed"
	broken     outcome = "canceled" // by us
)

// Answers that mean that Slack itself is in trouble; another time it may work.
var troubles = []string{
	"fatal_error", "internal_error", "request_timeout", "service_unavailable", "team_added_to_org", "ekm_access_denied", "slack_error",
}

// Answers that mean that the token will not work again.
var goners = []string{"account_inactive", "invalid_auth", "not_authed", "team_access_not_granted", "token_expired", "token_revoked"}

// Retries where Slack says nothing better.
const (
	limitedRest = 30 * time.Second
	revokedRest = 5 * time.Minute // people who install Muster again find what waited
)

var slackWord = regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)

// judge sorts out what became of a call.
func judge(method string, err error) (outcome, error) {
	if err == nil {
		return answered, nil
	}
	failed := &Error{Method: method, cause: httpx.WithoutAddress(err)}
	var said slack.SlackErrorResponse
	var rate *slack.RateLimitedError
	var status slack.StatusCodeError
	switch {
	case errors.As(err, &said):
		failed.Code, failed.Needed = said.Err, said.Needed
	case slackWord.MatchString(err.Error()):
		failed.Code = err.Error()
	case errors.As(err, &rate):
		failed.kind = &chat.Later{After: max(rate.RetryAfter, time.Second), Err: rate}
		return limited, failed
	case errors.As(err, &status) && status.Code == http.StatusTooManyRequests:
		failed.kind = &chat.Later{After: limitedRest, Err: status}
		return limited, failed
	case errors.As(err, &status) && (status.Code == http.StatusRequestEntityTooLarge || status.Code == http.StatusNotFound && !asked(method)):
		failed.kind = chat.ErrRefused
		return refused, failed
	case errors.Is(err, httpx.ErrTooLarge) || errors.Is(err, slack.ErrParametersMissing) || errors.Is(err, slack.ErrBlockIDNotUnique):
		failed.kind = chat.ErrRefused
		return refused, failed
	case errors.Is(err, context.Canceled):
		failed.Unsure = true
		return broken, failed
	default:
		failed.Unsure = !unsent(err)
		return unanswered, failed
	}
	switch {
	case failed.Code == "ratelimited" || failed.Code == "rate_limited":
		failed.kind = &chat.Later{After: limitedRest, Err: failed.cause}
		return limited, failed
	case slices.Contains(goners, failed.Code):
		failed.kind = &chat.Later{After: revokedRest, Err: failed.cause}
		return revoked, failed
	case slices.Contains(troubles, failed.Code):
		failed.Unsure = true
		return unanswered, failed
	default:
		failed.kind = chat.ErrRefused
		return refused, failed
	}
}

// asked reports whether a method is one of the Web API, which is always there, and not an address that was given.
func asked(method string) bool {
	return !slices.Contains([]string{"files.upload", "files.download", "response_url"}, method)
}

// unsent reports whether an error of the network came before anything was sent.
func unsent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// unsure reports whether a call that failed may have had its effect.
func unsure(err error) bool {
	var failed *Error
	return errors.As(err, &failed) && failed.Unsure
}
