package escalation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/escalation/internal/db"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// pagePager hands a page to a pager. It may do so twice when it is stopped between the sending and the writing down;
// the key is the same then.
func (s *Service) pagePager(ctx context.Context, esc Escalation, inc incident.Incident, position int) error {
	t := esc.Targets[position]
	if slices.ContainsFunc(t.Attempts, func(a Attempt) bool { return !a.Resolving && a.State == attemptSent }) {
		return nil
	}
	if open, err := s.beginPage(ctx, esc, position); err != nil || !open {
		return err
	}
	result, err := s.talk(ctx, esc, inc, position, provider.page)
	if err != nil {
		return err
	}
	if err := s.recordPage(ctx, esc, position, paging, result); err != nil {
		return err
	}
	switch {
	case result.seen.acknowledged:
		return s.acknowledgedOutside(ctx, esc.ID, t.Pager, result.seen.by)
	case result.state == attemptFailed:
		return s.hurry(ctx, esc.ID, position)
	case result.state == attemptWaiting:
		return fmt.Errorf("page %s: %s", t.Kind, result.text)
	}
	if err := s.takeBack(ctx, esc.ID, inc, position); err != nil || !t.readsBack {
		return err
	}
	return s.lookAgain(ctx, esc.ID, 1)
}

// beginPage notes that a page is on its way, so that it is resolved later even if nobody lives to write down that it
// arrived. It reports whether somebody is still needed.
func (s *Service) beginPage(ctx context.Context, esc Escalation, position int) (bool, error) {
	open, target := false, esc.Targets[position]
	err := s.on(ctx, authz.EditIncidents, esc.ID, func(ctx context.Context, t turn) error {
		if open = t.esc.Open(); !open {
			return nil
		}
		err := t.q.BeginAttempt(ctx, db.BeginAttemptParams{
			EscalationID: esc.ID, Position: int32(position), Method: string(target.Kind), Target: string(target.Pager), Label: target.Name, //nolint:gosec // bounded
			IncidentID: t.inc.ID, Private: t.inc.Private, At: t.at,
		})
		if err != nil {
			return fmt.Errorf("note that a page is on its way: %w", err)
		}
		return nil
	})
	return open, err
}

// takeBack resolves a page that was on its way while somebody answered elsewhere: the pager may have been told that it
// is settled before it had it.
func (s *Service) takeBack(ctx context.Context, escalation id.ID, inc incident.Incident, position int) error {
	esc, err := s.Get(ctx, escalation)
	if err != nil || esc.Open() {
		return err
	}
	t := esc.Targets[position]
	if t.Pager.Empty() || t.State == TargetAnswered || !t.mayRing() || !s.resolves(ctx, t.Pager) {
		return nil
	}
	return s.resolvePage(ctx, esc, inc, position)
}

// mayRing reports whether a page arrived in the pager, or may have.
func (t Target) mayRing() bool {
	return slices.ContainsFunc(t.Attempts, func(a Attempt) bool { return !a.Resolving && a.State != attemptFailed })
}

func (s *Service) resolvePage(ctx context.Context, esc Escalation, inc incident.Incident, position int) error {
	result, err := s.talk(ctx, esc, inc, position, provider.resolve)
	if err == nil {
		err = s.recordPage(ctx, esc, position, resolving, result)
	}
	if err == nil && result.state == attemptWaiting {
		err = fmt.Errorf("resolve in %s: %s", esc.Targets[position].Kind, result.text)
	}
	return err
}

// talk does one thing with the pager of a target; one that is switched off or gone has failed.
func (s *Service) talk(ctx context.Context, esc Escalation, inc incident.Incident, position int, do func(provider, context.Context, page) answer) (answer, error) {
	var row db.MusterPager
	err := s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
		var err error
		row, err = q.Pager(ctx, esc.Targets[position].Pager)
		return err
	})
	switch {
	case postgres.None(err) || err == nil && row.DeletedAt != nil:
		return answer{state: attemptFailed, text: "This pager was deleted."}, nil
	case err != nil:
		return answer{}, fmt.Errorf("read the pager: %w", err)
	case row.DisabledAt != nil:
		return answer{state: attemptFailed, text: "This pager is switched off."}, nil
	}
	service, err := s.provider(ctx, row)
	if err != nil {
		return answer{}, err
	}
	told, err := s.told(ctx, esc, inc, position)
	if err != nil {
		return answer{}, err
	}
	return do(service, ctx, told), nil
}

func (s *Service) recordPage(ctx context.Context, esc Escalation, position int, act string, result answer) error {
	t := esc.Targets[position]
	return s.record(ctx, esc, position, act, 1, []db.PutAttemptParams{{
		Method: string(t.Kind), Target: string(t.Pager), Label: t.Name, State: result.state, Answer: result.text, Reference: result.reference,
	}})
}

