package incident

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// SendUpdate tells everyone where things stand.
type SendUpdate struct {
	Incident id.ID
	Message  string
	// Status and Severity change along with it when they are given.
	Status, Severity id.ID
	// NextMinutes promises the next update; 0 promises none, and ends an earlier promise.
	NextMinutes int
	// Fields are answers to the custom fields of the form.
	Fields form.Values
	// Gaps lets the incident end by it though fields are missing that must be known before.
	Gaps bool
	// Saw is the last update that the writer knew of, empty for none: whoever was overtaken is told. Nil is not checked.
	Saw *id.ID
	// Key makes a repeated sending answer with the update of the first.
	Key string
}

// Overtaken tells a writer that somebody sent an update while they wrote theirs, so that they can decide. It is a
// Conflict problem with the code "overtaken".
type Overtaken struct {
	// By is the update that was sent meanwhile, the last one of the incident.
	By Update
}

// Error returns the sentence for people.
func (e *Overtaken) Error() string { return e.problem().Error() }

// Unwrap returns the problem that surfaces translate.
func (e *Overtaken) Unwrap() error { return e.problem() }

func (e *Overtaken) problem() *problem.Error {
	return problem.New(problem.Conflict, "overtaken", "%s sent an update while you wrote yours. Read theirs; yours is kept, and is sent when you send it again.", e.By.Author.Name)
}

// Sent is what sending an update answers.
type Sent struct {
	Update id.ID
	// Existing tells that the key was used before and nothing was sent now.
	Existing bool
}

// maxNext is the longest promise: a week.
const maxNext = 7 * 24 * 60

// SendUpdate sends an update, changes what it says it changes, and sets the clock for the next.
func (s *Service) SendUpdate(ctx context.Context, cmd SendUpdate) (Sent, error) {
	cmd.Key = clean(cmd.Key)
	if err := checkUpdate(cmd); err != nil {
		return Sent{}, err
	}
	var sent Sent
	err := s.on(ctx, authz.EditIncidents, cmd.Incident, new(Outcome), func(ctx context.Context, t turn) error {
		var err error
		sent, err = s.send(ctx, t, cmd)
		return err
	})
	return sent, err
}

func checkUpdate(cmd SendUpdate) error {
	var all problem.List
	if strings.TrimSpace(cmd.Message) == "" && cmd.Status.Empty() && cmd.Severity.Empty() {
		all = append(all, needsWords())
	}
	all = append(all, problem.All(checkText("message", cmd.Message))...)
	if cmd.NextMinutes < 0 || cmd.NextMinutes > maxNext {
		all = append(all, problem.Field("next_update_in", "out_of_range", "The next update is promised in 1 minute to 7 days, or not at all."))
	}
	return all.Err()
}

// plan is what an update comes to.
type plan struct {
	status   move
	severity shift
	due      *time.Time
}

func decideUpdate(inc Held, status move, severity shift, nextMinutes int, at time.Time) (plan, error) {
	p := plan{status: status, severity: severity}
	category := inc.Category
	if status.needed {
		category = status.to.Category
	}
	if !status.needed && inc.Category.over() {
		return p, problem.New(problem.Conflict, "incident_over", "The incident is over. Reopen it to send another update.")
	}
	if nextMinutes > 0 && category == CategoryLive && (!inc.Quiet || severity.wakens) { // in a quiet one nobody would be reminded
		due := at.Add(time.Duration(nextMinutes) * time.Minute)
		p.due = &due
	}
	return p, nil
}

func (s *Service) send(ctx context.Context, t turn, cmd SendUpdate) (Sent, error) {
	if cmd.Key != "" { // the incident is locked, so the first one with this key is either here or not begun
		known, err := t.q.UpdateByKey(ctx, db.UpdateByKeyParams{IncidentID: t.inc.ID, Key: cmd.Key})
		if err == nil {
			return Sent{Update: known, Existing: true}, nil
		}
		if !postgres.None(err) {
			return Sent{}, fmt.Errorf("look for the idempotency key: %w", err)
		}
	}
	if err := overtaken(ctx, t, cmd.Saw); err != nil {
		return Sent{}, err
	}
	var status move
	var severity shift
	var err error
	if !cmd.Status.Empty() {
		if status, err = statusMove(ctx, t, cmd.Status); err != nil {
			return Sent{}, err
		}
	}
	if !cmd.Severity.Empty() {
		if severity, err = severityChange(ctx, t, cmd.Severity); err != nil {
			return Sent{}, err
		}
	}
	p, err := decideUpdate(t.inc, status, severity, cmd.NextMinutes, t.at)
	if err != nil {
		return Sent{}, err
	}
	if cmd.Message, err = spoken(ctx, t, cmd.Message, p); err != nil {
		return Sent{}, err
	}
	moment := form.Update
	if p.status.closes {
		moment = form.Resolve
	}
	if err := s.fillIn(ctx, t, moment, t.inc.as(p.status.to.ID, p.severity.to), ending(t.inc, p.status), cmd.Fields, cmd.Gaps); err != nil {
		return Sent{}, err
	}
	sent, err := s.writeUpdate(ctx, t, cmd, p)
	if err != nil {
		return Sent{}, err
	}
	if severity.to != "" {
		if err := s.applySeverity(ctx, t, severity, sent.Update); err != nil {
			return Sent{}, err
		}
	}
	if status.needed {
		if err := s.applyStatus(ctx, t, status, because{update: sent.Update}); err != nil {
			return Sent{}, err
		}
	}
	if t.inc.Category == CategoryPaused && !status.needed { // it keeps what was promised before the pause, and promises anew
		return sent, holdPromise(ctx, t, cmd.NextMinutes > 0, time.Duration(cmd.NextMinutes)*time.Minute)
	}
	return sent, s.setReminder(ctx, t, p.due)
}

