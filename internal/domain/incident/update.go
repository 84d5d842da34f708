package incident

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/domain/audit"
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
	// Key makes a repeated sending answer with the update of the first.
	Key string
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
	if strings.TrimSpace(cmd.Message) == "" {
		all = append(all, problem.Field("message", "is_required", "Write what others should know now: what you see, and what is being done."))
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
	if !status.needed && (inc.Category == CategoryClosed || inc.Category.dismissed()) {
		return p, problem.New(problem.Conflict, "incident_over", "The incident is over. Reopen it to send another update.")
	}
	if nextMinutes > 0 && category == CategoryLive {
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
		if err := s.applyStatus(ctx, t, status, sent.Update); err != nil {
			return Sent{}, err
		}
	}
	return sent, s.setReminder(ctx, t, p.due)
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
