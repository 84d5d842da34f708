package respond

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/rest"
	"github.com/musterhq/muster/internal/surface/api/wire"
)

// ActionV1 is something to do during an incident or after it.
type ActionV1 struct {
	ID          string     `json:"id" doc:"Names the action or the follow-up." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	IncidentID  string     `json:"incident_id" doc:"The incident that it belongs to." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	Description *string    `json:"description,omitempty" doc:"What is to be done; of a follow-up its title." example:"Restart the payment workers"`
	Status      string     `json:"status" doc:"How far it is." enum:"outstanding,completed,deleted,not_doing" example:"outstanding"`
	FollowUp    bool       `json:"follow_up" doc:"Whether it is to be done after the incident." example:"false"`
	Assignee    *wire.User `json:"assignee,omitempty" doc:"Who does it."`
	Issue       *IssueV2   `json:"external_issue_reference,omitempty" doc:"Where it is worked on in another tracker."`
	CompletedAt *time.Time `json:"completed_at,omitempty" doc:"When it was done."`
	CreatedAt   time.Time  `json:"created_at" doc:"When it was added."`
	UpdatedAt   time.Time  `json:"updated_at" doc:"When it was last changed."`
}

// ActionsV1 is a list of actions and follow-ups.
type ActionsV1 struct {
	Actions []ActionV1 `json:"actions"`
}

// ActionResultV1 is one action or follow-up.
type ActionResultV1 struct {
	Action ActionV1 `json:"action"`
}

type listActionsV1 struct {
	IncidentID id.ID  `query:"incident_id" doc:"Only those of this incident."`
	FollowUp   *bool  `query:"is_follow_up" doc:"Only follow-ups, or none; both when left out."`
	Mode       string `query:"incident_mode" doc:"Only those of incidents of this mode; of real ones when left out." enum:"real,test,tutorial"`
}

func (f family) actionsV1(api *rest.API) {
	op := rest.Op{
		ID: "Actions V1#List", Method: "GET", Path: "/v1/actions", Summary: "List actions and follow-ups", Deprecated: true, Scopes: []authz.Permission{authz.ViewActions},
		Description: "Actions and follow-ups in one list, in the order in which they were added. /v2/actions and /v2/follow_ups tell more.",
	}
	rest.Add(api, op, func(ctx context.Context, in listActionsV1) (ActionsV1, error) {
		mode := strings.TrimPrefix(in.Mode, "real")
		var out []ActionV1
		if in.FollowUp == nil || !*in.FollowUp {
			found, err := f.Actions.Across(ctx, action.Filter{Incident: in.IncidentID, Modes: listed(in.IncidentID, mode)})
			if err != nil {
				return ActionsV1{}, rest.Rename(err, actionFields)
			}
			all, err := f.actionsOf(ctx, found...)
			if err != nil {
				return ActionsV1{}, err
			}
			for _, a := range all {
				out = append(out, actionV1(a))
			}
		}
		if in.FollowUp == nil || *in.FollowUp {
			found, err := f.FollowUps.List(ctx, followup.Filter{Incident: in.IncidentID, Modes: listed(in.IncidentID, mode), Most: followup.MostListed})
			if err != nil {
				return ActionsV1{}, rest.Rename(err, actionFields)
			}
			all, err := f.followUpsOf(ctx, found...)
			if err != nil {
				return ActionsV1{}, err
			}
			for _, one := range all {
				out = append(out, followUpV1(one))
			}
		}
		slices.SortStableFunc(out, func(a, b ActionV1) int { return strings.Compare(a.ID, b.ID) })
		return ActionsV1{Actions: out}, nil
	})
	rest.Add(api, rest.Op{ID: "Actions V1#Show", Method: "GET", Path: "/v1/actions/{id}", Summary: "Show an action or a follow-up", Deprecated: true, Scopes: []authz.Permission{authz.ViewActions}},
		func(ctx context.Context, in one) (ActionResultV1, error) {
			found, err := f.Actions.Get(ctx, id.ID(in.ID))
			if problem.Is(err, problem.NotFound) {
				other, err := f.FollowUps.Get(ctx, id.ID(in.ID))
				shown, err := f.followUp(ctx, other, err)
				if problem.Is(err, problem.NotFound) {
					err = problem.Missing("action")
				}
				return ActionResultV1{Action: followUpV1(shown.FollowUp)}, err
			}
			shown, err := f.action(ctx, found, err)
			return ActionResultV1{Action: actionV1(shown.Action)}, err
		})
}

// listed are the modes that a list counts; a list of one incident counts whatever mode that has unless it is said.
func listed(in id.ID, mode string) []incident.Mode {
	if !in.Empty() && mode == "" {
		return []incident.Mode{incident.Standard, incident.Retrospective, incident.Test, incident.Tutorial}
	}
	return modes(mode)
}

func actionV1(a ActionV2) ActionV1 {
	return ActionV1{
		ID: a.ID, IncidentID: a.IncidentID, Description: wire.Optional(a.Description), Status: a.Status, Assignee: a.Assignee, CompletedAt: a.CompletedAt, CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt,
	}
}

func followUpV1(u FollowUpV2) ActionV1 {
	return ActionV1{
		ID: u.ID, IncidentID: u.IncidentID, Description: wire.Optional(u.Title), Status: u.Status, FollowUp: true, Assignee: u.Assignee, Issue: u.Issue,
		CompletedAt: u.CompletedAt, CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt,
	}
}