// overtaken compares the last update that a writer knew of with the one that there is.
func overtaken(ctx context.Context, t turn, saw *id.ID) error {
	if saw == nil {
		return nil
	}
	last, err := t.q.LastUpdateID(ctx, t.inc.ID)
	if err != nil {
		return fmt.Errorf("read the last update: %w", err)
	}
	if last == *saw || last.Empty() {
		return nil
	}
	updates, err := readUpdates(ctx, t.q, db.UpdatesParams{IncidentID: t.inc.ID, UpdateID: optional(string(last)), Count: 1})
	if err != nil || len(updates) == 0 {
		return err
	}
	return &Overtaken{By: updates[0]}
}

// spoken gives an update that only changes something the words for it, so that it can be read wherever updates are.
func spoken(ctx context.Context, t turn, message string, p plan) (string, error) {
	if strings.TrimSpace(message) != "" {
		return message, nil
	}
	var severity, status string
	if p.severity.to != "" {
		row, err := t.q.SeverityByID(ctx, p.severity.to)
		if err != nil {
			return "", fmt.Errorf("read the severity: %w", err)
		}
		severity = row.Name
	}
	if p.status.needed {
		status = p.status.to.Name
	}
	if words := changed(severity, status); words != "" {
		return words, nil
	}
	return "", needsWords()
}

// changed words a change of severity and of status, each empty when there is none.
func changed(severity, status string) string {
	switch {
	case severity != "" && status != "":
		return "The severity is now " + severity + ", and the status " + status + "."
	case severity != "":
		return "The severity is now " + severity + "."
	case status != "":
		return "The status is now " + status + "."
	default:
		return ""
	}
}

func needsWords() *problem.Error {
	return problem.Field("message", "is_required", "Write what others should know now: what you see, and what is being done.")
}

func (s *Service) writeUpdate(ctx context.Context, t turn, cmd SendUpdate, p plan) (Sent, error) {
	document, err := ReadText(ctx, t.tx, cmd.Message)
	if err != nil {
		return Sent{}, err
	}
	seq, err := event.Next(ctx, t.tx, t.inc.ID)
	if err != nil {
		return Sent{}, err
	}
	sent := UpdateSent{About: t.inc.About(), Update: id.New(t.at), Mentioned: document.Mentions(), FromSeverity: p.severity.from, ToSeverity: p.severity.to}
	row := db.InsertUpdateParams{
		ID: sent.Update, IncidentID: t.inc.ID, Private: t.inc.Private, Seq: seq, IdempotencyKey: optional(cmd.Key),
		MessageSource: document.Source, Message: document.JSON(), MessageFormat: richtext.Version,
		ToStatusID: t.inc.Status, FromSeverityID: p.severity.from, ToSeverityID: p.severity.to,
		AuthorType: string(t.scope.Actor.Type), AuthorID: t.scope.Actor.ID, AuthorName: t.scope.Actor.Name, At: t.at,
	}
	if p.status.needed {
		row.FromStatusID, row.ToStatusID = t.inc.Status, p.status.to.ID
		sent.FromStatus, sent.ToStatus = t.inc.Status, p.status.to.ID
	}
	if p.due != nil {
		minutes := int32(cmd.NextMinutes)
		row.NextUpdateMinutes, sent.NextMinutes = &minutes, cmd.NextMinutes
	}
	if _, err := t.q.InsertUpdate(ctx, row); err != nil {
		return Sent{}, fmt.Errorf("write the update: %w", err)
	}
	if err := t.q.SetLastUpdate(ctx, db.SetLastUpdateParams{LastUpdateID: sent.Update, At: t.at, ID: t.inc.ID}); err != nil {
		return Sent{}, fmt.Errorf("point to the last update: %w", err)
	}
	err = audit.Write(ctx, t.tx, t.at, audit.Entry{
		Action: "incident.update_sent", TargetType: "incident_update", TargetID: sent.Update, Incident: t.inc.ID, Private: t.inc.Private,
		After: map[string]any{"message": document.Source, "next_update_in": sent.NextMinutes},
	})
	if err != nil {
		return Sent{}, err
	}
	return Sent{Update: sent.Update}, s.bus.Publish(ctx, t.tx, sent)
}
