// Package incidents is the part of the public API about incidents themselves: finding, declaring and changing them.
package incidents

import (
	"context"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/domain/workspace"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/rest"
	"github.com/musterhq/muster/internal/surface/api/wire"
)

// Needs is what the operations stand on.
type Needs struct {
	Incidents  *incident.Service
	Users      *user.Service
	Workspaces *workspace.Service
	Shown      wire.Incidents
}

type family struct{ Needs }

// Register adds the operations.
func Register(api *rest.API, n Needs) {
	f := family{n}
	f.lists(api)
	f.shows(api)
	f.creates(api)
	f.edits(api)
}

// ResultV2 is one incident.
type ResultV2 struct {
	Incident wire.IncidentV2 `json:"incident"`
}

// SchemaName names it in the document.
func (ResultV2) SchemaName() string { return "IncidentResultV2" }

// ResultV1 is one incident as the first version shows it.
type ResultV1 struct {
	Incident wire.IncidentV1 `json:"incident"`
}

// SchemaName names it in the document.
func (ResultV1) SchemaName() string { return "IncidentResultV1" }

// named is the input of operations on one incident.
type named struct {
	ID string `path:"id" doc:"The incident's id, or the number of its reference: 123 for INC-123." example:"01FDAG4SAP5TYPT98WGR2N7W91"`
}

func (f family) shows(api *rest.API) {
	op := rest.Op{
		ID: "Incidents V2#Show", Method: "GET", Path: "/v2/incidents/{id}", Summary: "Show an incident", Scopes: []authz.Permission{authz.ViewIncidents},
		Description: "One incident by its id, or by the number of its reference.",
	}
	rest.Add(api, op, func(ctx context.Context, in named) (ResultV2, error) {
		return one(ctx, f, in.ID, f.v2)
	})
	op = rest.Op{
		ID: "Incidents V1#Show", Method: "GET", Path: "/v1/incidents/{id}", Summary: "Show an incident", Scopes: []authz.Permission{authz.ViewIncidents}, Deprecated: true,
		Description: "One incident by its id, or by the number of its reference, as the first version shows it.",
	}
	rest.Add(api, op, func(ctx context.Context, in named) (ResultV1, error) {
		return one(ctx, f, in.ID, f.v1)
	})
}

// one finds an incident by what a path names it, and shows it, all in one moment.
func one[T any](ctx context.Context, f family, name string, show func(context.Context, id.ID) (T, error)) (T, error) {
	var out T
	err := f.Shown.Moment(ctx, func(ctx context.Context) error {
		found, err := f.Incidents.ByReference(ctx, name)
		if err != nil {
			return err
		}
		out, err = show(ctx, found)
		return err
	})
	return out, err
}

func (f family) v2(ctx context.Context, inc id.ID) (ResultV2, error) {
	record, err := f.Incidents.Record(ctx, inc)
	if err != nil {
		return ResultV2{}, err
	}
	all, err := f.Shown.V2(ctx, record)
	if err != nil {
		return ResultV2{}, err
	}
	return ResultV2{Incident: all[0]}, nil
}

func (f family) v1(ctx context.Context, inc id.ID) (ResultV1, error) {
	record, err := f.Incidents.Record(ctx, inc)
	if err != nil {
		return ResultV1{}, err
	}
	all, err := f.Shown.V1(ctx, record)
	if err != nil {
		return ResultV1{}, err
	}
	return ResultV1{Incident: all[0]}, nil
}

// echoing is a context in which a key sees what it has just written, though it may not look around.
func echoing(ctx context.Context) context.Context {
	return tenant.Also(ctx, authz.ViewIncidents)
}
