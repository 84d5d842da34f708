package incidents

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/timeline"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// localTime is how browsers write a moment in a field.
const localTime = "2006-01-02T15:04"

// curateRoutes registers what people do to a timeline.
func (p *Pages) curateRoutes(on func(string, page.Handler)) {
	on("GET /incidents/{ref}/timeline/new", p.writeItemForm)
	on("POST /incidents/{ref}/timeline", p.writeItem)
	on("GET /incidents/{ref}/timeline/{item}/edit", p.editItemForm)
	on("PUT /incidents/{ref}/timeline/{item}", p.editItem)
	on("PUT /incidents/{ref}/timeline/{item}/shown", p.showItem)
	on("DELETE /incidents/{ref}/timeline/{item}/shown", p.hideItem)
	on("PUT /incidents/{ref}/log/{activity}/told", p.tellActivity)
}

func (p *Pages) writeItemForm(w http.ResponseWriter, r *http.Request) error {
	if _, err := tenant.Require(r.Context(), authz.EditIncidents); err != nil {
		return err
	}
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	now := p.Clock.Now()
	return p.itemDialog(w, r, http.StatusOK, inc, nil, page.NewForm(map[string]string{"at": p.local(r, now), "key": string(id.New(now))}), nil)
}

func (p *Pages) writeItem(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	return page.Submit(w, r, func(form *page.Form) (string, string, error) {
		at, err := p.moment(r, form.Value("at"), time.Time{})
		if err != nil {
			return "", "", err
		}
		made, err := p.Timelines.Write(r.Context(), timeline.Write{Incident: inc.ID, Title: form.Value("title"), Note: form.Value("note"), At: at, Key: form.Value("key")})
		return path(inc) + "/timeline#t-" + string(made), "Added to the timeline", err
	}, func(status int, form *page.Form, because error) error {
		return p.itemDialog(w, r, status, inc, nil, form, because)
	})
}

func (p *Pages) editItemForm(w http.ResponseWriter, r *http.Request) error {
	if _, err := tenant.Require(r.Context(), authz.EditIncidents); err != nil {
		return err
	}
	inc, item, err := p.itemHere(r)
	if err != nil {
		return err
	}
	form := page.NewForm(map[string]string{"title": item.Named, "note": item.Note.Source, "at": p.local(r, item.At)})
	return p.itemDialog(w, r, http.StatusOK, inc, &item, form, nil)
}

func (p *Pages) editItem(w http.ResponseWriter, r *http.Request) error {
	inc, item, err := p.itemHere(r)
	if err != nil {
		return err
	}
	return page.Submit(w, r, func(form *page.Form) (string, string, error) {
		seen, err := version(form)
		if err != nil {
			return "", "", err
		}
		at, err := p.moment(r, form.Value("at"), item.At, item.OccurredAt)
		if err == nil {
			err = p.Timelines.Edit(r.Context(), timeline.Edit{Incident: inc.ID, Item: item.ID, Title: form.Value("title"), Note: form.Value("note"), At: at, Version: seen})
		}
		return path(inc) + "/timeline#t-" + string(item.ID), "Saved", err
	}, func(status int, form *page.Form, because error) error {
		return p.itemDialog(w, r, status, inc, &item, form, because)
	})
}

