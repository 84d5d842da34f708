package escalation

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/escalation/internal/db"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/notification"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/push"
)

// What an attempt was for, and what came of it.
const (
	paging    = "page"
	resolving = "resolve"

	attemptWaiting = "waiting"
	attemptSent    = "sent"
	attemptFailed  = "failed"
)

// reach tries a target from its turn on. Until somebody answers it goes on trying what did not get through, also when the
// next one is called and when all are: late is better than never. To ring once more is for one's own turn alone.
func (s *Service) reach(ctx context.Context, r event.Record, e TargetPaged) error {
	esc, err := s.Get(ctx, e.Escalation)
	if err != nil {
		return err
	}
	if e.Round > 1 && (esc.State != Pending || esc.Position != e.Position) {
		return nil
	}
	inc, err := s.needs.Incidents.Get(ctx, e.Incident)
	if err == nil && !esc.Open() {
		if err := s.needs.Notifications.Withdraw(ctx, r); err != nil {
			return err
		}
		return s.takeBack(ctx, esc.ID, inc, e.Position)
	}
	if err != nil || !inc.Status.Category.Ongoing() && inc.Status.Category != incident.CategoryLearning {
		return err
	}
	if esc.Targets[e.Position].Person == nil {
		return s.pagePager(ctx, esc, inc, e.Position)
	}
	return s.pagePerson(ctx, r, esc, inc, e)
}

func (s *Service) pagePerson(ctx context.Context, r event.Record, esc Escalation, inc incident.Incident, e TargetPaged) error {
	at := Path(inc, esc.ID)
	ways, failure := s.needs.Notifications.Reach(ctx, notification.Urgent{
		Event: r, Incident: inc.ID, Users: []id.ID{esc.Targets[e.Position].Person.ID}, DevicesOnly: e.Round > 1,
		Key: "escalation-" + string(esc.ID), Tag: tag(esc), Title: esc.Creator.Name + " needs you in " + called(inc), Body: esc.Message,
		Path: at, Action: "Answer the call",
		Acts: []push.Act{
			{Name: "acknowledge", Title: "Acknowledge", URL: at + "/acknowledged"},
			{Name: "lead", Title: "Acknowledge and lead", URL: at + "/acknowledged?lead=true"},
		},
	})
	var attempts []db.PutAttemptParams
	hope := false
	for _, way := range ways {
		one := db.PutAttemptParams{Method: string(way.Method), Target: way.Target, Label: way.Label, State: way.State, Answer: way.Problem}
		if way.State != attemptSent && way.State != attemptWaiting {
			one.State = attemptFailed
		}
		hope = hope || one.State != attemptFailed
		attempts = append(attempts, one)
	}
	if err := s.record(ctx, esc, e.Position, paging, e.Round, attempts); err != nil {
		return err
	}
	if failure == nil && !hope && e.Round == 1 {
		return s.hurry(ctx, esc.ID, e.Position)
	}
	return failure
}

// record writes down what came of trying a target, and says so if that is news.
func (s *Service) record(ctx context.Context, esc Escalation, position int, act string, round int, attempts []db.PutAttemptParams) error {
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q, changed := db.New(tx), int64(0)
		for _, one := range attempts {
			one.EscalationID, one.Position, one.Act, one.Round = esc.ID, int32(position), act, int32(round) //nolint:gosec // bounded
			one.IncidentID, one.Private, one.At = esc.Incident, esc.private, s.clock.Now()
			n, err := q.PutAttempt(ctx, one)
			if err != nil {
				return fmt.Errorf("write what came of an attempt: %w", err)
			}
			changed += n
		}
		if changed == 0 {
			return nil
		}
		about := incident.About{Incident: esc.Incident, Private: esc.private}
		return s.bus.Publish(ctx, tx, Attempted{Call: Call{About: about, Escalation: esc.ID}, Position: position})
	})
}

// Path leads to the page of an escalation.
func Path(inc incident.Incident, escalation id.ID) string {
	return incidentPath(inc) + "/escalations/" + string(escalation)
}

func incidentPath(inc incident.Incident) string {
	if inc.Reference == "" {
		return "/incidents/" + string(inc.ID)
	}
	return "/incidents/" + inc.Reference
}

// tag lets what a device shows of an escalation be replaced by what comes after it.
func tag(esc Escalation) string { return "escalation-" + string(esc.ID) }

func called(inc incident.Incident) string {
	switch {
	case inc.Reference == "":
		return "the tutorial"
	case inc.Mode == incident.Test:
		return inc.Reference + " (a test)"
	default:
		return inc.Reference
	}
}

// Words is the message that a form begins with: what the incident is.
func Words(inc incident.Incident) string {
	words := inc.Name
	if inc.Severity != nil {
		words = inc.Severity.Name + ": " + words
	}
	return words
}

// paged lists the people who were reached, or were tried, but for some.
func paged(esc Escalation, but ...id.ID) []id.ID {
	var users []id.ID
	for _, t := range esc.Targets {
		if t.Person != nil && t.State != TargetWaiting && !slices.Contains(but, t.Person.ID) {
			users = append(users, t.Person.ID)
		}
	}
	return users
}
