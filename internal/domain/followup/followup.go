// Package followup keeps what is to be done after an incident.
package followup

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/followup/internal/db"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Status is how far a follow-up is.
type Status string

// The statuses; a deleted follow-up is kept for the log and shown nowhere.
const (
	Outstanding Status = "outstanding"
	Done        Status = "completed"
	Dropped     Status = "not_doing"
	Gone        Status = "deleted"
)

// Priority is how soon a follow-up matters; empty for nobody said.
type Priority string

// The priorities.
const (
	High   Priority = "high"
	Medium Priority = "medium"
	Low    Priority = "low"
)

// Priorities lists the priorities, the most urgent first.
func Priorities() []Priority { return []Priority{High, Medium, Low} }

// Label is what people call the priority.
func (p Priority) Label() string {
	if p == "" {
		return "No priority"
	}
	return strings.ToUpper(string(p[:1])) + string(p[1:])
}

// FollowUp is one thing to do after an incident.
type FollowUp struct {
	ID, Incident id.ID
	// IncidentReference and IncidentName are those of the incident.
	IncidentReference, IncidentName string
	Title, Description              string
	Status                          Status
	Priority                        Priority
	Labels                          []string
	Assignee                        *incident.Person
	// Due is the day by the end of which it is to be done, at midnight UTC; nil for none.
	Due         *time.Time
	Action      id.ID
	Message     id.ID
	Creator     tenant.Actor
	CompletedAt *time.Time
	Version     int32
	CreatedAt   time.Time
}

// Service runs the verbs and reads of follow-ups.
type Service struct {
	db    *postgres.DB
	bus   *event.Bus
	clock clock.Clock
}

// New returns the service.
func New(db *postgres.DB, bus *event.Bus, clock clock.Clock) *Service {
	return &Service{db: db, bus: bus, clock: clock}
}

// Words are what can be said of a follow-up.
type Words struct {
	Title, Description string
	Priority           Priority
	Labels             []string
	Assignee           id.ID
	Due                *time.Time
}

// Create adds a follow-up to an incident.
type Create struct {
	Incident id.ID
	Words
	// Action is the action that it comes from, of which there is one follow-up at most; Message the room's message.
	Action, Message id.ID
	// Key makes a repeated creation answer with the follow-up of the first.
	Key string
}

// Edit changes what is said of a follow-up; Version is the one that the editor saw, 0 for any.
type Edit struct {
	FollowUp id.ID
	Words
	Version int32
}

// Assign gives a follow-up to somebody, or to nobody.
type Assign struct{ FollowUp, Assignee id.ID }

// Move sets how far a follow-up is: done, not doing, outstanding again, or gone.
type Move struct {
	FollowUp id.ID
	To       Status
}

const (
	maxTitle, maxDescription = 200, 10_000
	maxLabels, maxLabel      = 10, 40
)

// checked tidies what was written and names what is wrong with it.
func checked(w Words) (Words, error) {
	clean := func(text string) string {
		return strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "\uFFFD"))
	}
	w.Title, w.Description = strings.Join(strings.Fields(clean(w.Title)), " "), clean(w.Description)
	var labels []string
	for _, label := range w.Labels {
		if label = strings.ToLower(strings.Join(strings.Fields(clean(label)), " ")); label != "" && !slices.Contains(labels, label) {
			labels = append(labels, label)
		}
	}
	w.Labels = labels
	switch {
	case w.Title == "":
		return w, problem.Field("title", "is_required", "Write what is to be done.")
	case utf8.RuneCountInString(w.Title) > maxTitle:
		return w, problem.Field("title", "too_long", "A title has %d characters at most; the rest goes into the description.", maxTitle)
	case utf8.RuneCountInString(w.Description) > maxDescription:
		return w, problem.Field("description", "too_long", "A description has %d characters at most.", maxDescription)
	case w.Priority != "" && !slices.Contains(Priorities(), w.Priority):
		return w, problem.Field("priority", "unknown", "Choose high, medium or low.")
	case len(labels) > maxLabels:
		return w, problem.Field("labels", "too_many", "A follow-up has %d labels at most.", maxLabels)
	case slices.ContainsFunc(labels, func(l string) bool { return utf8.RuneCountInString(l) > maxLabel }):
		return w, problem.Field("labels", "too_long", "A label has %d characters at most.", maxLabel)
	}
	return w, nil
}

func day(at *time.Time) pgtype.Date {
	if at == nil {
		return pgtype.Date{}
	}
	return pgtype.Date{Time: *at, Valid: true}
}

