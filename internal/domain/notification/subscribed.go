package notification

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/customers"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/notification/internal/db"
	"github.com/musterhq/muster/internal/domain/subscription"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/mail"
)

// Subscribed is why somebody is told who subscribed. How is chosen with each subscription, so it is not among Reasons.
const Subscribed Reason = "subscription"

const (
	// mostMails is how many mails of subscriptions a person gets within crowded; what comes after waits for a digest.
	mostMails = 5
	crowded   = time.Hour
)

func (s *Service) subscribeSubscribers(bus *event.Bus) {
	told := []event.Option{event.UnsafeToClear()}
	event.After(bus, "notification.subscribed", s.toldDeclared, append(told, event.When(live))...)
	event.After(bus, "notification.subscribed", s.toldUpdate, told...)
	event.After(bus, "notification.subscribed", s.toldSeverity, append(told, event.When(func(_ context.Context, _ pgx.Tx, _ event.Record, e incident.SeverityChanged) (bool, error) {
		return e.Update.Empty(), nil
	}))...)
	event.After(bus, "notification.subscribed", s.toldClosed, append(told, event.When(func(_ context.Context, _ pgx.Tx, _ event.Record, e incident.Closed) (bool, error) {
		return e.Update.Empty(), nil
	}))...)
	event.After(bus, "notification.subscribed", s.toldReopened, append(told, event.When(func(_ context.Context, _ pgx.Tx, _ event.Record, e incident.Reopened) (bool, error) {
		return e.Update.Empty(), nil
	}))...)
	event.After(bus, "notification.subscribed", s.toldCustomers, append(told, event.When(func(_ context.Context, _ pgx.Tx, _ event.Record, e customers.TextChanged) (bool, error) {
		return e.Update.Empty() && !e.Removed, nil
	}))...)
	event.After(bus, "notification.digest", s.digest, told...)
}

func (s *Service) toldDeclared(ctx context.Context, r event.Record, e incident.Declared) error {
	return s.subscribed(ctx, r, e.Incident, []id.ID{e.Lead}, func(inc incident.Incident) (words, bool) {
		return words{title: called(inc) + " declared: " + inc.Name, body: inc.Summary.Excerpt(300)}, true
	})
}

func (s *Service) toldUpdate(ctx context.Context, r event.Record, e incident.UpdateSent) error {
	updates, err := s.needs.Incidents.Updates(ctx, e.Incident, 20)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(updates, func(u incident.Update) bool { return u.ID == e.Update })
	if at < 0 {
		return nil
	}
	html, plain := updates[at].Message.Mail()
	return s.subscribed(ctx, r, e.Incident, e.Mentioned, func(inc incident.Incident) (words, bool) {
		title := "Update on " + called(inc) + ": " + inc.Name
		if e.ToStatus != "" {
			title = called(inc) + " is now " + updates[at].ToStatus.Name + ": " + inc.Name
		}
		return words{title: title, body: updates[at].Message.Excerpt(300), quote: mail.Block{Quote: plain, HTML: safe(html)}}, true
	})
}

// toldSeverity tells of what got worse; that something is not so bad after all can wait for the next update.
func (s *Service) toldSeverity(ctx context.Context, r event.Record, e incident.SeverityChanged) error {
	severities, err := s.needs.Incidents.Severities(ctx)
	if err != nil {
		return err
	}
	before := slices.IndexFunc(severities, func(one incident.Severity) bool { return one.ID == e.From })
	return s.subscribed(ctx, r, e.Incident, nil, func(inc incident.Incident) (words, bool) {
		if inc.Severity == nil || (before >= 0 && severities[before].Rank >= inc.Severity.Rank) {
			return words{}, false
		}
		return words{title: called(inc) + " is now " + inc.Severity.Name + ": " + inc.Name, body: inc.Severity.Description}, true
	})
}

func (s *Service) toldClosed(ctx context.Context, r event.Record, e incident.Closed) error {
	return s.subscribed(ctx, r, e.Incident, nil, func(inc incident.Incident) (words, bool) {
		return words{title: called(inc) + " is over: " + inc.Name, body: r.Actor.Name + " closed the incident."}, true
	})
}

func (s *Service) toldReopened(ctx context.Context, r event.Record, e incident.Reopened) error {
	return s.subscribed(ctx, r, e.Incident, nil, func(inc incident.Incident) (words, bool) {
		return words{title: called(inc) + " goes on: " + inc.Name, body: r.Actor.Name + " opened the incident again."}, true
	})
}

func (s *Service) toldCustomers(ctx context.Context, r event.Record, e customers.TextChanged) error {
	return s.subscribed(ctx, r, e.Incident, nil, func(inc incident.Incident) (words, bool) {
		return words{title: "New words for customers on " + called(inc) + ": " + inc.Name, body: "What you can tell customers has changed."}, true
	})
}