// told is what a pager is told of an escalation.
func (s *Service) told(ctx context.Context, esc Escalation, inc incident.Incident, position int) (page, error) {
	at, err := s.needs.Address(ctx, Path(inc, esc.ID))
	if err != nil {
		return page{}, err
	}
	answerAt, err := s.acknowledgeAddress(ctx, esc.ID, position)
	if err != nil {
		return page{}, err
	}
	summary := strings.TrimSpace(inc.Reference+" "+esc.Message) + " (" + esc.Creator.Name + " calls)"
	if inc.Mode == incident.Test {
		summary = "Test: " + summary
	}
	p := page{
		Key: "muster-" + string(esc.ID), Message: esc.Message, By: esc.Creator.Name, Reference: inc.Reference, Name: inc.Name, Urgency: "warning",
		Summary: summary, URL: at, Acknowledge: answerAt, At: esc.CreatedAt,
	}
	if inc.Severity == nil {
		return p, nil
	}
	p.Severity = inc.Severity.Name
	all, err := s.needs.Incidents.Severities(ctx)
	if err != nil {
		return page{}, err
	}
	worse := 0
	for _, one := range all {
		if one.Rank > inc.Severity.Rank {
			worse++
		}
	}
	switch worse {
	case 0:
		p.Urgency = "critical"
	case 1:
		p.Urgency = "error"
	}
	return p, nil
}

const (
	// lookFor is how long after an escalation began its pagers are asked for an answer.
	lookFor = time.Hour
	// lookFirst is the first pause between two looks, lookMost the longest.
	lookFirst, lookMost = 15 * time.Second, 2 * time.Minute
)

// lookPause grows from look to look: 15 s twice, 30 s twice, a minute twice, then 2 minutes.
func lookPause(check int) time.Duration {
	return min(lookFirst<<min((check-1)/2, 10), lookMost)
}

// lookAgain sets the time of the next look at the pagers, as long as an answer would still help.
func (s *Service) lookAgain(ctx context.Context, escalation id.ID, check int) error {
	return s.on(ctx, authz.EditIncidents, escalation, func(ctx context.Context, t turn) error {
		due := t.at.Add(lookPause(check))
		if !t.esc.Open() || due.After(t.esc.CreatedAt.Add(lookFor)) {
			return nil
		}
		return s.needs.Timers.Set(ctx, t.tx, checkTimer, escalation, due)
	})
}

// checkDue lets the pagers be asked, which is no work for a transaction.
func (s *Service) checkDue(ctx context.Context, tx pgx.Tx, subject id.ID, due time.Time) error {
	q := db.New(tx)
	row, err := q.LockEscalation(ctx, subject)
	if postgres.None(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("lock the escalation: %w", err)
	}
	if state := State(row.State); state != Pending && state != Unheard {
		return nil
	}
	about := incident.About{Incident: row.IncidentID, Private: row.Private}
	return s.bus.Publish(ctx, tx, CheckDue{Call: Call{About: about, Escalation: subject}, Check: checkAfter(due.Sub(row.CreatedAt))})
}

// checkAfter counts the looks that are done by the time a look is due so long after the escalation began.
func checkAfter(since time.Duration) int {
	check := 1
	for sum := lookPause(1); sum < since; sum += lookPause(check) {
		check++
	}
	return check
}

// check asks the pagers that took a page and can tell whether somebody acknowledged.
func (s *Service) check(ctx context.Context, _ event.Record, e CheckDue) error {
	esc, err := s.Get(ctx, e.Escalation)
	if err != nil || !esc.Open() {
		return err
	}
	inc, err := s.needs.Incidents.Get(ctx, e.Incident)
	if err != nil {
		return err
	}
	for position, t := range esc.Targets {
		if !t.readsBack || !slices.ContainsFunc(t.Attempts, func(a Attempt) bool { return !a.Resolving && a.State == attemptSent }) {
			continue
		}
		found, trouble := seen{}, error(nil)
		_, err := s.talk(ctx, esc, inc, position, func(p provider, ctx context.Context, told page) answer {
			found, trouble = p.look(ctx, told)
			return answer{}
		})
		if err := errors.Join(err, trouble); err != nil {
			slog.WarnContext(ctx, "a pager does not tell who acknowledged; it is asked again", "kind", t.Kind, "escalation", esc.ID, "error", err)
			continue
		}
		if found.acknowledged {
			return s.acknowledgedOutside(ctx, esc.ID, t.Pager, found.by)
		}
	}
	return s.lookAgain(ctx, esc.ID, e.Check+1)
}

