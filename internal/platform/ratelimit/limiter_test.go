package ratelimit

import (
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/musterhq/muster/internal/kernel/clock"
)

func TestBurstThenOneForEachInterval(t *testing.T) {
	now := clock.NewManual(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	limiter := New(Limit{Burst: 3, Every: time.Second, Keys: 10}, now)
	for n := range 3 {
		if ok, _ := limiter.Allow("a"); !ok {
			t.Fatalf("request %d of the burst was refused", n+1)
		}
	}
	if ok, retry := limiter.Allow("a"); ok || retry != time.Second {
		t.Errorf("after the burst: %v, retry in %s", ok, retry)
	}
	if ok, _ := limiter.Allow("b"); !ok {
		t.Error("another key pays for the first")
	}
	now.Advance(400 * time.Millisecond)
	if ok, retry := limiter.Allow("a"); ok || retry != 600*time.Millisecond {
		t.Errorf("too early: %v, retry in %s", ok, retry)
	}
	now.Advance(600 * time.Millisecond)
	if ok, _ := limiter.Allow("a"); !ok {
		t.Error("refused after the time that it named")
	}
}

func TestKeysAreBounded(t *testing.T) {
	limiter := New(Limit{Burst: 1, Every: time.Hour, Keys: 5}, clock.NewManual(time.Now()))
	for n := range 100 {
		limiter.Allow(strconv.Itoa(n))
	}
	if len(limiter.byKey) != 5 || limiter.recent.Len() != 5 {
		t.Errorf("%d keys remembered", len(limiter.byKey))
	}
	if ok, _ := limiter.Allow("99"); ok {
		t.Error("the key that asked last was forgotten")
	}
	if ok, _ := limiter.Allow("0"); !ok {
		t.Error("the key that asked first was kept")
	}
}

func TestNeverMoreThanBurstAndRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := clock.NewManual(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		limit := Limit{Burst: rapid.IntRange(1, 5).Draw(t, "burst"), Every: time.Second, Keys: 3}
		limiter := New(limit, now)
		begun, taken := now.Now(), 0
		for _, wait := range rapid.SliceOfN(rapid.IntRange(0, 1500), 1, 50).Draw(t, "waits") {
			now.Advance(time.Duration(wait) * time.Millisecond)
			if ok, _ := limiter.Allow("a"); ok {
				taken++
			}
		}
		if most := limit.Burst + int(now.Now().Sub(begun)/limit.Every); taken > most {
			t.Fatalf("%d taken, %d allowed", taken, most)
		}
	})
}
