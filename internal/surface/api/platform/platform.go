// Package platform is the part of the public API about itself: who a key is, and the document of the API.
package platform

import (
	"context"
	"sync"

	"github.com/musterhq/muster/internal/domain/apikey"
	"github.com/musterhq/muster/internal/domain/managed"
	"github.com/musterhq/muster/internal/domain/organisation"
	"github.com/musterhq/muster/internal/platform/rest"
	"github.com/musterhq/muster/internal/surface/api/wire"
)

// Needs is what the operations stand on.
type Needs struct {
	URL           string
	Organisations *organisation.Service
	Managed       *managed.Service
	APIKeys       *apikey.Service
	Directory     wire.Directory
}

type family struct{ Needs }

// IdentityV1 is who a key is.
type IdentityV1 struct {
	Name         string           `json:"name" doc:"The name of the key." example:"Terraform"`
	Roles        []string         `json:"roles" doc:"The roles of the key."`
	Teams        []IdentityTeamV1 `json:"teams" doc:"The teams that the key belongs to."`
	TeamRoles    []string         `json:"team_roles" doc:"Roles that the key has in its teams alone."`
	DashboardURL string           `json:"dashboard_url" doc:"Where people see the same organisation." example:"https://muster.example.com"`
}

// IdentityTeamV1 is a team of a key.
type IdentityTeamV1 struct {
	ID   string `json:"id" doc:"Names the team." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	Name string `json:"name" doc:"What people call it." example:"Payments"`
}

// IdentityResultV1 is who a key is.
type IdentityResultV1 struct {
	Identity IdentityV1 `json:"identity"`
}

// Register adds the operations. The document is made when it is first asked for, when every family has registered.
func Register(api *rest.API, n Needs) {
	f := family{n}
	richText(api)
	f.resources(api)
	f.apiKeys(api)
	f.allowlist(api)
	rest.Add(api, rest.Op{ID: "Utilities V1#Identity", Method: "GET", Path: "/v1/identity", Summary: "Show who the key is", Description: "A cheap way to find out whether a key works."},
		func(ctx context.Context, _ rest.Nothing) (IdentityResultV1, error) {
			key, err := n.APIKeys.Own(ctx)
			if err != nil {
				return IdentityResultV1{}, err
			}
			shown := IdentityV1{Name: key.Name, DashboardURL: n.URL}
			for _, role := range key.Roles {
				shown.Roles = append(shown.Roles, string(role))
			}
			for _, role := range key.TeamRoles {
				shown.TeamRoles = append(shown.TeamRoles, string(role))
			}
			for _, team := range key.Teams {
				shown.Teams = append(shown.Teams, IdentityTeamV1{ID: team})
			}
			return IdentityResultV1{Identity: shown}, nil
		})
	document := sync.OnceValues(api.DocumentJSON)
	rest.Add(api, rest.Op{ID: "Utilities V1#OpenAPIV3", Method: "GET", Path: "/v1/openapiV3.json", Summary: "This document", Public: true},
		func(context.Context, rest.Nothing) (rest.File, error) {
			text, err := document()
			return rest.File(text), err
		})
}
