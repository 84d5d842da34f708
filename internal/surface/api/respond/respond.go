// Package respond is the part of the public API about what people do in an incident: actions, follow-ups, links, updates,
// who takes part and who may see it.
package respond

import (
	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/attachment"
	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/rest"
	"github.com/musterhq/muster/internal/surface/api/wire"
)

// Needs is what the operations stand on.
type Needs struct {
	Incidents   *incident.Service
	Actions     *action.Service
	FollowUps   *followup.Service
	Attachments *attachment.Service
	People      wire.Directory
}

type family struct{ Needs }

// Register adds the operations.
func Register(api *rest.API, n Needs) {
	f := family{n}
	f.actionsV1(api)
	f.actions(api)
	f.followUps(api)
	f.attachments(api)
	f.memberships(api)
	f.relationships(api)
	f.participants(api)
	f.updates(api)
}

// one is the input of operations on one record.
type one struct {
	ID string `path:"id" doc:"Names the record."`
}

// of is the input of lists that are about one incident.
type of struct {
	IncidentID id.ID `query:"incident_id" required:"true" doc:"The incident." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
}

// modes are the modes of incidents that a list counts: one, or those that count as real.
func modes(asked string) []incident.Mode {
	if asked == "" {
		return []incident.Mode{incident.Standard, incident.Retrospective}
	}
	return []incident.Mode{incident.Mode(asked)}
}
