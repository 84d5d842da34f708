package wire

import (
	"context"
	"slices"

	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/domain/workspace"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// User is a person of the organisation, as other records name them.
type User struct {
	ID          string `json:"id" doc:"Names the person." example:"01FCQSP07Z74QMMYPDDGQB9FTG"`
	Name        string `json:"name" doc:"What they are called." example:"Ada"`
	Email       string `json:"email,omitempty" doc:"Their address." example:"ada@example.com"`
	SlackUserID string `json:"slack_user_id,omitempty" doc:"Who they are in Slack, where it is connected." example:"U02AYNF2XJM"`
	Role        string `json:"role" doc:"Their base role." enum:"viewer,responder,administrator,owner,unset" example:"responder"`
}

// Actor is who did something: one of its fields is there, none when Muster did it by itself.
type Actor struct {
	User     *User        `json:"user,omitempty" doc:"A person did it."`
	APIKey   *APIKeyActor `json:"api_key,omitempty" doc:"A program did it, by the public API."`
	Workflow *NamedActor  `json:"workflow,omitempty" doc:"A workflow did it."`
	Alert    *TitledActor `json:"alert,omitempty" doc:"An alert did it."`
}

// APIKeyActor is a key with the name that it had then.
type APIKeyActor struct {
	ID   string `json:"id" doc:"Names the key." example:"01FCQSP07Z74QMMYPDDGQB9FTG"`
	Name string `json:"name" doc:"What the key was called." example:"Terraform"`
}

// NamedActor is something that acts under a name.
type NamedActor struct {
	ID   string `json:"id" doc:"Names it." example:"01FCQSP07Z74QMMYPDDGQB9FTG"`
	Name string `json:"name" doc:"What it was called." example:"Tell support"`
}

// TitledActor is something that acts under a title.
type TitledActor struct {
	ID    string `json:"id" doc:"Names it." example:"01FCQSP07Z74QMMYPDDGQB9FTG"`
	Title string `json:"title" doc:"Its title." example:"Errors in checkout"`
}

// Directory finds the people whom records name.
type Directory struct {
	Users      *user.Service
	Workspaces *workspace.Service
}

// People are those whom some records name, by their id.
type People map[id.ID]User

// Of finds the people with the given ids, empty ones left out, in two reads however many they are.
func (d Directory) Of(ctx context.Context, ids ...id.ID) (People, error) {
	ids = slices.DeleteFunc(slices.Clone(ids), id.ID.Empty)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	known, err := d.Users.ByID(ctx, ids...)
	if err != nil {
		return nil, err
	}
	slack, err := d.Workspaces.SlackIDs(ctx, ids...)
	if err != nil {
		return nil, err
	}
	people := make(People, len(known))
	for _, u := range known {
		people[u.ID] = User{ID: u.ID.String(), Name: u.Name, Email: u.Email, SlackUserID: slack[u.ID], Role: string(u.Role)}
	}
	return people, nil
}

// User is a person by their id, nil for nobody.
func (p People) User(who id.ID) *User {
	if found, ok := p[who]; ok {
		return &found
	}
	return nil
}

// Actor is who did something; a person who is no longer known keeps the name that they had.
func (p People) Actor(a tenant.Actor) Actor {
	switch a.Type {
	case tenant.User:
		if found := p.User(a.ID); found != nil {
			return Actor{User: found}
		}
		return Actor{User: &User{ID: a.ID.String(), Name: a.Name, Role: "unset"}}
	case tenant.APIKey:
		return Actor{APIKey: &APIKeyActor{ID: a.ID.String(), Name: a.Name}}
	case tenant.Workflow:
		return Actor{Workflow: &NamedActor{ID: a.ID.String(), Name: a.Name}}
	case tenant.Alert:
		return Actor{Alert: &TitledActor{ID: a.ID.String(), Title: a.Name}}
	default:
		return Actor{}
	}
}

// UserOf is the id of the person who acted, empty when it was no person; for Directory.Of.
func UserOf(a tenant.Actor) id.ID {
	if a.Type == tenant.User {
		return a.ID
	}
	return ""
}

// Team is a team, as other records name it.
type Team struct {
	ID   string `json:"id" doc:"Names the team." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	Name string `json:"name" doc:"What it is called." example:"Payments"`
}
