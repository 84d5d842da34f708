// Package question lets people outside an incident's room ask about it, and whoever speaks for the incident answer
// once for all who want to know.
package question

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/question/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/timer"
)

// State is how far a question is.
type State string

// The states; a withdrawn question is kept for the log and shown nowhere.
const (
	Open      State = "open"
	Answered  State = "answered"
	Withdrawn State = "withdrawn"
)

// Question is what somebody wants to know about an incident. Texts are plain.
type Question struct {
	ID       id.ID
	Incident id.ID
	Text     string
	State    State
	Asker    tenant.Actor
	At       time.Time
	// Answer, Answerer and AnsweredAt are empty until it is answered.
	Answer     string
	Answerer   tenant.Actor
	AnsweredAt *time.Time
	// Followers counts those who want to know it too; Following tells whether the actor is one.
	Followers int
	Following bool
	// Mine tells that the actor asked it.
	Mine    bool
	Version int32
}

// Service runs the verbs and reads of questions.
type Service struct {
	db     *postgres.DB
	bus    *event.Bus
	clock  clock.Clock
	timers *timer.Timers
}

// New returns the service and takes the timers of unanswered questions in its care.
func New(db *postgres.DB, bus *event.Bus, clock clock.Clock, timers *timer.Timers) *Service {
	s := &Service{db: db, bus: bus, clock: clock, timers: timers}
	timers.Handle(unansweredTimer, lockFor, s.remind)
	return s
}

// Keeper is who answers an incident's questions: whoever holds comms, else the lead; nil when there is neither.
func Keeper(inc incident.Incident) *incident.Person {
	for _, held := range inc.Roles {
		if held.Role.Shortform == incident.Comms && held.Holder != nil {
			return held.Holder
		}
	}
	return inc.Lead()
}

// turn is what a verb on one question works with: the transaction, the incident and the question locked in it.
type turn struct {
	scope tenant.Scope
	tx    pgx.Tx
	q     *db.Queries
	row   db.MusterQuestion
	inc   incident.Held
	at    time.Time
}

func (t turn) about() About {
	return About{About: t.inc.About(), Question: t.row.ID, Text: t.row.Text}
}

// change is what a verb on one question comes to; no event means no change.
type change struct {
	before, after any
	event         event.Event
}

// on authorises a verb, locks the incident and the question, runs fn, keeps what it comes to and returns the question
// as it is then.
func (s *Service) on(ctx context.Context, permission authz.Permission, question id.ID, fn func(ctx context.Context, t turn) (change, error)) (Question, error) {
	scope, err := person(ctx, permission)
	if err != nil {
		return Question{}, err
	}
	if !question.Valid() {
		return Question{}, problem.Missing("question")
	}
	var after Question
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		t, err := hold(ctx, tx, question, s.clock.Now())
		if err != nil {
			return err
		}
		t.scope = scope
		made, err := fn(ctx, t)
		if err != nil {
			return err
		}
		if made.event != nil {
			err := audit.Write(ctx, tx, t.at, audit.Entry{
				Action: made.event.Kind(), TargetType: "question", TargetID: question, Incident: t.inc.ID, Private: t.inc.Private,
				Before: made.before, After: made.after,
			})
			if err != nil {
				return err
			}
			if err := s.bus.Publish(ctx, tx, made.event); err != nil {
				return err
			}
		}
		after, err = read(ctx, t.q, question, scope.Actor.ID)
		return err
	})
	return after, err
}

// hold locks the incident first and the question then, as the timer does.
func hold(ctx context.Context, tx pgx.Tx, question id.ID, at time.Time) (turn, error) {
	t := turn{tx: tx, q: db.New(tx), at: at}
	in, err := t.q.IncidentOf(ctx, question)
	if postgres.None(err) {
		return t, problem.Missing("question")
	}
	if err != nil {
		return t, fmt.Errorf("find the question: %w", err)
	}
	if t.inc, err = incident.Lock(ctx, tx, in); err != nil {
		return t, err
	}
	if t.row, err = t.q.LockQuestion(ctx, question); err != nil {
		return t, fmt.Errorf("lock the question: %w", err)
	}
	if t.row.IncidentID != in { // its incident was merged while this waited
		return hold(ctx, tx, question, at)
	}
	return t, nil
}

// person returns the scope if a person with the permission acts: programs do not ask and have nobody to answer as.
func person(ctx context.Context, permission authz.Permission) (tenant.Scope, error) {
	scope, err := tenant.Require(ctx, permission)
	if err != nil {
		return scope, err
	}
	if scope.Actor.Type != tenant.User {
		return scope, problem.New(problem.Forbidden, "not_a_person", "Only people ask and answer questions.")
	}
	return scope, nil
}

func read(ctx context.Context, q *db.Queries, question, viewer id.ID) (Question, error) {
	row, err := q.QuestionByID(ctx, db.QuestionByIDParams{ID: question, Viewer: viewer})
	if postgres.None(err) {
		return Question{}, problem.Missing("question")
	}
	if err != nil {
		return Question{}, fmt.Errorf("read the question: %w", err)
	}
	return view(row.MusterQuestion, row.Followers, row.Following, viewer), nil
}

func view(row db.MusterQuestion, followers int64, following bool, viewer id.ID) Question {
	q := Question{
		ID: row.ID, Incident: row.IncidentID, Text: row.Text, State: State(row.State), At: row.CreatedAt, Answer: row.Answer, AnsweredAt: row.AnsweredAt,
		Asker: tenant.Actor{Type: tenant.User, ID: row.AskerID, Name: row.AskerName}, Followers: int(followers), Following: following,
		Mine: row.AskerID == viewer, Version: row.RowVersion,
	}
	if row.AnswererType != nil {
		q.Answerer = tenant.Actor{Type: tenant.ActorType(*row.AnswererType), ID: row.AnswererID, Name: row.AnswererName}
	}
	return q
}

const (
	// maxText is how many characters a question has at most, maxAnswer an answer.
	maxText   = 500
	maxAnswer = 4000
)

func checkText(field, text, missing string, most int) (string, error) {
	text = strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\x00", ""), "\uFFFD"))
	switch length := utf8.RuneCountInString(text); {
	case length == 0:
		return "", problem.Field(field, "is_required", "%s", missing)
	case length > most:
		return "", problem.Field(field, "too_long", "This has %d characters; %d is the most.", length, most)
	}
	return text, nil
}
