package notification

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/notification/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/push"
)

// Escalated is why somebody is told that they are needed now. Nobody can switch it off, so it is not among Reasons.
const Escalated Reason = "escalation"

// Urgent is something that must reach people now, by every way they have and whatever they chose to hear of.
type Urgent struct {
	// Event is told of once, however often it is tried.
	Event    event.Record
	Incident id.ID
	Users    []id.ID
	// Quiet ones make no noise; those for DevicesOnly go nowhere else.
	Quiet, DevicesOnly bool
	// Key is what providers see again: a later one with the same key takes the place of an earlier one that waits.
	Key string
	// Title and Body are shown; Path is where they lead, Action what a letter's button says.
	Title, Body, Path, Action string
	// Tag lets a device replace an earlier notification; Acts are its buttons, their addresses paths.
	Tag  string
	Acts []push.Act
}

// Way is what came of one way to reach somebody.
type Way struct {
	User   id.ID
	Method Method
	// Target is the id of a device, or the inbox; Label names it.
	Target, Label string
	// State is waiting, sent, failed or unwanted; Problem says why it is not sent.
	State, Problem string
}

// Reach tells people what is urgent and returns what came of each way, also with an error, which says that some are
// still to be tried.
func (s *Service) Reach(ctx context.Context, u Urgent) ([]Way, error) {
	if _, err := tenant.Require(ctx, authz.EditIncidents); err != nil {
		return nil, err
	}
	inc, err := s.needs.Incidents.Get(ctx, u.Incident)
	if err != nil {
		return nil, err
	}
	failure := s.tell(ctx, news{
		reason: Escalated, event: u.Event, incident: inc, users: u.Users, urgent: true, quiet: u.Quiet, devicesOnly: u.DevicesOnly, key: u.Key,
		words: words{
			title: u.Title, body: u.Body, tag: u.Tag, path: u.Path, subject: u.Title + ": " + inc.Name, facts: facts(inc), action: u.Action, acts: u.Acts,
		},
	})
	var rows []db.WaysRow
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err = db.New(tx).Ways(ctx, db.WaysParams{EventID: u.Event.ID, Reason: string(Escalated)})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what came of it: %w", err)
	}
	ways := make([]Way, len(rows))
	for n, row := range rows {
		ways[n] = Way{User: row.UserID, Method: Method(row.Method), Target: row.Target, Label: row.Label, State: row.State, Problem: row.LastError}
	}
	return ways, failure
}

// everywhere is how somebody is reached who is needed now.
func everywhere(person db.AudienceRow, direct string, devicesOnly bool) []target {
	var out []target
	for _, device := range person.Devices {
		out = append(out, target{Push, device})
	}
	if !devicesOnly && direct != "" {
		out = append(out, target{Slack, direct})
	}
	if !devicesOnly {
		out = append(out, target{Mail, inbox})
	}
	return out
}

// Withdraw takes back what was to tell of something urgent and has not left yet: nobody is needed any more.
func (s *Service) Withdraw(ctx context.Context, told event.Record) error {
	if _, err := tenant.Require(ctx, authz.EditIncidents); err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := db.New(tx).Withdraw(ctx, db.WithdrawParams{EventID: told.ID, Reason: string(Escalated)}); err != nil {
			return fmt.Errorf("take back what was not sent: %w", err)
		}
		return nil
	})
}
