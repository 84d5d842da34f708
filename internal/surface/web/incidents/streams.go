package incidents

import (
	"context"
	"fmt"
	"net/http"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/stream"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// streamView is a part of the incident's work.
type streamView struct {
	ID, Path, Name, Thread string
	Open                   bool
	Lead                   *ui.PersonView
	// Line is the newest word on it, By and At whose and when; of a closed one what came of it.
	Line    string
	By      string
	At      *ui.Moment
	MayEdit bool
}

// streamFormView is one of the forms of a stream; it asks for what Form has values for.
type streamFormView struct {
	Title, Action, Method, Submit, Hint string
	Form                                *page.Form
	People                              []ui.Option
}

func (v streamFormView) asks(name string) bool { return v.Form.Has(name) }

// streamRoutes registers the parts of an incident's work.
func (p *Pages) streamRoutes(on func(string, page.Handler)) {
	on("GET /incidents/{ref}/streams", p.streams)
	on("GET /incidents/{ref}/streams/new", p.newStream)
	on("POST /incidents/{ref}/streams", p.openStream)
	on("GET /incidents/{ref}/streams/{stream}/{what}", p.streamForm)
	on("POST /incidents/{ref}/streams/{stream}/updates", p.changeStream("update"))
	on("PUT /incidents/{ref}/streams/{stream}/lead", p.changeStream("lead"))
	on("PUT /incidents/{ref}/streams/{stream}/name", p.changeStream("name"))
	on("PUT /incidents/{ref}/streams/{stream}/closed", p.changeStream("close"))
	on("DELETE /incidents/{ref}/streams/{stream}/closed", p.reopenStream)
}

// streamsOf reads the parts of an incident's work, with the threads in which they are talked about.
func (p *Pages) streamsOf(ctx context.Context, l sight, inc incident.Incident) ([]streamView, error) {
	all, err := p.Streams.List(ctx, inc.ID)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	keys := make([]string, len(all))
	for n, one := range all {
		keys[n] = room.StreamKey(one.ID)
	}
	said, err := p.Rooms.Said(ctx, inc.ID, keys)
	if err != nil {
		return nil, err
	}
	views := make([]streamView, len(all))
	for n, one := range all {
		views[n] = l.stream(inc, one)
		if message, there := said[keys[n]]; there {
			views[n].Thread = threadPath(inc, message)
		}
	}
	return views, nil
}

func (l sight) stream(inc incident.Incident, one stream.Stream) streamView {
	v := streamView{
		ID: string(one.ID), Path: path(inc) + "/streams/" + string(one.ID), Name: one.Name, Open: one.State == stream.Going, Line: one.LastLine(),
		MayEdit: l.Viewer.Permissions.Has(authz.EditIncidents),
	}
	if one.Lead != nil {
		person := l.Person(*one.Lead)
		v.Lead = &person
	}
	switch {
	case one.ClosedAt != nil:
		at := l.Moment(*one.ClosedAt)
		v.By, v.At = "closed", &at
	case one.Last != nil:
		at := l.Moment(one.Last.At)
		v.By, v.At = l.Actor(one.Last.Author).Shown(), &at
	}
	return v
}

// led is who leads it, in words.
func (v streamView) led() string {
	if v.Lead == nil {
		return "Nobody leads it"
	}
	return v.Lead.Shown()
}

func (v streamView) menu() []ui.MenuItem {
	if !v.Open {
		return []ui.MenuItem{{Label: "Go on with it", Icon: "rotate-ccw", Href: v.Path + "/closed", Method: http.MethodDelete}}
	}
	return []ui.MenuItem{
		{Label: "Hand over", Icon: "user", Href: v.Path + "/lead", Dialog: true},
		{Label: "Rename", Icon: "pencil", Href: v.Path + "/name", Dialog: true},
		{Label: "Close the stream", Icon: "circle-check", Href: v.Path + "/close", Dialog: true},
	}
}

func (v incidentView) openStreams() []streamView {
	var open []streamView
	for _, one := range v.Streams {
		if one.Open {
			open = append(open, one)
		}
	}
	return open
}

// streamTab is there from the first stream of the incident on.
func (v incidentView) streamTab() []ui.TabView {
	if len(v.Streams) == 0 && v.Tab != "streams" {
		return nil
	}
	count := ""
	if open := len(v.openStreams()); open > 0 {
		count = fmt.Sprint(open)
	}
	return []ui.TabView{{Label: "Streams", Href: v.Path + "/streams", Count: count, Current: v.Tab == "streams"}}
}

// streamMenu offers to divide the work where the organisation does that, or this incident does.
func (v incidentView) streamMenu() []ui.MenuItem {
	if v.Closed || (!v.Divides && len(v.Streams) == 0) {
		return nil
	}
	return []ui.MenuItem{{Label: "Open a stream", Icon: "layers", Href: v.Path + "/streams/new", Dialog: true}}
}

func (p *Pages) streams(w http.ResponseWriter, r *http.Request) error {
	v, _, _, err := p.view(r, "streams")
	if err != nil {
		return err
	}
	return p.show(w, r, v, streamsTab(v))
}

func (p *Pages) newStream(w http.ResponseWriter, r *http.Request) error {
	if _, err := tenant.Require(r.Context(), authz.EditIncidents); err != nil {
		return err
	}
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	form := page.NewForm(map[string]string{"name": "", "assignee": "", "key": string(id.New(p.Clock.Now()))})
	return p.showStreamForm(w, r, http.StatusOK, inc, openStreamView(inc, form))
}

func openStreamView(inc incident.Incident, form *page.Form) streamFormView {
	return streamFormView{Title: "Open a stream", Action: path(inc) + "/streams", Submit: "Open", Hint: "It gets a thread of its own in the room.", Form: form}
}

func (p *Pages) showStreamForm(w http.ResponseWriter, r *http.Request, status int, inc incident.Incident, v streamFormView) error {
	if v.asks("assignee") {
		none := "You"
		if v.Method != "" {
			none = "Choose who leads it"
		}
		people, err := p.peopleOptions(r.Context(), v.Form.Value("assignee"), none)
		if err != nil {
			return err
		}
		v.People = people
	}
	return p.dialog(w, r, status, inc, v.Title, streamDialog(v))
}

func (p *Pages) openStream(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	return page.Submit(w, r, func(form *page.Form) (string, string, error) {
		opened, err := p.Streams.Open(r.Context(), stream.Open{Incident: inc.ID, Name: form.Value("name"), Lead: id.ID(form.Value("assignee")), Key: form.Value("key")})
		return path(inc) + "/streams", "“" + opened.Name + "” is open", err
	}, func(status int, form *page.Form, _ error) error {
		return p.showStreamForm(w, r, status, inc, openStreamView(inc, form))
	})
}

// streamHere finds the stream that the path names, which is of the incident that it names too.
func (p *Pages) streamHere(r *http.Request) (incident.Incident, stream.Stream, error) {
	inc, err := p.load(r)
	if err != nil {
		return inc, stream.Stream{}, err
	}
	found, err := p.Streams.Get(r.Context(), id.ID(r.PathValue("stream")))
	if err == nil && found.Incident != inc.ID {
		err = problem.Missing("stream")
	}
	return inc, found, err
}

// changeStreamView is the form for one thing about a stream.
func changeStreamView(inc incident.Incident, one stream.Stream, what string, form *page.Form) (streamFormView, error) {
	at := path(inc) + "/streams/" + string(one.ID)
	switch what {
	case "update":
		return streamFormView{Title: "Update: " + one.Name, Action: at + "/updates", Submit: "Send update", Hint: "Everybody in the incident reads it.", Form: form}, nil
	case "lead":
		return streamFormView{Title: "Hand over: " + one.Name, Action: at + "/lead", Method: http.MethodPut, Submit: "Hand over", Hint: "They are told.", Form: form}, nil
	case "name":
		return streamFormView{Title: "Rename the stream", Action: at + "/name", Method: http.MethodPut, Submit: "Rename", Form: form}, nil
	case "close":
		return streamFormView{Title: "Close: " + one.Name, Action: at + "/closed", Method: http.MethodPut, Submit: "Close the stream", Hint: "It is told to everybody.", Form: form}, nil
	}
	return streamFormView{}, problem.Missing("form")
}

// streamForm shows the form for one thing about a stream.
func (p *Pages) streamForm(w http.ResponseWriter, r *http.Request) error {
	if _, err := tenant.Require(r.Context(), authz.EditIncidents); err != nil {
		return err
	}
	inc, one, err := p.streamHere(r)
	if err != nil {
		return err
	}
	what := r.PathValue("what")
	values := map[string]map[string]string{
		"update": {"message": "", "key": string(id.New(p.Clock.Now()))}, "lead": {"assignee": ""}, "name": {"name": one.Name}, "close": {"outcome": ""},
	}[what]
	v, err := changeStreamView(inc, one, what, page.NewForm(values))
	if err != nil {
		return err
	}
	return p.showStreamForm(w, r, http.StatusOK, inc, v)
}

// changeStream takes the form for one thing about a stream.
func (p *Pages) changeStream(what string) page.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		inc, one, err := p.streamHere(r)
		if err != nil {
			return err
		}
		form, err := page.ReadForm(r)
		if err != nil {
			return err
		}
		done := ""
		switch what {
		case "update":
			_, err = p.Streams.SendUpdate(r.Context(), stream.SendUpdate{Stream: one.ID, Message: form.Value("message"), Key: form.Value("key")})
			done = "Update sent"
		case "lead":
			_, err = p.Streams.AssignLead(r.Context(), stream.AssignLead{Stream: one.ID, Lead: id.ID(form.Value("assignee"))})
			done = "Handed over"
		case "name":
			_, err = p.Streams.Rename(r.Context(), stream.Rename{Stream: one.ID, Name: form.Value("name")})
			done = "Renamed"
		case "close":
			_, err = p.Streams.Close(r.Context(), stream.Close{Stream: one.ID, Outcome: form.Value("outcome")})
			done = "Stream closed"
		}
		if err == nil {
			return page.Done(w, r, path(inc)+"/streams", done)
		}
		if !form.Take(err) {
			return err
		}
		v, wrong := changeStreamView(inc, one, what, form)
		if wrong != nil {
			return wrong
		}
		return p.showStreamForm(w, r, page.Status(err), inc, v)
	}
}

func (p *Pages) reopenStream(w http.ResponseWriter, r *http.Request) error {
	inc, one, err := p.streamHere(r)
	if err != nil {
		return err
	}
	if _, err := p.Streams.Reopen(r.Context(), stream.Reopen{Stream: one.ID}); err != nil {
		return err
	}
	return page.Done(w, r, path(inc)+"/streams", "The work goes on")
}
