package respond

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/domain/attachment"
	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/rest"
	"github.com/musterhq/muster/internal/surface/api/wire"
)

// FollowUpV2 is something to do after an incident.
type FollowUpV2 struct {
	ID           string      `json:"id" doc:"Names the follow-up." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	IncidentID   string      `json:"incident_id" doc:"The incident that it comes from." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	Title        string      `json:"title" doc:"What is to be done, in a few words." example:"Alert before the disk is full"`
	Description  *string     `json:"description,omitempty" doc:"More about it." example:"At 80 per cent would have been early enough."`
	Status       string      `json:"status" doc:"How far it is." enum:"outstanding,completed,deleted,not_doing" example:"outstanding"`
	Priority     *PriorityV2 `json:"priority,omitempty" doc:"How urgent it is."`
	Labels       []string    `json:"labels" doc:"Words to find it by."`
	Assignee     *wire.User  `json:"assignee,omitempty" doc:"Who does it."`
	AssigneeTeam *wire.Team  `json:"assignee_team,omitempty" doc:"Which team does it."`
	Creator      wire.Actor  `json:"creator" doc:"Who wrote it down."`
	Issue        *IssueV2    `json:"external_issue_reference,omitempty" doc:"Where it is worked on in another tracker."`
	CompletedAt  *time.Time  `json:"completed_at,omitempty" doc:"When it was done."`
	CreatedAt    time.Time   `json:"created_at" doc:"When it was written down."`
	UpdatedAt    time.Time   `json:"updated_at" doc:"When it was last changed."`
}

// PriorityV2 is one of the organisation's priorities of follow-ups.
type PriorityV2 struct {
	ID          string  `json:"id" doc:"Names the priority." example:"01GNW4BAQ7XRMFF6FHKNXDFPRW"`
	Name        string  `json:"name" doc:"What people call it." example:"Urgent"`
	Description *string `json:"description,omitempty" doc:"When to choose it." example:"Before the next working day"`
	Rank        int64   `json:"rank" doc:"Its place, the most urgent first." example:"1"`
}

// IssueV2 is an issue of another tracker.
type IssueV2 struct {
	Provider  string `json:"provider" doc:"The tracker." enum:"asana,azure_devops,click_up,linear,jira,jira_server,github,gitlab,service_now,shortcut,notion" example:"jira"`
	Name      string `json:"issue_name" doc:"What the tracker calls it." example:"SHOP-12"`
	Permalink string `json:"issue_permalink" doc:"Its address." example:"https://shop.example.com/browse/SHOP-12"`
}

// FollowUpsV2 is a list of follow-ups.
type FollowUpsV2 struct {
	FollowUps []FollowUpV2 `json:"follow_ups"`
}

// FollowUpResultV2 is one follow-up.
type FollowUpResultV2 struct {
	FollowUp FollowUpV2 `json:"follow_up"`
}

// FollowUpWordsV2 are what can be said of a follow-up.
type FollowUpWordsV2 struct {
	Title          string   `json:"title" required:"true" doc:"What is to be done, in a few words." example:"Alert before the disk is full"`
	Description    string   `json:"description" doc:"More about it." example:"At 80 per cent would have been early enough."`
	PriorityID     id.ID    `json:"follow_up_priority_option_id" doc:"How urgent it is; none when left out." example:"01GNW4BAQ7XRMFF6FHKNXDFPRW"`
	Labels         []string `json:"labels" doc:"Words to find it by, at most 10."`
	AssigneeID     id.ID    `json:"assignee_id" doc:"Who does it; nobody when left out." example:"01FCQSP07Z74QMMYPDDGQB9FTG"`
	AssigneeTeamID id.ID    `json:"assignee_team_id" doc:"Which team does it. There are no teams yet, so none is known."`
	CategoryID     id.ID    `json:"follow_up_category_id" doc:"Follow-ups have no categories; this is ignored."`
}

