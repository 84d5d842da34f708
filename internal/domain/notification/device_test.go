package notification_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/musterhq/muster/internal/domain/notification"
)

func TestKeysForPushAreMadeOnceAndKept(t *testing.T) {
	o := move(t)
	var wg sync.WaitGroup
	keys := make([]string, 4)
	for n := range keys {
		wg.Go(func() {
			key, err := o.open().PublicKey(o.as("Maya")) // a process each
			if err != nil {
				t.Error(err)
			}
			keys[n] = key
		})
	}
	wg.Wait()
	if slices.Sort(keys); keys[0] == "" || keys[0] != keys[len(keys)-1] {
		t.Errorf("keys: %v", keys)
	}
}

func TestBrowserOfAnotherPersonIsTakenOver(t *testing.T) {
	o := move(t)
	o.device("Lena", "shared")
	o.device("Jonas", "shared")
	if left, err := o.service.Devices(o.as("Lena")); err != nil || len(left) != 0 {
		t.Errorf("Lena's devices: %v, %v", left, err)
	}
	if err := o.service.UnsubscribeDevice(o.as("Lena"), notification.UnsubscribeDevice{Endpoint: "https://push.test/shared"}); err != nil {
		t.Fatal(err)
	}
	if left, err := o.service.Devices(o.as("Jonas")); err != nil || len(left) != 1 {
		t.Errorf("Jonas's devices after Lena unsubscribed: %v, %v", left, err)
	}
	if taken, err := o.service.Try(o.as("Jonas")); err != nil || taken != 1 {
		t.Errorf("tried: %d, %v", taken, err)
	}
}
