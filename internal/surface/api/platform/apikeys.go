package platform

import (
	"context"
	"time"

	"github.com/musterhq/muster/internal/domain/apikey"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/rest"
	"github.com/musterhq/muster/internal/surface/api/wire"
)

// APIKeyV1 is a key of the API, without its secret.
type APIKeyV1 struct {
	ID                string       `json:"id" doc:"Names the key." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	Name              string       `json:"name" doc:"What people call it." example:"Terraform"`
	Comments          string       `json:"comments,omitempty" doc:"What people note about it." example:"Runs from the repository infra."`
	Roles             []KeyRoleV1  `json:"roles" doc:"What it may do everywhere."`
	TeamRoles         []TeamRoleV1 `json:"team_roles" doc:"What it may do to what belongs to its teams."`
	TeamIDs           []string     `json:"team_ids" doc:"The teams for which its roles in teams hold."`
	Creator           wire.Actor   `json:"creator" doc:"Who made it; nobody where it was made from a shell."`
	CreatedAt         time.Time    `json:"created_at" doc:"When it was made."`
	TokenLastIssuedAt time.Time    `json:"token_last_issued_at" doc:"When its secret was made."`
	LastUsedAt        *time.Time   `json:"last_used_at,omitempty" doc:"When a request came with it, to the minute; left out while none has."`
}

// KeyRoleV1 is a role of a key.
type KeyRoleV1 struct {
	Name        string `json:"name" enum:"viewer,incident_creator,incident_editor,manage_settings,global_access,catalog_viewer,catalog_editor,incident_memberships_editor,schedules_editor,schedules_reader,schedule_overrides_editor,workflows_editor,workflows_viewer,private_workflows_editor,private_escalation_workflows_editor,on_call_editor,on_call_viewer,escalation_creator,post_incident_flow_opt_out,security_settings_editor,investigation_download,team_memberships_manage,status_page_publisher,postmortems_manage,api_keys_manage,notification_methods_manage,notification_methods_unredacted_viewer,incident_workload_viewer,incident_workload_private_viewer,act_on_behalf_of_users,secrets_manage,secrets_use,call_transcripts_viewer,heartbeats_ping" doc:"The role." example:"viewer"`
	Description string `json:"description" doc:"What it may do." example:"Declares incidents."`
}

// TeamRoleV1 is a role of a key in its teams.
type TeamRoleV1 struct {
	Name        string `json:"name" enum:"catalog_editor,workflows_editor,private_workflows_editor,on_call_editor,schedules_reader,schedules_editor,schedule_overrides_editor,escalation_creator,heartbeats_ping,api_keys_manage,secrets_manage,secrets_use" doc:"The role." example:"schedules_editor"`
	Description string `json:"description" doc:"What it may do." example:"Reads and changes schedules and their overrides."`
}

// SaveAPIKeyV1 says what a key is called and may do.
type SaveAPIKeyV1 struct {
	Name          string   `json:"name" required:"true" doc:"What people call it, at most 200 characters." example:"Terraform"`
	Comments      string   `json:"comments" doc:"What people note about it, at most 5000 characters." example:"Runs from the repository infra."`
	RoleNames     []string `json:"role_names" required:"true" enum:"viewer,incident_creator,incident_editor,manage_settings,global_access,catalog_viewer,catalog_editor,incident_memberships_editor,schedules_editor,schedules_reader,schedule_overrides_editor,workflows_editor,workflows_viewer,private_workflows_editor,private_escalation_workflows_editor,on_call_editor,on_call_viewer,escalation_creator,post_incident_flow_opt_out,security_settings_editor,investigation_download,team_memberships_manage,status_page_publisher,postmortems_manage,api_keys_manage,notification_methods_manage,notification_methods_unredacted_viewer,incident_workload_viewer,incident_workload_private_viewer,act_on_behalf_of_users,secrets_manage,secrets_use,call_transcripts_viewer,heartbeats_ping" doc:"What it may do everywhere: no more than whoever makes it." example:"viewer"`
	TeamRoleNames []string `json:"team_role_names" required:"true" enum:"catalog_editor,workflows_editor,private_workflows_editor,on_call_editor,schedules_reader,schedules_editor,schedule_overrides_editor,escalation_creator,heartbeats_ping,api_keys_manage,secrets_manage,secrets_use" doc:"What it may do to what belongs to its teams."`
	TeamIDs       []string `json:"team_ids" required:"true" doc:"The teams for which its roles in teams hold."`
}

// RotateAPIKeyV1 says how long the old secret goes on.
type RotateAPIKeyV1 struct {
	GracePeriodMinutes int64 `json:"grace_period_minutes" required:"true" doc:"For how many minutes the old secret goes on, up to 60." example:"30"`
}

// APIKeysV1 is a page of keys.
type APIKeysV1 struct {
	APIKeys        []APIKeyV1 `json:"api_keys" doc:"The keys in use, the newest first."`
	PaginationMeta rest.Meta  `json:"pagination_meta"`
}

// APIKeyResultV1 is one key.
type APIKeyResultV1 struct {
	APIKey APIKeyV1 `json:"api_key"`
}

// APIKeySecretV1 is a key with its secret.
type APIKeySecretV1 struct {
	APIKey APIKeyV1 `json:"api_key"`
	Token  string   `json:"token" doc:"The secret: send it as Authorization: Bearer. It is not shown again." example:"inc_…"`
}

type keyPath struct {
	ID string `path:"id" doc:"Names the key." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
}

