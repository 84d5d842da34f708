package platform

import (
	"context"

	"github.com/musterhq/muster/internal/domain/managed"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/rest"
)

// ClaimResourceV2 says what a program manages.
type ClaimResourceV2 struct {
	ResourceType string            `json:"resource_type" required:"true" enum:"alert_route,alert_source,escalation_path,schedule,schedule_sync_target,schedule_sync_rule,workflow" doc:"What sort of thing it is." example:"schedule"`
	ResourceID   string            `json:"resource_id" required:"true" doc:"Which one it is." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	Annotations  map[string]string `json:"annotations" required:"true" doc:"What the program notes about itself, in place of what was noted before. Terraform gives its version as incident.io/terraform/version."`
}

// ManagedResourceResultV2 is a thing that a program manages.
type ManagedResourceResultV2 struct {
	ManagedResource ManagedResourceV2 `json:"managed_resource"`
}

// ManagedResourceV2 is a thing that a program manages.
type ManagedResourceV2 struct {
	ResourceType string            `json:"resource_type" enum:"alert_route,alert_source,escalation_path,schedule,schedule_sync_target,schedule_sync_rule,workflow" doc:"What sort of thing it is." example:"schedule"`
	ResourceID   string            `json:"resource_id" doc:"Which one it is." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	ManagedBy    string            `json:"managed_by" enum:"dashboard,terraform,external" doc:"Who looks after it: people in the dashboard, Terraform, or another program." example:"terraform"`
	Annotations  map[string]string `json:"annotations" doc:"What the program noted."`
	SourceURL    string            `json:"source_url,omitempty" doc:"Where the program keeps what it manages. Muster is not told, so it is absent."`
}

// resources adds the operation with which a program says what it manages.
func (f family) resources(api *rest.API) {
	op := rest.Op{
		ID: "Managed Resources V2#CreateManagedResource", Method: "POST", Path: "/v2/managed_resources", Summary: "Claim a resource",
		Description: "Tells Muster that a program keeps a resource as it is, so that people are warned before they change it by hand. Claiming it again replaces the annotations. The key needs the scope with which it would change the resource, such as schedules.update.",
	}
	rest.Add(api, op, func(ctx context.Context, in struct{ Body ClaimResourceV2 }) (ManagedResourceResultV2, error) {
		claimed, err := f.Managed.Claim(ctx, managed.Claim{Type: managed.Type(in.Body.ResourceType), ID: id.ID(in.Body.ResourceID), Annotations: in.Body.Annotations})
		return ManagedResourceResultV2{ManagedResource: ManagedResourceV2{
			ResourceType: string(claimed.Type), ResourceID: claimed.ID.String(), ManagedBy: string(claimed.ManagedBy()), Annotations: claimed.Annotations,
		}}, err
	})
}
