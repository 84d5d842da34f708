package settings

import (
	"context"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/rest"
	"github.com/musterhq/muster/internal/surface/api/wire"
)

// StatusesV1 is a list of statuses.
type StatusesV1 struct {
	IncidentStatuses []wire.StatusV1 `json:"incident_statuses"`
}

// StatusResultV1 is one status.
type StatusResultV1 struct {
	IncidentStatus wire.StatusV1 `json:"incident_status"`
}

// CreateStatusV1 is a status to be made.
type CreateStatusV1 struct {
	Name        string `json:"name" required:"true" doc:"What people call it, at most 50 characters." example:"Waiting for a supplier"`
	Description string `json:"description" required:"true" doc:"What goes on in it." example:"Somebody else has to act first."`
	Category    string `json:"category" required:"true" doc:"What sort of status it is; it comes after the others of its category." enum:"live,learning,closed" example:"live"`
}

// UpdateStatusV1 is what a status becomes; its category never changes.
type UpdateStatusV1 struct {
	Name        string `json:"name" required:"true" doc:"What people call it, at most 50 characters." example:"Waiting for a supplier"`
	Description string `json:"description" required:"true" doc:"What goes on in it." example:"Somebody else has to act first."`
}

func (f family) statuses(api *rest.API) {
	const tag = "Incident Statuses V1#"
	view, change := []authz.Permission{authz.ViewStatuses}, []authz.Permission{authz.UpdateLifecycles}
	rest.Add(api, rest.Op{ID: tag + "List", Method: "GET", Path: "/v1/incident_statuses", Scopes: view, Summary: "List incident statuses", Description: "Every status in use, by rank."},
		func(ctx context.Context, _ rest.Nothing) (StatusesV1, error) {
			all, err := f.Incidents.Statuses(ctx)
			return StatusesV1{IncidentStatuses: each(all, wire.Status)}, err
		})
	rest.Add(api, rest.Op{ID: tag + "Show", Method: "GET", Path: "/v1/incident_statuses/{id}", Scopes: view, Summary: "Show an incident status"},
		func(ctx context.Context, in one) (StatusResultV1, error) { return f.status(ctx, in.ID) })
	rest.Add(api, rest.Op{ID: tag + "Create", Method: "POST", Path: "/v1/incident_statuses", Status: 201, Scopes: change, Summary: "Create an incident status"},
		func(ctx context.Context, in struct{ Body CreateStatusV1 }) (StatusResultV1, error) {
			made, err := f.Incidents.CreateStatus(ctx, incident.CreateStatus{Category: incident.Category(in.Body.Category), Name: in.Body.Name, Description: in.Body.Description})
			return StatusResultV1{IncidentStatus: wire.Status(made)}, err
		})
	rest.Add(api, rest.Op{ID: tag + "Update", Method: "PUT", Path: "/v1/incident_statuses/{id}", Scopes: change, Summary: "Update an incident status", Description: "Statuses that are live, learning or closed can be changed; the others are Muster's own."},
		func(ctx context.Context, in struct {
			one
			Body UpdateStatusV1
		},
		) (StatusResultV1, error) {
			_, err := f.Incidents.EditStatus(ctx, incident.EditStatus{ID: id.ID(in.ID), Name: in.Body.Name, Description: in.Body.Description})
			if err != nil {
				return StatusResultV1{}, rest.Rename(err, map[string]string{"category": ""})
			}
			return f.status(tenant.Also(ctx, authz.ViewStatuses), in.ID)
		})
	rest.Add(api, rest.Op{ID: tag + "Delete", Method: "DELETE", Path: "/v1/incident_statuses/{id}", Status: 202, Scopes: change, Summary: "Delete an incident status", Description: "Incidents that are over keep it. While others are in it, or forms and timestamps name it, it cannot go: the answer is 409 and says where it is used."},
		func(ctx context.Context, in one) (rest.Nothing, error) {
			_, err := f.Incidents.ArchiveStatus(ctx, incident.ArchiveStatus{ID: id.ID(in.ID)})
			return rest.Nothing{}, rest.Rename(err, map[string]string{"category": ""})
		})
}

func (f family) status(ctx context.Context, wanted string) (StatusResultV1, error) {
	all, err := f.Incidents.Statuses(ctx)
	found, err := find(all, err, "status", wanted, func(s incident.Status) string { return s.ID.String() })
	return StatusResultV1{IncidentStatus: wire.Status(found)}, err
}
