package incidents

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// afterwards completes the form for what is over: where it stands, and when things happened.
func (p *Pages) afterwards(r *http.Request, l sight, v *declareView) error {
	for _, s := range l.Statuses {
		if s.Category == incident.CategoryClosed || s.Category == incident.CategoryLearning {
			view := l.Status(s)
			v.Over = append(v.Over, ui.Option{Value: string(s.ID), Label: s.Name, Status: &view, Chosen: string(s.ID) == v.Form.Value("status")})
		}
	}
	if v.Form.Value("status") == "" {
		for n := range v.Over {
			if v.Over[n].Status.Category == string(incident.CategoryClosed) {
				v.Over[n].Chosen = true
				break
			}
		}
	}
	var err error
	if v.Channel, err = p.chosenChannel(r.Context(), v.Form); err != nil {
		return err
	}
	all, err := p.Incidents.Timestamps(r.Context())
	if err != nil {
		return err
	}
	for _, t := range all {
		if slices.Contains([]string{"accepted", "declined", "merged", "canceled"}, t.SetBy) {
			continue // what is over was no matter of deciding
		}
		name := incident.TimestampField(t.ID)
		v.Times = append(v.Times, ui.FieldView{ID: name, Name: name, Type: "datetime-local", Label: t.Name, Value: v.Form.Value(name), Error: v.Form.Error(name)})
	}
	return nil
}

// times reads when things happened, in the reader's zone.
func (p *Pages) times(r *http.Request, form *page.Form) (map[id.ID]time.Time, error) {
	viewer, _ := page.ViewerOf(r.Context())
	zone := viewer.Zone
	if zone == nil {
		zone = time.UTC
	}
	all, err := p.Incidents.Timestamps(r.Context())
	if err != nil {
		return nil, err
	}
	given := map[id.ID]time.Time{}
	var wrong problem.List
	for _, t := range all {
		typed := strings.TrimSpace(form.Value(incident.TimestampField(t.ID)))
		if typed == "" {
			continue
		}
		at, err := time.ParseInLocation(typedTime, typed, zone)
		if err != nil {
			wrong = append(wrong, problem.Field(incident.TimestampField(t.ID), "not_a_time", "“%s” is no time. Write it as 2026-03-02T09:00.", typed))
			continue
		}
		given[t.ID] = at
	}
	return given, wrong.Err()
}
