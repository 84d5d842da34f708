package respond

import (
	"context"
	"slices"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/rest"
	"github.com/musterhq/muster/internal/surface/api/wire"
)

// ParticipantV2 is somebody who takes part in an incident.
type ParticipantV2 struct {
	Type string    `json:"participant_type" doc:"A responder has a role or acts, a collaborator writes, an observer reads." enum:"observer,collaborator,responder" example:"responder"`
	User wire.User `json:"user" doc:"Who it is."`
}

// ParticipantsV2 are those who take part in an incident.
type ParticipantsV2 struct {
	Active  []ParticipantV2 `json:"active" doc:"Responders and collaborators."`
	Passive []ParticipantV2 `json:"passive" doc:"Observers."`
}

// ParticipantsResultV2 are those who take part in an incident.
type ParticipantsResultV2 struct {
	Participants ParticipantsV2 `json:"incident_participants"`
}

// WorkloadsV2 is how much time people spent on an incident.
type WorkloadsV2 struct {
	Workloads []WorkloadV2       `json:"incident_participant_workloads" doc:"Workload is not measured yet, so the list is empty."`
	Metadata  WorkloadMetadataV2 `json:"metadata"`
}

// WorkloadV2 is how much time somebody spent on an incident.
type WorkloadV2 struct {
	User       wire.User  `json:"user" doc:"Who it is."`
	Type       string     `json:"participant_type,omitempty" enum:"observer,collaborator,responder" example:"responder"`
	ArchivedAt *time.Time `json:"archived_at,omitempty"`
	Workload   MinutesV2  `json:"workload" doc:"How long."`
}

// MinutesV2 is time in minutes, by when it was.
type MinutesV2 struct {
	All      float64 `json:"minutes_spent_on_incident" example:"45"`
	Working  float64 `json:"minutes_spent_on_incident_in_working_hours" example:"30"`
	Late     float64 `json:"minutes_spent_on_incident_in_late_hours" example:"15"`
	Sleeping float64 `json:"minutes_spent_on_incident_in_sleeping_hours" example:"0"`
}

// WorkloadMetadataV2 tells of when workloads are.
type WorkloadMetadataV2 struct {
	SyncedAt *time.Time `json:"data_synced_at,omitempty" doc:"Until when they were measured."`
}

// MembershipV1 is somebody's access to a private incident.
type MembershipV1 struct {
	ID         string    `json:"id" doc:"Names the membership." example:"01FCNDV6P870EA6S7TK1DSYD5H"`
	IncidentID string    `json:"incident_id" doc:"The private incident." example:"01FCNDV6P870EA6S7TK1DSYD5H"`
	User       wire.User `json:"user" doc:"Who may see it."`
	CreatedAt  time.Time `json:"created_at" doc:"Since when."`
	UpdatedAt  time.Time `json:"updated_at" doc:"Since when."`
}

// MembershipResultV1 is one membership.
type MembershipResultV1 struct {
	Membership MembershipV1 `json:"incident_membership"`
}

// MemberV1 says whom to let in or to shut out.
type MemberV1 struct {
	IncidentID id.ID `json:"incident_id" required:"true" doc:"The private incident." example:"01FCNDV6P870EA6S7TK1DSYD5H"`
	UserID     id.ID `json:"user_id" required:"true" doc:"Who it is about." example:"01FCQSP07Z74QMMYPDDGQB9FTG"`
}

var memberFields = map[string]string{"user": "user_id", "incident": "incident_id"}

func (f family) participants(api *rest.API) {
	op := rest.Op{ID: "IncidentParticipants V2#List", Method: "GET", Path: "/v2/incident_participants", Summary: "List who takes part in an incident", Scopes: []authz.Permission{authz.ViewIncidents}}
	rest.Add(api, op, func(ctx context.Context, in of) (ParticipantsResultV2, error) {
		taking, err := f.Incidents.People(ctx, in.IncidentID)
		if err != nil {
			return ParticipantsResultV2{}, err
		}
		ids := make([]id.ID, len(taking))
		for n, p := range taking {
			ids[n] = p.ID
		}
		people, err := f.People.Of(ctx, ids...)
		if err != nil {
			return ParticipantsResultV2{}, err
		}
		var out ParticipantsV2
		for _, p := range taking {
			shown := ParticipantV2{Type: string(p.As), User: people[p.ID]}
			if p.As == incident.Observer {
				out.Passive = append(out.Passive, shown)
			} else {
				out.Active = append(out.Active, shown)
			}
		}
		return ParticipantsResultV2{Participants: out}, nil
	})
	op = rest.Op{
		ID: "IncidentParticipantWorkloads V2#List", Method: "GET", Path: "/v2/incident_participant_workloads", Summary: "List how much time people spent on an incident",
		Description: "Workload is not measured yet: the list is empty.", Scopes: []authz.Permission{authz.ViewWorkloads},
	}
	rest.Add(api, op, func(ctx context.Context, in of) (WorkloadsV2, error) {
		_, err := f.Incidents.Brief(tenant.Also(ctx, authz.ViewIncidents), in.IncidentID)
		return WorkloadsV2{}, err
	})
}

func (f family) memberships(api *rest.API) {
	op := rest.Op{
		ID: "Incident Memberships V1#Create", Method: "POST", Path: "/v1/incident_memberships", Status: 201, Summary: "Let somebody see a private incident", Scopes: []authz.Permission{authz.GrantAccess},
		Description: "Whoever sees it already is answered with all the same. Everybody sees a public incident, so there is nothing to give.",
	}
	rest.Add(api, op, func(ctx context.Context, in struct{ Body MemberV1 }) (MembershipResultV1, error) {
		if _, err := f.Incidents.GrantAccess(ctx, incident.GrantAccess{Incident: in.Body.IncidentID, User: in.Body.UserID}); err != nil {
			return MembershipResultV1{}, rest.Rename(err, memberFields)
		}
		access, err := f.Incidents.Access(incident.Managing(tenant.Also(ctx, authz.ViewIncidents)), in.Body.IncidentID)
		if err != nil {
			return MembershipResultV1{}, err
		}
		at := slices.IndexFunc(access.Members, func(m incident.Member) bool { return m.ID == in.Body.UserID })
		if at < 0 { // shut out again by somebody else meanwhile
			return MembershipResultV1{}, problem.Missing("membership")
		}
		people, err := f.People.Of(ctx, in.Body.UserID)
		if err != nil {
			return MembershipResultV1{}, err
		}
		since := wire.Time(access.Members[at].GrantedAt)
		return MembershipResultV1{Membership: MembershipV1{
			ID: id.Of(since, in.Body.IncidentID.String(), in.Body.UserID.String()).String(), IncidentID: in.Body.IncidentID.String(), User: people[in.Body.UserID], CreatedAt: since, UpdatedAt: since,
		}}, nil
	})
	op = rest.Op{
		ID: "Incident Memberships V1#Revoke", Method: "POST", Path: "/v1/incident_memberships/actions/revoke", Status: 204, Summary: "Shut somebody out of a private incident",
		Scopes: []authz.Permission{authz.RevokeAccess}, Description: "Neither the last one who sees it can be shut out, nor who holds a role in it.",
	}
	rest.Add(api, op, func(ctx context.Context, in struct{ Body MemberV1 }) (rest.Nothing, error) {
		_, err := f.Incidents.RevokeAccess(ctx, incident.RevokeAccess{Incident: in.Body.IncidentID, User: in.Body.UserID})
		return rest.Nothing{}, rest.Rename(err, memberFields)
	})
}