// Excerpt are the words of a follow-up that is made from a message: its beginning is the title, and when that is not all
// the message is the description.
func Excerpt(message string) Words {
	if all := []rune(message); len(all) > maxTitle {
		return Words{Title: string(all[:maxTitle-1]) + "…", Description: message}
	}
	return Words{Title: message}
}

// Create adds a follow-up, or returns the one that the same key, or the same action, made.
func (s *Service) Create(ctx context.Context, cmd Create) (FollowUp, error) {
	scope, err := tenant.Require(ctx, authz.CreateActions)
	if err != nil {
		return FollowUp{}, err
	}
	if cmd.Words, err = checked(cmd.Words); err != nil {
		return FollowUp{}, err
	}
	if utf8.RuneCountInString(cmd.Key) > 200 || strings.ContainsRune(cmd.Key, 0) {
		return FollowUp{}, problem.Field("idempotency_key", "invalid", "An idempotency key is text of 200 characters at most.")
	}
	var made FollowUp
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q, at := db.New(tx), s.clock.Now()
		// The lock on the incident makes a second creation with the same key wait for the first.
		inc, err := incident.Lock(ctx, tx, cmd.Incident)
		if err != nil {
			return err
		}
		known, err := before(ctx, q, inc, cmd)
		if err != nil {
			return err
		}
		if !known.Empty() {
			made, err = read(ctx, q, known)
			return err
		}
		if err := mayDo(ctx, tx, inc, cmd.Assignee, at); err != nil {
			return err
		}
		row := db.InsertParams{
			ID: id.New(at), IncidentID: inc.ID, Private: inc.Private, Title: cmd.Title, Description: cmd.Description, Priority: string(cmd.Priority),
			Labels: append([]string{}, cmd.Labels...), AssigneeID: cmd.Assignee, DueOn: day(cmd.Due), ActionID: cmd.Action, MessageID: cmd.Message,
			CreatorType: string(scope.Actor.Type), CreatorID: scope.Actor.ID, CreatorName: scope.Actor.Name, At: at,
		}
		if cmd.Key != "" {
			row.IdempotencyKey = &cmd.Key
		}
		if err := q.Insert(ctx, row); err != nil {
			return fmt.Errorf("write the follow-up: %w", err)
		}
		err = audit.Write(ctx, tx, at, audit.Entry{
			Action: "follow_up.created", TargetType: "follow_up", TargetID: row.ID, Incident: inc.ID, Private: inc.Private,
			After: map[string]any{"title": cmd.Title, "assignee": cmd.Assignee, "priority": cmd.Priority, "labels": cmd.Labels},
		})
		if err != nil {
			return err
		}
		what := What{About: inc.About(), FollowUp: row.ID, Title: cmd.Title}
		if err := s.bus.Publish(ctx, tx, Created{What: what, Assignee: cmd.Assignee, Action: cmd.Action}); err != nil {
			return err
		}
		made, err = read(ctx, q, row.ID)
		return err
	})
	return made, err
}

// before finds what an earlier creation made of the same.
func before(ctx context.Context, q *db.Queries, inc incident.Held, cmd Create) (known id.ID, err error) {
	if cmd.Key != "" {
		known, err = q.ByKey(ctx, db.ByKeyParams{IncidentID: inc.ID, Key: cmd.Key})
		if err == nil || !postgres.None(err) {
			return known, err
		}
	}
	if !cmd.Action.Empty() {
		known, err = q.OfAction(ctx, string(cmd.Action))
	}
	if err != nil && !postgres.None(err) {
		return "", fmt.Errorf("look for the same follow-up: %w", err)
	}
	return known, nil
}

// mayDo checks that somebody can be given a follow-up, and lets them take part.
func mayDo(ctx context.Context, tx pgx.Tx, inc incident.Held, user id.ID, at time.Time) error {
	if user.Empty() {
		return nil
	}
	if err := incident.ActiveUser(ctx, tx, "assignee", user); err != nil {
		return err
	}
	_, err := incident.TakePart(ctx, tx, inc, user, incident.Observer, at)
	return err
}

