package escalation

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/musterhq/muster/internal/kernel/clock"
)

// webhook posts signed JSON to an address of the organisation's own.
type webhook struct {
	talker
	address string
	held    PagerSecrets
	clock   clock.Clock
}

// SignatureHeader carries the time and the signature of a webhook's body: t=1700000000,v1=hex.
const SignatureHeader = "Muster-Signature"

// Signature is what SignatureHeader holds: HMAC SHA-256 of the time in seconds, a dot and the body.
func Signature(secret string, seconds int64, body []byte) string {
	at := strconv.FormatInt(seconds, 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(at + "."))
	mac.Write(body)
	return "t=" + at + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

func (w webhook) page(ctx context.Context, p page) answer {
	event := "escalation.paged"
	if p.Test {
		event = "test"
	}
	return w.post(ctx, event, p)
}

func (w webhook) resolve(ctx context.Context, p page) answer {
	return w.post(ctx, "escalation.resolved", p)
}

// look knows of nobody: whoever stands behind a webhook answers with the page, or calls the address in it.
func (webhook) look(context.Context, page) (seen, error) { return seen{}, nil }

func (w webhook) post(ctx context.Context, event string, p page) answer {
	body, err := json.Marshal(map[string]any{
		"event": event, "key": p.Key, "summary": p.Summary, "message": p.Message, "called_by": p.By, "urgency": p.Urgency,
		"incident":        map[string]string{"reference": p.Reference, "name": p.Name, "severity": p.Severity},
		"url":             p.URL,
		"called_at":       p.At.UTC(),
		"acknowledge_url": p.Acknowledge,
	})
	if err != nil {
		return answer{state: attemptFailed, text: "The page could not be written."}
	}
	header := http.Header{"Idempotency-Key": {p.Key + "-" + event}, SignatureHeader: {Signature(w.held.Key, w.clock.Now().Unix(), body)}}
	got, err := w.send(ctx, http.MethodPost, w.address, header, body)
	a := w.judge(got, err, func(got said) string {
		if words := brief(string(got.body)); words != "" {
			return words
		}
		return "it says no more"
	})
	var reply struct {
		Acknowledged bool   `json:"acknowledged"`
		By           string `json:"by"`
	}
	got.read(&reply)
	a.seen = seen{acknowledged: reply.Acknowledged && a.state == attemptSent, by: reply.By}
	return a
}
