package respond

import (
	"context"
	"time"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/rest"
	"github.com/musterhq/muster/internal/surface/api/wire"
)

// ActionV2 is something to do during an incident.
type ActionV2 struct {
	ID          string     `json:"id" doc:"Names the action." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	IncidentID  string     `json:"incident_id" doc:"The incident in which it is to be done." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	Description string     `json:"description" doc:"What is to be done." example:"Restart the payment workers"`
	Status      string     `json:"status" doc:"How far it is." enum:"outstanding,completed,deleted,not_doing" example:"outstanding"`
	Assignee    *wire.User `json:"assignee,omitempty" doc:"Who does it."`
	Creator     wire.Actor `json:"creator" doc:"Who added it."`
	CompletedAt *time.Time `json:"completed_at,omitempty" doc:"When it was done."`
	CreatedAt   time.Time  `json:"created_at" doc:"When it was added."`
	UpdatedAt   time.Time  `json:"updated_at" doc:"When it was last changed."`
}

// ActionsV2 is a list of actions.
type ActionsV2 struct {
	Actions []ActionV2 `json:"actions"`
}

// ActionResultV2 is one action.
type ActionResultV2 struct {
	Action ActionV2 `json:"action"`
}

// CreateActionV2 is an action to be added.
type CreateActionV2 struct {
	IncidentID  id.ID  `json:"incident_id" required:"true" doc:"The incident in which it is to be done." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	Description string `json:"description" required:"true" doc:"What is to be done, in a few words." example:"Restart the payment workers"`
	AssigneeID  id.ID  `json:"assignee_id" doc:"Who does it; nobody when left out." example:"01FCQSP07Z74QMMYPDDGQB9FTG"`
}

// UpdateActionV2 is everything that can be changed in an action; what is left out is taken away.
type UpdateActionV2 struct {
	Description string `json:"description" required:"true" doc:"What is to be done." example:"Restart the payment workers"`
	Status      string `json:"status" required:"true" doc:"How far it is." enum:"outstanding,completed,deleted,not_doing" example:"completed"`
	AssigneeID  id.ID  `json:"assignee_id" doc:"Who does it; nobody when left out." example:"01FCQSP07Z74QMMYPDDGQB9FTG"`
}

type listActionsV2 struct {
	IncidentID id.ID  `query:"incident_id" doc:"Only those of this incident."`
	Mode       string `query:"incident_mode" doc:"Only those of incidents of this mode; of standard and retrospective ones when left out." enum:"standard,retrospective,test,tutorial,stream"`
}

var actionFields = map[string]string{"assignee": "assignee_id", "incident": "incident_id"}

func (f family) actions(api *rest.API) {
	op := rest.Op{
		ID: "Actions V2#List", Method: "GET", Path: "/v2/actions", Summary: "List actions", Scopes: []authz.Permission{authz.ViewActions},
		Description: "Actions of one incident or of all, in the order in which they were added, at most 10,000. Deleted ones are left out.",
	}
	rest.Add(api, op, func(ctx context.Context, in listActionsV2) (ActionsV2, error) {
		found, err := f.Actions.Across(ctx, action.Filter{Incident: in.IncidentID, Modes: listed(in.IncidentID, in.Mode)})
		if err != nil {
			return ActionsV2{}, rest.Rename(err, actionFields)
		}
		out, err := f.actionsOf(ctx, found...)
		return ActionsV2{Actions: out}, err
	})
	rest.Add(api, rest.Op{ID: "Actions V2#Show", Method: "GET", Path: "/v2/actions/{id}", Summary: "Show an action", Scopes: []authz.Permission{authz.ViewActions}},
		func(ctx context.Context, in one) (ActionResultV2, error) {
			found, err := f.Actions.Get(ctx, id.ID(in.ID))
			return f.action(ctx, found, err)
		})
	rest.Add(api, rest.Op{ID: "Actions V2#Create", Method: "POST", Path: "/v2/actions", Status: 201, Summary: "Add an action to an incident", Scopes: []authz.Permission{authz.CreateActions}},
		func(ctx context.Context, in struct{ Body CreateActionV2 }) (ActionResultV2, error) {
			made, err := f.Actions.Create(ctx, action.Create{Incident: in.Body.IncidentID, Description: in.Body.Description, Assignee: in.Body.AssigneeID})
			return f.action(ctx, made, err)
		})
	op = rest.Op{
		ID: "Actions V2#Update", Method: "PUT", Path: "/v2/actions/{id}", Summary: "Change an action", Scopes: []authz.Permission{authz.UpdateActions},
		Description: "Takes the place of all that can be changed: who leaves assignee_id out takes the action from whoever has it.",
	}
	rest.Add(api, op, func(ctx context.Context, in struct {
		one
		Body UpdateActionV2
	},
	) (ActionResultV2, error) {
		changed, err := f.Actions.Replace(ctx, action.Replace{Action: id.ID(in.ID), Description: in.Body.Description, Status: action.Status(in.Body.Status), Assignee: in.Body.AssigneeID})
		return f.action(ctx, changed, err)
	})
	rest.Add(api, rest.Op{ID: "Actions V2#Delete", Method: "DELETE", Path: "/v2/actions/{id}", Status: 204, Summary: "Delete an action", Scopes: []authz.Permission{authz.DestroyActions}},
		func(ctx context.Context, in one) (rest.Nothing, error) {
			_, err := f.Actions.Delete(ctx, action.Delete{Action: id.ID(in.ID)})
			return rest.Nothing{}, err
		})
}

func (f family) action(ctx context.Context, a action.Action, err error) (ActionResultV2, error) {
	if err != nil {
		return ActionResultV2{}, rest.Rename(err, actionFields)
	}
	out, err := f.actionsOf(ctx, a)
	if err != nil {
		return ActionResultV2{}, err
	}
	return ActionResultV2{Action: out[0]}, nil
}

// actionsOf makes the wire form of actions, with one look-up of people for all.
func (f family) actionsOf(ctx context.Context, all ...action.Action) ([]ActionV2, error) {
	var named []id.ID
	for _, a := range all {
		named = append(named, a.Assigned(), wire.UserOf(a.Creator))
	}
	people, err := f.People.Of(ctx, named...)
	if err != nil {
		return nil, err
	}
	out := make([]ActionV2, len(all))
	for n, a := range all {
		out[n] = ActionV2{
			ID: a.ID.String(), IncidentID: a.Incident.String(), Description: a.Description, Status: string(a.Status), Assignee: people.User(a.Assigned()), Creator: people.Actor(a.Creator),
			CompletedAt: wire.TimeOf(a.CompletedAt), CreatedAt: wire.Time(a.CreatedAt), UpdatedAt: wire.Time(a.UpdatedAt),
		}
	}
	return out, nil
}
