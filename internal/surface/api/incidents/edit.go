package incidents

import (
	"context"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/rest"
)

// EditV2 is what is to be changed of an incident.
type EditV2 struct {
	Incident ChangesV2 `json:"incident" required:"true" doc:"What is to be changed; what is left out stays as it is."`
	Notify   bool      `json:"notify_incident_channel" required:"true" doc:"Whether the room and the channel say what was changed. The activity log has it in any case."`
}

// SchemaName names it in the document.
func (EditV2) SchemaName() string { return "EditIncidentV2" }

// ChangesV2 are the changes of an incident.
type ChangesV2 struct {
	Name       *string        `json:"name" doc:"A few words about what is wrong." example:"Checkout is down"`
	Summary    *string        `json:"summary" doc:"What everyone should know first; an empty text takes it away." example:"Payments by card fail since 9:40."`
	SeverityID string         `json:"severity_id" doc:"How bad it is." example:"01FH5TZRWMNAFB0DZ23FD1TV96"`
	StatusID   string         `json:"incident_status_id" doc:"Where in its life it is." example:"01FCNDV6P870EA6S7TK1DSYD5H"`
	Roles      []AssignmentV2 `json:"incident_role_assignments" doc:"Who holds which role; roles that are not named stay as they are."`
	Fields     []EntryV2      `json:"custom_field_entries" doc:"What it has in custom fields; fields that are not named stay as they are."`
	Times      []TimeV2       `json:"incident_timestamp_values" doc:"When things happened; timestamps that are not named stay as they are."`
	CallURL    *string        `json:"call_url" doc:"Where those who work on it talk to each other; an empty text takes it away." example:"https://meet.example.com/checkout"`
	SlackName  string         `json:"slack_channel_name_override" doc:"A name for the channel in Slack; Muster names channels as its settings say." example:"checkout"`
}

// SchemaName names it in the document.
func (ChangesV2) SchemaName() string { return "EditIncidentChangesV2" }

func (f family) edits(api *rest.API) {
	op := rest.Op{
		ID: "Incidents V2#Edit", Method: "POST", Path: "/v2/incidents/{id}/actions/edit", Summary: "Change an incident", Scopes: []authz.Permission{authz.EditIncidents},
		Description: "Makes all the changes or none.",
	}
	rest.Add(api, op, func(ctx context.Context, in struct {
		named
		Body EditV2
	},
	) (ResultV2, error) {
		ctx = echoing(ctx)
		found, err := f.Incidents.ByReference(ctx, in.ID)
		if err != nil {
			return ResultV2{}, err
		}
		body := in.Body.Incident
		w, err := f.written(ctx, "incident.", body.Roles, body.Fields, body.Times)
		if err != nil {
			return ResultV2{}, err
		}
		_, err = f.Incidents.Edit(ctx, incident.Edit{
			Incident: found, Name: body.Name, Summary: body.Summary, Severity: id.ID(body.SeverityID), Status: id.ID(body.StatusID),
			Roles: w.roles, Fields: w.fields, Times: w.times, CallURL: body.CallURL, Unsaid: !in.Body.Notify,
		})
		if err != nil {
			return ResultV2{}, w.told(err, map[string]string{
				"name": "incident.name", "summary": "incident.summary", "severity": "incident.severity_id", "status": "incident.incident_status_id", "call_url": "incident.call_url",
			})
		}
		var out ResultV2
		err = f.Shown.Moment(ctx, func(ctx context.Context) (err error) {
			out, err = f.v2(ctx, found)
			return err
		})
		return out, err
	})
}
