package settings

import (
	"context"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// durationList is what the organisation measures between timestamps.
type durationList struct{ p *Pages }

func (durationList) about() about {
	return about{
		name: "durations", title: "Durations", one: "duration", a: "a duration", permits: authz.UpdateLifecycles, within: "timestamps",
		lead: "How long things took: the time between two timestamps, shown on each incident that has both.",
		also: &ui.ButtonView{Label: "Timestamps", Icon: "arrow-left", Href: "/settings/timestamps"},
	}
}

func (l durationList) groups(ctx context.Context) ([]group, error) {
	all, err := l.p.Incidents.Durations(ctx)
	if err != nil {
		return nil, err
	}
	stamps, err := l.p.Incidents.Timestamps(ctx)
	if err != nil {
		return nil, err
	}
	names := map[id.ID]string{}
	for _, t := range stamps {
		names[t.ID] = t.Name
	}
	g := group{}
	for _, d := range all {
		g.Entries = append(g.Entries, entry{
			ID: d.ID, Name: d.Name, Text: "From " + names[d.From] + " to " + names[d.To] + ".", Version: d.Version, MayArchive: true, Mark: ui.Icon("clock"),
			values: map[string]string{"name": d.Name, "from": string(d.From), "to": string(d.To)},
		})
	}
	return ends([]group{g}), nil
}

func (l durationList) fields(ctx context.Context, form *page.Form) ([]field, error) {
	from, err := timestampList(l).options(ctx, form.Value("from"), "Choose…")
	if err != nil {
		return nil, err
	}
	to, err := timestampList(l).options(ctx, form.Value("to"), "Choose…")
	return []field{
		name(form, "Time to fix"),
		{Options: from, FieldView: ui.FieldView{ID: "setting-from", Name: "from", Label: "From", Error: form.Error("from")}},
		{Options: to, FieldView: ui.FieldView{ID: "setting-to", Name: "to", Label: "To", Error: form.Error("to")}},
	}, err
}

func (l durationList) create(ctx context.Context, form *page.Form) error {
	_, err := l.p.Incidents.CreateDuration(ctx, incident.CreateDuration{Name: form.Value("name"), From: id.ID(form.Value("from")), To: id.ID(form.Value("to"))})
	return err
}

func (l durationList) edit(ctx context.Context, entry id.ID, version int32, form *page.Form) error {
	_, err := l.p.Incidents.EditDuration(ctx, incident.EditDuration{
		ID: entry, Name: form.Value("name"), From: id.ID(form.Value("from")), To: id.ID(form.Value("to")), Version: version,
	})
	return err
}

func (l durationList) order(ctx context.Context, _ string, ids []id.ID) error {
	_, err := l.p.Incidents.OrderDurations(ctx, incident.OrderDurations{IDs: ids})
	return err
}

func (l durationList) archive(ctx context.Context, entry, _ id.ID) error {
	_, err := l.p.Incidents.ArchiveDuration(ctx, incident.ArchiveDuration{ID: entry})
	return err
}
