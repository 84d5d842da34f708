package wire

import (
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
)

// IncidentRoleV2 is something that one person at a time answers for in an incident.
type IncidentRoleV2 struct {
	ID           string    `json:"id" doc:"Names the role." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	Name         string    `json:"name" doc:"What people call it." example:"Communications"`
	Shortform    string    `json:"shortform" doc:"The word that stands for it in a chat." example:"comms"`
	Description  string    `json:"description" doc:"What it is there for." example:"Speaks for the incident."`
	Instructions string    `json:"instructions" doc:"What whoever gets it is told to do." example:"Send the updates, and keep what customers are told true."`
	RoleType     string    `json:"role_type" doc:"Every incident has a lead and a reporter; all others are custom." enum:"lead,reporter,custom" example:"custom"`
	CreatedAt    time.Time `json:"created_at" doc:"When it was made."`
	UpdatedAt    time.Time `json:"updated_at" doc:"When it was last changed."`
}

// IncidentRoleV1 is IncidentRoleV2 with what the first version of the API says besides.
type IncidentRoleV1 struct {
	IncidentRoleV2
	Required bool `json:"required" doc:"Whether a program said that every incident needs somebody in it. Muster insists on no role."`
}

// Role is the wire form of a role.
func Role(r incident.Role) IncidentRoleV2 {
	return IncidentRoleV2{
		ID: r.ID.String(), Name: r.Name, Shortform: r.Shortform, Description: r.Description, Instructions: r.Instructions, RoleType: r.Kind,
		CreatedAt: Time(r.CreatedAt), UpdatedAt: Time(r.UpdatedAt),
	}
}

// RoleInV1 is the wire form of a role in the first version of the API.
func RoleInV1(r incident.Role) IncidentRoleV1 {
	return IncidentRoleV1{IncidentRoleV2: Role(r), Required: r.Required}
}
