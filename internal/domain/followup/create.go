package followup

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/followup/internal/db"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Words are what can be said of a follow-up.
type Words struct {
	Title, Description string
	// Priority is one of the organisation's; empty for none.
	Priority id.ID
	Labels   []string
	Assignee id.ID
	Due      *time.Time
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
	scope, err := tenant.Require(ctx, authz.CreateFollowUps)
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
		if err := usable(ctx, q, cmd.Priority, ""); err != nil {
			return err
		}
		if err := mayDo(ctx, tx, inc, cmd.Assignee, at); err != nil {
			return err
		}
		row := db.InsertParams{
			ID: id.New(at), IncidentID: inc.ID, Private: inc.Private, Title: cmd.Title, Description: cmd.Description, PriorityID: cmd.Priority,
			Labels: append([]string{}, cmd.Labels...), AssigneeID: cmd.Assignee, DueOn: day(cmd.Due), ActionID: cmd.Action, MessageID: cmd.Message,
			CreatorType: string(scope.Actor.Type), CreatorID: scope.Actor.ID, CreatorName: scope.Actor.Name, At: at,
		}
		if cmd.Key != "" {
			row.IdempotencyKey = &cmd.Key
		}
		if err := q.Insert(ctx, row); err != nil {
			return fmt.Errorf("write the follow-up: %w", err)
		}
		if row.DueOn.Valid {
			if err := s.setReminder(ctx, tx, q, row.ID, row.AssigneeID, Outstanding, row.DueOn); err != nil {
				return err
			}
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
		if !cmd.Action.Empty() {
			if err := action.TurnInto(ctx, s.bus, tx, inc, cmd.Action, row.ID, at); err != nil {
				return err
			}
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
