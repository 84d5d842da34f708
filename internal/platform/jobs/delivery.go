// Package jobs carries the deliveries of events on River: it queues them in the transaction of the verb, runs them in
// worker processes by urgency, gives back what a dead process was running, and keeps apart what kills.
package jobs

import (
	"encoding/json"
	"fmt"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// deliverKind is the name of the one sort of River job.
const deliverKind = "deliver"

// arguments is what a job holds: ids and names only, for job rows are outside row-level security.
type arguments struct {
	Organisation id.ID  `json:"organisation"`
	Event        id.ID  `json:"event"`
	EventKind    string `json:"kind"`
	Subscriber   string `json:"subscriber"`
}

// Kind names the sort of job for River.
func (arguments) Kind() string { return deliverKind }

func (a arguments) delivery(queue string) event.Delivery {
	return event.Delivery{Organisation: a.Organisation, Event: a.Event, Kind: a.EventKind, Subscriber: a.Subscriber, Queue: event.Queue(queue)}
}

// metadata is what a job's row carries besides: its trace, and what is suspected of it.
type metadata struct {
	Trace   string   `json:"trace,omitempty"`
	Suspect *suspect `json:"suspect,omitempty"`
}

// suspect marks a job that was running when its process died, until it has run alone to its end.
type suspect struct {
	// Queue is where the job belongs.
	Queue string `json:"queue"`
	// Deaths counts the processes that it killed while it was the only job they ever ran.
	Deaths int `json:"deaths"`
	// First lets it run before other suspects, so that it is the first of its process.
	First bool `json:"first,omitempty"`
	// Fresh is set while it runs as the first job of its process.
	Fresh bool `json:"fresh,omitempty"`
}

func readMetadata(text []byte) (metadata, error) {
	var m metadata
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("read a job's metadata: %w", err)
	}
	return m, nil
}
