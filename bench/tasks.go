package main

import (
	"context"
	"fmt"
	"time"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/domain/escalation"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/question"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/testing/browser"
)

// tasks measures what people do most on a phone: how many taps it takes, and how long without the time to think.
func (b *bench) tasks(ctx context.Context) error {
	a, err := b.here.App(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	link, err := b.linkFor(ctx, 1)
	if err != nil {
		return err
	}
	chromium, err := browser.Start()
	if err != nil {
		return err
	}
	defer chromium.Close()
	return browser.Walk("tasks", func(t browser.Test) error {
		tab := chromium.Open(t, "phone", b.here.URL, browser.Phone)
		tab.Go(link)
		tab.Click("button", "Sign in")
		tab.Shows("nav a", "Home")
		for _, task := range []struct {
			name string
			do   func(ctx context.Context, a *app.App, tab *browser.Tab) (time.Time, error)
		}{
			{"declare", declareByHand},
			{"first_update", updateByHand},
			{"acknowledge_and_lead", b.acknowledgeByHand},
			{"answer_a_question", b.answerByHand},
			{"catch_up", b.catchUpByHand},
		} {
			begun, err := task.do(ctx, a, tab)
			if err != nil {
				return fmt.Errorf("%s: %w", task.name, err)
			}
			if err := b.tell("task."+task.name+".seconds", time.Since(begun).Seconds(), "s", "at 390 px, typing at once"); err != nil {
				return err
			}
			if err := b.tell("task."+task.name+".taps", float64(tab.Taps), "", "with the one on the notification"); err != nil {
				return err
			}
		}
		return nil
	})
}

// begin counts taps from here on; those who come by a notification have tapped once.
func begin(tab *browser.Tab, taps int) time.Time {
	tab.Taps = taps
	return time.Now()
}

func declareByHand(_ context.Context, _ *app.App, tab *browser.Tab) (time.Time, error) {
	tab.Go("/")
	begun := begin(tab, 0)
	tab.Click(".bottom__go")
	tab.Focused("#dialog input[name=name]")
	tab.Keys("Card payments fail")
	tab.Click("#dialog button", "Declare")
	tab.Shows("form[data-composer] textarea")
	return begun, nil
}

// updateByHand goes on in the room of what was just declared.
func updateByHand(_ context.Context, _ *app.App, tab *browser.Tab) (time.Time, error) {
	begun := begin(tab, 0)
	tab.Click("a", "Send update")
	tab.Focused("textarea[name=message]")
	tab.Type("Some cards are refused. We are looking.")
	tab.Click("button.btn--solid", "Send update")
	tab.Shows("form[data-composer] textarea")
	tab.Sees("Some cards are refused. We are looking.")
	return begun, nil
}

// somewhere declares an incident that somebody else leads, and acts as them.
func (b *bench) somewhere(ctx context.Context, a *app.App, leads id.ID) (context.Context, incident.Brief, error) {
	as := tenant.With(ctx, tenant.Scope{
		Organisation: b.organisation, Actor: tenant.Actor{Type: tenant.User, ID: leads, Name: "Person"}, Permissions: authz.Responder.Permissions(),
	})
	declared, err := a.Incidents.Declare(as, incident.Declare{Name: "Card payments fail"})
	return as, declared, err
}

func (b *bench) acknowledgeByHand(ctx context.Context, a *app.App, tab *browser.Tab) (time.Time, error) {
	as, declared, err := b.somewhere(ctx, a, b.members[2])
	if err != nil {
		return time.Time{}, err
	}
	called, err := a.Escalations.Escalate(as, escalation.Escalate{Incident: declared.ID, Targets: []escalation.To{{User: b.members[1]}}})
	if err != nil {
		return time.Time{}, err
	}
	if err := b.calm(ctx); err != nil {
		return time.Time{}, err
	}
	begun := begin(tab, 1)
	tab.Go("/incidents/" + declared.Reference + "/escalations/" + string(called.ID))
	tab.Click("button", "Acknowledge and take the lead")
	tab.Shows("form[data-composer] textarea")
	return begun, nil
}

func (b *bench) answerByHand(ctx context.Context, a *app.App, tab *browser.Tab) (time.Time, error) {
	_, declared, err := b.somewhere(ctx, a, b.members[1])
	if err != nil {
		return time.Time{}, err
	}
	asker := tenant.With(ctx, tenant.Scope{
		Organisation: b.organisation, Actor: tenant.Actor{Type: tenant.User, ID: b.members[3], Name: "Person 3"}, Permissions: authz.Responder.Permissions(),
	})
	asked, err := a.Questions.Ask(asker, question.Ask{Incident: declared.ID, Text: "Is anyone charged twice?", Key: "question"})
	if err != nil {
		return time.Time{}, err
	}
	begun := begin(tab, 1)
	tab.Go("/incidents/" + declared.Reference + "/questions/" + string(asked.ID) + "/answer")
	tab.Focused("textarea[name=answer]")
	tab.Keys("No. A payment that fails is never taken.")
	tab.Click("button.btn--solid", "Answer")
	tab.Shows("#brief-questions", "A payment that fails is never taken.")
	return begun, nil
}

func (b *bench) catchUpByHand(ctx context.Context, a *app.App, tab *browser.Tab) (time.Time, error) {
	as, declared, err := b.somewhere(ctx, a, b.members[2])
	if err != nil {
		return time.Time{}, err
	}
	if _, err := a.Incidents.SendUpdate(as, incident.SendUpdate{Incident: declared.ID, Message: "The release is being rolled back.", Key: "update"}); err != nil {
		return time.Time{}, err
	}
	tab.Go("/incidents/" + declared.Reference)
	begun := begin(tab, 0)
	tab.Click("[popovertarget=more-phone]")
	tab.Click("#more-phone a", "Catch me up")
	tab.Until("where it stands", "(path) => location.pathname === path", "/incidents/"+declared.Reference+"/catch-up")
	tab.Sees("The release is being rolled back.")
	return begun, nil
}
