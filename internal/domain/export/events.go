package export

import (
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// Requested says that somebody wants an export.
type Requested struct {
	Export id.ID `json:"export"`
}

// Finished says that an export can be downloaded.
type Finished struct {
	Export id.ID `json:"export"`
}

// Ended says that an export is not made, or cannot be downloaded any more.
type Ended struct {
	Export id.ID `json:"export"`
}

// Kind names the event.
func (Requested) Kind() string { return "export.requested" }

// Version is that of the payload.
func (Requested) Version() int { return 1 }

// Subject is the export.
func (e Requested) Subject() event.Subject { return event.Subject{ID: e.Export} }

// Kind names the event.
func (Finished) Kind() string { return "export.finished" }

// Version is that of the payload.
func (Finished) Version() int { return 1 }

// Subject is the export.
func (e Finished) Subject() event.Subject { return event.Subject{ID: e.Export} }

// Kind names the event.
func (Ended) Kind() string { return "export.ended" }

// Version is that of the payload.
func (Ended) Version() int { return 1 }

// Subject is the export.
func (e Ended) Subject() event.Subject { return event.Subject{ID: e.Export} }
