// Package settings is the part of the public API about what an organisation has set up: severities, statuses, types,
// roles, timestamps and custom fields.
package settings

import (
	"slices"

	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/rest"
)

// Needs is what the operations stand on.
type Needs struct {
	Incidents *incident.Service
	Forms     *form.Service
}

type family struct{ Needs }

// Register adds the operations.
func Register(api *rest.API, n Needs) {
	f := family{n}
	f.severities(api)
	f.statuses(api)
	f.types(api)
	f.rolesV1(api)
	f.roles(api)
	f.timestamps(api)
	f.fieldsV1(api)
	f.fields(api)
	f.options(api)
}

// one is the input of operations on one record.
type one struct {
	ID string `path:"id" doc:"Names the record."`
}

// find picks the record with an id, after a list was read.
func find[T any](all []T, err error, noun, wanted string, id func(T) string) (T, error) {
	var none T
	if err != nil {
		return none, err
	}
	at := slices.IndexFunc(all, func(t T) bool { return id(t) == wanted })
	if at < 0 {
		return none, problem.Missing(noun)
	}
	return all[at], nil
}

// each makes the wire form of every record of a list.
func each[T, W any](all []T, wire func(T) W) []W {
	forms := make([]W, len(all))
	for n, t := range all {
		forms[n] = wire(t)
	}
	return forms
}