// acknowledgedOutside answers an escalation for somebody who did so in a pager and is known by the name there.
func (s *Service) acknowledgedOutside(ctx context.Context, escalation, pager id.ID, by string) error {
	scope, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	if by = brief(by); by == "" {
		by = "Somebody"
	}
	scope.Actor = tenant.Actor{Type: tenant.System, Name: richtext.Truncate(by, 100)}
	return s.on(tenant.With(ctx, scope), authz.EditIncidents, escalation, func(ctx context.Context, t turn) error {
		if !t.esc.Open() {
			return nil
		}
		return s.acknowledge(ctx, t, pager)
	})
}

func (s *Service) resolveAcknowledged(ctx context.Context, _ event.Record, e Acknowledged) error {
	// Whoever answered in a pager keeps the page there until the incident is over.
	return s.resolvePages(ctx, e.Escalation, e.Pager)
}

func (s *Service) resolveCanceled(ctx context.Context, _ event.Record, e Canceled) error {
	return s.resolvePages(ctx, e.Escalation, "")
}

func isOver(_ context.Context, _ pgx.Tx, _ event.Record, e incident.StatusChanged) (bool, error) {
	return !e.ToCategory.Ongoing(), nil
}

// resolveOver resolves what is still open in pagers when the incident is over.
func (s *Service) resolveOver(ctx context.Context, _ event.Record, e incident.StatusChanged) error {
	var open []id.ID
	err := s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
		var err error
		open, err = q.OpenPages(ctx, e.Incident)
		return err
	})
	if err != nil {
		return fmt.Errorf("list the pages that are open: %w", err)
	}
	var failed []error
	for _, one := range open {
		failed = append(failed, s.resolvePages(ctx, one, ""))
	}
	return errors.Join(failed...)
}

// resolvePages tells the pagers that took a page of the escalation, but for one, that it is settled.
func (s *Service) resolvePages(ctx context.Context, escalation, but id.ID) error {
	esc, err := s.Get(ctx, escalation)
	if err != nil {
		return err
	}
	inc, err := s.needs.Incidents.Get(ctx, esc.Incident)
	if err != nil {
		return err
	}
	var failed []error
	for position, t := range esc.Targets {
		done := slices.ContainsFunc(t.Attempts, func(a Attempt) bool { return a.Resolving && a.State != attemptWaiting })
		if t.Pager.Empty() || t.Pager == but || !t.mayRing() || done || !s.resolves(ctx, t.Pager) {
			continue
		}
		failed = append(failed, s.resolvePage(ctx, esc, inc, position))
	}
	return errors.Join(failed...)
}

// resolves reports whether a pager is to be told when a page is settled.
func (s *Service) resolves(ctx context.Context, pager id.ID) bool {
	wanted := false
	_ = s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
		row, err := q.Pager(ctx, pager)
		wanted = err == nil && row.Resolves && row.DeletedAt == nil
		return err
	})
	return wanted
}

// TestPager sends a page that says it is a test, and resolves it at once. It returns what happened in words.
func (s *Service) TestPager(ctx context.Context, pager id.ID) (string, error) {
	scope, err := tenant.Require(ctx, authz.UpdateOrganisation)
	if err != nil {
		return "", err
	}
	var row db.MusterPager
	err = s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
		var err error
		row, err = usable(ctx, q, pager)
		return err
	})
	if err != nil {
		return "", err
	}
	service, err := s.provider(ctx, row)
	if err != nil {
		return "", err
	}
	at, err := s.needs.Address(ctx, "/settings/pagers")
	if err != nil {
		return "", err
	}
	p := page{
		Key: "muster-test-" + string(id.New(s.clock.Now())), Summary: "Test from Muster by " + scope.Actor.Name, Message: "This is a test. Nobody is needed.",
		By: scope.Actor.Name, Name: "Test", Urgency: "info", URL: at, Test: true, At: s.clock.Now(),
	}
	result := service.page(ctx, p)
	if result.state != attemptSent {
		return "", problem.New(problem.Conflict, "pager_refused", "%s.", strings.TrimSuffix(result.text, "."))
	}
	words := row.Name + " took a test page."
	if resolved := service.resolve(ctx, p); resolved.state == attemptSent {
		words = row.Name + " took a test page, and it is resolved again."
	}
	if _, err := service.look(ctx, p); err != nil && Kind(row.Kind) == PagerDuty {
		return "", problem.New(problem.Conflict, "token_refused", "%s took a test page, but the REST API key was refused: acknowledgements cannot be read back.", row.Name)
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return audit.Write(ctx, tx, s.clock.Now(), audit.Entry{Action: "pager.tested", TargetType: "pager", TargetID: pager})
	})
	return words, err
}
