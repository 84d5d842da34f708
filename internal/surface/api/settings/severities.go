package settings

import (
	"context"
	"slices"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/problem"
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

// CreateSeverityV1 is a severity to be made.
type CreateSeverityV1 struct {
	Name        string `json:"name" required:"true" doc:"What people call it, at most 50 characters." example:"Major"`
	Description string `json:"description" required:"true" doc:"When to choose it." example:"Customers cannot do something that matters."`
	Rank        *int32 `json:"rank" doc:"The higher, the worse; worse than all others when left out." example:"1"`
}

func (f family) severities(api *rest.API) {
	op := rest.Op{ID: "Severities V1#List", Method: "GET", Path: "/v1/severities", Summary: "List severities", Description: "Every severity in use, the mildest first.", Scopes: []authz.Permission{authz.ViewIncidents}}
	rest.Add(api, op, func(ctx context.Context, _ rest.Nothing) (SeveritiesV1, error) {
		all, err := f.Incidents.Severities(ctx)
		if err != nil {
			return SeveritiesV1{}, err
		}
		var out SeveritiesV1
		for _, s := range all {
			if !s.Archived {
				out.Severities = append(out.Severities, wire.Severity(s))
			}
		}
		return out, nil
	})
	op = rest.Op{ID: "Severities V1#Show", Method: "GET", Path: "/v1/severities/{id}", Summary: "Show a severity", Scopes: []authz.Permission{authz.ViewIncidents}}
	rest.Add(api, op, func(ctx context.Context, in one) (SeverityResultV1, error) {
		all, err := f.Incidents.Severities(ctx)
		if err != nil {
			return SeverityResultV1{}, err
		}
		at := slices.IndexFunc(all, func(s incident.Severity) bool { return s.ID.String() == in.ID && !s.Archived })
		if at < 0 {
			return SeverityResultV1{}, problem.Missing("severity")
		}
		return SeverityResultV1{Severity: wire.Severity(all[at])}, nil
	})
	op = rest.Op{ID: "Severities V1#Create", Method: "POST", Path: "/v1/severities", Summary: "Create a severity", Status: 201, Scopes: []authz.Permission{authz.UpdateOrganisation}}
	rest.Add(api, op, func(ctx context.Context, in struct{ Body CreateSeverityV1 }) (SeverityResultV1, error) {
		made, err := f.Incidents.CreateSeverity(ctx, incident.CreateSeverity{Name: in.Body.Name, Description: in.Body.Description})
		return SeverityResultV1{Severity: wire.Severity(made)}, err
	})
}
