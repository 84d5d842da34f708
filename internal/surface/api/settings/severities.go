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

// SeveritiesV1 is a list of severities.
type SeveritiesV1 struct {
	Severities []wire.SeverityV1 `json:"severities"`
}

// SeverityResultV1 is one severity.
type SeverityResultV1 struct {
	Severity wire.SeverityV1 `json:"severity"`
}

// WriteSeverityV1 is a severity to be made, or what one becomes.
type WriteSeverityV1 struct {
	Name        string `json:"name" required:"true" doc:"What people call it, at most 50 characters." example:"Major"`
	Description string `json:"description" required:"true" doc:"When to choose it." example:"Customers cannot do something that matters."`
	Rank        *int32 `json:"rank" doc:"The higher, the worse; no other severity has it. Left out, a new one is worse than all others, and one that is there stays where it is." example:"1"`
}

func (f family) severities(api *rest.API) {
	const tag = "Severities V1#"
	view, change := []authz.Permission{authz.ViewSeverities}, []authz.Permission{authz.UpdateOrganisation}
	rest.Add(api, rest.Op{ID: tag + "List", Method: "GET", Path: "/v1/severities", Scopes: view, Summary: "List severities", Description: "Every severity in use, the mildest first."},
		func(ctx context.Context, _ rest.Nothing) (SeveritiesV1, error) {
			all, err := f.Incidents.Severities(ctx)
			return SeveritiesV1{Severities: each(all, wire.Severity)}, err
		})
	rest.Add(api, rest.Op{ID: tag + "Show", Method: "GET", Path: "/v1/severities/{id}", Scopes: view, Summary: "Show a severity"},
		func(ctx context.Context, in one) (SeverityResultV1, error) { return f.severity(ctx, in.ID) })
	rest.Add(api, rest.Op{ID: tag + "Create", Method: "POST", Path: "/v1/severities", Status: 201, Scopes: change, Summary: "Create a severity"},
		func(ctx context.Context, in struct{ Body WriteSeverityV1 }) (SeverityResultV1, error) {
			made, err := f.Incidents.CreateSeverity(ctx, incident.CreateSeverity(in.Body))
			return SeverityResultV1{Severity: wire.Severity(made)}, err
		})
	rest.Add(api, rest.Op{ID: tag + "Update", Method: "PUT", Path: "/v1/severities/{id}", Scopes: change, Summary: "Update a severity", Description: "Incidents that have it show it as it becomes."},
		func(ctx context.Context, in struct {
			one
			Body WriteSeverityV1
		},
		) (SeverityResultV1, error) {
			_, err := f.Incidents.EditSeverity(ctx, incident.EditSeverity{ID: id.ID(in.ID), Name: in.Body.Name, Description: in.Body.Description, Rank: in.Body.Rank})
			if err != nil {
				return SeverityResultV1{}, err
			}
			return f.severity(tenant.Also(ctx, authz.ViewSeverities), in.ID)
		})
	rest.Add(api, rest.Op{ID: tag + "Delete", Method: "DELETE", Path: "/v1/severities/{id}", Status: 202, Scopes: change, Summary: "Delete a severity", Description: "Incidents that are over keep it. While others have it, or forms name it, it cannot go: the answer is 409 and says where it is used."},
		func(ctx context.Context, in one) (rest.Nothing, error) {
			_, err := f.Incidents.ArchiveSeverity(ctx, incident.ArchiveSeverity{ID: id.ID(in.ID)})
			return rest.Nothing{}, err
		})
}

func (f family) severity(ctx context.Context, wanted string) (SeverityResultV1, error) {
	all, err := f.Incidents.Severities(ctx)
	found, err := find(all, err, "severity", wanted, func(s incident.Severity) string { return s.ID.String() })
	return SeverityResultV1{Severity: wire.Severity(found)}, err
}
