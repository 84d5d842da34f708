package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/musterhq/muster/internal/platform/supervise"
	"github.com/musterhq/muster/internal/testing/browser"
	"github.com/musterhq/muster/internal/testing/installation"
)

const (
	// crowd is how many browsers follow a room, and messages how many are said in it, one a second.
	crowd    = 200
	messages = 30
	// idle is how many browsers are open and see nothing happen.
	idle = 2000
)

// crowd measures how soon two real browsers show a message in a room that two hundred follow.
func (b *bench) crowd(ctx context.Context) error {
	return b.watch(ctx, "crowd", scene{followers: crowd, messages: messages, every: time.Second})
}

// burst measures the same while everybody talks at once.
func (b *bench) burst(ctx context.Context) error {
	return b.watch(ctx, "burst", scene{messages: 250, every: 20 * time.Millisecond})
}

// scene is what goes on in a room that two browsers watch: who else follows, and how much is said how fast.
type scene struct {
	followers, messages int
	every               time.Duration
}

func (b *bench) watch(ctx context.Context, name string, s scene) error {
	where, _, err := declare(ctx, b.people[0], "A crowded room", name)
	if err != nil {
		return err
	}
	incident, err := b.find(ctx, b.here, where)
	if err != nil {
		return err
	}
	following, stop := context.WithCancel(ctx)
	defer stop()
	for n := range s.followers {
		if err := b.follow(following, b.people[n%staff], "incident:"+string(incident)); err != nil {
			return err
		}
	}
	chromium, err := browser.Start()
	if err != nil {
		return err
	}
	defer chromium.Close()
	var seen []time.Duration
	var acknowledged durations
	err = browser.Walk(name, func(t browser.Test) error {
		var tabs []*browser.Tab
		for n := range 2 {
			link, err := b.linkFor(ctx, n+1)
			if err != nil {
				return err
			}
			tab := chromium.Open(t, fmt.Sprintf("browser %d", n), b.here.URL, browser.Laptop)
			tab.Go(link)
			tab.Click("button", "Sign in")
			tab.Shows("nav a", "Home")
			tab.Go(where)
			tab.Shows("[data-client-key], .composer, textarea")
			browser.Eval[bool](tab, watchMessages)
			tabs = append(tabs, tab)
		}
		var writers errgroup.Group
		tick := time.NewTicker(s.every)
		defer tick.Stop()
		for n := range s.messages {
			writers.Go(func() error {
				took, err := say(ctx, b.people[5+n%20], where, fmt.Sprintf("sent@%d.%d@", time.Now().UnixMilli(), n), fmt.Sprintf("%s-%d", name, n))
				acknowledged.add(took)
				return err
			})
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-tick.C:
			}
		}
		if err := writers.Wait(); err != nil {
			return err
		}
		for _, tab := range tabs {
			tab.Until("all messages", fmt.Sprintf("window.taken.length >= %d", s.messages))
			for _, took := range browser.Eval[[]float64](tab, "window.taken") {
				seen = append(seen, time.Duration(took*float64(time.Millisecond)))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(seen) != 2*s.messages {
		return fmt.Errorf("two browsers showed %d messages of %d", len(seen), 2*s.messages)
	}
	note := fmt.Sprintf(", in two Chromium while %d others follow, a message every %s", s.followers, s.every)
	return errors.Join(b.spread(name+".acknowledged", acknowledged.taken, note), b.spread(name+".message_to_seen", seen, note))
}

// watchMessages notes how long each message was on its way when it is there to be seen.
const watchMessages = `(() => {
	window.taken = [];
	const known = new Set();
	new MutationObserver((changes) => {
		for (const change of changes) for (const added of change.addedNodes) {
			for (const found of (added.textContent ?? "").matchAll(/sent@(\d+)\.(\d+)@/g)) {
				if (known.has(found[2])) continue;
				known.add(found[2]);
				requestAnimationFrame(() => window.taken.push(Date.now() - Number(found[1])));
			}
		}
	}).observe(document.body, {childList: true, subtree: true});
	return true;
})()`

// linkFor makes a one-time link for one of the staff.
func (b *bench) linkFor(ctx context.Context, n int) (string, error) {
	a, err := b.here.App(ctx)
	if err != nil {
		return "", err
	}
	defer a.Close()
	link, err := a.Auth.SignInLink(ctx, fmt.Sprintf("person%d@example.test", n), "")
	if err != nil {
		return "", err
	}
	at, err := url.Parse(link)
	if err != nil {
		return "", fmt.Errorf("read a link: %w", err)
	}
	return at.RequestURI(), nil
}

// follow opens a live stream and reads it until ctx ends.
func (b *bench) follow(ctx context.Context, who *installation.Person, topic string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, who.URL+"/live?topics="+url.QueryEscape(topic), nil)
	if err != nil {
		return err
	}
	endless := *who.Client
	endless.Timeout = 0
	answer, err := endless.Do(request)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return errors.Join(fmt.Errorf("a live stream is answered with %s", answer.Status), answer.Body.Close())
	}
	supervise.Go(ctx, "follow a live stream", func(context.Context) {
		_, _ = io.Copy(io.Discard, answer.Body) // ends with ctx
		_ = answer.Body.Close()
	})
	return nil
}

// idleStreams measures what a browser costs that is open and sees nothing happen.
func (b *bench) idleStreams(ctx context.Context) error {
	where, _, err := declare(ctx, b.people[0], "A silent room", "idle")
	if err != nil {
		return err
	}
	incident, err := b.find(ctx, b.here, where)
	if err != nil {
		return err
	}
	if err := b.calm(ctx); err != nil {
		return err
	}
	before, err := resident(ctx, b.here.PID("web"))
	if err != nil {
		return err
	}
	following, stop := context.WithCancel(ctx)
	defer stop()
	for n := range idle {
		if err := b.follow(following, b.people[n%staff], "incident:"+string(incident)); err != nil {
			return fmt.Errorf("open stream %d: %w", n, err)
		}
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(3 * time.Second):
	}
	after, err := resident(ctx, b.here.PID("web"))
	if err != nil {
		return err
	}
	return b.tell("memory.per_idle_stream", (after-before)*1024/idle, "kB", fmt.Sprintf("%d streams without messages; %.0f MB before, %.0f MB with them", idle, before, after))
}
