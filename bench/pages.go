package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/testing/bulk"
)

// look is how long each page is asked for.
const look = 3 * time.Second

// pages measures pages of an organisation with many incidents, whose rooms hold so many messages of people in all.
func (b *bench) pages(ctx context.Context, incidents, messages int) error {
	begun := time.Now()
	shown, err := b.fill(ctx, incidents, messages)
	if err != nil {
		return err
	}
	if err := b.tell("fill", time.Since(begun).Seconds(), "s", fmt.Sprintf("%d incidents, %d messages of people, loaded in bulk", incidents, messages)); err != nil {
		return err
	}
	for _, page := range shown {
		for _, browsers := range []int{1, 8} {
			if err := b.page(ctx, page, browsers); err != nil {
				return err
			}
		}
	}
	return nil
}

// shownPage is a page that is measured.
type shownPage struct{ name, path string }

func (b *bench) page(ctx context.Context, page shownPage, browsers int) error {
	for range 5 { // what is only slow once is not what is asked
		if _, _, err := ask(ctx, b.people[0], http.MethodGet, page.path, nil, http.StatusOK); err != nil {
			return err
		}
	}
	var taken durations
	size := 0
	err := abreast(browsers, look, func(worker, _ int) error {
		answer, took, err := ask(ctx, b.people[worker], http.MethodGet, page.path, nil, http.StatusOK)
		taken.add(took)
		if worker == 0 {
			size = len(answer.Body)
		}
		return err
	})
	if err != nil {
		return err
	}
	return b.spread(fmt.Sprintf("page.%s.%d_browsers", page.name, browsers), taken.taken, fmt.Sprintf(", %.0f/s, %d kB", float64(len(taken.taken))/look.Seconds(), size/1000))
}

// fill writes some incidents as people do, multiplies them, and returns the pages to look at.
func (b *bench) fill(ctx context.Context, incidents, messages int) ([]shownPage, error) {
	each := max(1, messages/incidents)
	var over []id.ID
	for n := range 6 {
		where, err := b.story(ctx, fmt.Sprintf("pattern-%d", n), each)
		if err != nil {
			return nil, err
		}
		if _, _, err := ask(ctx, b.people[n], http.MethodPost, where+"/closed", url.Values{"_method": {"PUT"}, "message": {"All is well again."}, "key": {"close"}}, http.StatusNoContent); err != nil {
			return nil, err
		}
		found, err := b.find(ctx, b.here, where)
		if err != nil {
			return nil, err
		}
		over = append(over, found)
	}
	busy, err := b.story(ctx, "busy", 400)
	if err != nil {
		return nil, err
	}
	severities, statuses, err := b.vocabulary(ctx)
	if err != nil {
		return nil, err
	}
	address, err := b.here.SuperuserURL(ctx)
	if err != nil {
		return nil, err
	}
	if err := b.calm(ctx); err != nil {
		return nil, err
	}
	order := bulk.Order{Organisation: b.organisation, Patterns: over, Copies: incidents, Step: 15 * time.Minute}
	if err := bulk.Multiply(ctx, address, order); err != nil {
		return nil, err
	}
	return []shownPage{
		{"home", "/"},
		{"list", "/incidents"},
		{"list_of_status", "/incidents?status=" + string(statuses["Closed"])},
		{"list_of_rare_severity", "/incidents?severity=" + string(severities["Critical"])},
		{"list_searched", "/incidents?q=checkout+lisbon"},
		{"list_searched_rare", "/incidents?q=4711"},
		{"incident", fmt.Sprintf("/incidents/INC-%d", incidents/2)},
		{"incident_busy", busy},
		{"timeline_busy", busy + "/timeline"},
	}, nil
}

// story is an incident from its declaration to an update, with messages.
func (b *bench) story(ctx context.Context, key string, messages int) (string, error) {
	where, _, err := declare(ctx, b.people[0], "Something is wrong, "+key, key)
	if err != nil {
		return "", err
	}
	for n := range messages {
		text := fmt.Sprintf("This is what I see, part %d: **errors** in the log since the release, and `timeout` from the pool.", n)
		if _, err := say(ctx, b.people[n%len(b.people)], where, text, fmt.Sprint(n)); err != nil {
			return "", err
		}
	}
	form := url.Values{"message": {"We know what it is and put it right."}, "next": {"0"}, "key": {key}}
	_, _, err = ask(ctx, b.people[0], http.MethodPost, where+"/updates", form, http.StatusNoContent)
	return where, err
}

func (b *bench) vocabulary(ctx context.Context) (severities, statuses map[string]id.ID, err error) {
	a, err := b.here.App(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer a.Close()
	inside := tenant.AsSystem(ctx, b.organisation)
	severities, statuses = map[string]id.ID{}, map[string]id.ID{}
	worst, err := a.Incidents.Severities(inside)
	if err != nil {
		return nil, nil, err
	}
	for _, one := range worst {
		severities[one.Name] = one.ID
	}
	all, err := a.Incidents.Statuses(inside)
	if err != nil {
		return nil, nil, err
	}
	for _, one := range all {
		statuses[one.Name] = one.ID
	}
	form := url.Values{"name": {"A rare one"}, "severity": {string(severities["Critical"])}, "key": {"rare"}}
	_, _, err = ask(ctx, b.people[0], http.MethodPost, "/incidents", form, http.StatusNoContent)
	return severities, statuses, err
}
