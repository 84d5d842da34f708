package incidents

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/redaction"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// mostUpdates is how many updates of an incident are listed, the newest first.
const mostUpdates = 200

// seenView is who saw an update, of those in the room but for its author.
type seenView struct {
	Path      string
	Seen, Not []ui.PersonView
	// Others saw it without being in the room.
	Others []ui.PersonView
	Saw    int
	Of     int
}

// Words says it in few words.
func (s seenView) Words() string {
	switch {
	case s.Of == 0 && s.Saw == 0:
		return ""
	case s.Of == 0 || s.Saw > s.Of:
		return fmt.Sprintf("Seen by %d", s.Saw)
	default:
		return fmt.Sprintf("Seen by %d of %d", len(s.Seen), s.Of)
	}
}

// updateVersionView is what an update said before.
type updateVersionView struct {
	Author  ui.PersonView
	At      ui.Moment
	Message templ.Component
}

// seen tells who saw an update: whoever had the incident before them after it was sent.
func (l sight) seen(inc incident.Incident, u incident.Update, people []incident.Participant, visitors []incident.Visitor) seenView {
	v := seenView{Path: path(inc) + "/updates/" + string(u.ID)}
	saw := map[id.ID]incident.Person{}
	for _, one := range visitors {
		if !one.SeenAt.Before(u.At) && !(u.Author.Type == tenant.User && one.ID == u.Author.ID) {
			saw[one.ID] = one.Person
		}
	}
	v.Saw = len(saw)
	for _, p := range people {
		switch _, did := saw[p.ID]; {
		case p.Deactivated || u.Author.Type == tenant.User && p.ID == u.Author.ID:
			continue
		case did:
			v.Seen = append(v.Seen, l.Person(p.Person))
			delete(saw, p.ID)
		default:
			v.Not = append(v.Not, l.Person(p.Person))
		}
	}
	for _, one := range visitors {
		if other, did := saw[one.ID]; did {
			v.Others = append(v.Others, l.Person(other))
		}
	}
	v.Of = len(v.Seen) + len(v.Not)
	return v
}

// updateRoutes registers the pages of updates that were sent.
func (p *Pages) updateRoutes(on func(pattern string, handle page.Handler)) {
	p.regroupRoutes(on)
	p.redactUpdateRoutes(on)
	on("GET /incidents/{ref}/updates", p.Frame.Moment(p.updates))
	on("GET /incidents/{ref}/updates/since", p.updateSince)
	on("GET /incidents/{ref}/updates/{update}/edit", p.editUpdateForm)
	on("PUT /incidents/{ref}/updates/{update}", p.editUpdate)
	on("GET /incidents/{ref}/updates/{update}/versions", p.updateVersions)
	on("GET /incidents/{ref}/updates/{update}/seen", p.updateSeen)
	on("DELETE /incidents/{ref}/roles/{role}/news", p.readRole)
}

// visited notes that the reader has the incident before them, at most once a minute or for each update. That it could
// not be noted is no reason to keep the page from them.
func (p *Pages) visited(ctx context.Context, inc incident.Incident, l sight) {
	seen := inc.You.SeenAt
	if seen != nil && l.Now.Sub(*seen) < time.Minute && (inc.LastUpdate == nil || seen.After(inc.LastUpdate.At)) {
		return
	}
	page.After(ctx, func(ctx context.Context) {
		if err := p.Incidents.Visit(ctx, incident.Visit{Incident: inc.ID}); err != nil {
			slog.WarnContext(ctx, "a visit could not be noted", "incident", inc.ID, "error", err)
		}
	})
}

// updateViews lists an incident's updates with who saw them.
func (p *Pages) updateViews(ctx context.Context, l sight, inc incident.Incident) ([]updateView, error) {
	updates, err := p.Incidents.Updates(ctx, inc.ID, mostUpdates)
	if err != nil {
		return nil, err
	}
	people, err := p.Incidents.People(ctx, inc.ID)
	if err != nil {
		return nil, err
	}
	visitors, err := p.Incidents.Visitors(ctx, inc.ID)
	if err != nil {
		return nil, err
	}
	views := make([]updateView, 0, len(updates))
	for _, u := range updates {
		v := l.update(u)
		v.ID, v.Path, v.Number = string(u.ID), path(inc)+"/updates/"+string(u.ID), len(updates)-len(views)
		v.Seen = l.seen(inc, u, people, visitors)
		v.MayEdit = l.mayEdit(inc, u)
		v.MayRedact = u.Message.Source != redaction.Mark
		if u.NextMinutes > 0 {
			v.Promised = "Next promised within " + ui.Span(time.Duration(u.NextMinutes)*time.Minute)
		}
		views = append(views, v)
	}
	return views, nil
}

// mayEdit tells whether the reader may change the words of the update: its author, and the lead.
func (l sight) mayEdit(inc incident.Incident, u incident.Update) bool {
	if !l.incident(inc).MayEdit {
		return false
	}
	lead := inc.Lead()
	return u.Author.ID == l.Viewer.User || lead != nil && lead.ID == l.Viewer.User
}

