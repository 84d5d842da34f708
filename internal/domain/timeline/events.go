package timeline

import (
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// What every event about an item of the timeline carries; Text is its title, which the log keeps.
type What struct {
	incident.About
	Item id.ID  `json:"item"`
	Text string `json:"-"`
}

// Subject is the item.
func (w What) Subject() event.Subject { return w.Of(w.Item) }

// ItemAdded says that somebody put something on the timeline: from the log, or in words of their own.
type ItemAdded struct {
	What
	ByHand bool `json:"by_hand,omitempty"`
}

// ItemHidden says that something was taken off the timeline.
type ItemHidden struct{ What }

// ItemShown says that something is on the timeline again.
type ItemShown struct{ What }

// ItemEdited says that an item has another title, note or time.
type ItemEdited struct {
	What
	// Retitled, Noted and Moved say what is different.
	Retitled bool `json:"retitled,omitempty"`
	Noted    bool `json:"noted,omitempty"`
	Moved    bool `json:"moved,omitempty"`
}

// Kind names the event.
func (ItemAdded) Kind() string { return "timeline.item_added" }

// Kind names the event.
func (ItemHidden) Kind() string { return "timeline.item_hidden" }

// Kind names the event.
func (ItemShown) Kind() string { return "timeline.item_shown" }

// Kind names the event.
func (ItemEdited) Kind() string { return "timeline.item_edited" }
