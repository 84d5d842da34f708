package respond

import (
	"context"

	"github.com/musterhq/muster/internal/domain/attachment"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/rest"
)

// AttachmentV1 is a thing elsewhere that belongs to an incident.
type AttachmentV1 struct {
	ID         string     `json:"id" doc:"Names the attachment." example:"01FCNDV6P870EA6S7TK1DSYD5H"`
	IncidentID string     `json:"incident_id" doc:"The incident." example:"01FCNDV6P870EA6S7TK1DSYD5H"`
	Resource   ResourceV1 `json:"resource" doc:"What is attached."`
}

// ResourceV1 is a thing elsewhere.
type ResourceV1 struct {
	ExternalID   string `json:"external_id" doc:"What its service calls it." example:"shop/api#42"`
	Permalink    string `json:"permalink" doc:"Its address." example:"https://github.com/shop/api/pull/42"`
	ResourceType string `json:"resource_type" doc:"What sort of thing it is." enum:"pager_duty_incident,opsgenie_alert,datadog_monitor_alert,github_pull_request,gitlab_merge_request,sentry_issue,jira_issue,jsm_alert,atlassian_statuspage_incident,zendesk_ticket,google_calendar_event,outlook_calendar_event,slack_file,salesforce_case,arbitrary_url,scrubbed,statuspage_incident" example:"github_pull_request"`
	Title        string `json:"title" doc:"What people call it." example:"Raise the pool of connections"`
}

// AttachmentsV1 is a list of attachments.
type AttachmentsV1 struct {
	Attachments []AttachmentV1 `json:"incident_attachments"`
}

// AttachmentResultV1 is one attachment.
type AttachmentResultV1 struct {
	Attachment AttachmentV1 `json:"incident_attachment"`
}

// CreateAttachmentV1 is a thing to be attached.
type CreateAttachmentV1 struct {
	IncidentID id.ID            `json:"incident_id" required:"true" doc:"The incident." example:"01FCNDV6P870EA6S7TK1DSYD5H"`
	Resource   AttachResourceV1 `json:"resource" required:"true" doc:"What to attach."`
}

// AttachResourceV1 says what to attach.
type AttachResourceV1 struct {
	ResourceType string `json:"resource_type" required:"true" doc:"What sort of thing it is." enum:"pager_duty_incident,opsgenie_alert,datadog_monitor_alert,github_pull_request,gitlab_merge_request,sentry_issue,jira_issue,jsm_alert,atlassian_statuspage_incident,zendesk_ticket,google_calendar_event,outlook_calendar_event,slack_file,salesforce_case,arbitrary_url,scrubbed,statuspage_incident" example:"github_pull_request"`
	ExternalID   string `json:"external_id" doc:"What its service calls it; what its address tells when left out." example:"shop/api#42"`
	URL          string `json:"url" doc:"Its address. Muster asks no service for it, so it is needed unless external_id is an address." example:"https://github.com/shop/api/pull/42"`
	Title        string `json:"title" doc:"What people call it." example:"Raise the pool of connections"`
	Emoji        string `json:"emoji" doc:"Links have no emoji; this is ignored."`
}

type listAttachments struct {
	IncidentID   id.ID  `query:"incident_id" doc:"Only those of this incident."`
	ExternalID   string `query:"external_id" doc:"Only what its service calls so."`
	ResourceType string `query:"resource_type" doc:"Only things of this sort." enum:"pager_duty_incident,opsgenie_alert,datadog_monitor_alert,github_pull_request,gitlab_merge_request,sentry_issue,jira_issue,jsm_alert,atlassian_statuspage_incident,zendesk_ticket,google_calendar_event,outlook_calendar_event,slack_file,salesforce_case,arbitrary_url,scrubbed,statuspage_incident"`
}

var attachmentFields = map[string]string{"url": "resource.url", "title": "resource.title", "incident": "incident_id"}

func (f family) attachments(api *rest.API) {
	op := rest.Op{
		ID: "Incident Attachments V1#List", Method: "GET", Path: "/v1/incident_attachments", Summary: "List what is attached", Scopes: []authz.Permission{authz.ViewAttachments},
		Description: "Things elsewhere that belong to incidents, the first first, at most 10,000.",
	}
	rest.Add(api, op, func(ctx context.Context, in listAttachments) (AttachmentsV1, error) {
		var kinds []attachment.Kind
		if in.ResourceType != "" {
			if kinds = attachment.KindsOf(in.ResourceType); len(kinds) == 0 {
				return AttachmentsV1{}, nil
			}
		}
		found, err := f.Attachments.Across(ctx, attachment.Filter{Incident: in.IncidentID, ExternalID: in.ExternalID, Kinds: kinds})
		if err != nil {
			return AttachmentsV1{}, rest.Rename(err, attachmentFields)
		}
		var out AttachmentsV1
		for _, a := range found {
			out.Attachments = append(out.Attachments, attachmentOf(a))
		}
		return out, nil
	})
	rest.Add(api, rest.Op{ID: "Incident Attachments V1#Create", Method: "POST", Path: "/v1/incident_attachments", Status: 201, Summary: "Attach something to an incident", Scopes: []authz.Permission{authz.CreateAttachments}},
		func(ctx context.Context, in struct{ Body CreateAttachmentV1 }) (AttachmentResultV1, error) {
			cmd, err := in.Body.attach()
			if err != nil {
				return AttachmentResultV1{}, err
			}
			made, err := f.Attachments.Attach(ctx, cmd)
			return AttachmentResultV1{Attachment: attachmentOf(made)}, rest.Rename(err, attachmentFields)
		})
	rest.Add(api, rest.Op{ID: "Incident Attachments V1#Delete", Method: "DELETE", Path: "/v1/incident_attachments/{id}", Status: 204, Summary: "Take an attachment away", Scopes: []authz.Permission{authz.DestroyAttachments}},
		func(ctx context.Context, in one) (rest.Nothing, error) {
			return rest.Nothing{}, f.Attachments.Remove(ctx, attachment.Remove{Attachment: id.ID(in.ID)})
		})
}

// attach is the verb that the body asks for.
func (c CreateAttachmentV1) attach() (attachment.Attach, error) {
	kind, ok := attachment.OfResource(c.Resource.ResourceType)
	if !ok {
		return attachment.Attach{}, problem.Field("resource.resource_type", "unknown", "Nothing of the type %s can be attached.", c.Resource.ResourceType)
	}
	cmd := attachment.Attach{Incident: c.IncidentID, URL: c.Resource.URL, Title: c.Resource.Title, Kind: kind, ExternalID: c.Resource.ExternalID}
	if cmd.URL == "" {
		if _, address := attachment.Recognize(c.Resource.ExternalID); !address {
			return attachment.Attach{}, problem.Field("resource.url", "is_required", "Say where it is: Muster asks no service for the address of %s.", c.Resource.ResourceType)
		}
		cmd.URL = c.Resource.ExternalID
	}
	return cmd, nil
}

func attachmentOf(a attachment.Attachment) AttachmentV1 {
	return AttachmentV1{
		ID: a.ID.String(), IncidentID: a.Incident.String(), Resource: ResourceV1{ExternalID: a.ExternalID, Permalink: a.URL, ResourceType: a.Kind.ResourceType(), Title: a.Name()},
	}
}