// change locks a follow-up, lets fn change its row and say what happened, and writes that. No event means no change.
func (s *Service) change(ctx context.Context, followUp id.ID, fn func(ctx context.Context, tx pgx.Tx, inc incident.Held, row *db.MusterFollowUp, what What) (event.Event, error)) (FollowUp, error) {
	if _, err := tenant.Require(ctx, authz.UpdateActions); err != nil {
		return FollowUp{}, err
	}
	if !followUp.Valid() {
		return FollowUp{}, problem.Missing("follow-up")
	}
	var after FollowUp
	err := s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q, at := db.New(tx), s.clock.Now()
		row, err := q.Lock(ctx, followUp)
		if postgres.None(err) {
			return problem.Missing("follow-up")
		}
		if err != nil {
			return fmt.Errorf("lock the follow-up: %w", err)
		}
		inc, err := incident.Find(ctx, tx, row.IncidentID)
		if err != nil {
			return err
		}
		was := shown(row)
		told, err := fn(ctx, tx, inc, &row, What{About: inc.About(), FollowUp: row.ID, Title: row.Title})
		if err != nil {
			return err
		}
		if told != nil {
			err := q.Update(ctx, db.UpdateParams{
				Title: row.Title, Description: row.Description, Status: row.Status, Priority: row.Priority, Labels: row.Labels, AssigneeID: row.AssigneeID,
				DueOn: row.DueOn, CompletedAt: row.CompletedAt, At: at, ID: row.ID,
			})
			if err != nil {
				return fmt.Errorf("write the follow-up: %w", err)
			}
			err = audit.Write(ctx, tx, at, audit.Entry{
				Action: told.Kind(), TargetType: "follow_up", TargetID: row.ID, Incident: inc.ID, Private: inc.Private, Before: was, After: shown(row),
			})
			if err != nil {
				return err
			}
			if err := s.bus.Publish(ctx, tx, told); err != nil {
				return err
			}
		}
		if Status(row.Status) == Gone {
			after = FollowUp{}
			return nil
		}
		after, err = read(ctx, q, row.ID)
		return err
	})
	return after, err
}

// shown is what the audit log keeps of a follow-up.
func shown(row db.MusterFollowUp) map[string]any {
	due := ""
	if row.DueOn.Valid {
		due = row.DueOn.Time.Format(time.DateOnly)
	}
	return map[string]any{"title": row.Title, "status": row.Status, "priority": row.Priority, "labels": row.Labels, "assignee": row.AssigneeID, "due": due}
}

// Edit changes what is said of a follow-up.
func (s *Service) Edit(ctx context.Context, cmd Edit) (FollowUp, error) {
	words, err := checked(cmd.Words)
	if err != nil {
		return FollowUp{}, err
	}
	return s.change(ctx, cmd.FollowUp, func(ctx context.Context, tx pgx.Tx, inc incident.Held, row *db.MusterFollowUp, what What) (event.Event, error) {
		if cmd.Version != 0 && cmd.Version != row.RowVersion {
			return nil, problem.New(problem.Conflict, "stale", "Somebody else changed this follow-up meanwhile. What you wrote is kept here; save again to replace theirs.")
		}
		if words.Assignee != row.AssigneeID {
			if err := mayDo(ctx, tx, inc, words.Assignee, s.clock.Now()); err != nil {
				return nil, err
			}
		}
		given := words.Assignee != row.AssigneeID
		from := row.AssigneeID
		row.Title, row.Description, row.Priority, row.Labels = words.Title, words.Description, string(words.Priority), append([]string{}, words.Labels...)
		row.AssigneeID, row.DueOn = words.Assignee, day(words.Due)
		what.Title = row.Title
		if given {
			return Assigned{What: what, From: from, To: row.AssigneeID}, nil
		}
		return Edited{what}, nil
	})
}

// Assign gives a follow-up to somebody, or to nobody.
func (s *Service) Assign(ctx context.Context, cmd Assign) (FollowUp, error) {
	return s.change(ctx, cmd.FollowUp, func(ctx context.Context, tx pgx.Tx, inc incident.Held, row *db.MusterFollowUp, what What) (event.Event, error) {
		if row.AssigneeID == cmd.Assignee {
			return nil, nil
		}
		if err := mayDo(ctx, tx, inc, cmd.Assignee, s.clock.Now()); err != nil {
			return nil, err
		}
		from := row.AssigneeID
		row.AssigneeID = cmd.Assignee
		return Assigned{What: what, From: from, To: cmd.Assignee}, nil
	})
}

