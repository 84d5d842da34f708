// Package people is the part of the public API about the people of an organisation.
package people

import (
	"context"

	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/domain/workspace"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/rest"
)

// Needs is what the operations stand on.
type Needs struct {
	Users      *user.Service
	Workspaces *workspace.Service
}

type family struct{ Needs }

// UserWithRolesV2 is a person with what they may do.
type UserWithRolesV2 struct {
	ID          string       `json:"id" doc:"Names the person." example:"01FCQSP07Z74QMMYPDDGQB9FTG"`
	Name        string       `json:"name" doc:"What they are called." example:"Ada"`
	Email       string       `json:"email,omitempty" doc:"Their address." example:"ada@example.com"`
	SlackUserID string       `json:"slack_user_id,omitempty" doc:"Who they are in Slack, where it is connected." example:"U02AYNF2XJM"`
	Role        string       `json:"role" doc:"Their base role in short." enum:"viewer,responder,administrator,owner,unset" example:"responder"`
	BaseRole    BaseRoleV2   `json:"base_role" doc:"Their base role."`
	CustomRoles []BaseRoleV2 `json:"custom_roles" doc:"Further roles; Muster has none but the base roles."`
	Seats       UserSeatsV2  `json:"seats" doc:"What they can take part in. Muster sells no seats, so it follows from the base role."`
	IsActive    bool         `json:"is_active" doc:"Whether they can sign in and act: not while their invitation is open, nor after they were deactivated."`
}

// BaseRoleV2 is a role of people.
type BaseRoleV2 struct {
	ID          string `json:"id" doc:"Names the role." example:"01FCQSP07Z74QMMYPDDGQB9FTG"`
	Name        string `json:"name" doc:"What people call it." example:"Responder"`
	Slug        string `json:"slug" doc:"A short name that never changes." example:"responder"`
	Description string `json:"description,omitempty" doc:"What it is for." example:"Declares incidents and works on them."`
}

// UserSeatsV2 says what somebody can take part in.
type UserSeatsV2 struct {
	OnCall   string `json:"on_call" doc:"Being on call." enum:"full_access,viewer_only,none" example:"full_access"`
	Response string `json:"response" doc:"Responding to incidents." enum:"full_access,viewer_only,none" example:"full_access"`
}

// UsersV2 is a page of people.
type UsersV2 struct {
	Users          []UserWithRolesV2 `json:"users"`
	PaginationMeta rest.Meta         `json:"pagination_meta"`
}

// UserResultV2 is one person.
type UserResultV2 struct {
	User UserWithRolesV2 `json:"user"`
}

type usersPage struct {
	rest.Page       `page:"25,10000"`
	Email           string `query:"email" doc:"Only who has this address." example:"ada@example.com"`
	SlackUserID     string `query:"slack_user_id" doc:"Only who is this person in Slack." example:"U02AYNF2XJM"`
	IncludeInactive bool   `query:"include_inactive" doc:"Those too who cannot act: invited or deactivated."`
}

// baseRoles describes the base roles. Every organisation has the same, so their ids are the same everywhere.
var baseRoles = map[authz.Role]BaseRoleV2{
	authz.Owner:         {ID: "01KAHGV000000000000000R001", Name: "Owner", Slug: "owner", Description: "May do everything, and says who else is an owner."},
	authz.Administrator: {ID: "01KAHGV000000000000000R002", Name: "Administrator", Slug: "administrator", Description: "Sets Muster up and invites people."},
	authz.Responder:     {ID: "01KAHGV000000000000000R003", Name: "Responder", Slug: "responder", Description: "Declares incidents and works on them."},
	authz.Viewer:        {ID: "01KAHGV000000000000000R004", Name: "Viewer", Slug: "viewer", Description: "Sees incidents and changes nothing."},
}

// Register adds the operations.
func Register(api *rest.API, n Needs) {
	f := family{n}
	view := []authz.Permission{authz.ViewUsers}
	rest.Add(api, rest.Op{ID: "Users V2#List", Method: "GET", Path: "/v2/users", Scopes: view, Summary: "List users", Description: "The people of the organisation, in an order that does not change while you read page after page."}, f.list)
	rest.Add(api, rest.Op{ID: "Users V2#Show", Method: "GET", Path: "/v2/users/{id}", Scopes: view, Summary: "Show a user", Description: "Also somebody who is not active any more."}, f.show)
}

func (f family) list(ctx context.Context, in usersPage) (UsersV2, error) {
	cmd := user.Directory{Email: in.Email, Inactive: in.IncludeInactive, After: id.ID(in.After), Count: in.PageSize}
	if in.SlackUserID != "" {
		among, err := f.Workspaces.UsersOf(ctx, in.SlackUserID)
		if err != nil {
			return UsersV2{}, err
		}
		cmd.Among = among
	}
	found, more, err := f.Users.Directory(ctx, cmd)
	if err != nil {
		return UsersV2{}, err
	}
	users, err := f.wire(ctx, found...)
	return UsersV2{Users: users, PaginationMeta: rest.Next(users, in.PageSize, more, func(u UserWithRolesV2) string { return u.ID })}, err
}

func (f family) show(ctx context.Context, in struct {
	ID string `path:"id" doc:"Names the person."`
},
) (UserResultV2, error) {
	found, err := f.Users.Get(ctx, id.ID(in.ID))
	if err != nil {
		return UserResultV2{}, err
	}
	users, err := f.wire(ctx, found)
	if err != nil {
		return UserResultV2{}, err
	}
	return UserResultV2{User: users[0]}, nil
}

// wire is the wire form of people, with who they are in Slack read at once for all.
func (f family) wire(ctx context.Context, found ...user.User) ([]UserWithRolesV2, error) {
	ids := make([]id.ID, len(found))
	for n, u := range found {
		ids[n] = u.ID
	}
	slack, err := f.Workspaces.SlackIDs(ctx, ids...)
	if err != nil {
		return nil, err
	}
	users := make([]UserWithRolesV2, len(found))
	for n, u := range found {
		users[n] = UserWithRolesV2{
			ID: u.ID.String(), Name: u.Name, Email: u.Email, SlackUserID: slack[u.ID], Role: string(u.Role), BaseRole: baseRoles[u.Role],
			Seats: seats(u), IsActive: u.State == user.StateActive,
		}
	}
	return users, nil
}

func seats(u user.User) UserSeatsV2 {
	switch {
	case u.State != user.StateActive:
		return UserSeatsV2{OnCall: "none", Response: "none"}
	case u.Role == authz.Viewer:
		return UserSeatsV2{OnCall: "viewer_only", Response: "viewer_only"}
	default:
		return UserSeatsV2{OnCall: "full_access", Response: "full_access"}
	}
}
