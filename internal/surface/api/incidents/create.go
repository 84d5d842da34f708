package incidents

import (
	"context"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/rest"
	"github.com/musterhq/muster/internal/surface/api/wire"
)

// CreateV2 is an incident to be declared.
type CreateV2 struct {
	IdempotencyKey string           `json:"idempotency_key" required:"true" doc:"Of your own choosing: the same key again answers with the incident of the first time." example:"alert-4711"`
	Visibility     string           `json:"visibility" required:"true" enum:"public,private" doc:"Whether all of the organisation may see it, or those named in it alone." example:"public"`
	Name           string           `json:"name" doc:"A few words about what is wrong; the beginning of the summary when left out." example:"Checkout is down"`
	Summary        string           `json:"summary" doc:"What everyone should know first." example:"Payments by card fail since 9:40."`
	SeverityID     string           `json:"severity_id" doc:"How bad it is." example:"01FH5TZRWMNAFB0DZ23FD1TV96"`
	StatusID       string           `json:"incident_status_id" doc:"Where in its life it begins; the first live status when left out." example:"01FCNDV6P870EA6S7TK1DSYD5H"`
	TypeID         string           `json:"incident_type_id" doc:"What sort of incident it is; the default type when left out." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	Mode           string           `json:"mode" enum:"standard,retrospective,test,tutorial" doc:"Whether it is a real one, one that is over already, or for trying; standard when left out." example:"standard"`
	Roles          []AssignmentV2   `json:"incident_role_assignments" doc:"Who holds which role from the start."`
	Fields         []EntryV2        `json:"custom_field_entries" doc:"What is known for custom fields."`
	Times          []TimeV2         `json:"incident_timestamp_values" doc:"When things happened, as far as that is known."`
	Retrospective  *RetrospectiveV2 `json:"retrospective_incident_options" doc:"What was there already of an incident that is over; only with the mode retrospective."`
	SlackTeamID    string           `json:"slack_team_id" doc:"A Slack workspace; Muster opens channels where its settings say." example:"T02A1FSLE8J"`
	SlackName      string           `json:"slack_channel_name_override" doc:"A name for the channel in Slack; Muster names channels as its settings say." example:"checkout"`
}

// SchemaName names it in the document.
func (CreateV2) SchemaName() string { return "CreateIncidentV2" }

// RetrospectiveV2 is what there was already of an incident that is over.
type RetrospectiveV2 struct {
	Number        int64  `json:"external_id" doc:"The number that it had elsewhere and keeps: 123 for INC-123." example:"123"`
	PostmortemURL string `json:"postmortem_document_url" doc:"Where what was learned is written down." example:"https://docs.example.com/checkout"`
	SlackChannel  string `json:"slack_channel_id" doc:"The channel in Slack where it was worked on; not followed." example:"C02AW36C1M5"`
}

// SchemaName names it in the document.
func (RetrospectiveV2) SchemaName() string { return "RetrospectiveOptionsV2" }

// CreateV1 is an incident to be declared, in the words of the first version.
type CreateV1 struct {
	IdempotencyKey string         `json:"idempotency_key" required:"true" doc:"Of your own choosing: the same key again answers with the incident of the first time." example:"alert-4711"`
	Visibility     string         `json:"visibility" required:"true" enum:"public,private" doc:"Whether all of the organisation may see it, or those named in it alone." example:"public"`
	Name           string         `json:"name" doc:"A few words about what is wrong; the beginning of the summary when left out." example:"Checkout is down"`
	Summary        string         `json:"summary" doc:"What everyone should know first." example:"Payments by card fail since 9:40."`
	SeverityID     string         `json:"severity_id" doc:"How bad it is." example:"01FH5TZRWMNAFB0DZ23FD1TV96"`
	Status         string         `json:"status" enum:"triage,investigating,fixing,monitoring,closed,declined" doc:"Where in its life it begins; the first live status when left out." example:"triage"`
	TypeID         string         `json:"incident_type_id" doc:"What sort of incident it is; the default type when left out." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	Mode           string         `json:"mode" enum:"real,test" doc:"Whether it is a real one, or for trying; real when left out." example:"real"`
	Roles          []AssignmentV2 `json:"incident_role_assignments" doc:"Who holds which role from the start."`
	Fields         []EntryV2      `json:"custom_field_entries" doc:"What is known for custom fields."`
	SlackTeamID    string         `json:"slack_team_id" doc:"A Slack workspace; Muster opens channels where its settings say." example:"T02A1FSLE8J"`
	SourceChannel  string         `json:"source_message_channel_id" doc:"Where in Slack the message stands that it is about; not followed." example:"C02AW36C1M5"`
	SourceMessage  string         `json:"source_message_timestamp" doc:"Which message that is; not followed." example:"1617187212.000200"`
}

