package settings_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/export"
	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/domain/hint"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/organisation"
	"github.com/musterhq/muster/internal/domain/subscription"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/blob"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/platform/secrets"
	"github.com/musterhq/muster/internal/platform/timer"
	"github.com/musterhq/muster/internal/surface/web/layout"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/settings"
	"github.com/musterhq/muster/internal/testing/htmlcheck"
	"github.com/musterhq/muster/internal/testing/people"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// desk is an organisation whose people look at its settings.
type desk struct {
	*people.House
	incidents    *incident.Service
	exports      *export.Service
	handler      http.Handler
	organisation organisation.Begun
	keys         *secrets.Keys
}

type defaults struct{}

func (defaults) Found(ctx context.Context, tx pgx.Tx) error {
	if err := incident.Found(ctx, tx, testdb.Start); err != nil {
		return err
	}
	return followup.Found(ctx, tx, testdb.Start)
}

func open(t *testing.T) *desk {
	t.Helper()
	d := &desk{House: people.New(t, defaults{})}
	d.incidents = incident.New(d.DB, d.Bus, d.Clock, timer.New(d.DB, d.Clock))
	d.organisation = d.Organisation(t, "Night shift", "Ada", "ada@example.com")
	blobs, err := blob.NewFiles(t.TempDir(), "", nil, d.Clock)
	if err != nil {
		t.Fatal(err)
	}
	d.exports = export.New(export.Needs{DB: d.DB, Bus: d.Bus, Clock: d.Clock, Blobs: blobs, Folder: t.TempDir(), Organisations: d.Organisations.All, Moved: func(id.ID) {}, Worker: "test"})
	frame := &page.Frame{
		Nav:     func(context.Context) (layout.Nav, error) { return layout.Nav{}, nil },
		PushKey: func(context.Context) (string, error) { return "", nil },
	}
	mux := http.NewServeMux()
	pages := settings.New(settings.Needs{
		Hints: hint.New(d.DB, d.Clock),
		Frame: frame, Clock: d.Clock, Incidents: d.incidents, FollowUps: followup.New(d.DB, d.Bus, d.Clock, timer.New(d.DB, d.Clock)), Organisations: d.Organisations, Exports: d.exports, Audit: audit.New(d.DB, d.Clock), Users: d.Users, Notifications: notifications(t, d), Subscriptions: subscription.New(d.DB, d.Bus, d.Clock, timer.New(d.DB, d.Clock)),
		Browser: func(agent string) string { return "Browser of " + agent },
	})
	pages.Routes(mux)
	pages.PublicRoutes(mux)
	d.handler = httpx.Chain(mux, httpx.Identify([]netip.Prefix{}), httpx.MethodOverride)
	return d
}

// do sends a request of a person, empty for nobody, with pairs of fields.
func (d *desk) do(t *testing.T, who id.ID, method, path string, fields ...string) *httptest.ResponseRecorder {
	t.Helper()
	form := url.Values{}
	for n := 0; n < len(fields); n += 2 {
		form.Set(fields[n], fields[n+1])
	}
	ctx := t.Context()
	if !who.Empty() {
		ctx = d.As(t, d.organisation.ID, who)
		u, err := d.Users.Get(ctx, who)
		if err != nil {
			t.Fatal(err)
		}
		ctx = page.WithViewer(ctx, page.Viewer{User: who, Name: u.Name, Permissions: u.Role.Permissions()})
	}
	r := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w
}

// check is do with what is expected of the answer.
func (d *desk) check(t *testing.T, who id.ID, method, path string, fields []string, status int, parts ...string) string {
	t.Helper()
	w := d.do(t, who, method, path, fields...)
	if w.Code != status {
		t.Errorf("%s %s answers %d, want %d: %s", method, path, w.Code, status, w.Body)
	}
	text := w.Body.String()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s %s: %q is not in the answer: %s", method, path, part, text)
		}
	}
	if strings.Contains(text, "<html") {
		htmlcheck.Page(t, text)
	}
	return text
}

