package settings

import (
	"context"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/platform/rest"
	"github.com/musterhq/muster/internal/surface/api/wire"
)

// IncidentTypesV1 is a list of types.
type IncidentTypesV1 struct {
	IncidentTypes []wire.IncidentTypeV1 `json:"incident_types"`
}

// IncidentTypeResultV1 is one type.
type IncidentTypeResultV1 struct {
	IncidentType wire.IncidentTypeV1 `json:"incident_type"`
}

func (f family) types(api *rest.API) {
	const tag = "Incident Types V1#"
	view := []authz.Permission{authz.ViewTypes}
	rest.Add(api, rest.Op{ID: tag + "List", Method: "GET", Path: "/v1/incident_types", Scopes: view, Summary: "List incident types", Description: "Every type in use, in the order in which people see them."},
		func(ctx context.Context, _ rest.Nothing) (IncidentTypesV1, error) {
			all, err := f.Incidents.Types(ctx)
			return IncidentTypesV1{IncidentTypes: each(all, wire.IncidentType)}, err
		})
	rest.Add(api, rest.Op{ID: tag + "Show", Method: "GET", Path: "/v1/incident_types/{id}", Scopes: view, Summary: "Show an incident type"},
		func(ctx context.Context, in one) (IncidentTypeResultV1, error) {
			all, err := f.Incidents.Types(ctx)
			found, err := find(all, err, "incident type", in.ID, func(t incident.Type) string { return t.ID.String() })
			return IncidentTypeResultV1{IncidentType: wire.IncidentType(found)}, err
		})
}
