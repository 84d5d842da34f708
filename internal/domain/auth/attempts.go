package auth

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/httpx"
)

const (
	attemptWindow = 15 * time.Minute
	attemptLimit  = 10 // in one window, per email address and per network address
)

// attempt counts one try of a kind for each key; beyond the limit the answer is TooMany and says when to try again.
// What it counts is kept whatever comes after.
func (s *Service) attempt(ctx context.Context, keys []string) error {
	now := s.clock.Now()
	var again *time.Time
	err := s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT control.attempt($1, $2, $3, $4)", keys, now, attemptWindow, attemptLimit).Scan(&again)
	})
	if err != nil {
		return fmt.Errorf("count the attempt: %w", err)
	}
	if again == nil {
		return nil
	}
	minutes := int(math.Ceil(again.Sub(now).Minutes()))
	unit := "minutes"
	if minutes == 1 {
		unit = "minute"
	}
	return problem.New(problem.TooMany, "too_many_attempts", "Too many attempts. Try again in %d %s.", minutes, unit)
}

// refund takes a successful attempt back, so that people who sign in often are not held up.
func (s *Service) refund(ctx context.Context, keys []string) error {
	return s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT control.refund_attempt($1)", keys); err != nil {
			return fmt.Errorf("take the attempt back: %w", err)
		}
		return nil
	})
}

// keysOf are what a try is counted against: the email address, and the network address that it comes from.
func keysOf(ctx context.Context, kind, email string) []string {
	keys := []string{kind + ":email:" + email}
	if client := httpx.RequestOf(ctx).Client; client.IsValid() {
		if client.Is6() {
			if network, err := client.Prefix(64); err == nil { // one customer holds at least that much
				client = network.Addr()
			}
		}
		keys = append(keys, kind+":address:"+client.String())
	}
	return keys
}
