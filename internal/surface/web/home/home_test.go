package home_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/escalation"
	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/organisation"
	"github.com/musterhq/muster/internal/domain/question"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/timer"
	"github.com/musterhq/muster/internal/surface/web/home"
	"github.com/musterhq/muster/internal/surface/web/layout"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/testing/htmlcheck"
	"github.com/musterhq/muster/internal/testing/people"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// desk is an organisation whose people look at their home.
type desk struct {
	*people.House
	incidents    *incident.Service
	actions      *action.Service
	followUps    *followup.Service
	handler      http.Handler
	organisation organisation.Begun
}

type defaults struct{}

func (defaults) Found(ctx context.Context, tx pgx.Tx) error {
	return incident.Found(ctx, tx, testdb.Start)
}

func open(t *testing.T) *desk {
	t.Helper()
	d := &desk{House: people.New(t, defaults{})}
	d.incidents = incident.New(d.DB, d.Bus, d.Clock, timer.New(d.DB, d.Clock))
	d.actions = action.New(d.DB, d.Bus, d.Clock, timer.New(d.DB, d.Clock))
	d.followUps = followup.New(d.DB, d.Bus, d.Clock, timer.New(d.DB, d.Clock))
	d.organisation = d.Organisation(t, "Night shift", "Ada", "ada@example.com")
	frame := &page.Frame{
		Nav:     func(context.Context) (layout.Nav, error) { return layout.Nav{}, nil },
		PushKey: func(context.Context) (string, error) { return "", nil },
	}
	mux := http.NewServeMux()
	timers := timer.New(d.DB, d.Clock)
	home.New(home.Needs{
		Frame: frame, Clock: d.Clock, Incidents: d.incidents, Actions: d.actions, FollowUps: d.followUps, Questions: question.New(d.DB, d.Bus, d.Clock, timers),
		Escalations: escalation.New(d.DB, d.Bus, d.Clock, escalation.Needs{Timers: timers}),
	}).Routes(mux)
	d.handler = mux
	return d
}

// see returns what the person gets at the path.
func (d *desk) see(t *testing.T, who id.ID, path string) string {
	t.Helper()
	ctx := d.As(t, d.organisation.ID, who)
	u, err := d.Users.Get(ctx, who)
	if err != nil {
		t.Fatal(err)
	}
	ctx = page.WithViewer(ctx, page.Viewer{User: who, Name: u.Name, Permissions: u.Role.Permissions()})
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil))
	if w.Code != http.StatusOK {
		t.Fatalf("%s answers %d: %s", path, w.Code, w.Body)
	}
	return w.Body.String()
}

func (d *desk) declare(t *testing.T, by id.ID, name string) incident.Brief {
	t.Helper()
	made, err := d.incidents.Declare(d.As(t, d.organisation.ID, by), incident.Declare{Name: name, Lead: by, Summary: name + " since the deployment"})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func holds(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not on the page: %s", part, text)
		}
	}
}

func lacks(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(text, part) {
			t.Errorf("%q is on the page", part)
		}
	}
}

func TestNewOrganisationIsToldWhatThisIs(t *testing.T) {
	d := open(t)
	text := d.see(t, d.organisation.Owner, "/")
	htmlcheck.Page(t, text)
	holds(t, text, "Nothing has gone wrong yet", `href="/incidents/new"`)
	viewer := d.Enrol(t, d.organisation.ID, "vera@example.com", authz.Viewer)
	lacks(t, d.see(t, viewer, "/"), `href="/incidents/new"`)
}

