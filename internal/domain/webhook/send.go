package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/webhook/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/supervise"
)

const (
	// abreast is how many deliveries one endpoint gets at a time; one that fails gets one.
	abreast = 4
	// keptResponse is how many bytes of an answer are kept for those who look for what is wrong.
	keptResponse = 4096
	// longestWait is how long a receiver may ask to be left alone.
	longestWait = time.Hour
)

// answer is what came of one attempt.
type answer struct {
	url              string
	asked, responded http.Header
	at               time.Time
	took             time.Duration
	// status is 0 when there was no answer.
	status   int
	response string
	// trouble says why it did not get through; empty when it did.
	trouble string
	wait    time.Duration
}

// visit sends what is due at an endpoint until nothing is, and returns when something is due there again: the zero time
// when nothing waits.
func (s *Service) visit(ctx context.Context, endpoint id.ID) (time.Time, error) {
	for ctx.Err() == nil {
		row, claimed, err := s.claim(ctx, endpoint)
		if err != nil {
			return time.Time{}, err
		}
		if len(claimed) == 0 {
			return s.nextDue(ctx, endpoint)
		}
		var wg sync.WaitGroup
		failures := make([]error, len(claimed))
		for n, one := range claimed {
			wg.Add(1)
			supervise.Go(ctx, "send a webhook", func(ctx context.Context) {
				defer wg.Done()
				failures[n] = s.deliver(ctx, row, one)
			})
		}
		wg.Wait()
		if err := errors.Join(failures...); err != nil {
			return time.Time{}, err
		}
	}
	return time.Time{}, ctx.Err()
}

// claim takes deliveries that are due under a lease; nothing of an endpoint that is switched off.
func (s *Service) claim(ctx context.Context, endpoint id.ID) (row db.MusterWebhookEndpoint, claimed []db.MusterWebhookDelivery, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		row, err = q.Endpoint(ctx, endpoint)
		if postgres.None(err) || err == nil && row.DisabledAt != nil {
			claimed = nil
			return nil
		}
		if err != nil {
			return err
		}
		count := int32(abreast)
		if row.FailingSince != nil {
			count = 1
		}
		claimed, err = q.Claim(ctx, db.ClaimParams{Endpoint: endpoint, At: s.clock.Now(), Most: count})
		return err
	})
	if err != nil {
		return row, nil, fmt.Errorf("claim what a webhook is to be sent: %w", err)
	}
	return row, claimed, nil
}

func (s *Service) nextDue(ctx context.Context, endpoint id.ID) (next time.Time, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		next, err = db.New(tx).NextDue(ctx, endpoint)
		return err
	})
	if postgres.None(err) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("look what a webhook waits for: %w", err)
	}
	return next, nil
}

// deliver makes one attempt at a claimed delivery and writes down what came of it. A death between the two repeats it
// when the lease is over, under the same id.
func (s *Service) deliver(ctx context.Context, endpoint db.MusterWebhookEndpoint, row db.MusterWebhookDelivery) error {
	said, err := s.compose(ctx, row, endpoint)
	switch {
	case problem.Is(err, problem.NotFound):
		return s.drop(ctx, row, "What it was to tell of is gone.")
	case err != nil: // our own fault, which must not count against the receiver
		slog.ErrorContext(ctx, "a webhook could not be written and is tried again", "delivery", row.ID, "error", err)
		return s.record(ctx, row, answer{at: s.clock.Now(), trouble: "Muster could not write it; this was no fault of the receiver."}, false)
	case said.body == nil:
		return s.drop(ctx, row, "The incident has been made private, and this webhook is told nothing of that.")
	}
	got, err := s.post(ctx, endpoint, row, said.body)
	if err != nil {
		return err
	}
	return s.record(ctx, row, got, true)
}

// messageID is the id that a receiver knows a delivery by: the same at every attempt.
func messageID(delivery id.ID) string { return "msg_" + string(delivery) }

