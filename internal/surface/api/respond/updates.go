package respond

import (
	"context"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/rest"
	"github.com/musterhq/muster/internal/surface/api/wire"
)

// UpdateV2 is what was told of an incident at some moment.
type UpdateV2 struct {
	ID         string           `json:"id" doc:"Names the update." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	IncidentID string           `json:"incident_id" doc:"The incident." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	Message    *string          `json:"message,omitempty" doc:"What was told, in Markdown." example:"The pool is larger, and errors fall."`
	Status     wire.StatusV1    `json:"new_incident_status" doc:"The status that the incident had after it."`
	Severity   *wire.SeverityV1 `json:"new_severity,omitempty" doc:"The severity that it had after it."`
	MergedInto *string          `json:"merged_into_incident_id,omitempty" doc:"The incident that it was merged into." example:"01FCNDV6P870EA6S7TK1DSYDG0"`
	Updater    wire.Actor       `json:"updater" doc:"Who told it."`
	CreatedAt  time.Time        `json:"created_at" doc:"When."`
}

// UpdatesV2 is a page of updates.
type UpdatesV2 struct {
	Updates []UpdateV2 `json:"incident_updates"`
	Page    rest.Meta  `json:"pagination_meta"`
}

type listUpdates struct {
	IncidentID id.ID `query:"incident_id" doc:"Only those of this incident."`
	rest.Page  `page:"25,250"`
}

func (f family) updates(api *rest.API) {
	op := rest.Op{
		ID: "Incident Updates V2#List", Method: "GET", Path: "/v2/incident_updates", Summary: "List updates of incidents", Scopes: []authz.Permission{authz.ViewIncidents},
		Description: "Updates of one incident or of all, in the order in which they were made. Those that come later stand at the end, so a list can be read on at any time.",
	}
	rest.Add(api, op, func(ctx context.Context, in listUpdates) (UpdatesV2, error) {
		feed, err := f.Incidents.UpdateFeed(ctx, incident.UpdateFeed{Incident: in.IncidentID, After: id.ID(in.After), Count: in.PageSize})
		if err != nil {
			return UpdatesV2{}, err
		}
		shown, more := rest.Cut(feed, in.PageSize)
		out, err := f.updatesOf(ctx, shown)
		return UpdatesV2{Updates: out, Page: rest.Next(shown, in.PageSize, more, func(u incident.FedUpdate) string { return u.ID.String() })}, err
	})
}

// updatesOf makes the wire form of updates.
func (f family) updatesOf(ctx context.Context, feed []incident.FedUpdate) ([]UpdateV2, error) {
	if len(feed) == 0 {
		return nil, nil
	}
	var named []id.ID
	for _, u := range feed {
		named = append(named, wire.UserOf(u.Author))
	}
	people, err := f.People.Of(ctx, named...)
	if err != nil {
		return nil, err
	}
	ever, err := f.Incidents.Ever(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]UpdateV2, len(feed))
	for n, u := range feed {
		out[n] = UpdateV2{
			ID: u.ID.String(), IncidentID: u.Incident.String(), Message: wire.Optional(u.Message), Status: wire.Status(ever.Statuses[u.Status]),
			MergedInto: wire.Optional(u.Into.String()), Updater: people.Actor(u.Author), CreatedAt: wire.Time(u.At),
		}
		if severity, ok := ever.Severities[u.Severity]; ok {
			shown := wire.Severity(severity)
			out[n].Severity = &shown
		}
	}
	return out, nil
}