// Move sets how far a follow-up is.
func (s *Service) Move(ctx context.Context, cmd Move) (FollowUp, error) {
	return s.change(ctx, cmd.FollowUp, func(_ context.Context, _ pgx.Tx, _ incident.Held, row *db.MusterFollowUp, what What) (event.Event, error) {
		if Status(row.Status) == cmd.To {
			return nil, nil
		}
		row.Status, row.CompletedAt = string(cmd.To), nil
		switch cmd.To {
		case Done:
			at := s.clock.Now()
			row.CompletedAt = &at
			return Completed{what}, nil
		case Dropped:
			return NotDoing{what}, nil
		case Outstanding:
			return Reopened{what}, nil
		case Gone:
			return Deleted{what}, nil
		}
		return nil, problem.Field("status", "unknown", "A follow-up is outstanding, completed or not done.")
	})
}

// Filter says which follow-ups a list holds; what is empty leaves nothing out.
type Filter struct {
	Incident, Assignee id.ID
	Status             Status
	Priority           Priority
	Label              string
	// OverdueOn leaves those that were due before this day.
	OverdueOn *time.Time
	// Most is how many; 200 when 0.
	Most int
}

// List returns follow-ups that the actor may see: open ones first, by what is due first.
func (s *Service) List(ctx context.Context, f Filter) ([]FollowUp, error) {
	var all []FollowUp
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, q *db.Queries) error {
		if !f.Incident.Empty() {
			if _, err := incident.Find(ctx, tx, f.Incident); err != nil {
				return err
			}
		}
		var err error
		all, err = list(ctx, q, db.ListParams{
			Incident: string(f.Incident), Assignee: string(f.Assignee), Status: string(f.Status), Priority: string(f.Priority), Label: f.Label,
			OverdueOn: day(f.OverdueOn), Most: int32(min(cmp.Or(f.Most, 200), 500)), //nolint:gosec // bounded
		})
		return err
	})
	return all, err
}

// Get returns one follow-up.
func (s *Service) Get(ctx context.Context, followUp id.ID) (FollowUp, error) {
	var found FollowUp
	err := s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
		var err error
		found, err = read(ctx, q, followUp)
		return err
	})
	return found, err
}

// Labels lists the labels that are in use.
func (s *Service) Labels(ctx context.Context) ([]string, error) {
	var labels []string
	err := s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
		var err error
		labels, err = q.Labels(ctx)
		return err
	})
	return labels, err
}

// Any reports whether there is any follow-up: what is not used leaves no trace.
func (s *Service) Any(ctx context.Context) (bool, error) {
	some := false
	err := s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
		var err error
		some, err = q.Any(ctx)
		return err
	})
	return some, err
}

func (s *Service) read(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx, q *db.Queries) error) error {
	if _, err := tenant.Require(ctx, authz.ViewActions); err != nil {
		return err
	}
	return s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error { return fn(ctx, tx, db.New(tx)) })
}

func read(ctx context.Context, q *db.Queries, followUp id.ID) (FollowUp, error) {
	if !followUp.Valid() {
		return FollowUp{}, problem.Missing("follow-up")
	}
	found, err := list(ctx, q, db.ListParams{ID: string(followUp), Most: 1})
	if err == nil && len(found) == 0 {
		return FollowUp{}, problem.Missing("follow-up")
	}
	if err != nil {
		return FollowUp{}, err
	}
	return found[0], nil
}

func list(ctx context.Context, q *db.Queries, f db.ListParams) ([]FollowUp, error) {
	rows, err := q.List(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("list follow-ups: %w", err)
	}
	all := make([]FollowUp, len(rows))
	for n, row := range rows {
		one := row.MusterFollowUp
		all[n] = FollowUp{
			ID: one.ID, Incident: one.IncidentID, IncidentName: row.IncidentName, Title: one.Title, Description: one.Description, Status: Status(one.Status),
			Priority: Priority(one.Priority), Labels: one.Labels, Action: one.ActionID, Message: one.MessageID,
			Creator:     tenant.Actor{Type: tenant.ActorType(one.CreatorType), ID: one.CreatorID, Name: one.CreatorName},
			CompletedAt: one.CompletedAt, Version: one.RowVersion, CreatedAt: one.CreatedAt,
		}
		if row.Number != nil {
			all[n].IncidentReference = incident.Reference(*row.Number)
		}
		if one.DueOn.Valid {
			due := one.DueOn.Time
			all[n].Due = &due
		}
		if row.AssigneeName != nil {
			all[n].Assignee = &incident.Person{ID: one.AssigneeID, Name: *row.AssigneeName, Deactivated: row.State != nil && *row.State == "deactivated"}
			if row.AvatarKey != nil {
				all[n].Assignee.AvatarKey = *row.AvatarKey
			}
		}
	}
	return all, nil
}