func (s *Service) post(ctx context.Context, endpoint db.MusterWebhookEndpoint, row db.MusterWebhookDelivery, body []byte) (answer, error) {
	secrets, err := s.secretsOf(ctx, endpoint)
	if err != nil {
		return answer{}, err
	}
	got := answer{url: endpoint.URL, at: s.clock.Now()}
	signature, err := sign(secrets, messageID(row.ID), got.at, body)
	if err != nil {
		return got, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint.URL, bytes.NewReader(body))
	if err != nil {
		got.trouble = "The address cannot be read."
		return got, nil
	}
	request.Header = http.Header{
		"Content-Type": {"application/json"}, "User-Agent": {"Muster-Webhooks/1"},
		"Webhook-Id": {messageID(row.ID)}, "Webhook-Timestamp": {strconv.FormatInt(got.at.Unix(), 10)}, "Webhook-Signature": {signature},
	}
	got.asked = request.Header
	begun := time.Now()
	response, err := s.needs.Client.Do(request)
	if err == nil {
		got.status, got.responded = response.StatusCode, response.Header
		text, _ := io.ReadAll(io.LimitReader(response.Body, keptResponse)) // the status has told all that matters
		got.response = tidy(string(text))
		_ = response.Body.Close()
	}
	got.took = time.Since(begun)
	if err != nil && ctx.Err() != nil { // we are stopping: the lease runs out and it is sent again
		return got, ctx.Err()
	}
	got.trouble, got.wait = judge(got, err)
	return got, nil
}

// judge says in words why an attempt did not get through, and how long the receiver wants to be left alone.
func judge(got answer, err error) (trouble string, wait time.Duration) {
	var refused *problem.Error
	var late interface{ Timeout() bool }
	switch {
	case errors.As(err, &refused):
		return refused.Message, 0
	case errors.As(err, &late) && late.Timeout():
		return fmt.Sprintf("There was no answer within %d seconds.", int(httpx.OutboundTimeout.Seconds())), 0
	case err != nil:
		return "It could not be reached: " + richtext.Truncate(tidy(httpx.WithoutAddress(err).Error()), 300), 0
	case got.status >= 200 && got.status < 300:
		return "", 0
	case got.status >= 300 && got.status < 400:
		return fmt.Sprintf("It answered %d, which leads elsewhere. Redirects are not followed: give the address where they end.", got.status), 0
	case got.status == http.StatusGone:
		return "It answered 410: it is gone and wants nothing more.", 0
	}
	if seconds, err := strconv.Atoi(got.responded.Get("Retry-After")); err == nil && seconds > 0 {
		wait = min(time.Duration(seconds)*time.Second, longestWait)
	}
	return fmt.Sprintf("It answered %d.", got.status), wait
}

// tidy keeps what a stranger answered storable.
func tidy(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "�"), "\x00", "�")
}

// drop settles a delivery of which nothing is to be sent any more.
func (s *Service) drop(ctx context.Context, row db.MusterWebhookDelivery, why string) error {
	err := s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		at := s.clock.Now()
		return db.New(tx).Settle(ctx, db.SettleParams{State: string(Dropped), DueAt: at, Trouble: why, SettledAt: &at, ID: row.ID})
	})
	if err != nil {
		return fmt.Errorf("drop a delivery: %w", err)
	}
	return nil
}

// record writes down what came of an attempt, and when there is another. Only what was sent counts for the endpoint.
func (s *Service) record(ctx context.Context, row db.MusterWebhookDelivery, got answer, sent bool) error {
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q, at := db.New(tx), s.clock.Now()
		endpoint, err := q.LockEndpoint(ctx, row.EndpointID) // before the delivery, as verbs do
		if err != nil && !postgres.None(err) {
			return fmt.Errorf("lock the webhook endpoint: %w", err)
		}
		gone := err != nil
		now, err := q.LockDelivery(ctx, row.ID)
		if postgres.None(err) { // deleted with its endpoint
			return nil
		}
		if err != nil {
			return fmt.Errorf("lock the delivery: %w", err)
		}
		if err := s.insertAttempt(ctx, q, row, got); err != nil {
			return err
		}
		if got.trouble != "" && (now.Attempts != row.Attempts || now.State != string(Waiting)) {
			return nil // another attempt has begun, or it is settled meanwhile
		}
		settled := db.SettleParams{State: string(Delivered), DueAt: now.DueAt, Status: statusOf(got), Trouble: got.trouble, SettledAt: &at, ID: row.ID}
		if got.trouble != "" {
			next, more := again(int(now.Tries), now.BegunAt, at, got.wait, s.chance())
			settled.State = string(Failed)
			if more && !now.Test && !gone {
				settled.State, settled.DueAt, settled.SettledAt = string(Waiting), next, nil
			}
		}
		if err := q.Settle(ctx, settled); err != nil {
			return fmt.Errorf("settle the delivery: %w", err)
		}
		if gone || !sent {
			return nil
		}
		return s.judgeEndpoint(ctx, tx, endpoint, now, got, State(settled.State))
	})
}

