package notification

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/notification/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/mail"
	"github.com/musterhq/muster/internal/platform/push"
	"github.com/musterhq/muster/internal/platform/supervise"
)

const (
	// attempts is how often one target is tried before it is given up.
	attempts = 8
	// abreast is how many targets are being reached at a time.
	abreast = 8
	// fresh is how long a push service keeps a notification for a device that is away.
	fresh = 4 * time.Hour
)

// verdict is what came of one target.
type verdict struct {
	state string
	err   error
	// instead lets a mail take its place.
	instead bool
}

// send reaches the targets that are still waiting. The error says that some must be tried again.
func (s *Service) send(ctx context.Context, n news) error {
	var waiting []db.WaitingRow
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var err error
		waiting, err = db.New(tx).Waiting(ctx, db.WaitingParams{EventID: n.event.ID, Reason: string(n.reason)})
		return err
	})
	if err != nil {
		return fmt.Errorf("read whom to tell: %w", err)
	}
	if len(waiting) == 0 {
		return nil
	}
	var read map[id.ID]int64
	if !n.incident.ID.Empty() {
		if read, err = s.needs.Rooms.Readers(ctx, n.incident.ID); err != nil {
			return err
		}
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var failed []error
	var again atomic.Bool
	slots := make(chan struct{}, abreast)
	for _, row := range waiting {
		slots <- struct{}{}
		wg.Add(1)
		supervise.Go(ctx, "notification", func(ctx context.Context) {
			defer func() { <-slots; wg.Done() }()
			known := n.seq > 0 && read[row.UserID] >= n.seq || n.wanted != nil && !n.wanted(row.UserID, Method(row.Method))
			if err := s.reach(ctx, n, row, known, &again); err != nil {
				mu.Lock()
				failed = append(failed, err)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if again.Load() {
		failed = append(failed, s.send(ctx, n))
	}
	return errors.Join(failed...)
}

func (s *Service) reach(ctx context.Context, n news, row db.WaitingRow, known bool, again *atomic.Bool) error {
	v := verdict{state: "unwanted"}
	switch {
	case known, !row.MayKnow:
	case Method(row.Method) == Push:
		v = s.push(ctx, n, row)
	case Method(row.Method) == Slack:
		v = s.direct(ctx, n, row)
	default:
		v = s.mail(ctx, n, row)
	}
	if v.state == "waiting" && row.Attempts+1 >= attempts && !n.urgent {
		v.state = "failed"
	}
	if err := s.settle(ctx, n, row, v); err != nil {
		return err
	}
	if v.instead {
		again.Store(true)
	}
	if v.state == "waiting" {
		return v.err
	}
	return nil
}

var errGone = errors.New("the device does not take notifications any more")

func (s *Service) push(ctx context.Context, n news, row db.WaitingRow) verdict {
	if row.Endpoint == "" { // unsubscribed, or another person's by now
		return verdict{state: "unwanted", err: errors.New("the device is not subscribed any more")}
	}
	pusher, err := s.sender(ctx)
	if err != nil {
		return verdict{state: "waiting", err: err}
	}
	address, err := s.needs.Address(ctx, n.words.path)
	if err != nil {
		return verdict{state: "waiting", err: err}
	}
	payload := push.Payload{Title: n.words.title, Body: n.words.body, URL: address, Tag: n.words.tag, Urgency: push.High, TTL: fresh, Urgent: n.urgent && !n.quiet}
	for _, act := range n.words.acts {
		if act.URL, err = s.needs.Address(ctx, act.URL); err != nil {
			return verdict{state: "waiting", err: err}
		}
		payload.Acts = append(payload.Acts, act)
	}
	outcome, err := pusher.Send(ctx, push.Subscription{Endpoint: row.Endpoint, P256dh: row.P256dh, Auth: row.Auth}, payload, row.Key)
	switch outcome.Result {
	case push.Sent:
		return verdict{state: "sent"}
	case push.Gone:
		return verdict{state: "unwanted", err: errGone}
	case push.Permanent:
		return verdict{state: "failed", err: err}
	default:
		return verdict{state: "waiting", err: err}
	}
}

func (s *Service) mail(ctx context.Context, n news, row db.WaitingRow) verdict {
	letter, err := s.letter(ctx, n, row)
	if err != nil {
		return verdict{state: "waiting", err: err}
	}
	switch err := s.needs.Mail.Send(ctx, letter); {
	case err == nil:
		return verdict{state: "sent"}
	case mail.Permanent(err):
		return verdict{state: "failed", err: err}
	default:
		return verdict{state: "waiting", err: err}
	}
}
