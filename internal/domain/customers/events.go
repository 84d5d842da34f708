package customers

import (
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
)

// TextChanged says that customers may be told something else, or nothing any more.
type TextChanged struct {
	incident.About
	// Number is that of the version.
	Number int32 `json:"number"`
	// Update is set when an update came with the words.
	Update  id.ID `json:"update,omitempty"`
	Removed bool  `json:"removed,omitempty"`
	// Text is kept in the activity log and not with the event.
	Text string `json:"-"`
}

// Kind names the event.
func (TextChanged) Kind() string { return "customers.text_changed" }