// itemDialog is the form of a new item, or of one that is there.
func (p *Pages) itemDialog(w http.ResponseWriter, r *http.Request, status int, inc incident.Incident, item *timeline.Item, form *page.Form, because error) error {
	l, err := p.look(r.Context())
	if err != nil {
		return err
	}
	where := path(inc) + "/timeline"
	title := ui.FieldView{ID: "item-title", Name: "title", Label: "What happened?", Value: form.Value("title"), Error: form.Error("title"), Required: true, Autofocus: true, Max: 300}
	note := ui.FieldView{ID: "item-note", Name: "note", Label: "Note", Hint: "What else there is to say about it. Optional.", Value: form.Value("note"), Error: form.Error("note"), Rows: 3}
	at := ui.FieldView{ID: "item-at", Name: "at", Type: "datetime-local", Label: "When", Value: form.Value("at"), Error: form.Error("at"), Required: true, Hint: "In your time zone, " + l.Viewer.Zone.String() + "."}
	v := editView{Title: "Add to the timeline", Action: where, Method: "POST", Submit: "Add", Form: form}
	if item == nil {
		note.Draft = "item-" + string(inc.ID)
		v.Fields = append(v.Fields, ui.Hidden("key", form.Value("key")))
	} else {
		v.Title, v.Action, v.Method, v.Submit = "Edit the item", where+"/"+string(item.ID), "PUT", "Save"
		v.Fields = append(v.Fields, ui.Hidden("version", strconv.Itoa(int(item.Version))))
		if item.Source != timeline.ByHand {
			title.Label, title.Required, title.Placeholder = "Title", false, item.Worded(l.Viewer.User).String()
			title.Hint = "Left empty, Muster words it."
			happened := l.Moment(item.OccurredAt)
			at.Hint = "Its place on the timeline, in " + l.Viewer.Zone.String() + ". It happened at " + happened.In(l.sameDay(item.At, item.OccurredAt)) + "; the log keeps that."
		}
		note.Draft = "item-" + string(item.ID)
	}
	v.Fields = append(v.Fields, ui.Field(title), ui.Field(at), ui.TextArea(note))
	var stale *incident.Stale
	if errors.As(because, &stale) {
		v.Theirs = stale.Now
	}
	return p.dialog(w, r, status, inc, v.Title, editDialog(v))
}

// itemHere finds the item that the path names in the incident that it names.
func (p *Pages) itemHere(r *http.Request) (incident.Incident, timeline.Item, error) {
	inc, err := p.load(r)
	if err != nil {
		return inc, timeline.Item{}, err
	}
	item, err := p.Timelines.Item(r.Context(), inc.ID, id.ID(r.PathValue("item")))
	return inc, item, err
}

func (p *Pages) hideItem(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	item := r.PathValue("item")
	if err := p.Timelines.Hide(r.Context(), timeline.Hide{Incident: inc.ID, Item: id.ID(item)}); err != nil {
		return err
	}
	where := path(inc) + "/timeline"
	page.Undo(w, "PUT", where+"/"+item+"/shown")
	return page.Done(w, r, where, "Taken off the timeline")
}

func (p *Pages) showItem(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	if err := p.Timelines.Show(r.Context(), timeline.Show{Incident: inc.ID, Item: id.ID(r.PathValue("item"))}); err != nil {
		return err
	}
	return page.Done(w, r, path(inc)+"/timeline", "Back on the timeline")
}

// tellActivity puts a line of the log on the timeline.
func (p *Pages) tellActivity(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	activity := r.PathValue("activity")
	if err := p.Timelines.Add(r.Context(), timeline.Add{Incident: inc.ID, Activity: id.ID(activity)}); err != nil {
		return err
	}
	page.Undo(w, "DELETE", path(inc)+"/timeline/"+activity+"/shown")
	return page.Done(w, r, path(inc)+"/log", "It is on the timeline now")
}

// local writes a moment in the reader's zone for a field.
func (p *Pages) local(r *http.Request, at time.Time) string {
	viewer, _ := page.ViewerOf(r.Context())
	return at.In(viewer.Zone).Format(localTime)
}

// moment reads what a field says in the reader's zone. The field has no seconds: where it says what one of the moments
// that it may have shown says, it means that.
func (p *Pages) moment(r *http.Request, text string, shown ...time.Time) (time.Time, error) {
	for _, at := range shown {
		if !at.IsZero() && text == p.local(r, at) {
			return at, nil
		}
	}
	viewer, _ := page.ViewerOf(r.Context())
	at, err := time.ParseInLocation(localTime, text, viewer.Zone)
	if err != nil {
		at, err = time.ParseInLocation(localTime+":05", text, viewer.Zone)
	}
	if err != nil {
		return at, problem.Field("at", "not_a_time", "Write the date and the time, like 2026-03-21 14:05.").Because(err)
	}
	return at.UTC(), nil
}
