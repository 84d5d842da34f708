package incidents

import (
	"context"
	"net/http"
	"strconv"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// messageMenuView is what one person can do with one message.
type messageMenuView struct {
	ID, Path  string
	Link      string
	Reactions []string
	MayWrite  bool
	Pinned    bool
	// More leads on with the message; Last is what changes it for good.
	More, Last []ui.MenuItem
}

// quickReactions stand in the menu for the thumb.
var quickReactions = []string{"👍", "👀", "✅", "🙏", "❤️"}

// messageMenu answers with the menu of a message: made when it is opened, because it is another for each person.
func (p *Pages) messageMenu(w http.ResponseWriter, r *http.Request) error {
	inc, message, err := p.message(r)
	if err != nil {
		return err
	}
	m, err := p.Rooms.Message(r.Context(), message)
	if err != nil {
		return err
	}
	return page.Part(w, r, http.StatusOK, messageMenu(p.menuOf(r.Context(), inc, m)))
}

func (p *Pages) menuOf(ctx context.Context, inc incident.Incident, m room.Message) messageMenuView {
	viewer, _ := page.ViewerOf(ctx)
	at := path(inc) + "/room/messages/" + string(m.ID)
	v := messageMenuView{
		ID: string(m.ID), Path: path(inc) + "/room", Link: messagePath(inc, m), Reactions: quickReactions, Pinned: m.PinnedAt != nil,
		MayWrite: viewer.Permissions.Has(authz.EditIncidents),
	}
	if m.EditedAt != nil {
		v.More = append(v.More, ui.MenuItem{Label: "What it said before", Icon: "history", Href: at + "/versions", Dialog: true})
	}
	if !v.MayWrite {
		return v
	}
	if m.Kind == room.FromPerson {
		v.More = append(v.More, ui.MenuItem{Label: "Add as an action", Icon: "circle-check", Href: path(inc) + "/edit/action?from=" + string(m.ID), Dialog: true})
		if followUp := path(inc) + "/follow-ups/new?from=" + string(m.ID); p.leads(followUp) {
			v.More = append(v.More, ui.MenuItem{Label: "Add as a follow-up", Icon: "list-checks", Href: followUp, Dialog: true})
		}
		v.More = append(v.More, ui.MenuItem{Label: "Declare an incident from it", Icon: "flag", Href: "/incidents/new?from=" + string(m.ID), Dialog: true})
	}
	keeper := mayDeleteOthers(viewer, inc)
	if m.Mine && m.Origin == "" {
		v.Last = append(v.Last, ui.MenuItem{Label: "Edit", Icon: "pencil", Href: at + "/edit", Dialog: true})
	}
	if redact := path(inc) + "/redactions/new?message=" + string(m.ID); keeper && p.leads(redact) {
		v.Last = append(v.Last, ui.MenuItem{Label: "Redact a secret in it", Icon: "eye-off", Href: redact, Dialog: true})
	}
	if m.Mine && m.Origin == "" || keeper && m.Kind == room.FromPerson {
		v.Last = append(v.Last, ui.MenuItem{Label: "Delete", Icon: "trash-2", Href: at + "/delete", Dialog: true, Danger: true})
	}
	return v
}

// mayDeleteOthers reports whether somebody may take back what others said; the verb asks again.
func mayDeleteOthers(viewer page.Viewer, inc incident.Incident) bool {
	lead := inc.Lead()
	return viewer.Permissions.Has(authz.UpdateOrganisation) || lead != nil && lead.ID == viewer.User
}

// leads reports whether the application has a page at an address, so that a menu names what is there.
func (p *Pages) leads(to string) bool {
	asked, err := http.NewRequest(http.MethodGet, to, nil)
	if err != nil {
		return false
	}
	_, pattern := p.mux.Handler(asked)
	return pattern != "" && pattern != "/"
}

func (p *Pages) deleteMessageForm(w http.ResponseWriter, r *http.Request) error {
	inc, message, err := p.message(r)
	if err != nil {
		return err
	}
	return p.deleting(w, r, http.StatusOK, inc, message, page.NewForm(nil))
}

// deleting shows the question before a deletion; for another's message it asks why.
func (p *Pages) deleting(w http.ResponseWriter, r *http.Request, status int, inc incident.Incident, message id.ID, form *page.Form) error {
	m, err := p.Rooms.Message(r.Context(), message)
	if err != nil {
		return err
	}
	const title = "Delete this message?"
	return p.dialog(w, r, status, inc, title, deleteMessageDialog(title, path(inc)+"/room/messages/"+string(message), m, form))
}

func (p *Pages) deleteMessage(w http.ResponseWriter, r *http.Request) error {
	inc, message, err := p.message(r)
	if err != nil {
		return err
	}
	return page.Submit(w, r, func(form *page.Form) (string, string, error) {
		return path(inc), "Message deleted", p.Rooms.Delete(r.Context(), room.Delete{Message: message, Reason: form.Value("reason")})
	}, func(status int, form *page.Form, _ error) error {
		return p.deleting(w, r, status, inc, message, form)
	})
}

// versionView is what a message said until an edit.
type versionView struct {
	Number string
	At     ui.Moment
	Text   string
}

// messageVersions shows what a message said before.
func (p *Pages) messageVersions(w http.ResponseWriter, r *http.Request) error {
	inc, message, err := p.message(r)
	if err != nil {
		return err
	}
	versions, err := p.Rooms.Versions(r.Context(), message)
	if err != nil {
		return err
	}
	l, err := p.look(r.Context())
	if err != nil {
		return err
	}
	views := make([]versionView, len(versions))
	for n, v := range versions {
		views[len(versions)-1-n] = versionView{Number: strconv.Itoa(v.Number), At: l.Moment(v.WrittenAt), Text: v.Document.Plain()}
	}
	return p.dialog(w, r, http.StatusOK, inc, "What it said before", versionsDialog(views))
}
