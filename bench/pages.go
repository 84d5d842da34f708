package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/organisation"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/testing/bulk"
)

// look is how long each page is asked for.
const look = 1500 * time.Millisecond

// pages measures pages of an organisation with many incidents, whose rooms hold so many messages of people in all.
func (b *bench) pages(ctx context.Context, incidents, messages int) error {
	begun := time.Now()
	shown, err := b.fill(ctx, incidents, messages)
	if err != nil {
		return err
	}
	if err := b.tell("fill", time.Since(begun).Seconds(), "s", fmt.Sprintf("%d incidents, %d messages of people, %d other organisations, loaded in bulk", incidents, messages, neighbours)); err != nil {
		return err
	}
	for _, page := range shown {
		if err := b.page(ctx, page, 1); err != nil {
			return err
		}
		if page.crowded {
			if err := b.page(ctx, page, 8); err != nil {
				return err
			}
		}
	}
	return nil
}

// shownPage is a page that is measured; one that many look at is measured with several browsers too.
type shownPage struct {
	name, path string
	crowded    bool
}

// page tells how long the server takes for a page, which is what its log says, and how many it answers a second.
func (b *bench) page(ctx context.Context, page shownPage, browsers int) error {
	for range 5 { // what is only slow once is not what is asked
		if _, _, err := ask(ctx, b.people[0], http.MethodGet, page.path, nil, http.StatusOK); err != nil {
			return err
		}
	}
	time.Sleep(50 * time.Millisecond)
	b.here.Requests()
	var asked durations
	size := 0
	err := abreast(browsers, look, func(worker, _ int) error {
		answer, took, err := ask(ctx, b.people[worker], http.MethodGet, page.path, nil, http.StatusOK)
		asked.add(took)
		if worker == 0 {
			size = len(answer.Body)
		}
		return err
	})
	if err != nil {
		return err
	}
	time.Sleep(50 * time.Millisecond) // the log comes by way of the supervisor
	path, _, _ := strings.Cut(page.path, "?")
	var taken []time.Duration
	for _, request := range b.here.Requests() {
		if request.Path == path {
			taken = append(taken, request.Took)
		}
	}
	note := fmt.Sprintf(", time of the server; %.0f/s by %d browsers, %d kB", float64(len(asked.taken))/look.Seconds(), browsers, size/1000)
	name := "page." + page.name
	if browsers > 1 {
		name += fmt.Sprintf(".%d_browsers", browsers)
	}
	return b.spread(name, taken, note)
}

// The organisation is not alone, and not everything in it is over.
const (
	alive      = 100
	neighbours = 50
)

// neighbours founds other organisations with an incident that is over and one that is not, and says how they are multiplied.
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
		for _, one := range []struct {
			copies int
			over   bool
		}{{incidents, true}, {alive / 10, false}} {
			brief, err := a.Incidents.Declare(within, incident.Declare{Name: "Checkout is slow"})
			if err != nil {
				return nil, err
			}
			if _, err := a.Incidents.SendUpdate(within, incident.SendUpdate{Incident: brief.ID, Message: "We look."}); err != nil {
				return nil, err
			}
			if one.over {
				if _, err := a.Incidents.Close(within, incident.Close{Incident: brief.ID}); err != nil {
					return nil, err
				}
			}
			orders = append(orders, bulk.Order{Organisation: begun.ID, Patterns: []id.ID{brief.ID}, Copies: one.copies, Step: 3 * time.Hour})
		}
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
	own, err := b.vocabulary(ctx)
	if err != nil {
		return nil, err
	}
	var over []id.ID
	for n := range 6 {
		where, err := b.story(ctx, fmt.Sprintf("pattern-%d", n), each)
		if err != nil {
			return nil, err
		}
		found, err := b.find(ctx, b.here, where)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			if err := b.mark(ctx, found, own); err != nil {
				return nil, err
			}
		}
		if _, _, err := ask(ctx, b.people[n], http.MethodPost, where+"/closed", url.Values{"_method": {"PUT"}, "message": {"All is well again."}, "key": {"close"}}, http.StatusNoContent); err != nil {
			return nil, err
		}
		over = append(over, found)
	}
	live, err := b.pattern(ctx, "live", each, "")
	if err != nil {
		return nil, err
	}
	learning, err := b.pattern(ctx, "learning", each, own.statuses["Documenting"])
	if err != nil {
		return nil, err
	}
	busy, err := b.story(ctx, "busy", busyMessages)
	if err != nil {
		return nil, err
	}
	middle, err := b.middle(ctx, busy)
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
	begun := time.Now()
	if err := bulk.Multiply(ctx, address, append(orders, around...)...); err != nil {
		return nil, err
	}
	if err := b.tell("fill.copies", time.Since(begun).Seconds(), "s", "of this the copying in bulk"); err != nil {
		return nil, err
	}
	quiet := fmt.Sprintf("/incidents/INC-%d", incidents/2)
	pages := []shownPage{
		{"home", "/", true},
		{"list", "/incidents", true},
		{"incident_quiet", quiet, false},
		{"incident_busy", busy, true},
		{"region_header", busy + "/regions/header?tab=room", true},
		{"region_band", busy + "/regions/band?tab=room", false},
		{"region_tabs", busy + "/regions/tabs?tab=room", false},
		{"region_side", busy + "/regions/side?tab=room", false},
		{"brief", busy + "/brief", true},
		{"timeline", busy + "/timeline", false},
		{"log", busy + "/log", false},
		{"updates", busy + "/updates", false},
		{"catch_up", busy + "/catch-up", false},
		{"room_newest", busy + "/room/messages", true},
		{"room_middle_by_link", busy + "?message=" + string(middle), false},
		{"room_oldest", busy + "/room/messages?before=60", false},
		{"follow_ups", "/follow-ups", false},
		{"search_common", "/search?q=errors", true},
		{"search_rare", "/search?q=lisbon+4711", false},
		{"search_none", "/search?q=nobodywrotethis", false},
		{"search_of_messages", "/search?q=errors&kind=message", false},
		{"search_filtered", "/search?q=errors&severity=" + string(own.severities["Critical"]) + "&days=30", false},
		{"search_in_incident", busy + "/search?q=timeout", false},
	}
	several := url.Values{}
	for _, filter := range own.filters(b.members[0]) {
		pages = append(pages, shownPage{"list_of_" + filter.name, "/incidents?" + filter.query.Encode(), false})
		if filter.several {
			for key, values := range filter.query {
				several[key] = values
			}
		}
	}
	return append(pages, shownPage{"list_of_several", "/incidents?" + several.Encode(), false}), nil
}

// busyMessages is how much was said in the busiest room.
const busyMessages = 400

// middle finds the message in the middle of a room.
func (b *bench) middle(ctx context.Context, where string) (id.ID, error) {
	incident, err := b.find(ctx, b.here, where)
	if err != nil {
		return "", err
	}
	a, err := b.here.App(ctx)
	if err != nil {
		return "", err
	}
	defer a.Close()
	messages, _, err := a.Rooms.History(tenant.AsSystem(ctx, b.organisation), incident, busyMessages/2, 1)
	if err == nil && len(messages) == 0 {
		err = fmt.Errorf("there is no message in the middle of %s", where)
	}
	if err != nil {
		return "", err
	}
	return messages[0].ID, nil
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