func (d *desk) owner() id.ID { return d.organisation.Owner }

func put(fields ...string) []string { return append([]string{"_method", "PUT"}, fields...) }

var remove = []string{"_method", "DELETE"}

// entries returns the ids of a list by the names of its entries.
func (d *desk) entries(t *testing.T, list string) (order []string, ids map[string]string) {
	t.Helper()
	text := d.check(t, d.owner(), http.MethodGet, "/settings/"+list, nil, http.StatusOK)
	ids = map[string]string{}
	for _, m := range regexp.MustCompile(`(?s)id="entry-([^"]+)".*?<b>([^<]+)</b>`).FindAllStringSubmatch(text, -1) {
		order, ids[m[2]] = append(order, m[2]), m[1]
	}
	return order, ids
}

func TestListsAreShownWithTheirTexts(t *testing.T) {
	d := open(t)
	d.check(t, d.owner(), http.MethodGet, "/settings/severities", nil, http.StatusOK, "Minor", "The product is down", "/settings/severities/new", "Audit log")
	d.check(t, d.owner(), http.MethodGet, "/settings/statuses", nil, http.StatusOK, "Active", "Post-incident", "Built in", "Investigating", "Paused", "?group=live")
	d.check(t, d.owner(), http.MethodGet, "/settings/roles", nil, http.StatusOK, "Incident Lead", "/inc role lead", "Say who does what")
	d.check(t, d.owner(), http.MethodGet, "/settings", nil, http.StatusOK, "/settings/severities", "/settings/types", "How bad an incident is", "/settings/notifications")
}

func TestBadFormKeepsWhatWasTyped(t *testing.T) {
	d := open(t)
	d.check(t, d.owner(), http.MethodPost, "/settings/severities", []string{"name", "minor", "description", "As bad as <b>that</b>"}, http.StatusUnprocessableEntity,
		`value="minor"`, "As bad as &lt;b&gt;that&lt;/b&gt;", "with the name minor already", `aria-invalid="true"`)
	d.check(t, d.owner(), http.MethodPost, "/settings/roles", []string{"name", " ", "shortform", "two words", "description", "", "instructions", "Talk to the shops"}, http.StatusUnprocessableEntity,
		"Give it a name", `value="two words"`, "one word to type", "Talk to the shops")
	d.check(t, d.owner(), http.MethodPost, "/settings/statuses", []string{"name", "Odd", "group", "declined"}, http.StatusUnprocessableEntity, `value="Odd"`)
}

func TestAddingEditingMovingArchiving(t *testing.T) {
	d := open(t)
	add := func(list string, fields ...string) {
		t.Helper()
		d.check(t, d.owner(), http.MethodPost, "/settings/"+list, fields, http.StatusSeeOther)
	}
	add("severities", "name", "Catastrophic", "description", "All is lost")
	add("statuses", "name", "Waiting", "group", "live")
	add("roles", "name", "Scribe", "shortform", "scribe")

	order, ids := d.entries(t, "severities")
	if got := strings.Join(order, " "); got != "Minor Major Critical Catastrophic" {
		t.Errorf("the severities are %s", got)
	}
	d.check(t, d.owner(), http.MethodPost, "/settings/severities/order", put("entry", ids["Catastrophic"], "move", "up"), http.StatusSeeOther)
	d.check(t, d.owner(), http.MethodPost, "/settings/severities/order", put("entry", ids["Minor"], "move", "up"), http.StatusSeeOther)
	if order, _ = d.entries(t, "severities"); strings.Join(order, " ") != "Minor Major Catastrophic Critical" {
		t.Errorf("after moving one up the severities are %v", order)
	}
	at := "/settings/severities/" + ids["Major"]
	d.check(t, d.owner(), http.MethodGet, at+"/edit", nil, http.StatusOK, `value="Major"`, `name="version" value="`)
	d.check(t, d.owner(), http.MethodPost, at, put("name", "Serious", "description", "Call for help", "version", "0"), http.StatusSeeOther)
	d.check(t, d.owner(), http.MethodPost, at, remove, http.StatusSeeOther)
	if order, _ = d.entries(t, "severities"); strings.Join(order, " ") != "Minor Catastrophic Critical" {
		t.Errorf("after archiving one the severities are %v", order)
	}
	order, ids = d.entries(t, "statuses")
	if strings.Join(order[:4], " ") != "Investigating Fixing Monitoring Waiting" {
		t.Errorf("the statuses are %v", order)
	}
	d.check(t, d.owner(), http.MethodPost, "/settings/statuses/order", put("entry", ids["Investigating"], "move", "down"), http.StatusSeeOther)
	if order, _ = d.entries(t, "statuses"); order[0] != "Fixing" {
		t.Errorf("after moving one down the statuses are %v", order)
	}
	d.check(t, d.owner(), http.MethodPost, "/settings/statuses/"+ids["Paused"], put("name", "Rest", "version", "0"), http.StatusNotFound)
	_, ids = d.entries(t, "roles")
	d.check(t, d.owner(), http.MethodPost, "/settings/roles/"+ids["Scribe"], remove, http.StatusSeeOther)
}

