package redaction

import (
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// Redacted says that something was taken out of what an incident holds, in how many places, and not what.
type Redacted struct {
	incident.About
	Places int `json:"places"`
}

// FileRemoved says that a file was removed; Keys are where its content lies until the job that follows.
type FileRemoved struct {
	incident.About
	File id.ID    `json:"file"`
	Keys []string `json:"keys"`
}

// Kind names the event.
func (Redacted) Kind() string { return "redaction.done" }

// Kind names the event.
func (FileRemoved) Kind() string { return "redaction.file_removed" }

// Subject is the file.
func (e FileRemoved) Subject() event.Subject { return e.Of(e.File) }
