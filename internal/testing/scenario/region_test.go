package scenario_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/domain/attachment"
	"github.com/musterhq/muster/internal/domain/escalation"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/scenario"
)

// A part that is fetched by itself reads only what it shows; it must be the one that the whole page has.
func TestRegionsAreAsTheWholePageShowsThem(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	maya, vera := s.Person("Maya", authz.Responder), s.Person("Vera", authz.Viewer)
	where := declare(t, s.Owner, "Checkout is down")
	in := incidentAt(t, s, where)
	say(s.Owner, where, "/inc stream Database "+mention(maya), "stream")
	s.Owner.Post(where+"/updates", url.Values{"message": {"We look at the database"}, "next": {"30"}, "key": {"update"}}).Is(200)
	s.Owner.Post(where+"/actions", url.Values{"description": {"Roll back"}, "assignee": {string(maya.ID)}, "key": {"action"}}).Is(200)
	s.Owner.Post(where+"/follow-ups", url.Values{"title": {"Alert on the pool"}, "key": {"follow-up"}}).Is(200)
	s.Owner.Put(where+"/customers", url.Values{"customers": {"Payments fail. We are on it."}, "version": {"0"}}).Is(200)
	vera.Put(where+"/subscription", url.Values{}).Is(200)
	maya.Put(where+"/subscription", url.Values{}).Is(200)
	vera.Post(where+"/questions", url.Values{"question": {"Is the money safe?"}, "key": {"question"}}).Is(200)
	if _, err := s.App.Attachments.Attach(s.Owner.Context(), attachment.Attach{Incident: in, URL: "https://example.com/dashboard"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.App.Escalations.Escalate(s.Owner.Context(), escalation.Escalate{Incident: in, Message: "Please look", Targets: []escalation.To{{User: maya.ID}}, Key: "call"}); err != nil {
		t.Fatal(err)
	}
	s.Work()
	if _, err := s.App.Incidents.MakePrivate(s.Owner.Context(), incident.MakePrivate{Incident: in, Keep: []id.ID{maya.ID, vera.ID}}); err != nil {
		t.Fatal(err)
	}
	s.Work()
	tabs := map[string][]string{
		"room": {"header", "band", "tabs", "side"}, "details": {"details", "tabs"}, "actions": {"actions"}, "streams": {"streams"},
		"follow-ups": {"follow-ups"}, "timeline": {"timeline"}, "updates": {"updates"}, "log": {"log"},
	}
	marks := regexp.MustCompile(`\s+`)
	shape := func(html string) string { return marks.ReplaceAllString(html, " ") }
	for _, reader := range []*scenario.Browser{s.Owner, maya, vera} {
		for tab, regions := range tabs {
			reader.Get(where + "/" + tab).Is(200) // from now on nothing is new
			whole := shape(reader.Get(where + "/" + tab).Is(200).Body)
			for _, region := range regions {
				source := where + "/regions/" + region + "?tab=" + tab
				if region == "timeline" {
					source += "&show="
				}
				alone := shape(reader.Get(source).Is(200).Body)
				if alone = strings.TrimSpace(alone); !strings.Contains(whole, alone) || len(alone) < 100 {
					t.Errorf("%s does not see %s on the page %s as it is alone: %s", reader.Name, region, tab, alone)
				}
			}
		}
	}
	s.Owner.Get(where).Is(200).Has("Is the money safe?", "Payments fail", "Database", "Roll back", "dashboard", "Follow-ups", "people invited see this incident")
}