func TestArchivingWhatIsNeededIsRefused(t *testing.T) {
	d := open(t)
	made, err := d.incidents.Declare(d.As(t, d.organisation.ID, d.owner()), incident.Declare{Name: "Live one"})
	if err != nil {
		t.Fatal(err)
	}
	now, err := d.incidents.Get(d.As(t, d.organisation.ID, d.owner()), made.ID)
	if err != nil {
		t.Fatal(err)
	}
	d.check(t, d.owner(), http.MethodPost, "/settings/statuses/"+string(now.Status.ID), remove, http.StatusConflict, "used by an open incident", "What takes its place?", "Fixing")
	_, statuses := d.entries(t, "statuses")
	replace := append(slices.Clone(remove), "replacement", statuses["Fixing"])
	d.check(t, d.owner(), http.MethodPost, "/settings/statuses/"+string(now.Status.ID), replace, http.StatusSeeOther)
	if now, err = d.incidents.Get(d.As(t, d.organisation.ID, d.owner()), made.ID); err != nil || now.Status.Name != "Fixing" {
		t.Errorf("the incident is in %s, %v", now.Status.Name, err)
	}
	_, ids := d.entries(t, "statuses")
	d.check(t, d.owner(), http.MethodPost, "/settings/statuses/"+ids["Closed"], remove, http.StatusConflict, "the last closed status")
	_, ids = d.entries(t, "roles")
	d.check(t, d.owner(), http.MethodPost, "/settings/roles/"+ids["Reporter"], remove, http.StatusConflict, "can be renamed but not archived")
}

func TestTheSecondEditorSeesTheFirstsChange(t *testing.T) {
	d := open(t)
	_, ids := d.entries(t, "severities")
	at := "/settings/severities/" + ids["Minor"]
	d.check(t, d.owner(), http.MethodPost, at, put("name", "Small", "description", "Hardly anybody", "version", "1"), http.StatusSeeOther)
	d.check(t, d.owner(), http.MethodPost, at, put("name", "Little", "description", "Mine", "version", "1"), http.StatusConflict,
		"What is there now", "Hardly anybody", `value="Little"`, ">Mine<", `name="version" value="2"`)
	d.check(t, d.owner(), http.MethodPost, at, put("name", "Little", "description", "Mine", "version", "2"), http.StatusSeeOther)

	d.check(t, d.owner(), http.MethodGet, "/settings/organisation", nil, http.StatusOK, `value="Night shift"`, `value="UTC"`, "night-shift")
	d.check(t, d.owner(), http.MethodPost, "/settings/organisation", put("name", "Day shift", "zone", "Europe/Madrid", "version", "1"), http.StatusSeeOther)
	d.check(t, d.owner(), http.MethodPost, "/settings/organisation", put("name", "Late shift", "zone", "UTC", "version", "1"), http.StatusConflict, "Day shift", `value="Late shift"`, `name="version" value="2"`)
	d.check(t, d.owner(), http.MethodPost, "/settings/organisation", put("name", "", "zone", "Mars", "version", "2"), http.StatusUnprocessableEntity, `value="Mars"`, "1 to 80 characters")
}

