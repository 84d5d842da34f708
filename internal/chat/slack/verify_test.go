package slack

import (
	"net/http"
	"strconv"
	"testing"
	"time"
)

func TestOnlyRequestsThatSlackSignedJustNowPass(t *testing.T) {
	now := time.Unix(1700000000, 0)
	body := []byte("command=%2Finc&text=hello")
	signed := func(secret string, at time.Time) http.Header {
		stamp := strconv.FormatInt(at.Unix(), 10)
		return http.Header{"X-Slack-Request-Timestamp": {stamp}, "X-Slack-Signature": {Signature(secret, stamp, body)}}
	}
	for name, c := range map[string]struct {
		header http.Header
		secret string
		body   []byte
		ok     bool
	}{
		"signed now":         {signed("s3cret", now), "s3cret", body, true},
		"four minutes ago":   {signed("s3cret", now.Add(-4*time.Minute)), "s3cret", body, true},
		"six minutes ago":    {signed("s3cret", now.Add(-6*time.Minute)), "s3cret", body, false},
		"in six minutes":     {signed("s3cret", now.Add(6*time.Minute)), "s3cret", body, false},
		"another secret":     {signed("other", now), "s3cret", body, false},
		"another body":       {signed("s3cret", now), "s3cret", []byte("command=%2Finc&text=bye"), false},
		"nothing signed":     {http.Header{}, "s3cret", body, false},
		"no secret is known": {signed("", now), "", body, false},
		"no time":            {http.Header{"X-Slack-Signature": {Signature("s3cret", "", body)}}, "s3cret", body, false},
	} {
		if err := Verify(c.secret, c.header, c.body, now); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheSignatureIsSlacks(t *testing.T) {
	// The example of Slack's documents.
	body := "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
	const want = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
	if got := Signature("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", []byte(body)); got != want {
		t.Errorf("signed as %s", got)
	}
}
