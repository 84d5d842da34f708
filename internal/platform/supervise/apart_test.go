package supervise_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/platform/supervise"
)

// TestOneThatHangsKeepsNoOtherWaiting has one that never ends, one that fails and one that panics beside a good one.
func TestOneThatHangsKeepsNoOtherWaiting(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	begun := map[string]chan struct{}{}
	all := []string{"hangs", "fails", "panics", "works"}
	for _, one := range all {
		begun[one] = make(chan struct{}, 100)
	}
	go supervise.Apart(ctx, "a test", time.Millisecond,
		func(context.Context) ([]string, error) { return all, nil },
		func(ctx context.Context, one string) error {
			begun[one] <- struct{}{}
			switch one {
			case "hangs":
				<-ctx.Done()
			case "fails":
				return errors.New("again")
			case "panics":
				panic("again")
			}
			return nil
		})
	for _, one := range []string{"works", "fails", "panics", "works", "fails", "panics"} {
		select {
		case <-begun[one]:
		case <-time.After(30 * time.Second):
			t.Fatalf("the one that %s did not come around", one)
		}
	}
	if n := len(begun["hangs"]); n != 1 {
		t.Errorf("the one that hangs was begun %d times", n)
	}
}
