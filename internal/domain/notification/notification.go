// Package notification reaches people who are not looking: by push to their devices, by direct messages and by mail, each thing once.
package notification

import (
	"context"
	"sync"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/customers"
	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/question"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/stream"
	"github.com/musterhq/muster/internal/domain/subscription"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/mail"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/push"
	"github.com/musterhq/muster/internal/platform/secrets"
)

// Pusher sends to one device; those with the same topic replace each other while they wait for it.
type Pusher interface {
	Send(ctx context.Context, to push.Subscription, p push.Payload, topic string) (push.Outcome, error)
}

// Needs is what the service works with.
type Needs struct {
	Incidents *incident.Service
	Actions   *action.Service
	FollowUps *followup.Service
	Rooms     *room.Service
	Customers *customers.Service
	Questions *question.Service
	Streams   *stream.Service
	// Subscriptions say who hears of an incident without taking part.
	Subscriptions *subscription.Service
	// Keys seal what push services know Muster by, and sign the addresses that end mails.
	Keys *secrets.Keys
	Mail mail.Sender
	// Push makes the sender for the installation's keys, which are made at first use.
	Push func(push.Keys) Pusher
	// Direct sends direct messages on a chat platform; nil where there is none.
	Direct Direct
	// Address makes a full address of a path in the organisation of ctx, "/incidents/12".
	Address func(ctx context.Context, path string) (string, error)
}

// Service tells people what concerns them.
type Service struct {
	db    *postgres.DB
	clock clock.Clock
	needs Needs

	mu     sync.Mutex
	keys   push.Keys
	pusher Pusher
}

// New returns the service over db.
func New(db *postgres.DB, clock clock.Clock, needs Needs) *Service {
	return &Service{db: db, clock: clock, needs: needs}
}

// Subscribe waits for what people are told of.
func (s *Service) Subscribe(bus *event.Bus) {
	urgent := []event.Option{event.On(event.Chat), event.UnsafeToClear()}
	event.After(bus, "notification.mention", s.mentionedInMessage, append(urgent, event.When(mentions))...)
	event.After(bus, "notification.mention", s.mentionedInEdit, append(urgent, event.When(newMentions))...)
	event.After(bus, "notification.mention", s.mentionedInUpdate, append(urgent, event.When(updateMentions))...)
	event.After(bus, "notification.role", s.roleGiven, append(urgent, event.When(givenByAnother))...)
	event.After(bus, "notification.role", s.streamOpened, urgent...)
	event.After(bus, "notification.role", s.streamLed, urgent...)
	event.After(bus, "notification.declared", s.declared, append(urgent, event.When(live))...)
	event.After(bus, "notification.access", s.accessRequested, urgent...)
	event.After(bus, "notification.invited", s.invited, append(urgent, event.When(calledByAnother))...)
	event.After(bus, "notification.access", s.accessGranted, append(urgent, event.When(letInByAnother))...)
	s.subscribeLifecycle(bus)
	event.After(bus, "notification.update_due", s.updateDue, urgent...)
	event.After(bus, "notification.action_due", s.actionDue, urgent...)
	event.After(bus, "notification.follow_up_due", s.followUpDue)
	event.After(bus, "notification.nudge", s.mayBeClosed, event.When(asksToClose))
	s.subscribeQuestions(bus)
	s.subscribeSubscribers(bus)
}

// self returns the scope of ctx if a person acts, on what is their own.
func self(ctx context.Context) (tenant.Scope, error) {
	scope, err := tenant.Require(ctx, authz.ViewIncidents)
	if err != nil {
		return tenant.Scope{}, err
	}
	if scope.Actor.Type != tenant.User {
		return tenant.Scope{}, problem.New(problem.Forbidden, "people_only", "Only people are notified.")
	}
	return scope, nil
}
