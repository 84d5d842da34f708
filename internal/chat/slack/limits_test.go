package slack

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/kernel/clock"
)

var start = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

func paced(patience time.Duration) (*limits, *clock.Manual) {
	now := clock.NewManual(start)
	return &limits{clock: now, patience: patience, buckets: map[string]*bucket{}}, now
}

func (c call) in(channel string) call {
	c.channel = channel
	return c
}

func called(method string) call {
	return call{team: "T", method: method}.of(context.Background())
}

// TestNoMinuteHasMoreCallsThanSlackTakes calls each method as fast as it goes for five minutes of virtual time.
func TestNoMinuteHasMoreCallsThanSlackTakes(t *testing.T) {
	for method, most := range map[string]int{"pins.add": 20, "chat.update": 50, "views.open": 100, "chat.postMessage": 300} {
		for _, priority := range []Priority{Nice, Normal, Urgent} {
			l, now := paced(0)
			c := called(method)
			c.priority = priority
			var at []time.Time
			for now.Now().Before(start.Add(5 * time.Minute)) {
				err := l.take(t.Context(), c)
				var later *chat.Later
				if errors.As(err, &later) {
					now.Advance(later.After)
					continue
				}
				at = append(at, now.Now())
			}
			for i := range at {
				if i >= most && at[i].Sub(at[i-most]) < time.Minute {
					t.Fatalf("%s: %d calls within %s", method, most+1, at[i].Sub(at[i-most]))
				}
			}
			if len(at) < 3*most {
				t.Errorf("%s at priority %d: only %d calls in five minutes of which each may have %d", method, priority, len(at), most)
			}
		}
	}
}

func TestAChannelTakesAPostASecondAfterAShortBurst(t *testing.T) {
	l, now := paced(0)
	post := called("chat.postMessage").in("C1")
	sent := 0
	for now.Now().Before(start.Add(time.Minute)) {
		if l.take(t.Context(), post) == nil {
			sent++
		} else {
			now.Advance(100 * time.Millisecond)
		}
	}
	if sent < 60 || sent > 63 {
		t.Errorf("%d posts in a minute", sent)
	}
	if err := l.take(t.Context(), post.in("C2")); err != nil {
		t.Errorf("another channel: %v", err)
	}
}

func TestWhatIsNiceLeavesRoomForWhatIsUrgent(t *testing.T) {
	l, _ := paced(0)
	c := called("views.update")
	for _, step := range []struct {
		priority Priority
		most     int
	}{{Nice, 12}, {Normal, 6}, {Urgent, 2}} {
		c.priority = step.priority
		got := 0
		for l.take(t.Context(), c) == nil {
			got++
		}
		if got != step.most {
			t.Errorf("priority %d took %d, not %d", step.priority, got, step.most)
		}
	}
}

func TestWhoWaitsIsServedByPriority(t *testing.T) {
	l := &limits{clock: clock.System{}, patience: 10 * time.Second, buckets: map[string]*bucket{}}
	fast := pace{burst: 1, perMinute: 60 * 20}
	post := call{team: "T", method: "chat.postMessage"}
	l.bucket("T chat.postMessage", fast).tokens = 0
	var mu sync.Mutex
	var order []string
	var group sync.WaitGroup
	enter := func(name string, priority Priority) {
		before := l.waiting("T chat.postMessage")
		group.Go(func() {
			c := post
			c.priority = priority
			if err := l.take(t.Context(), c); err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			order = append(order, name)
		})
		for l.waiting("T chat.postMessage") == before {
			time.Sleep(time.Millisecond)
		}
	}
	enter("nice", Nice)
	enter("first", Normal)
	enter("second", Normal)
	enter("urgent", Urgent)
	group.Wait()
	if !slices.Equal(order, []string{"urgent", "first", "second", "nice"}) {
		t.Errorf("they were served %v", order)
	}
}

// waiting counts those who wait.
func (l *limits) waiting(key string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.buckets[key].waiting)
}

func TestWhatSlackLimitsRests(t *testing.T) {
	l, now := paced(0)
	rests := func(c call) time.Duration {
		t.Helper()
		err := l.take(t.Context(), c)
		var later *chat.Later
		if err != nil && !errors.As(err, &later) {
			t.Fatal(err)
		}
		if later == nil {
			return 0
		}
		return later.After
	}
	post := called("chat.postMessage")
	l.pause(post.in("C1"), 30*time.Second)
	if got := rests(post.in("C1")); got != 30*time.Second {
		t.Errorf("the channel rests %s", got)
	}
	if got := rests(post.in("C2")); got != 0 {
		t.Errorf("another channel rests %s", got)
	}
	l.pause(post.in("C2"), 20*time.Second) // two channels: it is the workspace
	if got := rests(post.in("C3")); got != 20*time.Second {
		t.Errorf("the workspace rests %s", got)
	}
	other := post.in("C3")
	other.team = "T2"
	if got := rests(other); got != 0 {
		t.Errorf("another workspace rests %s", got)
	}
	if got := rests(called("chat.update")); got != 0 {
		t.Errorf("another method rests %s", got)
	}
	now.Advance(30 * time.Second)
	if got := rests(post.in("C1")); got != 0 {
		t.Errorf("afterwards it rests %s", got)
	}
}

func TestAWaitEndsWithItsContext(t *testing.T) {
	l := &limits{clock: clock.System{}, patience: time.Hour, buckets: map[string]*bucket{}}
	l.pause(called("chat.update"), time.Minute)
	ctx, stop := context.WithTimeout(t.Context(), time.Millisecond)
	defer stop()
	if err := l.take(ctx, called("chat.update")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it ended with %v", err)
	}
}

func TestChannelNamesFollowSlacksRules(t *testing.T) {
	for wish, want := range map[string]string{
		"INC-12 Checkout is down!": "inc-12-checkout-is-down",
		"  --Größe & Ärger--  ":    "größe-ärger",
		"障害 123":                   "障害-123",
		"Can't pay, won't pay":     "cant-pay-wont-pay",
		"a.b.c/d":                  "a-b-c-d",
		"🔥🔥":                       "incident",
		"___":                      "incident",
		"":                         "incident",
	} {
		if got := ChannelName(wish); got != want {
			t.Errorf("%q became %q, not %q", wish, got, want)
		}
	}
	long := ChannelName(strings.Repeat("payments ", 20))
	if len([]rune(long)) > mostName || strings.HasSuffix(long, "-") || !strings.HasSuffix(long, "payments") {
		t.Errorf("a long name became %q", long)
	}
	if got := numbered(long, 12); len([]rune(got)) > mostName || !strings.HasSuffix(got, "-12") {
		t.Errorf("with a number it is %q", got)
	}
}
