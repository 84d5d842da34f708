package slack

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"time"
)

// ErrUnsigned marks a request that is not from Slack, or was not just now.
var ErrUnsigned = errors.New("the request is not signed by Slack")

// freshness is how old a request may be, by Slack's advice: an older one may be sent again by somebody who saw it.
const freshness = 5 * time.Minute

// Verify checks the signature of a request with its body as received
// (https://docs.slack.dev/authentication/verifying-requests-from-slack).
func Verify(secret string, header http.Header, body []byte, now time.Time) error {
	stamp := header.Get("X-Slack-Request-Timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || secret == "" {
		return ErrUnsigned
	}
	if age := now.Sub(time.Unix(seconds, 0)); age > freshness || age < -freshness {
		return ErrUnsigned
	}
	if !hmac.Equal([]byte(Signature(secret, stamp, body)), []byte(header.Get("X-Slack-Signature"))) {
		return ErrUnsigned
	}
	return nil
}

// Signature signs a body as Slack does at a time in seconds.
func Signature(secret, stamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + stamp + ":"))
	mac.Write(body)
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}
