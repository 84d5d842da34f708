package people

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// listView is the list of people as it is asked for.
type listView struct {
	State  user.State
	Search string
	Tabs   []ui.TabView
	Rows   []rowView
	// Next leads to the rest of the list, empty at its end; Here is the address of this part of it.
	Next, Here string
	// Notice is what went wrong with what was just tried.
	Notice    string
	MayManage bool
}

// rowView is one person of the list.
type rowView struct {
	ID     id.ID
	Person ui.PersonView
	Email  string
	Role   string
	// Local is the time of day where they are, Zone the place.
	Local, Zone string
	// Waiting says since when an invitation waits, and until when.
	Waiting string
	Menu    []ui.MenuItem
}

func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	return p.listed(w, r, http.StatusOK, "")
}

func (p *Pages) listed(w http.ResponseWriter, r *http.Request, status int, notice string) error {
	view, err := p.view(r)
	if err != nil {
		return err
	}
	view.Notice = notice
	if r.Header.Get("HX-Region") != "" {
		return page.Part(w, r, status, rows(view))
	}
	return p.Frame.ShowAs(w, r, status, page.Page{Title: "People", Section: "people", Topics: "user", Content: listPage(view)})
}

func (p *Pages) view(r *http.Request) (listView, error) {
	viewer, _ := page.ViewerOf(r.Context())
	view := listView{State: user.State(r.FormValue("state")), Search: r.FormValue("q"), MayManage: viewer.Permissions.Has(authz.ManageUsers)}
	if view.State != user.StateInvited && view.State != user.StateDeactivated {
		view.State = user.StateActive
	}
	after := id.ID(r.FormValue("after"))
	found, err := p.Users.List(r.Context(), user.List{Search: view.Search, State: view.State, After: after, Count: 100})
	if err != nil {
		return listView{}, err
	}
	var invitations map[id.ID]user.OpenInvitation
	if view.MayManage && view.State == user.StateInvited {
		if invitations, err = p.Users.OpenInvitations(r.Context()); err != nil {
			return listView{}, err
		}
	}
	alone, err := p.alone(r)
	if err != nil {
		return listView{}, err
	}
	for _, u := range found.Users {
		view.Rows = append(view.Rows, p.row(r, viewer, u, invitations, alone))
	}
	view.Here = view.address(view.State, after)
	if found.More {
		view.Next = view.address(view.State, found.Users[len(found.Users)-1].ID)
	}
	for _, tab := range []struct {
		state user.State
		label string
	}{{user.StateActive, "Active"}, {user.StateInvited, "Invited"}, {user.StateDeactivated, "Deactivated"}} {
		if total := found.Totals[tab.state]; total > 0 || tab.state == user.StateActive || tab.state == view.State {
			view.Tabs = append(view.Tabs, ui.TabView{Label: tab.label, Href: view.address(tab.state, ""), Count: fmt.Sprint(total), Current: tab.state == view.State})
		}
	}
	return view, nil
}

// address is the list in a state, with the same search.
func (v listView) address(state user.State, after id.ID) string {
	query := url.Values{}
	if state != user.StateActive {
		query.Set("state", string(state))
	}
	if v.Search != "" {
		query.Set("q", v.Search)
	}
	if !after.Empty() {
		query.Set("after", string(after))
	}
	return strings.TrimSuffix("/people?"+query.Encode(), "?")
}

