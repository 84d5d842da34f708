package export_test

import (
	"bytes"
	"image"
	"image/png"
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/timeline"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/htmlcheck"
	"github.com/musterhq/muster/internal/testing/scenario"
)

func TestStoryInOneFile(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	ctx := s.Owner.Context()
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	made, err := s.App.Incidents.Declare(ctx, incident.Declare{Name: `Payments | fail <script>alert(1)</script>`, Summary: "Some cards are **refused**."})
	must(made, err)
	in := made.ID
	var picture bytes.Buffer
	must(nil, png.Encode(&picture, image.NewGray(image.Rect(0, 0, 3, 2))))
	file, err := s.App.Rooms.AttachPicture(ctx, room.AttachPicture{Incident: in, Name: `graph"onerror="x.png`, Content: &picture})
	must(file, err)
	said, err := s.App.Rooms.Post(ctx, room.Post{Incident: in, ClientKey: "1", Source: "The **graph** says it", Files: []id.ID{file.ID}})
	must(said, err)
	must(s.App.Rooms.Pin(ctx, room.Pin{Message: said.ID}))
	must(s.App.Incidents.SendUpdate(ctx, incident.SendUpdate{Incident: in, Message: "We look\n\n- here\n- there", Key: "1"}))
	must(s.App.Actions.Create(ctx, action.Create{Incident: in, Description: "Tell *the* shops", Assignee: s.Owner.ID}))
	hidden, err := s.App.Timelines.Write(ctx, timeline.Write{Incident: in, Title: "Nobody's business"})
	must(hidden, err)
	must(nil, s.App.Timelines.Hide(ctx, timeline.Hide{Incident: in, Item: hidden}))
	must(s.App.Timelines.Write(ctx, timeline.Write{Incident: in, Title: "Release 812", Note: "Build `812`", At: s.Clock.Now().Add(-24 * 60 * 60 * 1e9)}))

	where := "/incidents/" + made.Reference + "/export"
	htmlcheck.Page(t, s.Owner.Get(where).Is(200).Body)
	page := s.Owner.Get(where + "/html?zone=Asia/Kolkata").Is(200)
	for _, want := range []string{
		"Payments | fail &lt;script&gt;", "Some cards are <strong>refused</strong>", "The <strong>graph</strong> says it", "Tell *the* shops", "Release 812",
		"All times are in Asia/Kolkata (+05:30", `src="data:image/png;base64,iVBOR`, "<style>",
	} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	for _, never := range []string{"Nobody&#39;s business", "<script", "http://", "https://", `onerror="x`} {
		if strings.Contains(page.Body, never) {
			t.Errorf("the page has %s", never)
		}
	}
	if name := page.Header.Get("Content-Disposition"); name != `attachment; filename="`+made.Reference+`-payments-fail-script-alert-1-script.html"` {
		t.Errorf("the file is called %s", name)
	}
	text := s.Owner.Get(where + "/markdown").Is(200).Body
	for _, want := range []string{
		"# " + made.Reference + ` Payments | fail`, "## Summary\n\nSome cards are **refused**.", "## Updates", "- here\n- there", "## Timeline",
		"  The **graph** says it", "  Build `812`", `- [ ] Tell \*the\* shops (`, "All times are in ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the text has no %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "business") {
		t.Error("the text has what was taken off the timeline")
	}

	s.Owner.Get(where + "/html?zone=Nowhere/Land").Is(422)
	s.Owner.Get(where + "/pdf").Is(404)
	s.Person("Vera", authz.Viewer).Get(where + "/markdown").Is(200)
	stranger := s.PersonOf(s.Begin("Elsewhere", "Eve", "eve@example.test").ID, "Mallory", authz.Owner)
	for _, path := range []string{"", "/markdown", "/html"} {
		stranger.Get("/incidents/" + string(in) + "/export" + path).Is(404)
	}
}
