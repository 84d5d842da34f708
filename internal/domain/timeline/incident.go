package timeline

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/timeline/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// Subscribe lets the log and the timeline write themselves.
func (s *Service) Subscribe(bus *event.Bus) {
	log(bus, declared, always[incident.Declared])
	log(bus, roleAssigned, func(_ incident.RoleAssigned, d Details) bool { return d.Lead && d.To != nil })
	log(bus, severityChanged, always[incident.SeverityChanged])
	log(bus, statusChanged, always[incident.StatusChanged])
	log(bus, plain[incident.Closed], always[incident.Closed])
	log(bus, plain[incident.Reopened], always[incident.Reopened])
	subscribeLifecycle(bus)
	log(bus, renamed, nil)
	log(bus, plain[incident.SummaryChanged], nil)
	log(bus, callSet, nil)
	log(bus, updateDue, nil)
	log(bus, snoozed, nil)
	log(bus, plain[incident.ReminderSkipped], nil)
	log(bus, joined, nil)
	log(bus, plain[incident.Left], nil)
	log(bus, timestampSet, nil)
	log(bus, fieldChanged, nil)
	log(bus, typeChanged, nil)
	log(bus, plain[incident.UpdateEdited], nil)
	event.Within(bus, "timeline", updateSent)
	log(bus, func(_ context.Context, _ names, e ItemAdded) (*Details, error) { return about(e.What) }, nil)
	log(bus, func(_ context.Context, _ names, e ItemHidden) (*Details, error) { return about(e.What) }, nil)
	log(bus, func(_ context.Context, _ names, e ItemShown) (*Details, error) { return about(e.What) }, nil)
	log(bus, func(_ context.Context, _ names, e ItemEdited) (*Details, error) { return about(e.What) }, nil)
	subscribeAttachments(bus)
	subscribeActions(bus)
	subscribeFollowUps(bus)
	subscribeStreams(bus)
	subscribeOutside(bus)
	subscribeRoom(bus)
	subscribeAccess(bus)
}

func about(w What) (*Details, error) { return &Details{Text: w.Text}, nil }

func joined(ctx context.Context, n names, e incident.Joined) (*Details, error) {
	to, err := n.user(ctx, e.User)
	return &Details{To: to}, err
}

// plain is the description of an event about which there is nothing more to say.
func plain[E event.Event](context.Context, names, E) (*Details, error) { return &Details{}, nil }

func declared(ctx context.Context, n names, e incident.Declared) (*Details, error) {
	severity, err := n.severities(ctx, "", e.Severity)
	if err != nil {
		return nil, err
	}
	status, err := n.statuses(ctx, "", e.Status)
	d := Details{Severity: severity, Status: status, On: !e.Message.Empty()}
	if e.Mode != incident.Standard {
		d.Mode = string(e.Mode)
	}
	return &d, err
}

func roleAssigned(ctx context.Context, n names, e incident.RoleAssigned) (*Details, error) {
	role, err := n.q.RoleNamed(ctx, e.Role)
	known, err := named(e.Role, role.Name, 0, err)
	if err != nil {
		return nil, err
	}
	d := Details{Role: known, Lead: role.RoleType == incident.RoleLead, HandedOver: e.HandedOver, Note: e.Note}
	if d.From, err = n.user(ctx, e.From); err != nil {
		return nil, err
	}
	d.To, err = n.user(ctx, e.To)
	return &d, err
}

// severityChanged leaves what an update changed to the update.
func severityChanged(ctx context.Context, n names, e incident.SeverityChanged) (*Details, error) {
	if !e.Update.Empty() {
		return nil, nil
	}
	severity, err := n.severities(ctx, e.From, e.To)
	return &Details{Severity: severity}, err
}

// statusChanged leaves what an update changed to the update, and decisions to events of their own.
func statusChanged(ctx context.Context, n names, e incident.StatusChanged) (*Details, error) {
	if !e.Update.Empty() || e.Decided {
		return nil, nil
	}
	status, err := n.statuses(ctx, e.From, e.To)
	return &Details{Status: status}, err
}

func renamed(_ context.Context, _ names, e incident.Renamed) (*Details, error) {
	return &Details{Text: e.To, Was: e.From}, nil
}

func callSet(_ context.Context, _ names, e incident.CallSet) (*Details, error) {
	return &Details{Text: e.To}, nil
}

func updateDue(_ context.Context, _ names, e incident.UpdateDue) (*Details, error) {
	return &Details{Reminder: e.Reminder}, nil
}

func snoozed(_ context.Context, _ names, e incident.ReminderSnoozed) (*Details, error) {
	return &Details{Minutes: e.Minutes}, nil
}

func timestampSet(ctx context.Context, n names, e incident.TimestampSet) (*Details, error) {
	name, err := n.q.TimestampNamed(ctx, e.Timestamp)
	known, err := named(e.Timestamp, name, 0, err)
	return &Details{Timestamp: known, Moment: e.To}, err
}

func fieldChanged(ctx context.Context, n names, e incident.FieldChanged) (*Details, error) {
	name, err := n.q.FieldNamed(ctx, e.Field)
	known, err := named(e.Field, name, 0, err)
	return &Details{Field: known, Text: e.To, Was: e.From}, err
}

func typeChanged(ctx context.Context, n names, e incident.TypeChanged) (*Details, error) {
	shift, err := shiftOf(ctx, e.From, e.To, func(ctx context.Context, kind id.ID) (*Named, error) {
		name, err := n.q.TypeNamed(ctx, kind)
		return named(kind, name, 0, err)
	})
	return &Details{Type: shift}, err
}

// updateSent writes one activity for the update and all that it changed. The item tells of the update, so that it
// shows its words.
func updateSent(ctx context.Context, tx pgx.Tx, r event.Record, e incident.UpdateSent) error {
	n := names{db.New(tx)}
	d := Details{Minutes: e.NextMinutes}
	var err error
	if d.Severity, err = n.severities(ctx, e.FromSeverity, e.ToSeverity); err != nil {
		return err
	}
	if d.Status, err = n.statuses(ctx, e.FromStatus, e.ToStatus); err != nil {
		return err
	}
	if err := writeActivity(ctx, tx, r, d); err != nil {
		return err
	}
	return addItem(ctx, tx, r, "update", e.Update, r.OccurredAt)
}
