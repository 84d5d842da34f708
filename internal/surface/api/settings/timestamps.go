package settings

import (
	"context"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/rest"
	"github.com/musterhq/muster/internal/surface/api/wire"
)

// TimestampsV2 is a list of timestamps.
type TimestampsV2 struct {
	IncidentTimestamps []wire.TimestampV2 `json:"incident_timestamps"`
}

// TimestampResultV2 is one timestamp.
type TimestampResultV2 struct {
	IncidentTimestamp wire.TimestampV2 `json:"incident_timestamp"`
}

// timestamps are for every key: what moments there are tells nothing of an incident.
func (f family) timestamps(api *rest.API) {
	const tag = "Incident Timestamps V2#"
	rest.Add(api, rest.Op{ID: tag + "List", Method: "GET", Path: "/v2/incident_timestamps", Summary: "List incident timestamps", Description: "Every timestamp in use, by rank."},
		func(ctx context.Context, _ rest.Nothing) (TimestampsV2, error) {
			all, err := f.Incidents.Timestamps(tenant.Also(ctx, authz.ViewIncidents))
			return TimestampsV2{IncidentTimestamps: each(all, wire.Timestamp)}, err
		})
	rest.Add(api, rest.Op{ID: tag + "Show", Method: "GET", Path: "/v2/incident_timestamps/{id}", Summary: "Show an incident timestamp"},
		func(ctx context.Context, in one) (TimestampResultV2, error) {
			all, err := f.Incidents.Timestamps(tenant.Also(ctx, authz.ViewIncidents))
			found, err := find(all, err, "timestamp", in.ID, func(t incident.Timestamp) string { return t.ID.String() })
			return TimestampResultV2{IncidentTimestamp: wire.Timestamp(found)}, err
		})
}