// CreateFollowUpV2 is a follow-up to be written down.
type CreateFollowUpV2 struct {
	IncidentID id.ID `json:"incident_id" required:"true" doc:"The incident that it comes from." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	IssueID    id.ID `json:"external_issue_reference_id" doc:"Connect an issue afterwards by its address instead; this is ignored."`
	FollowUpWordsV2
}

// UpdateFollowUpV2 is everything that can be changed in a follow-up; what is left out is taken away.
type UpdateFollowUpV2 struct {
	Status string `json:"status" required:"true" doc:"How far it is." enum:"outstanding,completed,deleted,not_doing" example:"completed"`
	FollowUpWordsV2
}

// ConnectIssueV2 says where a follow-up is worked on.
type ConnectIssueV2 struct {
	Provider string `json:"provider" required:"true" doc:"The tracker." enum:"asana,azure_devops,click_up,linear,jira,jira_server,github,gitlab,service_now,shortcut,notion" example:"jira"`
	URL      string `json:"url" required:"true" doc:"The address of the issue." example:"https://shop.example.com/browse/SHOP-12"`
}

type listFollowUps struct {
	IncidentID id.ID  `query:"incident_id" doc:"Only those of this incident."`
	Mode       string `query:"incident_mode" doc:"Only those of incidents of this mode; of standard and retrospective ones when left out." enum:"standard,retrospective,test,tutorial,stream"`
	TeamID     id.ID  `query:"assignee_team_id" doc:"Only those that this team does."`
}

var followUpFields = map[string]string{"assignee": "assignee_id", "incident": "incident_id", "priority": "follow_up_priority_option_id"}

func (f family) followUps(api *rest.API) {
	op := rest.Op{
		ID: "Follow-ups V2#List", Method: "GET", Path: "/v2/follow_ups", Summary: "List follow-ups", Scopes: []authz.Permission{authz.ViewActions},
		Description: "Follow-ups of one incident or of all, in the order in which they were written down, at most 10,000. Deleted ones are left out.",
	}
	rest.Add(api, op, func(ctx context.Context, in listFollowUps) (FollowUpsV2, error) {
		found, err := f.FollowUps.List(ctx, followup.Filter{Incident: in.IncidentID, Modes: listed(in.IncidentID, in.Mode), Most: followup.MostListed})
		if err != nil {
			return FollowUpsV2{}, rest.Rename(err, followUpFields)
		}
		if !in.TeamID.Empty() {
			found = nil
		}
		slices.SortFunc(found, func(a, b followup.FollowUp) int { return strings.Compare(a.ID.String(), b.ID.String()) })
		out, err := f.followUpsOf(ctx, found...)
		return FollowUpsV2{FollowUps: out}, err
	})
	rest.Add(api, rest.Op{ID: "Follow-ups V2#Show", Method: "GET", Path: "/v2/follow_ups/{id}", Summary: "Show a follow-up", Scopes: []authz.Permission{authz.ViewActions}},
		func(ctx context.Context, in one) (FollowUpResultV2, error) {
			found, err := f.FollowUps.Get(ctx, id.ID(in.ID))
			return f.followUp(ctx, found, err)
		})
	rest.Add(api, rest.Op{ID: "Follow-ups V2#Create", Method: "POST", Path: "/v2/follow_ups", Status: 201, Summary: "Write a follow-up down", Scopes: []authz.Permission{authz.CreateFollowUps}},
		func(ctx context.Context, in struct{ Body CreateFollowUpV2 }) (FollowUpResultV2, error) {
			words, err := in.Body.words()
			if err != nil {
				return FollowUpResultV2{}, err
			}
			made, err := f.FollowUps.Create(ctx, followup.Create{Incident: in.Body.IncidentID, Words: words})
			return f.followUp(ctx, made, err)
		})
	op = rest.Op{
		ID: "Follow-ups V2#Update", Method: "PUT", Path: "/v2/follow_ups/{id}", Summary: "Change a follow-up", Scopes: []authz.Permission{authz.UpdateFollowUps},
		Description: "Takes the place of all that can be changed; what is left out is taken away.",
	}
	rest.Add(api, op, func(ctx context.Context, in struct {
		one
		Body UpdateFollowUpV2
	},
	) (FollowUpResultV2, error) {
		words, err := in.Body.words()
		if err != nil {
			return FollowUpResultV2{}, err
		}
		changed, err := f.FollowUps.Replace(ctx, followup.Replace{FollowUp: id.ID(in.ID), Words: words, Status: followup.Status(in.Body.Status)})
		return f.followUp(ctx, changed, err)
	})
	rest.Add(api, rest.Op{ID: "Follow-ups V2#Delete", Method: "DELETE", Path: "/v2/follow_ups/{id}", Status: 204, Summary: "Delete a follow-up", Scopes: []authz.Permission{authz.DestroyFollowUps}},
		func(ctx context.Context, in one) (rest.Nothing, error) {
			_, err := f.FollowUps.Move(ctx, followup.Move{FollowUp: id.ID(in.ID), To: followup.Gone})
			return rest.Nothing{}, err
		})
	op = rest.Op{
		ID: "Follow-ups V2#ConnectExternalIssue", Method: "POST", Path: "/v2/follow_ups/{id}/actions/connect_external_issue", Summary: "Connect a follow-up with an issue elsewhere",
		Description: "The address is kept and shown with the follow-up; nothing is asked of the tracker.", Scopes: []authz.Permission{authz.ConnectIssues},
	}
	rest.Add(api, op, func(ctx context.Context, in struct {
		one
		Body ConnectIssueV2
	},
	) (FollowUpResultV2, error) {
		issue := followup.Issue{Provider: in.Body.Provider, URL: in.Body.URL}
		if known, ok := attachment.Recognize(in.Body.URL); ok && known.Kind != attachment.Link {
			issue.Name = known.Label
		}
		connected, err := f.FollowUps.ConnectIssue(ctx, followup.ConnectIssue{FollowUp: id.ID(in.ID), Issue: issue})
		return f.followUp(ctx, connected, err)
	})
}

func (w FollowUpWordsV2) words() (followup.Words, error) {
	if !w.AssigneeTeamID.Empty() {
		return followup.Words{}, problem.Field("assignee_team_id", "unknown", "There is no such team.")
	}
	return followup.Words{Title: w.Title, Description: w.Description, Priority: w.PriorityID, Labels: w.Labels, Assignee: w.AssigneeID}, nil
}

func (f family) followUp(ctx context.Context, u followup.FollowUp, err error) (FollowUpResultV2, error) {
	if err != nil {
		return FollowUpResultV2{}, rest.Rename(err, followUpFields)
	}
	out, err := f.followUpsOf(ctx, u)
	if err != nil {
		return FollowUpResultV2{}, err
	}
	return FollowUpResultV2{FollowUp: out[0]}, nil
}

// followUpsOf makes the wire form of follow-ups, with one look-up of people for all.
func (f family) followUpsOf(ctx context.Context, all ...followup.FollowUp) ([]FollowUpV2, error) {
	var named []id.ID
	for _, u := range all {
		named = append(named, u.Assigned(), wire.UserOf(u.Creator))
	}
	people, err := f.People.Of(ctx, named...)
	if err != nil {
		return nil, err
	}
	out := make([]FollowUpV2, len(all))
	for n, u := range all {
		out[n] = FollowUpV2{
			ID: u.ID.String(), IncidentID: u.Incident.String(), Title: u.Title, Description: wire.Optional(u.Description), Status: string(u.Status), Labels: u.Labels,
			Assignee: people.User(u.Assigned()), Creator: people.Actor(u.Creator),
			CompletedAt: wire.TimeOf(u.CompletedAt), CreatedAt: wire.Time(u.CreatedAt), UpdatedAt: wire.Time(u.UpdatedAt),
		}
		if u.Priority != nil {
			out[n].Priority = &PriorityV2{ID: u.Priority.ID.String(), Name: u.Priority.Name, Description: wire.Optional(u.Priority.Description), Rank: int64(u.Priority.Rank)}
		}
		if u.Issue != (followup.Issue{}) {
			out[n].Issue = &IssueV2{Provider: u.Issue.Provider, Name: u.Issue.Name, Permalink: u.Issue.URL}
		}
	}
	return out, nil
}