// subscribed tells those who subscribed. People in passed hear of the same thing as somebody it concerns, if they do.
func (s *Service) subscribed(ctx context.Context, r event.Record, in id.ID, passed []id.ID, word func(incident.Incident) (words, bool)) error {
	inc, err := s.needs.Incidents.Get(ctx, in)
	if err != nil {
		return err
	}
	w, worth := word(inc)
	if !worth {
		return nil
	}
	told, err := s.needs.Customers.Get(ctx, in)
	if err != nil {
		return err
	}
	n := news{reason: Subscribed, event: r, incident: inc, seq: r.Seq, words: w}
	n.words.tag, n.words.path, n.words.action = "updates-"+string(in), path(inc)+"/brief", "See how it stands"
	n.words.subject = subjectOf(inc)
	n.words.facts = facts(inc)
	if told.Text != "" {
		n.words.facts = append(n.words.facts, mail.Fact{Name: "You can tell customers", Value: told.Text})
	}
	n.words.next = inc.NextUpdateDueAt
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		planned, err := db.New(tx).Planned(ctx, db.PlannedParams{EventID: r.ID, Reason: string(Subscribed)})
		if err != nil || planned {
			return err
		}
		return s.planSubscribed(ctx, tx, n, passed)
	})
	if err != nil {
		return err
	}
	// Who ended it, or may not see the incident any more since it was planned, gets nothing.
	var members []subscription.Member
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		members, err = s.needs.Subscriptions.Members(ctx, tx, in)
		return err
	})
	if err != nil {
		return err
	}
	n.wanted = func(user id.ID, by Method) bool {
		return slices.ContainsFunc(members, func(m subscription.Member) bool {
			return m.User == user && (m.Push && (by == Push || by == Slack) || m.Mail && by == Mail)
		})
	}
	return s.send(ctx, n)
}

func (s *Service) planSubscribed(ctx context.Context, tx pgx.Tx, n news, passed []id.ID) error {
	members, err := s.needs.Subscriptions.Members(ctx, tx, n.incident.ID)
	if err != nil || len(members) == 0 {
		return err
	}
	users := make([]id.ID, len(members))
	for at, m := range members {
		users[at] = m.User
	}
	q := db.New(tx)
	people, err := q.Audience(ctx, db.AudienceParams{Reason: string(Mentioned), Users: id.Strings(users), Private: n.incident.Private, IncidentID: n.incident.ID})
	if err != nil {
		return fmt.Errorf("find whom to tell: %w", err)
	}
	direct, err := s.reachable(ctx, people)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	for _, person := range people {
		m := members[slices.Index(users, person.ID)]
		if (n.event.Actor.Type == tenant.User && person.ID == n.event.Actor.ID) || (slices.Contains(passed, person.ID) && len(targets(Mentioned, person, direct[person.ID])) > 0) {
			continue
		}
		var out []target
		if m.Push {
			for _, device := range person.Devices {
				out = append(out, target{Push, device})
			}
			if at := direct[person.ID]; at != "" && len(out) == 0 {
				out = append(out, target{Slack, at})
			}
		}
		if m.Mail {
			later := m.Pace != subscription.Immediate
			if !later {
				recent, err := q.RecentMails(ctx, db.RecentMailsParams{UserID: person.ID, Reason: string(Subscribed), After: now.Add(-crowded)})
				if err != nil {
					return fmt.Errorf("count the mails of the last hour: %w", err)
				}
				later = recent >= mostMails
			}
			if later {
				if err := s.needs.Subscriptions.Later(ctx, tx, m, incident.About{Incident: n.incident.ID, Private: n.incident.Private}, n.event.ID); err != nil {
					return err
				}
			} else {
				out = append(out, target{Mail, inbox})
			}
		}
		if err := s.planFor(ctx, q, n, person.ID, out, now); err != nil {
			return err
		}
	}
	return nil
}

// subjectOf is what every letter about an incident is called, so that they stay together in an inbox.
func subjectOf(inc incident.Incident) string {
	subject := inc.Name
	if inc.Severity != nil {
		subject = inc.Severity.Name + ": " + subject
	}
	if inc.Reference != "" {
		subject = called(inc) + " " + subject
	}
	return subject
}

// nextFact says when the next update comes, in the reader's own time.
func nextFact(at *time.Time, zone string) []mail.Fact {
	if at == nil {
		return nil
	}
	place, err := time.LoadLocation(zone)
	if err != nil {
		place = time.UTC
	}
	return []mail.Fact{{Name: "Next update", Value: at.In(place).Format("15:04 MST")}}
}