// apiKeyFields are the names on the wire of what a verb finds wrong.
var apiKeyFields = map[string]string{"roles": "role_names", "team_roles": "team_role_names", "teams": "team_ids"}

func (b SaveAPIKeyV1) what() apikey.What {
	what := apikey.What{Name: b.Name, Comments: b.Comments, Teams: b.TeamIDs}
	for _, role := range b.RoleNames {
		what.Roles = append(what.Roles, authz.KeyRole(role))
	}
	for _, role := range b.TeamRoleNames {
		what.TeamRoles = append(what.TeamRoles, authz.KeyRole(role))
	}
	return what
}

// keys shows keys, with the people who made them.
func (f family) keys(ctx context.Context, keys ...apikey.Key) ([]APIKeyV1, error) {
	var makers []id.ID
	for _, key := range keys {
		makers = append(makers, wire.UserOf(key.CreatedBy))
	}
	people, err := f.Directory.Of(ctx, makers...)
	if err != nil {
		return nil, err
	}
	shown := make([]APIKeyV1, len(keys))
	for n, key := range keys {
		shown[n] = APIKeyV1{
			ID: key.ID.String(), Name: key.Name, Comments: key.Comments, TeamIDs: key.Teams, Creator: people.Actor(key.CreatedBy),
			CreatedAt: key.CreatedAt, TokenLastIssuedAt: key.IssuedAt, LastUsedAt: key.LastUsedAt,
		}
		for _, role := range key.Roles {
			about, _ := role.About()
			shown[n].Roles = append(shown[n].Roles, KeyRoleV1{Name: string(role), Description: about.Description})
		}
		for _, role := range key.TeamRoles {
			about, _ := role.About()
			shown[n].TeamRoles = append(shown[n].TeamRoles, TeamRoleV1{Name: string(role), Description: about.Description})
		}
	}
	return shown, nil
}

func (f family) key(ctx context.Context, key apikey.Key, err error) (APIKeyV1, error) {
	if err != nil {
		return APIKeyV1{}, rest.Rename(err, apiKeyFields)
	}
	shown, err := f.keys(ctx, key)
	if err != nil {
		return APIKeyV1{}, err
	}
	return shown[0], nil
}

