package settings

import (
	"context"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/platform/rest"
	"github.com/musterhq/muster/internal/surface/api/wire"
)

// RolesV1 is a list of roles.
type RolesV1 struct {
	IncidentRoles []wire.IncidentRoleV1 `json:"incident_roles"`
}

// RoleResultV1 is one role.
type RoleResultV1 struct {
	IncidentRole wire.IncidentRoleV1 `json:"incident_role"`
}

// CreateRoleV1 is a role to be made.
type CreateRoleV1 struct {
	WriteRoleV2
	Required bool `json:"required" required:"true" doc:"Whether every incident needs somebody in it. It is kept, and Muster insists on no role."`
}

// UpdateRoleV1 is what a role becomes.
type UpdateRoleV1 struct {
	WriteRoleV2
	Required *bool `json:"required" doc:"Whether every incident needs somebody in it; left out, that stays. It is kept, and Muster insists on no role."`
}

func (f family) rolesV1(api *rest.API) {
	const tag = "Incident Roles V1#"
	view, change := []authz.Permission{authz.ViewRoles}, []authz.Permission{authz.UpdateOrganisation}
	rest.Add(api, rest.Op{ID: tag + "List", Method: "GET", Path: "/v1/incident_roles", Scopes: view, Deprecated: true, Summary: "List incident roles", Description: "Use V2."},
		func(ctx context.Context, _ rest.Nothing) (RolesV1, error) {
			all, err := f.Incidents.Roles(ctx)
			return RolesV1{IncidentRoles: each(all, wire.RoleInV1)}, err
		})
	rest.Add(api, rest.Op{ID: tag + "Show", Method: "GET", Path: "/v1/incident_roles/{id}", Scopes: view, Deprecated: true, Summary: "Show an incident role", Description: "Use V2."},
		func(ctx context.Context, in one) (RoleResultV1, error) {
			found, err := f.role(ctx, in.ID)
			return RoleResultV1{IncidentRole: wire.RoleInV1(found)}, err
		})
	rest.Add(api, rest.Op{ID: tag + "Create", Method: "POST", Path: "/v1/incident_roles", Status: 201, Scopes: change, Deprecated: true, Summary: "Create an incident role", Description: "Use V2."},
		func(ctx context.Context, in struct{ Body CreateRoleV1 }) (RoleResultV1, error) {
			made, err := f.createRole(ctx, in.Body.WriteRoleV2, in.Body.Required)
			return RoleResultV1{IncidentRole: wire.RoleInV1(made)}, err
		})
	rest.Add(api, rest.Op{ID: tag + "Update", Method: "PUT", Path: "/v1/incident_roles/{id}", Scopes: change, Deprecated: true, Summary: "Update an incident role", Description: "Use V2."},
		func(ctx context.Context, in struct {
			one
			Body UpdateRoleV1
		},
		) (RoleResultV1, error) {
			edited, err := f.editRole(ctx, in.ID, in.Body.WriteRoleV2, in.Body.Required)
			return RoleResultV1{IncidentRole: wire.RoleInV1(edited)}, err
		})
	rest.Add(api, rest.Op{ID: tag + "Delete", Method: "DELETE", Path: "/v1/incident_roles/{id}", Status: 204, Scopes: change, Deprecated: true, Summary: "Delete an incident role", Description: "Use V2. " + deleteRole}, f.archiveRole)
}
