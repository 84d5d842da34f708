package wire

import (
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
)

// IncidentTypeV1 is a type of incidents.
type IncidentTypeV1 struct {
	ID                   string    `json:"id" doc:"Names the type." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	Name                 string    `json:"name" doc:"What people call it." example:"Security"`
	IsDefault            bool      `json:"is_default" doc:"Whether incidents are of this type unless somebody says otherwise."`
	Description          string    `json:"description" doc:"When to choose it." example:"Somebody got in who should not have."`
	PrivateIncidentsOnly bool      `json:"private_incidents_only" doc:"Whether its incidents are seen by those invited alone."`
	CreateInTriage       string    `json:"create_in_triage" doc:"Whether its incidents begin in triage: always, or when whoever declares says so." enum:"always,optional" example:"optional"`
	CreatedAt            time.Time `json:"created_at" doc:"When it was made."`
	UpdatedAt            time.Time `json:"updated_at" doc:"When it was last changed."`
	OwningTeamIDs        []string  `json:"owning_team_ids,omitempty" doc:"The teams that own it; absent when it belongs to everyone."`
}

// IncidentType is the wire form of a type.
func IncidentType(t incident.Type) IncidentTypeV1 {
	return IncidentTypeV1{
		ID: t.ID.String(), Name: t.Name, IsDefault: t.Default, Description: t.Description, PrivateIncidentsOnly: t.PrivateOnly,
		CreateInTriage: t.CreateInTriage, CreatedAt: Time(t.CreatedAt), UpdatedAt: Time(t.UpdatedAt),
	}
}