// SchemaName names it in the document.
func (CreateV1) SchemaName() string { return "CreateIncidentV1" }

func (f family) creates(api *rest.API) {
	op := rest.Op{
		ID: "Incidents V2#Create", Method: "POST", Path: "/v2/incidents", Summary: "Declare an incident", Scopes: []authz.Permission{authz.CreateIncidents},
		Description: "Declares an incident with all that is known of it. A key that was used before answers with the incident which it declared then.",
	}
	rest.Add(api, op, func(ctx context.Context, in struct{ Body CreateV2 }) (ResultV2, error) {
		body := in.Body
		cmd := incident.Declare{Mode: incident.Mode(body.Mode), Status: id.ID(body.StatusID)}
		if past := body.Retrospective; past != nil {
			cmd.Number, cmd.PostmortemURL = past.Number, past.PostmortemURL
		}
		return declare(ctx, f, body, cmd, f.v2)
	})
	op = rest.Op{
		ID: "Incidents V1#Create", Method: "POST", Path: "/v1/incidents", Summary: "Declare an incident", Scopes: []authz.Permission{authz.CreateIncidents}, Deprecated: true,
		Description: "Declares an incident, in the words of the first version.",
	}
	rest.Add(api, op, func(ctx context.Context, in struct{ Body CreateV1 }) (ResultV1, error) {
		body := in.Body
		cmd := incident.Declare{Mode: incident.Mode(body.Mode)}
		if body.Mode == "real" {
			cmd.Mode = incident.Standard
		}
		status, err := f.first(ctx, body.Status)
		if err != nil {
			return ResultV1{}, err
		}
		cmd.Status = status
		common := CreateV2{
			IdempotencyKey: body.IdempotencyKey, Visibility: body.Visibility, Name: body.Name, Summary: body.Summary, SeverityID: body.SeverityID, TypeID: body.TypeID,
			Roles: body.Roles, Fields: body.Fields,
		}
		return declare(ctx, f, common, cmd, f.v1)
	})
}

// first finds the first status that a word of the first version means.
func (f family) first(ctx context.Context, word string) (id.ID, error) {
	if word == "" {
		return "", nil
	}
	statuses, err := f.Incidents.Statuses(tenant.Also(ctx, authz.ViewStatuses))
	if err != nil {
		return "", err
	}
	for _, s := range statuses {
		begins := s.Category == incident.CategoryTriage || s.Category == incident.CategoryLive || s.Category == incident.CategoryClosed
		if begins && wire.StatusWord(s) == word {
			return s.ID, nil
		}
	}
	return "", problem.Field("status", "not_a_start", "No incident can begin as %s here.", word)
}

// declare declares an incident and shows it.
func declare[T any](ctx context.Context, f family, body CreateV2, cmd incident.Declare, show func(context.Context, id.ID) (T, error)) (T, error) {
	var none T
	w, err := f.written(ctx, "", body.Roles, body.Fields, body.Times)
	if strings.TrimSpace(body.IdempotencyKey) == "" {
		err = append(problem.All(err), problem.Field("idempotency_key", "is_required", "Give a key of your own choosing, so that the same request twice declares one incident."))
	}
	if err != nil {
		return none, err
	}
	cmd.Name, cmd.Summary, cmd.Key = body.Name, body.Summary, body.IdempotencyKey
	cmd.Severity, cmd.Type, cmd.Private = id.ID(body.SeverityID), id.ID(body.TypeID), body.Visibility == "private"
	cmd.Roles, cmd.Fields, cmd.Times = w.roles, w.fields, map[id.ID]time.Time{}
	if strings.TrimSpace(cmd.Name) == "" {
		cmd.Name = called(cmd.Summary)
	}
	for timestamp, at := range w.times {
		if at != nil {
			cmd.Times[timestamp] = *at
		}
	}
	brief, err := f.Incidents.Declare(ctx, cmd)
	if err != nil {
		return none, w.told(err, map[string]string{
			"severity": "severity_id", "status": "incident_status_id", "lead": "incident_role_assignments", "role": "incident_role_assignments",
			"number": "retrospective_incident_options.external_id", "postmortem_url": "retrospective_incident_options.postmortem_document_url",
		})
	}
	ctx = echoing(ctx)
	if scope, err := tenant.From(ctx); err == nil { // whoever declares a private incident knows what it just said
		scope.SeesPrivate = true
		ctx = tenant.With(ctx, scope)
	}
	var out T
	err = f.Shown.Moment(ctx, func(ctx context.Context) (err error) {
		out, err = show(ctx, brief.ID)
		return err
	})
	return out, err
}

// longestName is how many characters of a summary make a name.
const longestName = 100

// called is what an incident is called that was given no name.
func called(summary string) string {
	if line := richtext.Parse(summary, richtext.Options{}).Excerpt(longestName); line != "" {
		return line
	}
	return "Incident without a name"
}
