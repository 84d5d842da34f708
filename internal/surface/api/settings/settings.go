// Package settings is the part of the public API about what an organisation has set up: severities, statuses, types,
// roles, timestamps and custom fields.
package settings

import (
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/platform/rest"
)

// Needs is what the operations stand on.
type Needs struct {
	Incidents *incident.Service
}

type family struct{ Needs }

// Register adds the operations.
func Register(api *rest.API, n Needs) {
	f := family{n}
	f.severities(api)
}

// one is the input of operations on one record.
type one struct {
	ID string `path:"id" doc:"Names the record."`
}
