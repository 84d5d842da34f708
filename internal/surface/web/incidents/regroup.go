package incidents

import (
	"fmt"
	"net/http"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/timeline"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// regroupView is where an incident stands, on one screen: for those who gather, and for one who comes in.
type regroupView struct {
	incidentView
	// Since is when the reader last had it before them, nil for never.
	Since     *ui.Moment
	Happened  []entryView
	Sent      []updateView
	Noted     []itemView
	Open      []actionView
	Free      []ui.PersonView
	Questions []questionView
	// Next is when the next update is due, in full words.
	Next *ui.DueView
	// Long is for how long people have been at it, where that is long; empty else.
	Long string
	// Helps tells that the reader is among those who take part.
	Helps bool
}

func (p *Pages) gather(r *http.Request, tab string) (regroupView, error) {
	inc, err := p.load(r)
	if err != nil {
		return regroupView{}, err
	}
	// Read before the page notes that the reader is here, which ends their absence.
	st, err := p.sources().Standing(r.Context(), inc.ID, p.Clock.Now())
	if err != nil {
		return regroupView{}, err
	}
	v, inc, l, err := p.view(r, tab)
	if err != nil {
		return regroupView{}, err
	}
	s := regroupView{incidentView: v, Noted: l.items(st.Noted), Open: l.actions(inc, st.Open), Questions: v.Outside.Waiting}
	if v.Due != nil {
		next := *v.Due
		next.Brief = false
		s.Next = &next
	}
	if st.Since != nil {
		since := l.Moment(*st.Since)
		s.Since = &since
	}
	for _, a := range st.Happened {
		s.Happened = append(s.Happened, entryView{Icon: iconOf(a.Kind), At: l.Moment(a.At), Sentence: l.sentence(a.Sentence(l.Viewer.User))})
	}
	for _, u := range st.Updates {
		s.Sent = append(s.Sent, l.update(u))
	}
	for _, who := range st.Free {
		s.Free = append(s.Free, l.Person(who))
	}
	if st.Long(l.Now) {
		s.Long = ui.Span(inc.Duration(l.Now))
	}
	s.Helps = inc.You.Participation == incident.Collaborator || inc.You.Participation == incident.Responder
	return s, nil
}

// sources are what a standing is read from.
func (p *Pages) sources() timeline.Sources {
	return timeline.Sources{Incidents: p.Incidents, Actions: p.Actions, Timelines: p.Timelines, Customers: p.Customers, Questions: p.Questions, Streams: p.Streams}
}

// items shows what is noted of an incident.
func (l sight) items(items []timeline.Item) []itemView {
	views := make([]itemView, 0, len(items))
	for _, item := range items {
		views = append(views, itemView{ID: string(item.ID), At: l.Moment(item.At), Title: l.sentence(item.Title(l.Viewer.User)), Body: document(item.Body, l.Viewer.User), Link: "#m-" + string(item.SourceID)})
	}
	return views
}

// regroupRoutes registers the pages that are written from the log.
func (p *Pages) regroupRoutes(on func(pattern string, handle page.Handler)) {
	on("GET /incidents/{ref}/regroup", p.regroup)
	on("GET /incidents/{ref}/catch-up", p.catchUp)
	on("GET /incidents/{ref}/hand-over", p.handOverForm)
	on("PUT /incidents/{ref}/hand-over", p.handOver)
}

func (p *Pages) regroup(w http.ResponseWriter, r *http.Request) error {
	s, err := p.gather(r, "regroup")
	if err != nil {
		return err
	}
	if r.Header.Get("HX-Region") != "" {
		return page.Part(w, r, http.StatusOK, regroupPart(s))
	}
	return p.Frame.Show(w, r, page.Page{Title: s.Reference + " Regroup", Section: "incidents", Topics: s.topic(), Content: regroupPage(s)})
}

func (p *Pages) catchUp(w http.ResponseWriter, r *http.Request) error {
	s, err := p.gather(r, "catch-up")
	if err != nil {
		return err
	}
	return p.Frame.Show(w, r, page.Page{Title: s.Reference + " Catch up", Section: "incidents", Topics: s.topic(), Content: catchUpPage(s)})
}

// handOverView is the page on which the lead is handed over.
type handOverView struct {
	incidentView
	Form   *page.Form
	People []ui.Option
}

func (p *Pages) handOverForm(w http.ResponseWriter, r *http.Request) error {
	if _, err := tenant.Require(r.Context(), authz.EditIncidents); err != nil {
		return err
	}
	return p.showHandOver(w, r, http.StatusOK, nil)
}

func (p *Pages) showHandOver(w http.ResponseWriter, r *http.Request, status int, form *page.Form) error {
	v, inc, l, err := p.view(r, "hand-over")
	if err != nil {
		return err
	}
	h := handOverView{incidentView: v, Form: form}
	if form == nil {
		st, err := p.sources().Standing(r.Context(), inc.ID, l.Now)
		if err != nil {
			return err
		}
		h.Form = page.NewForm(map[string]string{"to": r.URL.Query().Get("to"), "note": st.HandOver(), "key": string(id.New(l.Now))})
	}
	if h.People, err = p.peopleOptions(r.Context(), h.Form.Value("to"), "Choose who leads next"); err != nil {
		return err
	}
	return p.Frame.ShowAs(w, r, status, page.Page{Title: "Hand the lead over", Section: "incidents", Look: "app--form", Topics: v.topic(), Content: handOverPage(h, form == nil)})
}

// handOver gives the lead to the next, with the note, and posts it in the room for everybody.
func (p *Pages) handOver(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	for _, held := range inc.Roles {
		if held.Role.Kind != incident.RoleLead {
			continue
		}
		to := id.ID(form.Value("to"))
		_, err := p.Incidents.HandOver(r.Context(), incident.HandOver{Incident: inc.ID, Role: held.Role.ID, To: to, Note: form.Value("note")})
		if err != nil {
			if !form.Take(err) {
				return err
			}
			return p.showHandOver(w, r, page.Status(err), form)
		}
	}
	if note := form.Value("note"); note != "" {
		if _, err := p.Rooms.Post(r.Context(), room.Post{Incident: inc.ID, ClientKey: "hand-over/" + form.Value("key"), Source: note}); err != nil {
			return err
		}
	}
	if page.Quiet(r) {
		return page.Go(w, r, path(inc))
	}
	return page.Done(w, r, path(inc), "Handed over")
}

// regroupMenu leads to what is written from the log.
func (v incidentView) regroupMenu() []ui.MenuItem {
	items := []ui.MenuItem{{Label: "Catch me up", Icon: "rotate-cw", Href: v.Path + "/catch-up"}}
	if !v.Closed {
		items = append(items, ui.MenuItem{Label: "Regroup", Icon: "users", Href: v.Path + "/regroup"})
	}
	return items
}

// absence says how long the reader was away.
func (s regroupView) absence() string {
	if s.Since == nil {
		return "You have not been here before. This is where it stands."
	}
	return fmt.Sprintf("You were last here %s.", s.Since.Ago())
}

// elapsed is how long it has been going on.
func (s regroupView) elapsed() string { return ui.Span(s.Until.Sub(s.Declared).Round(time.Minute)) }

// openCount and questionCount are how many there are.
func (s regroupView) openCount() string { return fmt.Sprint(len(s.Open)) }

func (s regroupView) questionCount() string { return fmt.Sprint(len(s.Questions)) }