func (p *Pages) updates(w http.ResponseWriter, r *http.Request) error {
	return p.tab(w, r, "updates", p.updatesPart)
}

func (p *Pages) updatesPart(ctx context.Context, l sight, v incidentView, inc incident.Incident) (templ.Component, error) {
	views, err := p.updateViews(ctx, l, inc)
	return updatesTab(v, views), err
}

// updateSince answers with what there is to write an update from, for a form that is open.
func (p *Pages) updateSince(w http.ResponseWriter, r *http.Request) error {
	var u updateFormView
	_, _, _, err := p.parts(r, "update", 0, func(ctx context.Context, l sight, v incidentView, inc incident.Incident) error {
		u.incidentView = v
		return p.since(ctx, &u, inc, l)
	})
	if err != nil {
		return err
	}
	return page.Part(w, r, http.StatusOK, updateAside(u))
}

// updateHere finds the update that the path names in the incident that it names.
func (p *Pages) updateHere(r *http.Request) (incident.Incident, incident.Update, error) {
	inc, err := p.load(r)
	if err != nil {
		return inc, incident.Update{}, err
	}
	updates, err := p.Incidents.Updates(r.Context(), inc.ID, 1000)
	if err != nil {
		return inc, incident.Update{}, err
	}
	for _, u := range updates {
		if string(u.ID) == r.PathValue("update") {
			return inc, u, nil
		}
	}
	return inc, incident.Update{}, problem.Missing("update")
}

func (p *Pages) editUpdateForm(w http.ResponseWriter, r *http.Request) error {
	inc, u, err := p.updateHere(r)
	if err != nil {
		return err
	}
	return p.showEditUpdate(w, r, http.StatusOK, inc, u, page.NewForm(map[string]string{"message": u.Message.Source, "version": strconv.Itoa(int(u.Version))}), nil)
}

func (p *Pages) showEditUpdate(w http.ResponseWriter, r *http.Request, status int, inc incident.Incident, u incident.Update, form *page.Form, because error) error {
	v := editView{
		Title: "Change the words", Action: path(inc) + "/updates/" + string(u.ID), Method: "PUT", Submit: "Save", Form: form,
		Hint: "Nobody is told again. It will say that it was edited.",
	}
	if p.Clock.Now().Sub(u.At) <= incident.FreelyEdited {
		v.Hint = "Nobody is told again."
	}
	var stale *incident.Stale
	if errors.As(because, &stale) {
		v.Theirs = stale.Now
		form.Keep("version", strconv.Itoa(int(stale.Version)))
	}
	v.Fields = []templ.Component{
		ui.Hidden("version", form.Value("version")),
		ui.TextArea(ui.FieldView{ID: "update-words", Name: "message", Label: "What the update says", Value: form.Value("message"), Error: form.Error("message"), Rows: 6, Autofocus: true}),
	}
	return p.dialog(w, r, status, inc, v.Title, editDialog(v))
}

func (p *Pages) editUpdate(w http.ResponseWriter, r *http.Request) error {
	inc, u, err := p.updateHere(r)
	if err != nil {
		return err
	}
	return page.Submit(w, r, func(form *page.Form) (string, string, error) {
		seen, err := version(form)
		if err == nil {
			_, err = p.Incidents.EditUpdate(r.Context(), incident.EditUpdate{Incident: inc.ID, Update: u.ID, Message: form.Value("message"), Version: seen})
		}
		return path(inc) + "/updates", "Changed", err
	}, func(status int, form *page.Form, because error) error {
		return p.showEditUpdate(w, r, status, inc, u, form, because)
	})
}

func (p *Pages) updateVersions(w http.ResponseWriter, r *http.Request) error {
	inc, u, err := p.updateHere(r)
	if err != nil {
		return err
	}
	versions, err := p.Incidents.UpdateVersions(r.Context(), inc.ID, u.ID)
	if err != nil {
		return err
	}
	l, err := p.look(r.Context())
	if err != nil {
		return err
	}
	var views []updateVersionView
	for n := len(versions) - 1; n >= 0; n-- {
		views = append(views, updateVersionView{Author: l.Actor(versions[n].Author), At: l.Moment(versions[n].At), Message: document(versions[n].Message, l.Viewer.User)})
	}
	return p.dialog(w, r, http.StatusOK, inc, "What it said before", updateVersionsDialog(views))
}

func (p *Pages) updateSeen(w http.ResponseWriter, r *http.Request) error {
	inc, u, err := p.updateHere(r)
	if err != nil {
		return err
	}
	l, err := p.look(r.Context())
	if err != nil {
		return err
	}
	people, err := p.Incidents.People(r.Context(), inc.ID)
	if err != nil {
		return err
	}
	visitors, err := p.Incidents.Visitors(r.Context(), inc.ID)
	if err != nil {
		return err
	}
	return p.dialog(w, r, http.StatusOK, inc, "Who has seen it", seenDialog(l.seen(inc, u, people, visitors)))
}

// rows is how tall the field is at first: as the draft needs it.
func (u updateFormView) rows() int {
	lines := 4
	for _, c := range u.Form.Value("message") {
		if c == '\n' {
			lines++
		}
	}
	return min(lines, 12)
}
