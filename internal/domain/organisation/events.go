package organisation

import (
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// Created says that an organisation began.
type Created struct {
	Organisation id.ID `json:"organisation"`
	Owner        id.ID `json:"owner,omitempty"`
}

// Kind is "organisation.created".
func (Created) Kind() string { return "organisation.created" }

// Version is 1.
func (Created) Version() int { return 1 }

// Subject is the organisation.
func (e Created) Subject() event.Subject { return event.Subject{ID: e.Organisation} }

// Changed says that an organisation's name or time zone changed.
type Changed struct {
	Organisation id.ID `json:"organisation"`
}

// Kind is "organisation.changed".
func (Changed) Kind() string { return "organisation.changed" }

// Version is 1.
func (Changed) Version() int { return 1 }

// Subject is the organisation.
func (e Changed) Subject() event.Subject { return event.Subject{ID: e.Organisation} }
