package notification

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/notification/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/push"
)

// Device is a browser of the actor that shows notifications.
type Device struct {
	ID id.ID
	// Name is what it calls itself, "Firefox on Android".
	Name string
	// Endpoint is its address at its push service, by which the browser knows itself.
	Endpoint string
	Since    time.Time
}

// SubscribeDevice lets a browser show the actor's notifications; Endpoint, P256DH and Auth are from its PushSubscription.
type SubscribeDevice struct {
	Endpoint, P256DH, Auth string
	Device                 string
}

// UnsubscribeDevice ends that.
type UnsubscribeDevice struct{ Endpoint string }

// maxDevices is how many browsers one person has at most; the oldest goes when there is one more.
const maxDevices = 20

// SubscribeDevice adds a browser; one that another person of the organisation used before is the actor's from now on.
func (s *Service) SubscribeDevice(ctx context.Context, cmd SubscribeDevice) (Device, error) {
	scope, err := self(ctx)
	if err != nil {
		return Device{}, err
	}
	if err := (push.Subscription{Endpoint: cmd.Endpoint, P256dh: cmd.P256DH, Auth: cmd.Auth}).Check(); err != nil {
		return Device{}, err
	}
	name := richtext.Truncate(strings.Join(strings.Fields(strings.ToValidUTF8(cmd.Device, "")), " "), 80)
	var device Device
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q, now := db.New(tx), s.clock.Now()
		row, err := q.UpsertDevice(ctx, db.UpsertDeviceParams{
			ID: id.New(now), UserID: scope.Actor.ID, Endpoint: cmd.Endpoint, P256dh: cmd.P256DH, Auth: cmd.Auth, Device: name, CreatedAt: now,
		})
		if err != nil {
			return fmt.Errorf("subscribe a device: %w", err)
		}
		if err := q.DropOldDevices(ctx, db.DropOldDevicesParams{UserID: scope.Actor.ID, Most: maxDevices}); err != nil {
			return fmt.Errorf("drop the oldest devices: %w", err)
		}
		device = Device{ID: row.ID, Name: row.Device, Endpoint: cmd.Endpoint, Since: row.CreatedAt}
		return audit.Write(ctx, tx, now, audit.Entry{Action: "notification.device_subscribed", TargetType: "push_subscription", TargetID: row.ID, After: map[string]string{"device": row.Device}})
	})
	return device, err
}

// UnsubscribeDevice takes one of the actor's browsers away; one that is not there is fine.
func (s *Service) UnsubscribeDevice(ctx context.Context, cmd UnsubscribeDevice) error {
	scope, err := self(ctx)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		gone, err := db.New(tx).DeleteDevice(ctx, db.DeleteDeviceParams{UserID: scope.Actor.ID, Endpoint: cmd.Endpoint})
		if err != nil {
			return fmt.Errorf("unsubscribe a device: %w", err)
		}
		if gone == 0 {
			return nil
		}
		return audit.Write(ctx, tx, s.clock.Now(), audit.Entry{Action: "notification.device_unsubscribed", TargetType: "user", TargetID: scope.Actor.ID})
	})
}

// Devices lists the actor's browsers, the oldest first.
func (s *Service) Devices(ctx context.Context) ([]Device, error) {
	rows, err := s.devices(ctx)
	if err != nil {
		return nil, err
	}
	devices := make([]Device, len(rows))
	for n, row := range rows {
		devices[n] = Device{ID: row.ID, Name: row.Device, Endpoint: row.Endpoint, Since: row.CreatedAt}
	}
	return devices, nil
}

func (s *Service) devices(ctx context.Context) ([]db.DevicesRow, error) {
	scope, err := self(ctx)
	if err != nil {
		return nil, err
	}
	var rows []db.DevicesRow
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err = db.New(tx).Devices(ctx, scope.Actor.ID)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the devices: %w", err)
	}
	return rows, nil
}

// Try sends a notification to the actor's own devices and returns how many took it.
func (s *Service) Try(ctx context.Context) (int, error) {
	rows, err := s.devices(ctx)
	if err != nil {
		return 0, err
	}
	pusher, err := s.sender(ctx)
	if err != nil {
		return 0, err
	}
	address, err := s.needs.Address(ctx, "/settings/notifications")
	if err != nil {
		return 0, err
	}
	payload := push.Payload{Title: "This is how Muster reaches you", Body: "Mentions, roles and incidents look like this.", URL: address, Tag: "try", Urgency: push.High, TTL: time.Minute}
	taken, failure := 0, error(nil)
	for _, row := range rows {
		to := push.Subscription{Endpoint: row.Endpoint, P256dh: row.P256dh, Auth: row.Auth}
		if outcome, err := pusher.Send(ctx, to, payload, "try"); outcome.Result == push.Sent {
			taken++
		} else {
			failure = err
		}
	}
	if taken == 0 && failure != nil {
		return 0, problem.New(problem.Unavailable, "push_failed", "No device took the notification. Switch notifications off and on again on the device.").Because(failure)
	}
	return taken, nil
}

// PublicKey returns what browsers subscribe with, base64url.
func (s *Service) PublicKey(ctx context.Context) (string, error) {
	if _, err := self(ctx); err != nil {
		return "", err
	}
	if _, err := s.sender(ctx); err != nil {
		return "", err
	}
	return s.keys.Public, nil
}

// purpose of the seal around the private key.
const purpose = "web push"

// sender returns the pusher for the installation's keys, which are made when they are first needed.
func (s *Service) sender(ctx context.Context) (Pusher, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pusher != nil {
		return s.pusher, nil
	}
	var row db.VapidRow
	err := s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		var err error
		if row, err = q.Vapid(ctx); !postgres.None(err) {
			return err
		}
		if err := s.makeKeys(ctx, q); err != nil {
			return err
		}
		row, err = q.Vapid(ctx) // another process's where that was first
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the keys for push: %w", err)
	}
	plain, err := s.needs.Keys.Open(row.Sealed, "", purpose)
	if err != nil {
		return nil, fmt.Errorf("open the keys for push, which another secret key sealed: %w", err)
	}
	var keys push.Keys
	if err := json.Unmarshal(plain, &keys); err != nil {
		return nil, fmt.Errorf("read the keys for push: %w", err)
	}
	s.keys, s.pusher = keys, s.needs.Push(keys)
	return s.pusher, nil
}

func (s *Service) makeKeys(ctx context.Context, q *db.Queries) error {
	keys, err := push.NewKeys()
	if err != nil {
		return err
	}
	plain, err := json.Marshal(keys)
	if err != nil {
		return fmt.Errorf("write the keys for push: %w", err)
	}
	sealed, err := s.needs.Keys.Seal(plain, "", purpose)
	if err != nil {
		return err
	}
	return q.InsertVapid(ctx, db.InsertVapidParams{Public: keys.Public, Sealed: sealed, CreatedAt: s.clock.Now()})
}
