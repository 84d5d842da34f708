package question

import (
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// About is what every event of a question carries.
type About struct {
	incident.About
	Question id.ID `json:"question"`
	// Text is kept in the activity log and not with the event.
	Text string `json:"-"`
}

// Subject is the question.
func (a About) Subject() event.Subject { return a.Of(a.Question) }

// Asked says that somebody outside the room wants to know something.
type Asked struct{ About }

// Kind names the event.
func (Asked) Kind() string { return "question.asked" }

// Reworded says that a question has other words.
type Reworded struct{ About }

// Kind names the event.
func (Reworded) Kind() string { return "question.reworded" }

// TakenBack says that a question needs no answer any more.
type TakenBack struct{ About }

// Kind names the event.
func (TakenBack) Kind() string { return "question.withdrawn" }

// Replied says that a question is answered, or its answer corrected.
type Replied struct {
	About
	Asker     id.ID `json:"asker"`
	Corrected bool  `json:"corrected,omitempty"`
}

// Kind names the event.
func (Replied) Kind() string { return "question.answered" }

// Followed says that somebody else wants to know the answer too, or stopped wanting to.
type Followed struct {
	About
	Stopped bool `json:"stopped,omitempty"`
}

// Kind names the event.
func (Followed) Kind() string { return "question.followed" }

// Unanswered says that a question has waited too long; Reminder counts from 1.
type Unanswered struct {
	About
	Reminder int `json:"reminder"`
}

// Kind names the event.
func (Unanswered) Kind() string { return "question.unanswered" }

// Moved says that a question waits for its answer in the incident that its own lives on in.
type Moved struct {
	About
	From id.ID `json:"from"`
}

// Kind names the event.
func (Moved) Kind() string { return "question.moved" }
