package respond

import (
	"context"
	"slices"
	"strings"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/platform/rest"
)

// RelationshipV1 is another incident that belongs to the one that was asked for.
type RelationshipV1 struct {
	ID       string            `json:"id" doc:"Names the relationship." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	Incident RelatedIncidentV1 `json:"incident" doc:"The other incident."`
}

// RelatedIncidentV1 is an incident in few words.
type RelatedIncidentV1 struct {
	ID         string `json:"id" doc:"Names the incident." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	Name       string `json:"name" doc:"What it is called." example:"Checkout fails"`
	ExternalID int64  `json:"external_id" doc:"The number of its reference." example:"123"`
}

// RelationshipsV1 is a list of relationships.
type RelationshipsV1 struct {
	Relationships []RelationshipV1 `json:"incident_relationships"`
	Page          rest.Meta        `json:"pagination_meta"`
}

type listRelationships struct {
	of
	rest.Page `page:"25,250"`
}

func (f family) relationships(api *rest.API) {
	op := rest.Op{
		ID: "Incident Relationships V1#List", Method: "GET", Path: "/v1/incident_relationships", Summary: "List the incidents that belong to one", Scopes: []authz.Permission{authz.ViewIncidents},
		Description: "Those that were merged into it, the one that it was merged into, and those of which one was declared from the other's room.",
	}
	rest.Add(api, op, func(ctx context.Context, in listRelationships) (RelationshipsV1, error) {
		related, err := f.Incidents.Related(ctx, in.IncidentID)
		if err != nil {
			return RelationshipsV1{}, err
		}
		into, err := f.Incidents.MergedInto(ctx, in.IncidentID)
		if err != nil {
			return RelationshipsV1{}, err
		}
		if into != nil {
			related = append(related, *into)
		}
		var all []RelationshipV1
		for _, r := range related {
			if r.ID.String() > in.After {
				// There is one relationship at most between two incidents, so the other one's id names it.
				all = append(all, RelationshipV1{ID: r.ID.String(), Incident: RelatedIncidentV1{ID: r.ID.String(), Name: r.Name, ExternalID: r.Number}})
			}
		}
		slices.SortFunc(all, func(a, b RelationshipV1) int { return strings.Compare(a.ID, b.ID) })
		all = slices.CompactFunc(all, func(a, b RelationshipV1) bool { return a.ID == b.ID })
		shown, more := rest.Cut(all, in.PageSize)
		return RelationshipsV1{Relationships: shown, Page: rest.Next(shown, in.PageSize, more, func(r RelationshipV1) string { return r.ID })}, nil
	})
}
