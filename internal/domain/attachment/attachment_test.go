package attachment_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/attachment"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/timer"
	"github.com/musterhq/muster/internal/testing/testdb"
)

type nowhere struct{}

func (nowhere) Enqueue(context.Context, pgx.Tx, []event.Delivery) error { return nil }
func (nowhere) Signal(event.Record)                                     {}

func TestWhatPeoplePasteIsAttachedOnce(t *testing.T) {
	t.Parallel()
	d := testdb.New(t)
	clk := clock.NewManual(testdb.Start)
	organisation := d.Organisation(t, "Test organisation")
	bus := event.NewBus(d.DB, clk, nowhere{}, nowhere{})
	incidents, rooms, links := incident.New(d.DB, bus, clk, timer.New(d.DB, clk)), room.New(d.DB, bus, clk, nil), attachment.New(d.DB, bus, clk)
	links.Subscribe(bus)
	maya := tenant.With(t.Context(), tenant.Scope{
		Organisation: organisation, Actor: tenant.Actor{Type: tenant.User, ID: d.User(t, organisation, "Maya Berg", "responder"), Name: "Maya Berg"},
		Permissions: authz.Responder.Permissions(),
	})
	err := d.DB.Write(tenant.AsSystem(t.Context(), organisation), func(ctx context.Context, tx pgx.Tx) error { return incident.Found(ctx, tx, testdb.Start) })
	if err != nil {
		t.Fatal(err)
	}
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		clk.Advance(time.Minute)
	}
	var inc id.ID
	attached := func(want ...string) []attachment.Attachment {
		t.Helper()
		list, err := links.List(maya, inc)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range list {
			got = append(got, string(a.Kind)+" "+a.Name())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("attached (-want +got):\n%s", diff)
		}
		return list
	}
	brief, err := incidents.Declare(maya, incident.Declare{Name: "Payments fail", Summary: "See https://acme.pagerduty.com/incidents/Q1ABCDEF"})
	must(brief, err)
	inc = brief.ID
	say := func(key, text string) room.Message {
		t.Helper()
		m, err := rooms.Post(maya, room.Post{Incident: inc, ClientKey: key, Source: text})
		must(m, err)
		return m
	}
	said := say("1", "Fixed by https://github.com/acme/api/pull/42, as https://example.com/runbook says")
	say("2", "Look at https://github.com/acme/api/pull/42/files")
	must(rooms.Edit(maya, room.Edit{Message: said.ID, Version: said.Version, Source: "Fixed by https://github.com/acme/api/pull/43"}))
	must(incidents.SendUpdate(maya, incident.SendUpdate{Incident: inc, Message: "We talk in https://acme.zoom.us/j/98765432100?pwd=x"}))
	list := attached("pager_duty_incident PagerDuty Q1ABCDEF", "github_pull_request acme/api#42", "github_pull_request acme/api#43", "zoom_call Zoom 987 6543 2100")

	// By hand any page is attached; what is there already stays as it is.
	for range 2 {
		must(links.Attach(maya, attachment.Attach{Incident: inc, URL: " https://example.com/runbook ", Title: "Runbook"}))
	}
	must(links.Retitle(maya, attachment.Retitle{Attachment: list[3].ID, Title: " The  call "}))
	// What was removed is not brought back by pasting it again, but by hand.
	must(nil, links.Remove(maya, attachment.Remove{Attachment: list[1].ID}))
	say("3", "again https://github.com/acme/api/pull/42")
	attached("pager_duty_incident PagerDuty Q1ABCDEF", "github_pull_request acme/api#43", "zoom_call The call", "link Runbook")
	must(links.Attach(maya, attachment.Attach{Incident: inc, URL: "https://github.com/acme/api/pull/42"}))
	attached("pager_duty_incident PagerDuty Q1ABCDEF", "github_pull_request acme/api#42", "github_pull_request acme/api#43", "zoom_call The call", "link Runbook")

	if err := links.Remove(maya, attachment.Remove{Attachment: inc}); !problem.Is(err, problem.NotFound) {
		t.Errorf("removing what is not there: %v", err)
	}
	if _, err := links.Attach(maya, attachment.Attach{Incident: inc, URL: "javascript:alert(1)"}); !problem.Is(err, problem.Invalid) {
		t.Errorf("attaching a script: %v", err)
	}
}
