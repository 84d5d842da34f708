package settings

import (
	"context"
	"strings"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/rest"
	"github.com/musterhq/muster/internal/surface/api/wire"
)

// RolesV2 is a list of roles.
type RolesV2 struct {
	IncidentRoles []wire.IncidentRoleV2 `json:"incident_roles"`
}

// RoleResultV2 is one role.
type RoleResultV2 struct {
	IncidentRole wire.IncidentRoleV2 `json:"incident_role"`
}

// WriteRoleV2 is a role to be made, or what one becomes.
type WriteRoleV2 struct {
	Name         string `json:"name" required:"true" doc:"What people call it, at most 50 characters." example:"Communications"`
	Shortform    string `json:"shortform" required:"true" doc:"The word that stands for it in a chat: letters, digits, - and _, written small." example:"comms"`
	Description  string `json:"description" required:"true" doc:"What it is there for." example:"Speaks for the incident."`
	Instructions string `json:"instructions" required:"true" doc:"What whoever gets it is told to do; may be empty." example:"Send the updates, and keep what customers are told true."`
}

// check refuses a role that says nothing of itself: people who are asked to take it have to know what it is.
func (w WriteRoleV2) check() error {
	if strings.TrimSpace(w.Description) != "" {
		return nil
	}
	return problem.Field("description", "is_required", "Say what the role is there for.")
}

func (f family) roles(api *rest.API) {
	const tag = "Incident Roles V2#"
	view, change := []authz.Permission{authz.ViewRoles}, []authz.Permission{authz.UpdateOrganisation}
	rest.Add(api, rest.Op{ID: tag + "List", Method: "GET", Path: "/v2/incident_roles", Scopes: view, Summary: "List incident roles", Description: "Every role in use, in the order in which people see them."},
		func(ctx context.Context, _ rest.Nothing) (RolesV2, error) {
			all, err := f.Incidents.Roles(ctx)
			return RolesV2{IncidentRoles: each(all, wire.Role)}, err
		})
	rest.Add(api, rest.Op{ID: tag + "Show", Method: "GET", Path: "/v2/incident_roles/{id}", Scopes: view, Summary: "Show an incident role"},
		func(ctx context.Context, in one) (RoleResultV2, error) {
			found, err := f.role(ctx, in.ID)
			return RoleResultV2{IncidentRole: wire.Role(found)}, err
		})
	rest.Add(api, rest.Op{ID: tag + "Create", Method: "POST", Path: "/v2/incident_roles", Status: 201, Scopes: change, Summary: "Create an incident role"},
		func(ctx context.Context, in struct{ Body WriteRoleV2 }) (RoleResultV2, error) {
			made, err := f.createRole(ctx, in.Body, false)
			return RoleResultV2{IncidentRole: wire.Role(made)}, err
		})
	rest.Add(api, rest.Op{ID: tag + "Update", Method: "PUT", Path: "/v2/incident_roles/{id}", Scopes: change, Summary: "Update an incident role"},
		func(ctx context.Context, in struct {
			one
			Body WriteRoleV2
		},
		) (RoleResultV2, error) {
			edited, err := f.editRole(ctx, in.ID, in.Body, nil)
			return RoleResultV2{IncidentRole: wire.Role(edited)}, err
		})
	rest.Add(api, rest.Op{ID: tag + "Delete", Method: "DELETE", Path: "/v2/incident_roles/{id}", Status: 204, Scopes: change, Summary: "Delete an incident role", Description: deleteRole}, f.archiveRole)
}

const deleteRole = "Incidents that are over keep it. While somebody has it in another, it cannot go: the answer is 409. The lead and the reporter always stay."

func (f family) role(ctx context.Context, wanted string) (incident.Role, error) {
	all, err := f.Incidents.Roles(ctx)
	return find(all, err, "role", wanted, func(r incident.Role) string { return r.ID.String() })
}

func (f family) createRole(ctx context.Context, body WriteRoleV2, required bool) (incident.Role, error) {
	if err := body.check(); err != nil {
		return incident.Role{}, err
	}
	return f.Incidents.CreateRole(ctx, incident.CreateRole{
		Name: body.Name, Shortform: body.Shortform, Description: body.Description, Instructions: body.Instructions, Required: required,
	})
}

func (f family) editRole(ctx context.Context, role string, body WriteRoleV2, required *bool) (incident.Role, error) {
	if err := body.check(); err != nil {
		return incident.Role{}, err
	}
	_, err := f.Incidents.EditRole(ctx, incident.EditRole{
		ID: id.ID(role), Name: body.Name, Shortform: body.Shortform, Description: body.Description, Instructions: body.Instructions, Required: required,
	})
	if err != nil {
		return incident.Role{}, err
	}
	return f.role(tenant.Also(ctx, authz.ViewRoles), role)
}

func (f family) archiveRole(ctx context.Context, in one) (rest.Nothing, error) {
	_, err := f.Incidents.ArchiveRole(ctx, incident.ArchiveRole{ID: id.ID(in.ID)})
	return rest.Nothing{}, err
}