func TestHomeShowsWhatNeedsMeAndNotWhatNeedsOthers(t *testing.T) {
	d := open(t)
	ada, o := d.organisation.Owner, d.organisation.ID
	ben := d.Enrol(t, o, "ben@example.com", authz.Responder)
	made := d.declare(t, ada, "Checkout <fails>")
	for who, words := range map[id.ID]string{ada: "Roll back", ben: "Call the shops"} {
		if _, err := d.actions.Create(d.As(t, o, ada), action.Create{Incident: made.ID, Description: words, Assignee: who}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.incidents.SendUpdate(d.As(t, o, ada), incident.SendUpdate{Incident: made.ID, Message: "Found it", NextMinutes: 15}); err != nil {
		t.Fatal(err)
	}

	text := d.see(t, ada, "/")
	htmlcheck.Page(t, text)
	holds(t, text, "Checkout &lt;fails&gt;", "since the deployment", "Roll back", `action="/incidents/INC-1/actions/`, "Your update is due in 15 min", "You", "in the room")
	lacks(t, text, "Call the shops", "Send an update on INC-1")

	d.Clock.Advance(12 * time.Minute)
	text = d.see(t, ada, "/home/regions/all")
	htmlcheck.Part(t, text)
	holds(t, text, "Send an update on INC-1", "Your update is due in 3 min", "12 min")
	if strings.Index(text, "Needs you") > strings.Index(text, "Live now") {
		t.Error("what is due does not stand first")
	}
	d.Clock.Advance(10 * time.Minute)
	holds(t, d.see(t, ada, "/"), "Your update is 7 min late")

	text = d.see(t, ben, "/")
	holds(t, text, "Call the shops", "from <bdi>Ada</bdi>", "Update is 7 min late")
	lacks(t, text, "Roll back", "Send an update on")

	mine, err := d.actions.AssignedTo(d.As(t, o, ben), ben)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.actions.Complete(d.As(t, o, ben), action.Complete{Action: mine[0].ID}); err != nil {
		t.Fatal(err)
	}
	day := d.Clock.Now().UTC().Truncate(24 * time.Hour)
	for title, due := range map[string]*time.Time{"Sharpen the alert": &day, "Some day": nil} {
		words := followup.Words{Title: title, Assignee: ben, Due: due}
		if _, err := d.followUps.Create(d.As(t, o, ada), followup.Create{Incident: made.ID, Words: words, Key: title}); err != nil {
			t.Fatal(err)
		}
	}
	text = d.see(t, ben, "/")
	holds(t, text, "Sharpen the alert", "due today")
	lacks(t, text, "Some day")
	d.Clock.Advance(48 * time.Hour)
	holds(t, d.see(t, ben, "/"), "was due "+day.Format("Jan 2"))
	all, err := d.followUps.List(d.As(t, o, ben), followup.Filter{Assignee: ben})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if _, err := d.followUps.Move(d.As(t, o, ben), followup.Move{FollowUp: f.ID, To: followup.Done}); err != nil {
			t.Fatal(err)
		}
	}
	holds(t, d.see(t, ben, "/"), "Nothing needs you")
}

func TestClosedIncidentsMoveToEarlierAndTheRestIsQuiet(t *testing.T) {
	d := open(t)
	ada := d.organisation.Owner
	made := d.declare(t, ada, "Mails are late")
	d.Clock.Advance(95 * time.Minute)
	if _, err := d.incidents.Close(d.As(t, d.organisation.ID, ada), incident.Close{Incident: made.ID}); err != nil {
		t.Fatal(err)
	}
	d.Clock.Advance(time.Hour)
	text := d.see(t, ada, "/")
	htmlcheck.Page(t, text)
	holds(t, text, "All quiet", "Earlier this week", "Mails are late", "1 h 35", `href="/incidents/INC-1"`)
	d.Clock.Advance(8 * 24 * time.Hour)
	holds(t, d.see(t, ada, "/"), `<h2 id="home-earlier">Earlier</h2>`, "Mails are late")
}

func TestManyLiveIncidentsAreRowsBelowTheWorst(t *testing.T) {
	d := open(t)
	for range 8 {
		d.declare(t, d.organisation.Owner, "Something")
	}
	text := d.see(t, d.organisation.Owner, "/")
	if cards, rows := strings.Count(text, "<article"), strings.Count(text, `class="row"`); cards != 6 || rows != 2 {
		t.Errorf("%d cards and %d rows", cards, rows)
	}
	htmlcheck.Page(t, text)
}

func TestTriageStandsAsideOfWhatIsLive(t *testing.T) {
	d := open(t)
	d.declare(t, d.organisation.Owner, "Live one")
	as := d.As(t, d.organisation.ID, d.organisation.Owner)
	statuses, err := d.incidents.Statuses(as)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range statuses {
		if s.Category == incident.CategoryTriage {
			if _, err := d.incidents.Declare(as, incident.Declare{Name: "Perhaps one", Status: s.ID}); err != nil {
				t.Fatal(err)
			}
		}
	}
	text := d.see(t, d.organisation.Owner, "/")
	holds(t, text, `<span class="count">1</span>`, "Waits for a decision", "Perhaps one")
	if strings.Count(text, "<article") != 1 {
		t.Error("an incident in triage has a card of its own")
	}
}

func TestAnotherOrganisationsIncidentsAreNotHere(t *testing.T) {
	d := open(t)
	d.declare(t, d.organisation.Owner, "Ours alone")
	other := d.Organisation(t, "Elsewhere", "Eve", "eve@example.com")
	d.organisation = other
	lacks(t, d.see(t, other.Owner, "/"), "Ours alone")
}
