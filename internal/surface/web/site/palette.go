package site

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/search"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// Entry is one line of the palette.
type Entry struct {
	Label string `json:"label"`
	Note  string `json:"note,omitempty"`
	Icon  string `json:"icon,omitempty"`
	Href  string `json:"href"`
}

// The palette answers with a dozen lines at most: what is on top is what is chosen.
const (
	mostEntries   = 12
	mostIncidents = 5
	mostPeople    = 4
	mostTexts     = 3
)

// places are pages that are reached by name, with the permission that they need.
var places = []struct {
	Entry
	needs authz.Permission
}{
	{Entry{Label: "Home", Icon: "house", Href: "/"}, ""},
	{Entry{Label: "Incidents", Icon: "list", Href: "/incidents"}, authz.ViewIncidents},
	{Entry{Label: "People", Icon: "users", Href: "/people"}, authz.ViewUsers},
	{Entry{Label: "Invite people", Icon: "user-plus", Href: "/people/invite"}, authz.ManageUsers},
	{Entry{Label: "Your profile", Icon: "user", Href: "/me"}, ""},
	{Entry{Label: "Your notifications", Icon: "bell", Href: "/settings/notifications"}, ""},
	{Entry{Label: "Settings", Icon: "sliders-horizontal", Href: "/settings"}, ""},
	{Entry{Label: "Severities", Note: "Settings", Icon: "sliders-horizontal", Href: "/settings/severities"}, authz.UpdateOrganisation},
	{Entry{Label: "Statuses", Note: "Settings", Icon: "sliders-horizontal", Href: "/settings/statuses"}, authz.UpdateLifecycles},
	{Entry{Label: "Roles", Note: "Settings", Icon: "sliders-horizontal", Href: "/settings/roles"}, authz.UpdateOrganisation},
}

// palette finds incidents, people and pages by what was typed; before that it offers what is live.
func (s *Site) palette(w http.ResponseWriter, r *http.Request) error {
	words := strings.TrimSpace(r.URL.Query().Get("q"))
	find := s.found
	if words == "" {
		find = s.offered
	}
	entries, err := find(r, words)
	if err != nil {
		return err
	}
	if entries == nil {
		entries = []Entry{}
	}
	return answer(w, "application/json", entries[:min(len(entries), mostEntries)])
}

func (s *Site) offered(r *http.Request, _ string) ([]Entry, error) {
	live, err := s.Incidents.Live(r.Context())
	if err != nil {
		return nil, err
	}
	return incidentEntries(live[:min(len(live), mostIncidents)]), nil
}

func (s *Site) found(r *http.Request, words string) ([]Entry, error) {
	entries, err := s.foundIncidents(r, words)
	if err != nil {
		return nil, err
	}
	scope, err := tenant.From(r.Context())
	if err != nil {
		return nil, err
	}
	for _, place := range places {
		if (place.needs == "" || scope.Permissions.Has(place.needs)) && strings.Contains(strings.ToLower(place.Label), strings.ToLower(words)) {
			entries = append(entries, place.Entry)
		}
	}
	written, err := s.foundTexts(r, words)
	if err != nil {
		return nil, err
	}
	entries = append(entries, written...)
	people, err := s.Users.List(r.Context(), user.List{Search: words, State: user.StateActive, Count: mostPeople})
	if err != nil && !problem.Is(err, problem.Forbidden) {
		return nil, err
	}
	for _, one := range people.Users {
		entries = append(entries, Entry{Label: one.Name, Note: one.Email, Icon: "user", Href: "/people/" + string(one.ID)})
	}
	return append(entries[:min(len(entries), mostEntries-1)], Entry{Label: "Search everything for “" + richtext.Truncate(words, 60) + "”", Icon: "search", Href: "/search?q=" + url.QueryEscape(words)}), nil
}

// foundTexts are the best of what was written.
func (s *Site) foundTexts(r *http.Request, words string) ([]Entry, error) {
	kinds := slices.DeleteFunc(search.Kinds(), func(k search.Kind) bool { return k == search.Incident }) // those have lines of their own
	found, err := s.Search.Find(r.Context(), search.Find{Text: words, Kinds: kinds, Most: mostTexts})
	if err != nil {
		return nil, err
	}
	var entries []Entry
	for _, h := range found.Hits {
		var line strings.Builder
		for _, piece := range slices.Concat(h.Title, []search.Piece{{Text: " "}}, h.Text) {
			line.WriteString(piece.Text)
		}
		entry := Entry{Label: richtext.Truncate(strings.TrimSpace(line.String()), 90), Note: h.Incident.Reference + " · " + h.Author.Name, Icon: icons[h.Kind]}
		entry.Href = path(incident.Listed{ID: h.Incident.ID, Reference: h.Incident.Reference})
		if h.Kind == search.Message {
			entry.Href += "#m-" + string(h.ID)
		} else if h.Kind == search.Stream {
			entry.Href += "/streams#stream-" + string(h.Within)
		} else if tab := tabs[h.Kind]; tab != "" {
			entry.Href += tab + string(h.ID)
		}
		entries = append(entries, entry)
	}
	return entries, nil
}

// Where a text is within its incident, and the mark of its kind.
var (
	tabs = map[search.Kind]string{
		search.Update: "/updates#u-", search.Item: "/timeline#t-", search.Action: "/actions#", search.FollowUp: "/follow-ups#",
		search.Question: "/brief#q-", search.Customers: "/brief#",
	}
	icons = map[search.Kind]string{
		search.Update: "megaphone", search.Customers: "megaphone", search.Message: "message-square", search.Question: "circle-help",
		search.Action: "list-checks", search.FollowUp: "list-checks", search.Item: "pin", search.Link: "link", search.Stream: "layers",
	}
)

// foundIncidents puts the incident whose reference was typed before those that have the words.
func (s *Site) foundIncidents(r *http.Request, words string) ([]Entry, error) {
	var entries []Entry
	exact, err := s.Incidents.ByReference(r.Context(), words)
	switch {
	case err == nil:
		one, err := s.Incidents.Get(r.Context(), exact)
		if err != nil {
			return nil, err
		}
		entries = incidentEntries([]incident.Listed{{ID: one.ID, Number: one.Number, Reference: one.Reference, Name: one.Name, Status: one.Status}})
	case !problem.Is(err, problem.NotFound) && !problem.Is(err, problem.Invalid):
		return nil, err
	}
	named, err := s.Incidents.List(r.Context(), incident.Filter{Text: words}, "", mostIncidents)
	if err != nil {
		return nil, err
	}
	for _, entry := range incidentEntries(named.Incidents) {
		if len(entries) == 0 || entries[0].Href != entry.Href {
			entries = append(entries, entry)
		}
	}
	return entries, nil
}

func incidentEntries(listed []incident.Listed) []Entry {
	var entries []Entry
	for _, one := range listed {
		note := one.Status.Name
		if one.Reference != "" {
			note = one.Reference + " · " + note
		}
		entries = append(entries, Entry{Label: one.Name, Note: note, Icon: "flag", Href: path(one)})
	}
	return entries
}
