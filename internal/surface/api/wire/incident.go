package wire

import (
	"context"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/domain/channel"
	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// IncidentV2 is an incident with everything that belongs to it.
type IncidentV2 struct {
	ID             string          `json:"id" doc:"Names the incident." example:"01FDAG4SAP5TYPT98WGR2N7W91"`
	Reference      string          `json:"reference" doc:"What people call it; a tutorial has none." example:"INC-123"`
	Name           string          `json:"name" doc:"A few words about what is wrong." example:"Checkout is down"`
	Summary        string          `json:"summary,omitempty" doc:"What everyone should know first." example:"Payments by card fail since 9:40."`
	IncidentStatus StatusV1        `json:"incident_status" doc:"Where in its life it is."`
	Severity       *SeverityV1     `json:"severity,omitempty" doc:"How bad it is; absent while nobody has judged."`
	IncidentType   *IncidentTypeV1 `json:"incident_type,omitempty" doc:"What sort of incident it is."`
	Mode           string          `json:"mode" doc:"Whether it is a real one, one that was over when it was written down, or for trying and learning." enum:"standard,retrospective,test,tutorial" example:"standard"`
	Visibility     string          `json:"visibility" doc:"Whether all of the organisation may see it, or those invited alone." enum:"public,private" example:"public"`
	Creator        Actor           `json:"creator" doc:"Who declared it."`
	Roles          []Assignment    `json:"incident_role_assignments" doc:"Every role, with who holds it."`
	Fields         []FieldEntry    `json:"custom_field_entries" doc:"Every custom field, with what the incident has in it."`
	Times          []TimestampOf   `json:"incident_timestamp_values" doc:"Every timestamp, with when it was."`
	Durations      []Duration      `json:"duration_metrics,omitempty" doc:"How long things took, as the organisation measures."`

	Permalink      string         `json:"permalink,omitempty" doc:"Where people find it." example:"https://muster.example.com/incidents/INC-123"`
	CallURL        string         `json:"call_url,omitempty" doc:"Where those who work on it talk to each other." example:"https://meet.example.com/checkout"`
	SlackTeamID    string         `json:"slack_team_id" doc:"The Slack workspace of its channel; empty without one." example:"T02A1FSLE8J"`
	SlackChannelID string         `json:"slack_channel_id" doc:"Its channel in Slack; empty without one." example:"C02AW36C1M5"`
	SlackChannel   string         `json:"slack_channel_name,omitempty" doc:"What the channel is called." example:"inc-123-checkout-is-down"`
	PostmortemURL  string         `json:"postmortem_document_url,omitempty" doc:"Where what was learned is written down." example:"https://docs.example.com/checkout"`
	PostmortemIDs  []string       `json:"postmortem_document_ids,omitempty" doc:"What was learned, where Muster keeps it; it does not yet."`
	ExternalIssue  *ExternalIssue `json:"external_issue_reference,omitempty" doc:"The issue that follows it elsewhere."`
	HasDebrief     bool           `json:"has_debrief" doc:"Whether those who worked on it have met to talk about it; Muster does not keep that yet."`

	WorkloadTotal    float64 `json:"workload_minutes_total" doc:"Minutes of work that went into it; not measured yet."`
	WorkloadWorking  float64 `json:"workload_minutes_working" doc:"Of these, minutes in working hours; not measured yet."`
	WorkloadLate     float64 `json:"workload_minutes_late" doc:"Of these, minutes out of working hours; not measured yet."`
	WorkloadSleeping float64 `json:"workload_minutes_sleeping" doc:"Of these, minutes when people sleep; not measured yet."`

	CreatedAt time.Time `json:"created_at" doc:"When it was written down."`
	UpdatedAt time.Time `json:"updated_at" doc:"When anything of it was last changed."`
}

// IncidentV1 is an incident as the first version of the API shows it.
type IncidentV1 struct {
	ID           string          `json:"id" doc:"Names the incident." example:"01FDAG4SAP5TYPT98WGR2N7W91"`
	Reference    string          `json:"reference" doc:"What people call it; a tutorial has none." example:"INC-123"`
	Name         string          `json:"name" doc:"A few words about what is wrong." example:"Checkout is down"`
	Summary      string          `json:"summary,omitempty" doc:"What everyone should know first." example:"Payments by card fail since 9:40."`
	Status       string          `json:"status" doc:"Where in its life it is, in the words of the first version." enum:"triage,investigating,fixing,monitoring,closed,declined" example:"fixing"`
	Severity     *SeverityV1     `json:"severity,omitempty" doc:"How bad it is; absent while nobody has judged."`
	IncidentType *IncidentTypeV1 `json:"incident_type,omitempty" doc:"What sort of incident it is."`
	Mode         string          `json:"mode" doc:"Whether it is a real one, or for trying and learning." enum:"real,test,tutorial" example:"real"`
	Visibility   string          `json:"visibility" doc:"Whether all of the organisation may see it, or those invited alone." enum:"public,private" example:"public"`
	Creator      Actor           `json:"creator" doc:"Who declared it."`
	Roles        []Assignment    `json:"incident_role_assignments" doc:"Every role, with who holds it."`
	Fields       []FieldEntry    `json:"custom_field_entries" doc:"Every custom field, with what the incident has in it."`
	Timestamps   []TimestampV1   `json:"timestamps,omitempty" doc:"Every timestamp, with when it was."`

	Permalink      string `json:"permalink,omitempty" doc:"Where people find it." example:"https://muster.example.com/incidents/INC-123"`
	CallURL        string `json:"call_url,omitempty" doc:"Where those who work on it talk to each other." example:"https://meet.example.com/checkout"`
	SlackTeamID    string `json:"slack_team_id" doc:"The Slack workspace of its channel; empty without one." example:"T02A1FSLE8J"`
	SlackChannelID string `json:"slack_channel_id" doc:"Its channel in Slack; empty without one." example:"C02AW36C1M5"`
	SlackChannel   string `json:"slack_channel_name,omitempty" doc:"What the channel is called." example:"inc-123-checkout-is-down"`
	PostmortemURL  string `json:"postmortem_document_url,omitempty" doc:"Where what was learned is written down." example:"https://docs.example.com/checkout"`

	CreatedAt time.Time `json:"created_at" doc:"When it was written down."`
	UpdatedAt time.Time `json:"updated_at" doc:"When anything of it was last changed."`
}

// Assignment is a role in an incident.
type Assignment struct {
	Role     IncidentRoleV1 `json:"role" doc:"The role."`
	Assignee *User          `json:"assignee,omitempty" doc:"Who holds it; absent when nobody does."`
}

// FieldEntry is a custom field in an incident.
type FieldEntry struct {
	Field  *FieldInfo   `json:"custom_field" doc:"The field."`
	Values []FieldValue `json:"values" doc:"What the incident has in it; several only where several can be chosen."`
}

// FieldInfo is what a custom field is called, and what can be chosen.
type FieldInfo struct {
	ID          string        `json:"id" doc:"Names the field." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	Name        string        `json:"name" doc:"What people call it." example:"Affected area"`
	Description string        `json:"description" doc:"The help under the question." example:"Which part of the product is affected."`
	FieldType   string        `json:"field_type" doc:"What sort of answer it takes." enum:"single_select,multi_select,text,link,numeric" example:"single_select"`
	Options     []FieldOption `json:"options" doc:"What can be chosen, in its order."`
}

// FieldValue is one value; what sort of field it is says which of these is there.
type FieldValue struct {
	Option  *FieldOption  `json:"value_option,omitempty" doc:"What was chosen."`
	Text    string        `json:"value_text,omitempty" doc:"A text." example:"ACME-42"`
	Link    string        `json:"value_link,omitempty" doc:"A link." example:"https://status.example.com"`
	Numeric string        `json:"value_numeric,omitempty" doc:"A number, written out." example:"123.456"`
	Entry   *CatalogEntry `json:"value_catalog_entry,omitempty" doc:"An entry of the catalog."`
}

// CatalogEntry is an entry of the catalog as incidents name it.
type CatalogEntry struct {
	ID         string   `json:"id" doc:"Names the entry." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	Name       string   `json:"name" doc:"What people call it." example:"Payments"`
	ExternalID string   `json:"external_id,omitempty" doc:"What other programs call it." example:"payments"`
	Aliases    []string `json:"aliases,omitempty" doc:"What else it is called."`
}

// TimestampOf is a timestamp of an incident.
type TimestampOf struct {
	Timestamp TimestampV2     `json:"incident_timestamp" doc:"The timestamp."`
	Value     *TimestampValue `json:"value,omitempty" doc:"When it was; absent while that is not known."`
}

// TimestampValue is when something happened.
type TimestampValue struct {
	Value time.Time `json:"value" doc:"When it was."`
}

// TimestampV1 is a timestamp of an incident as the first version of the API shows it.
type TimestampV1 struct {
	Name           string     `json:"name" doc:"What people call it." example:"Impact started"`
	LastOccurredAt *time.Time `json:"last_occurred_at,omitempty" doc:"When it was; absent while that is not known."`
}

// Duration is how long something took in an incident.
type Duration struct {
	Metric  DurationMetric `json:"duration_metric" doc:"What is measured."`
	Status  string         `json:"status" doc:"Whether it is known." enum:"success,timestamps_missing,calculating,invalid_timestamps" example:"success"`
	Seconds *int64         `json:"value_seconds,omitempty" doc:"How many seconds it took; absent unless that is known." example:"3600"`
}

// DurationMetric is something that the organisation measures.
type DurationMetric struct {
	ID   string `json:"id" doc:"Names it." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	Name string `json:"name" doc:"What people call it." example:"Time to fix"`
}

// ExternalIssue is an issue of another program.
type ExternalIssue struct {
	Provider  string `json:"provider" doc:"Whose issue it is." enum:"asana,azure_devops,click_up,linear,jira,jira_server,github,gitlab,service_now,shortcut,notion" example:"linear"`
	Name      string `json:"issue_name" doc:"What it is called there." example:"ENG-123"`
	Permalink string `json:"issue_permalink" doc:"Where it is." example:"https://linear.example.com/ENG-123"`
}

// Incidents shows incidents as the API does.
type Incidents struct {
	Records  *incident.Service
	People   Directory
	Channels *channel.Service
	// Address is the full address of a path of Muster.
	Address func(ctx context.Context, path string) (string, error)
	// Moment reads within one moment, so that what is read hangs together.
	Moment func(ctx context.Context, read func(ctx context.Context) error) error
}

// shown is what incidents are shown with besides themselves.
type shown struct {
	people   People
	channels map[id.ID]channel.Channel
	at       string
	fields   map[id.ID]*FieldInfo
}

// V2 shows records. However many there are, the database is asked as often.
func (i Incidents) V2(ctx context.Context, records ...incident.Record) ([]IncidentV2, error) {
	with, err := i.around(ctx, records)
	if err != nil {
		return nil, err
	}
	all := make([]IncidentV2, len(records))
	for n, r := range records {
		all[n] = with.v2(r)
	}
	return all, nil
}

// V1 shows records as the first version does.
func (i Incidents) V1(ctx context.Context, records ...incident.Record) ([]IncidentV1, error) {
	with, err := i.around(ctx, records)
	if err != nil {
		return nil, err
	}
	all := make([]IncidentV1, len(records))
	for n, r := range records {
		all[n] = with.v1(r)
	}
	return all, nil
}

// ByID shows those of the incidents that the actor sees, in the order given.
func (i Incidents) ByID(ctx context.Context, incidents ...id.ID) ([]IncidentV2, error) {
	var all []IncidentV2
	err := i.Moment(ctx, func(ctx context.Context) error {
		records, err := i.Records.RecordsOf(ctx, incidents...)
		if err != nil {
			return err
		}
		all, err = i.V2(ctx, records...)
		return err
	})
	return all, err
}

func (i Incidents) around(ctx context.Context, records []incident.Record) (shown, error) {
	with := shown{fields: map[id.ID]*FieldInfo{}}
	var people, incidents []id.ID
	for _, r := range records {
		people, incidents = append(people, r.People()...), append(incidents, r.ID)
	}
	err := i.Moment(ctx, func(ctx context.Context) error {
		return postgres.Together(
			ctx,
			func(ctx context.Context) (err error) {
				with.people, err = i.People.Of(ctx, people...)
				return err
			},
			func(ctx context.Context) (err error) {
				with.channels, err = i.Channels.OfMany(ctx, incidents...)
				return err
			},
			func(ctx context.Context) (err error) {
				with.at, err = i.Address(ctx, anyPath)
				return err
			},
		)
	})
	return with, err
}

func (s shown) v2(r incident.Record) IncidentV2 {
	team, slack, name := s.slack(r)
	out := IncidentV2{
		ID: r.ID.String(), Reference: r.Reference, Name: r.Name, Summary: r.Summary, IncidentStatus: Status(r.Status), Severity: severityOf(r), IncidentType: typeOf(r),
		Mode: string(r.Mode), Visibility: visibility(r.Private), Creator: s.people.Actor(r.Creator), Roles: s.assignments(r), Fields: s.entries(r),
		Permalink: s.permalink(r), CallURL: r.CallURL, SlackTeamID: team, SlackChannelID: slack, SlackChannel: name, PostmortemURL: r.PostmortemURL,
		CreatedAt: Time(r.CreatedAt), UpdatedAt: Time(r.UpdatedAt),
	}
	for _, t := range r.Times {
		one := TimestampOf{Timestamp: Timestamp(t.Timestamp)}
		if t.At != nil {
			one.Value = &TimestampValue{Value: Time(*t.At)}
		}
		out.Times = append(out.Times, one)
	}
	for _, d := range r.Durations {
		one := Duration{Metric: DurationMetric{ID: d.Metric.ID.String(), Name: d.Metric.Name}, Status: string(d.State)}
		if d.State == incident.DurationKnown {
			seconds := int64(d.Took / time.Second)
			one.Seconds = &seconds
		}
		out.Durations = append(out.Durations, one)
	}
	return out
}

func (s shown) v1(r incident.Record) IncidentV1 {
	team, slack, name := s.slack(r)
	out := IncidentV1{
		ID: r.ID.String(), Reference: r.Reference, Name: r.Name, Summary: r.Summary, Status: StatusWord(r.Status), Severity: severityOf(r), IncidentType: typeOf(r),
		Mode: string(r.Mode), Visibility: visibility(r.Private), Creator: s.people.Actor(r.Creator), Roles: s.assignments(r), Fields: s.entries(r),
		Permalink: s.permalink(r), CallURL: r.CallURL, SlackTeamID: team, SlackChannelID: slack, SlackChannel: name, PostmortemURL: r.PostmortemURL,
		CreatedAt: Time(r.CreatedAt), UpdatedAt: Time(r.UpdatedAt),
	}
	if r.Mode == incident.Standard || r.Mode == incident.Retrospective {
		out.Mode = "real"
	}
	for _, t := range r.Times {
		out.Timestamps = append(out.Timestamps, TimestampV1{Name: t.Timestamp.Name, LastOccurredAt: TimeOf(t.At)})
	}
	return out
}

// StatusWord is a status in the words of the first version of the API. What it has no word for is told by the nearest.
func StatusWord(s incident.Status) string {
	switch s.Category {
	case incident.CategoryTriage:
		return "triage"
	case incident.CategoryDeclined, incident.CategoryMerged, incident.CategoryCanceled:
		return "declined"
	case incident.CategoryLearning, incident.CategoryClosed:
		return "closed"
	case incident.CategoryPaused:
		return "monitoring"
	}
	switch name := strings.ToLower(s.Name); name {
	case "fixing", "monitoring":
		return name
	default:
		return "investigating"
	}
}

func severityOf(r incident.Record) *SeverityV1 {
	if r.Severity == nil {
		return nil
	}
	one := Severity(*r.Severity)
	return &one
}

func typeOf(r incident.Record) *IncidentTypeV1 {
	one := IncidentType(r.Type)
	return &one
}

func visibility(private bool) string {
	if private {
		return "private"
	}
	return "public"
}

// anyPath stands for the page of any incident: its full address is asked for once.
const anyPath = "/incidents/INC-0"

func (s shown) permalink(r incident.Record) string {
	path := "/incidents/" + r.Reference
	if r.Reference == "" {
		path += r.ID.String()
	}
	return strings.Replace(s.at, anyPath, path, 1)
}

// slack is the workspace, the channel and its name; all empty without one.
func (s shown) slack(r incident.Record) (team, slack, name string) {
	c := s.channels[r.ID]
	team, slack, found := strings.Cut(c.External, "/")
	if !found {
		return "", "", ""
	}
	return team, slack, c.Name
}

func (s shown) assignments(r incident.Record) []Assignment {
	all := make([]Assignment, len(r.Roles))
	for n, one := range r.Roles {
		all[n] = Assignment{Role: RoleInV1(one.Role), Assignee: s.people.User(one.Holder)}
	}
	return all
}

func (s shown) entries(r incident.Record) []FieldEntry {
	all := make([]FieldEntry, len(r.Answers))
	for n, one := range r.Answers {
		all[n] = FieldEntry{Field: s.field(one.Field), Values: make([]FieldValue, len(one.Values))}
		for m, value := range one.Values {
			all[n].Values[m] = valueOf(one.Field, value)
		}
	}
	return all
}

// field describes a custom field, once for all incidents.
func (s shown) field(f form.Field) *FieldInfo {
	if s.fields[f.ID] == nil {
		s.fields[f.ID] = &FieldInfo{ID: f.ID.String(), Name: f.Name, Description: f.Description, FieldType: string(f.Type), Options: FieldOptions(f)}
	}
	return s.fields[f.ID]
}

func valueOf(f form.Field, value string) FieldValue {
	switch f.Type {
	case form.SingleSelect, form.MultiSelect:
		for _, o := range f.Options {
			if o.ID.String() == value {
				option := Option(o)
				return FieldValue{Option: &option}
			}
		}
		return FieldValue{}
	case form.Link:
		return FieldValue{Link: value}
	case form.Numeric:
		return FieldValue{Numeric: value}
	default:
		return FieldValue{Text: value}
	}
}
