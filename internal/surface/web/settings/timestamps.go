package settings

import (
	"context"
	"strings"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// timestampList is the moments that an incident can have.
type timestampList struct{ p *Pages }

func (l timestampList) about() about {
	return about{
		name: "timestamps", title: "Timestamps", one: "timestamp", a: "a timestamp", permits: authz.UpdateLifecycles, uses: l.p.usesOf(incident.TimestampNoun),
		lead: "When things happened. Some are set by what happens, the others by hand. What comes after something is never before it.",
		also: &ui.ButtonView{Label: "Durations between them", Icon: "clock", Href: "/settings/durations"},
	}
}

// moments words what sets a timestamp by itself.
var moments = map[string]string{
	"": "Set by hand", "reported": "Set when it is declared", "accepted": "Set when it becomes active", "declined": "Set when it is declined",
	"merged": "Set when it is merged", "canceled": "Set when it is canceled", "resolved": "Set when the problem is over", "closed": "Set when it is closed",
}

func (l timestampList) groups(ctx context.Context) ([]group, error) {
	all, err := l.p.Incidents.Timestamps(ctx)
	if err != nil {
		return nil, err
	}
	statuses, err := l.p.Incidents.Statuses(ctx)
	if err != nil {
		return nil, err
	}
	names := map[id.ID]string{}
	for _, t := range all {
		names[t.ID] = t.Name
	}
	for _, s := range statuses {
		names[s.ID] = s.Name
	}
	g := group{}
	for _, t := range all {
		text, by := moments[t.SetBy], t.SetBy
		if !t.SetByStatus.Empty() {
			text, by = "Set by the status "+names[t.SetByStatus], "status:"+string(t.SetByStatus)
		}
		if !t.After.Empty() {
			text += ", never before " + names[t.After]
		}
		g.Entries = append(g.Entries, entry{
			ID: t.ID, Name: t.Name, Text: text + ".", Version: t.Version, MayArchive: true, Mark: ui.Icon("clock"),
			values: map[string]string{"name": t.Name, "set_by": by, "after": string(t.After)},
		})
	}
	return ends([]group{g}), nil
}

func (l timestampList) fields(ctx context.Context, form *page.Form) ([]field, error) {
	statuses, err := l.p.Incidents.Statuses(ctx)
	if err != nil {
		return nil, err
	}
	stamps, err := l.options(ctx, form.Value("after"), "Nothing")
	by := []ui.Option{{Value: "", Label: moments[""], Chosen: form.Value("set_by") == ""}}
	for _, m := range incident.Moments() {
		by = append(by, ui.Option{Value: m, Label: moments[m], Chosen: form.Value("set_by") == m})
	}
	for _, s := range statuses {
		value := "status:" + string(s.ID)
		by = append(by, ui.Option{Value: value, Label: "Set by the status " + s.Name, Chosen: form.Value("set_by") == value})
	}
	return []field{
		name(form, "Customers told"),
		{Options: by, FieldView: ui.FieldView{ID: "setting-set-by", Name: "set_by", Label: "What sets it?", Error: form.Error("set_by"), Hint: "It can be corrected by hand in any case."}},
		{Options: stamps, FieldView: ui.FieldView{ID: "setting-after", Name: "after", Label: "What does it come after?", Error: form.Error("after"), Hint: "A time before that is refused."}},
	}, err
}

// options are the timestamps to choose from.
func (l timestampList) options(ctx context.Context, chosen, none string) ([]ui.Option, error) {
	all, err := l.p.Incidents.Timestamps(ctx)
	options := []ui.Option{{Value: "", Label: none, Chosen: chosen == ""}}
	for _, t := range all {
		options = append(options, ui.Option{Value: string(t.ID), Label: t.Name, Chosen: chosen == string(t.ID)})
	}
	return options, err
}

// setBy reads what sets a timestamp: a moment, or a status.
func setBy(form *page.Form) (string, id.ID) {
	if status, is := strings.CutPrefix(form.Value("set_by"), "status:"); is {
		return "", id.ID(status)
	}
	return form.Value("set_by"), ""
}

func (l timestampList) create(ctx context.Context, form *page.Form) error {
	by, status := setBy(form)
	_, err := l.p.Incidents.CreateTimestamp(ctx, incident.CreateTimestamp{Name: form.Value("name"), SetBy: by, SetByStatus: status, After: id.ID(form.Value("after"))})
	return err
}

func (l timestampList) edit(ctx context.Context, entry id.ID, version int32, form *page.Form) error {
	by, status := setBy(form)
	_, err := l.p.Incidents.EditTimestamp(ctx, incident.EditTimestamp{
		ID: entry, Name: form.Value("name"), SetBy: by, SetByStatus: status, After: id.ID(form.Value("after")), Version: version,
	})
	return err
}

func (l timestampList) order(ctx context.Context, _ string, ids []id.ID) error {
	_, err := l.p.Incidents.OrderTimestamps(ctx, incident.OrderTimestamps{IDs: ids})
	return err
}

func (l timestampList) archive(ctx context.Context, entry, _ id.ID) error {
	_, err := l.p.Incidents.ArchiveTimestamp(ctx, incident.ArchiveTimestamp{ID: entry})
	return err
}