func TestSettingsAreForThoseWhoMay(t *testing.T) {
	d := open(t)
	ben := d.Enrol(t, d.organisation.ID, "ben@example.com", authz.Responder)
	for _, path := range []string{"severities", "severities/new", "statuses", "roles", "organisation", "audit"} {
		d.check(t, ben, http.MethodGet, "/settings/"+path, nil, http.StatusForbidden, "Not allowed")
	}
	_, ids := d.entries(t, "severities")
	d.check(t, ben, http.MethodPost, "/settings/severities", []string{"name", "Mine"}, http.StatusForbidden)
	d.check(t, ben, http.MethodPost, "/settings/severities/"+ids["Minor"], remove, http.StatusForbidden)
	d.check(t, ben, http.MethodPost, "/settings/organisation", put("name", "Mine", "zone", "UTC", "version", "1"), http.StatusForbidden)
	if text := d.check(t, ben, http.MethodGet, "/settings/notifications", nil, http.StatusOK, "Notifications"); strings.Contains(text, "/settings/severities") {
		t.Error("a responder is shown settings that are not theirs")
	}
	if w := d.do(t, ben, http.MethodGet, "/settings"); w.Header().Get("Location") != "/settings/notifications" {
		t.Errorf("a responder's settings begin at %q", w.Header().Get("Location"))
	}
	other := d.Organisation(t, "Elsewhere", "Eve", "eve@example.com")
	mine := d.organisation
	d.organisation = other
	d.check(t, other.Owner, http.MethodPost, "/settings/severities/"+ids["Minor"], remove, http.StatusNotFound)
	d.organisation = mine
}

func TestAuditLogTellsWhoChangedWhat(t *testing.T) {
	d := open(t)
	_, ids := d.entries(t, "severities")
	d.check(t, d.owner(), http.MethodPost, "/settings/severities/"+ids["Minor"], put("name", "Small", "description", "x", "version", "1"), http.StatusSeeOther)
	d.check(t, d.owner(), http.MethodGet, "/settings/audit", nil, http.StatusOK, "changed the severity Small", "You", "before:", "Minor", "Small", "Monday 2 March 2026")
	d.check(t, d.owner(), http.MethodGet, "/settings/audit?after=1-00000000000000000000000000", nil, http.StatusOK, "Nothing was changed before that", "Newest")
	d.check(t, d.owner(), http.MethodGet, "/settings/audit?after=yesterday", nil, http.StatusUnprocessableEntity)
}

// TestAuditLogNamesWhatIsArchived reads of a change to a severity that nobody can choose any more.
func TestAuditLogNamesWhatIsArchived(t *testing.T) {
	d := open(t)
	_, ids := d.entries(t, "severities")
	ctx := d.As(t, d.organisation.ID, d.owner())
	made, err := d.incidents.Declare(ctx, incident.Declare{Name: "Live one", Severity: id.ID(ids["Major"])})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.incidents.ChangeSeverity(ctx, incident.ChangeSeverity{Incident: made.ID, Severity: id.ID(ids["Critical"])}); err != nil {
		t.Fatal(err)
	}
	d.check(t, d.owner(), http.MethodPost, "/settings/severities/"+ids["Major"], remove, http.StatusSeeOther)
	d.check(t, d.owner(), http.MethodGet, "/settings/audit", nil, http.StatusOK, "<del>Major</del>", "<span>Critical</span>")
}