func statusOf(got answer) *int32 {
	if got.status == 0 {
		return nil
	}
	status := int32(got.status) //nolint:gosec // three digits
	return &status
}

func (s *Service) insertAttempt(ctx context.Context, q *db.Queries, row db.MusterWebhookDelivery, got answer) error {
	asked, err := json.Marshal(flat(got.asked))
	if err != nil {
		return fmt.Errorf("write the headers of a request: %w", err)
	}
	responded, err := json.Marshal(flat(got.responded))
	if err != nil {
		return fmt.Errorf("write the headers of an answer: %w", err)
	}
	err = q.InsertAttempt(ctx, db.InsertAttemptParams{
		DeliveryID: row.ID, Number: row.Attempts, IncidentID: row.IncidentID, URL: got.url, RequestHeaders: asked, At: got.at,
		TookMs: int32(min(got.took.Milliseconds(), 1<<30)), Status: statusOf(got), Trouble: got.trouble, ResponseHeaders: responded, Response: got.response, //nolint:gosec // bounded
	})
	if err != nil {
		return fmt.Errorf("write the attempt down: %w", err)
	}
	return nil
}

// mostHeaders and longestHeader bound what is kept of an answer's headers.
const mostHeaders, longestHeader = 40, 500

func flat(header http.Header) map[string]string {
	kept := map[string]string{}
	for name, values := range header {
		if len(kept) == mostHeaders {
			break
		}
		kept[tidy(name)] = richtext.Truncate(tidy(strings.Join(values, ", ")), longestHeader)
	}
	return kept
}

// judgeEndpoint keeps since when nothing gets through, and switches an endpoint off that is gone or has failed for days.
// A test that fails says nothing: somebody is trying things out.
func (s *Service) judgeEndpoint(ctx context.Context, tx pgx.Tx, endpoint db.MusterWebhookEndpoint, row db.MusterWebhookDelivery, got answer, came State) error {
	q, at := db.New(tx), s.clock.Now()
	switch {
	case got.trouble == "":
		return q.Recovered(ctx, endpoint.ID)
	case row.Test || endpoint.DisabledAt != nil || endpoint.URL != got.url:
		return nil
	case got.status == http.StatusGone:
		return s.switchOff(ctx, tx, endpoint, Gone)
	case came == Failed && dead(endpoint.FailingSince, at):
		return s.switchOff(ctx, tx, endpoint, Failing)
	}
	return q.Failing(ctx, db.FailingParams{ID: endpoint.ID, At: &at})
}

// switchOff disables an endpoint by itself and lets those know who depend on it.
func (s *Service) switchOff(ctx context.Context, tx pgx.Tx, row db.MusterWebhookEndpoint, why Why) error {
	before := shown(row)
	words := "The webhook was switched off, because nothing got through for five days."
	if why == Gone {
		words = "The webhook was switched off, because the receiver said that it is gone."
	}
	if err := s.disable(ctx, &row, why, words); err != nil {
		return err
	}
	if err := s.write(ctx, tx, &row); err != nil {
		return err
	}
	err := audit.Write(ctx, tx, s.clock.Now(), audit.Entry{Action: "webhook.switched_off", TargetType: "webhook", TargetID: row.ID, Before: before, After: shown(row)})
	if err != nil {
		return err
	}
	return s.bus.Publish(ctx, tx, SwitchedOff{Webhook: row.ID, Why: why})
}