func (p *Pages) row(r *http.Request, viewer page.Viewer, u user.User, invitations map[id.ID]user.OpenInvitation, alone map[id.ID]int) rowView {
	now := p.Clock.Now()
	row := rowView{
		ID: u.ID, Email: u.Email, Role: string(u.Role),
		Person: ui.PersonView{ID: string(u.ID), Name: u.Name, You: u.ID == viewer.User, Deactivated: u.State == user.StateDeactivated},
	}
	if u.AvatarKey != "" && p.Picture != nil {
		row.Person.Picture = p.Picture(r.Context(), u.AvatarKey)
	}
	if zone, err := time.LoadLocation(u.Zone); err == nil && u.State == user.StateActive {
		row.Local, row.Zone = now.In(zone).Format("15:04"), place(u.Zone)
	}
	if waiting, ok := invitations[u.ID]; ok {
		row.Waiting = "Invited by " + waiting.InvitedBy + " " + ui.Moment{At: waiting.CreatedAt, Now: now, Zone: viewer.Zone}.Ago()
		if !waiting.ExpiresAt.After(now) {
			row.Waiting = "The invitation ran out"
		}
	}
	if viewer.Permissions.Has(authz.ManageUsers) {
		row.Menu = menu(u, viewer, alone[u.ID])
	}
	return row
}

// place is the last part of a time zone's name: "Buenos Aires".
func place(zone string) string {
	return strings.ReplaceAll(zone[strings.LastIndex(zone, "/")+1:], "_", " ")
}

// menu lists what somebody who manages people can do with one of them, who alone sees a number of private incidents.
func menu(u user.User, viewer page.Viewer, alone int) []ui.MenuItem {
	at := "/people/" + string(u.ID)
	if u.Role == authz.Owner && !viewer.Permissions.Has(authz.ManageOwners) {
		return nil
	}
	role := ui.MenuItem{Label: "Change role", Icon: "shield", Href: at + "/role", Dialog: true}
	switch {
	case u.State == user.StateActive:
		return []ui.MenuItem{role, {
			Label: "Deactivate", Icon: "x", Href: at + "/active", Method: http.MethodDelete, Danger: true,
			Asks: deactivation(u.Name, alone),
		}}
	case u.State == user.StateInvited:
		return []ui.MenuItem{
			{Label: "Mail the invitation again", Icon: "mail", Href: at + "/invitation", Method: http.MethodPost},
			role,
			{Label: "Revoke the invitation", Icon: "x", Href: at + "/invitation", Method: http.MethodDelete, Danger: true, Asks: "Revoke the invitation of " + u.Name + "? Its link stops working."},
		}
	case u.Account.Empty():
		return []ui.MenuItem{{Label: "Invite again", Icon: "user-plus", Href: "/people/invite?" + url.Values{"email": {u.Email}}.Encode(), Dialog: true}}
	default:
		return []ui.MenuItem{{Label: "Reactivate", Icon: "rotate-ccw", Href: at + "/active", Method: http.MethodPut}}
	}
}

// act runs a verb on the person of the path and tells of it; what is refused is said above the list.
func (p *Pages) act(w http.ResponseWriter, r *http.Request, words string, verb func(id.ID) error) error {
	err := verb(id.ID(r.PathValue("user")))
	if err == nil {
		return page.Done(w, r, "/people", words)
	}
	if page.Quiet(r) || !problem.Is(err, problem.Conflict) {
		return err
	}
	return p.listed(w, r, page.Status(err), problem.All(err)[0].Message)
}

func (p *Pages) resend(w http.ResponseWriter, r *http.Request) error {
	return p.act(w, r, "The invitation is on its way again.", func(who id.ID) error { return p.Users.Resend(r.Context(), who) })
}

func (p *Pages) revokeInvitation(w http.ResponseWriter, r *http.Request) error {
	return p.act(w, r, "The invitation is revoked.", func(who id.ID) error { return p.Users.RevokeInvitation(r.Context(), who) })
}

func (p *Pages) reactivate(w http.ResponseWriter, r *http.Request) error {
	return p.act(w, r, "Reactivated. They can sign in again.", func(who id.ID) error { return p.Users.Reactivate(r.Context(), who) })
}

func (p *Pages) deactivate(w http.ResponseWriter, r *http.Request) error {
	alone, err := p.alone(r)
	if err != nil {
		return err
	}
	return p.act(w, r, deactivated(alone[id.ID(r.PathValue("user"))]), func(who id.ID) error { return p.Users.Deactivate(r.Context(), who) })
}
