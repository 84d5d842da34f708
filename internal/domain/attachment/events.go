package attachment

import (
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// What every event about an attachment carries; Text is its name, which the log keeps.
type What struct {
	incident.About
	Attachment id.ID  `json:"attachment"`
	Text       string `json:"-"`
}

// Subject is the attachment.
func (w What) Subject() event.Subject { return w.Of(w.Attachment) }

func (w What) text() string { return w.Text }

type fact interface {
	event.Event
	text() string
}

// Added says that a thing elsewhere belongs to the incident.
type Added struct{ What }

// Retitled says that it is called otherwise.
type Retitled struct{ What }

// Removed says that it does not belong to the incident any more.
type Removed struct{ What }

// Kind names the event.
func (Added) Kind() string { return "attachment.added" }

// Kind names the event.
func (Retitled) Kind() string { return "attachment.retitled" }

// Kind names the event.
func (Removed) Kind() string { return "attachment.removed" }
