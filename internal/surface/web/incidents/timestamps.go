package incidents

import (
	"net/http"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// durationView is a duration as the incident's page shows it.
type durationView struct {
	Name, Took string
	// Since is set for one that still goes on.
	Since time.Time
	Going bool
}

// durations shows those that are known or going on; what has no beginning is not worth a line.
func (l sight) durations(inc incident.Incident) []durationView {
	var views []durationView
	for _, d := range inc.Durations {
		switch d.State {
		case incident.DurationKnown:
			views = append(views, durationView{Name: d.Metric.Name, Took: ui.Span(d.Took)})
		case incident.DurationCalculating:
			views = append(views, durationView{Name: d.Metric.Name, Since: *d.Since, Going: true})
		case incident.DurationInvalid:
			views = append(views, durationView{Name: d.Metric.Name, Took: "Ends before it begins"})
		}
	}
	return views
}

// timesEditor asks when things happened, in the reader's zone.
func (p *Pages) timesEditor(r *http.Request, l sight, inc incident.Incident, form *page.Form) (editView, error) {
	stamps, err := p.Incidents.Timestamps(r.Context())
	if err != nil {
		return editView{}, err
	}
	if form == nil {
		values := map[string]string{}
		for _, t := range stamps {
			values[incident.TimestampField(t.ID)] = ""
		}
		for _, t := range inc.Timestamps {
			values[incident.TimestampField(t.ID)] = t.At.In(l.Viewer.Zone).Format(localTime)
		}
		form = page.NewForm(values)
	}
	v := editView{Title: "When it happened", Action: path(inc) + "/timestamps", Method: "PUT", Submit: "Save", Form: form, Hint: "Your time zone, " + l.Viewer.Zone.String() + "."}
	dismissed := map[string]bool{"declined": true, "merged": true, "canceled": true}
	for _, t := range stamps {
		name := incident.TimestampField(t.ID)
		if dismissed[t.SetBy] && form.Value(name) == "" { // nobody fills those in by hand
			continue
		}
		v.Fields = append(v.Fields, ui.Field(ui.FieldView{ID: name, Name: name, Label: t.Name, Type: "datetime-local", Value: form.Value(name), Error: form.Error(name)}))
	}
	return v, nil
}

func (p *Pages) setTimestamps(w http.ResponseWriter, r *http.Request) error {
	l, err := p.look(r.Context())
	if err != nil {
		return err
	}
	return p.apply(w, r, "times", "Times saved", func(inc incident.Incident, form *page.Form) error {
		stamps, err := p.Incidents.Timestamps(r.Context())
		if err != nil {
			return err
		}
		at, err := readTimes(form, stamps, inc, l.Viewer.Zone)
		if err != nil {
			return err
		}
		_, err = p.Incidents.SetTimestamps(r.Context(), incident.SetTimestamps{Incident: inc.ID, At: at})
		return err
	})
}

// readTimes reads the moments that were sent; one that says the minute it had before keeps its seconds.
func readTimes(form *page.Form, stamps []incident.Timestamp, inc incident.Incident, zone *time.Location) (map[id.ID]*time.Time, error) {
	was := map[id.ID]time.Time{}
	for _, t := range inc.Timestamps {
		was[t.ID] = t.At
	}
	at := map[id.ID]*time.Time{}
	var problems problem.List
	for _, t := range stamps {
		name := incident.TimestampField(t.ID)
		typed := form.Value(name)
		switch before, had := was[t.ID]; {
		case !form.Has(name) || had && before.In(zone).Format(localTime) == typed:
		case typed == "":
			at[t.ID] = nil
		default:
			moment, err := time.ParseInLocation(localTime, typed[:min(len(typed), len(localTime))], zone)
			if err != nil {
				problems = append(problems, problem.Field(name, "not_a_time", "%q is no date and time; write it like 2026-03-01 14:05.", typed))
				continue
			}
			at[t.ID] = &moment
		}
	}
	return at, problems.Err()
}
