package incidents

import (
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// pauses are the ends of a pause that are offered; each counts from now in the reader's zone.
var pauses = []struct {
	value, label string
	until        func(now time.Time) time.Time
}{
	{"1h", "1 hour", func(now time.Time) time.Time { return now.Add(time.Hour) }},
	{"4h", "4 hours", func(now time.Time) time.Time { return now.Add(4 * time.Hour) }},
	{"tomorrow", "Tomorrow 9:00", func(now time.Time) time.Time { return morning(now, 1) }},
	{"monday", "Monday 9:00", func(now time.Time) time.Time { return morning(now, (int(time.Monday-now.Weekday())+6)%7+1) }},
	{"open", "No end", func(time.Time) time.Time { return time.Time{} }},
}

// morning is nine o'clock so many days on.
func morning(now time.Time, days int) time.Time {
	return time.Date(now.Year(), now.Month(), now.Day()+days, 9, 0, 0, 0, now.Location())
}

// typedTime is how a browser sends a date and a time.
const typedTime = "2006-01-02T15:04"

func (p *Pages) pauseEditor(_ *http.Request, l sight, inc incident.Incident, form *page.Form) (editView, error) {
	form = orFresh(form, map[string]string{"for": "tomorrow", "until": "", "reason": ""})
	var options []ui.Option
	for _, one := range pauses {
		options = append(options, ui.Option{Value: one.value, Label: one.label, Chosen: one.value == form.Value("for")})
	}
	v := editView{Title: "Pause the incident", Action: path(inc) + "/pause", Method: "PUT", Submit: "Pause", Form: form, Hint: "Nothing reminds until then. The lead is told when it wakes, and an update that is promised has as long then as it has now."}
	if inc.Status.Category == incident.CategoryPaused {
		v.Title, v.Submit = "Pause until another time", "Change"
	}
	v.Fields = []templ.Component{
		ui.Segments(ui.ChoiceView{Name: "for", Label: "Until", Options: options, Wrap: true}),
		ui.Field(ui.FieldView{ID: "until", Name: "until", Type: "datetime-local", Label: "Or until another time", Hint: "In your time zone, " + l.Viewer.Zone.String() + ". This wins over the choice above.", Value: form.Value("until"), Error: form.Error("until")}),
		ui.Field(ui.FieldView{ID: "reason", Name: "reason", Label: "What is it waiting for?", Hint: "You can leave it out.", Value: form.Value("reason"), Error: form.Error("reason"), Max: 500, Autocomplete: "off"}),
	}
	return v, nil
}

func (p *Pages) pause(w http.ResponseWriter, r *http.Request) error {
	return p.apply(w, r, "pause", "Paused", func(inc incident.Incident, form *page.Form) error {
		until, err := p.pauseEnd(r, form)
		if err != nil {
			return err
		}
		_, err = p.Incidents.Pause(r.Context(), incident.Pause{Incident: inc.ID, Until: until, Reason: form.Value("reason")})
		return err
	})
}

func (p *Pages) pauseEnd(r *http.Request, form *page.Form) (time.Time, error) {
	viewer, _ := page.ViewerOf(r.Context())
	zone := viewer.Zone
	if zone == nil {
		zone = time.UTC
	}
	if typed := strings.TrimSpace(form.Value("until")); typed != "" {
		until, err := time.ParseInLocation(typedTime, typed, zone)
		if err != nil {
			return until, problem.Field("until", "not_a_time", "“%s” is no time. Write it as 2026-03-02T09:00.", typed)
		}
		return until, nil
	}
	for _, one := range pauses {
		if one.value == form.Value("for") {
			return one.until(p.Clock.Now().In(zone)), nil
		}
	}
	return time.Time{}, problem.Field("until", "is_required", "Say until when, or choose no end.")
}

func (p *Pages) resume(w http.ResponseWriter, r *http.Request) error {
	found, err := p.load(r)
	if err != nil {
		return err
	}
	if _, err := p.Incidents.Resume(r.Context(), incident.Resume{Incident: found.ID}); err != nil {
		return err
	}
	return page.Done(w, r, path(found), "Taken up again")
}
