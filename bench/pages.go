package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/organisation"
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

// The organisation is not alone, and not everything in it is over.
const (
	alive      = 100
	neighbours = 50
)

// neighbours founds other organisations with one incident each and says how it is multiplied.
func (b *bench) neighbours(ctx context.Context, incidents int) ([]bulk.Order, error) {
	a, err := b.here.App(ctx)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	var orders []bulk.Order
	for n := range neighbours {
		begun, err := a.Organisations.CreateWithOwner(ctx, organisation.CreateWithOwner{
			Name: fmt.Sprintf("Neighbour %d", n), OwnerName: "Owner", OwnerEmail: fmt.Sprintf("neighbour%d@example.test", n),
		})
		if err != nil {
			return nil, err
		}
		within := tenant.AsSystem(ctx, begun.ID)
		brief, err := a.Incidents.Declare(within, incident.Declare{Name: "Checkout is slow"})
		if err != nil {
			return nil, err
		}
		if _, err := a.Incidents.SendUpdate(within, incident.SendUpdate{Incident: brief.ID, Message: "We look."}); err != nil {
			return nil, err
		}
		orders = append(orders, bulk.Order{Organisation: begun.ID, Patterns: []id.ID{brief.ID}, Copies: incidents, Step: 3 * time.Hour})
	}
	return orders, nil
}

// pattern is an incident that is multiplied, brought to a status unless that is empty.
func (b *bench) pattern(ctx context.Context, key string, messages int, status id.ID) (id.ID, error) {
	where, err := b.story(ctx, key, messages)
	if err != nil {
		return "", err
	}
	if !status.Empty() {
		form := url.Values{"_method": {"PUT"}, "status": {string(status)}}
		if _, _, err := ask(ctx, b.people[0], http.MethodPost, where+"/status", form, http.StatusNoContent); err != nil {
			return "", err
		}
	}
	return b.find(ctx, b.here, where)
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
	severities, statuses, err := b.vocabulary(ctx)
	if err != nil {
		return nil, err
	}
	live, err := b.pattern(ctx, "live", each, "")
	if err != nil {
		return nil, err
	}
	learning, err := b.pattern(ctx, "learning", each, statuses["Documenting"])
	if err != nil {
		return nil, err
	}
	busy, err := b.story(ctx, "busy", 400)
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
	orders := []bulk.Order{
		{Organisation: b.organisation, Patterns: over, Copies: incidents, Step: 15 * time.Minute},
		{Organisation: b.organisation, Patterns: []id.ID{learning}, Copies: incidents / 50, Step: 20 * time.Minute},
		{Organisation: b.organisation, Patterns: []id.ID{live}, Copies: alive, Step: 10 * time.Minute},
	}
	around, err := b.neighbours(ctx, incidents/200)
	if err != nil {
		return nil, err
	}
	if err := bulk.Multiply(ctx, address, append(orders, around...)...); err != nil {
		return nil, err
	}
	return []shownPage{
		{"home", "/"},
		{"list", "/incidents"},
		{"list_of_status", "/incidents?status=" + string(statuses["Closed"])},
		{"list_of_rare_severity", "/incidents?severity=" + string(severities["Critical"])},
		{"list_live", "/incidents?view=live"},
		{"list_of_lead", "/incidents?lead=" + string(b.members[0])},
		{"list_mine", "/incidents?view=mine"},
		{"list_last_30_days", "/incidents?days=30"},
		{"list_searched", "/incidents?q=checkout+lisbon"},
		{"list_searched_rare", "/incidents?q=4711"},
		{"incident", fmt.Sprintf("/incidents/INC-%d", incidents/2)},
		{"incident_busy", busy},
		{"timeline_busy", busy + "/timeline"},
		{"room_history", busy + "/room/messages?before=150"},
		{"search_rare", "/search?q=lisbon+4711"},
		{"search_common", "/search?q=errors"},
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