// apiKeys adds the operations on keys.
func (f family) apiKeys(api *rest.API) {
	op := rest.Op{ID: "API Keys V1#List", Method: "GET", Path: "/v1/api_keys", Summary: "List API keys", Description: "Every key in use, the newest first. Secrets are never shown again.", Scopes: []authz.Permission{authz.ViewAPIKeys}}
	rest.Add(api, op, func(ctx context.Context, in struct {
		rest.Page `page:"25,250"`
	},
	) (APIKeysV1, error) {
		keys, more, err := f.APIKeys.List(ctx, apikey.List{After: id.ID(in.After), Count: in.PageSize})
		if err != nil {
			return APIKeysV1{}, err
		}
		shown, err := f.keys(ctx, keys...)
		return APIKeysV1{APIKeys: shown, PaginationMeta: rest.Next(shown, in.PageSize, more, func(k APIKeyV1) string { return k.ID })}, err
	})
	op = rest.Op{ID: "API Keys V1#Show", Method: "GET", Path: "/v1/api_keys/{id}", Summary: "Show an API key", Scopes: []authz.Permission{authz.ViewAPIKeys}}
	rest.Add(api, op, func(ctx context.Context, in keyPath) (APIKeyResultV1, error) {
		found, err := f.APIKeys.Get(ctx, id.ID(in.ID))
		shown, err := f.key(ctx, found, err)
		return APIKeyResultV1{APIKey: shown}, err
	})
	op = rest.Op{
		ID: "API Keys V1#Create", Method: "POST", Path: "/v1/api_keys", Summary: "Make an API key", Status: 201, Scopes: []authz.Permission{authz.CreateAPIKeys},
		Description: "Answers with the secret of the new key, once. A key can give only roles of which it may do everything itself.",
	}
	rest.Add(api, op, func(ctx context.Context, in struct{ Body SaveAPIKeyV1 }) (APIKeySecretV1, error) {
		made, token, err := f.APIKeys.Create(ctx, apikey.Create{What: in.Body.what()})
		shown, err := f.key(ctx, made, err)
		return APIKeySecretV1{APIKey: shown, Token: token}, err
	})
	op = rest.Op{ID: "API Keys V1#Update", Method: "PUT", Path: "/v1/api_keys/{id}", Summary: "Change an API key", Description: "Replaces its name, its comments and what it may do; its secret stays.", Scopes: []authz.Permission{authz.UpdateAPIKeys}}
	rest.Add(api, op, func(ctx context.Context, in struct {
		keyPath
		Body SaveAPIKeyV1
	},
	) (APIKeyResultV1, error) {
		edited, err := f.APIKeys.Edit(ctx, apikey.Edit{Key: id.ID(in.ID), What: in.Body.what()})
		shown, err := f.key(ctx, edited, err)
		return APIKeyResultV1{APIKey: shown}, err
	})
	op = rest.Op{
		ID: "API Keys V1#Rotate", Method: "POST", Path: "/v1/api_keys/{id}/actions/rotate", Summary: "Rotate an API key", Status: 201, Scopes: []authz.Permission{authz.RotateAPIKeys},
		Description: "Gives the key a new secret and answers with it, once. The old one goes on for the grace period, so that programs can be changed over without a gap.",
	}
	rest.Add(api, op, func(ctx context.Context, in struct {
		keyPath
		Body RotateAPIKeyV1
	},
	) (APIKeySecretV1, error) {
		minutes := min(max(in.Body.GracePeriodMinutes, -1), 1000) // further out is as wrong
		rotated, token, err := f.APIKeys.Rotate(ctx, apikey.Rotate{Key: id.ID(in.ID), Grace: time.Duration(minutes) * time.Minute})
		shown, err := f.key(ctx, rotated, err)
		return APIKeySecretV1{APIKey: shown, Token: token}, err
	})
	op = rest.Op{ID: "API Keys V1#Delete", Method: "DELETE", Path: "/v1/api_keys/{id}", Summary: "Revoke an API key", Description: "No request with it is answered any more, from this moment.", Status: 204, Scopes: []authz.Permission{authz.DestroyAPIKeys}}
	rest.Add(api, op, func(ctx context.Context, in keyPath) (rest.Nothing, error) {
		return rest.Nothing{}, f.APIKeys.Revoke(ctx, id.ID(in.ID))
	})
}
