package scenario_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/attachment"
	"github.com/musterhq/muster/internal/domain/customers"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/question"
	"github.com/musterhq/muster/internal/domain/redaction"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/subscription"
	"github.com/musterhq/muster/internal/domain/timeline"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/testing/scenario"
)

// canary is a secret with what texts do to it: markup within, and characters that JSON and addresses write otherwise.
const canary = `kanari*en*"v0gel&<ß`

// leaks spreads the secret over everything that an incident holds.
func leaks(t *testing.T, s *scenario.Scenario) (incident.Brief, id.ID) {
	t.Helper()
	ctx := s.Owner.Context()
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	made, err := s.App.Incidents.Declare(ctx, incident.Declare{Name: "Leak " + canary, Summary: "It is " + canary})
	must(made, err)
	in := made.ID
	must(s.App.Incidents.ChangeSummary(ctx, incident.ChangeSummary{Incident: in, Source: "Now **" + canary + "** again"}))
	must(s.App.Incidents.Rename(ctx, incident.Rename{Incident: in, Name: canary}))
	must(s.App.Incidents.SendUpdate(ctx, incident.SendUpdate{Incident: in, Message: "News: " + canary, Key: "1"}))
	var picture bytes.Buffer
	must(nil, png.Encode(&picture, image.NewGray(image.Rect(0, 0, 3, 2))))
	file, err := s.App.Rooms.AttachPicture(ctx, room.AttachPicture{Incident: in, Name: canary + ".png", Content: &picture})
	must(file, err)
	said, err := s.App.Rooms.Post(ctx, room.Post{Incident: in, ClientKey: "1", Source: "Use " + canary + " to enter", Files: []id.ID{file.ID}})
	must(said, err)
	said, err = s.App.Rooms.Edit(ctx, room.Edit{Message: said.ID, Version: said.Version, Source: "Never use `" + canary + "` to enter"})
	must(said, err)
	must(s.App.Rooms.Pin(ctx, room.Pin{Message: said.ID}))
	must(s.App.Actions.Create(ctx, action.Create{Incident: in, Description: "Change " + canary}))
	must(s.App.Attachments.Attach(ctx, attachment.Attach{Incident: in, URL: "https://example.test/?key=" + url.QueryEscape(canary), Title: canary}))
	must(s.App.Timelines.Write(ctx, timeline.Write{Incident: in, Title: "Found " + canary, Note: "- " + canary}))
	must(s.App.Customers.Change(ctx, customers.Change{Incident: in, Text: "We lost " + canary}))
	must(s.App.Questions.Ask(ctx, question.Ask{Incident: in, Text: "Is " + canary + " changed?"}))
	s.Work()
	return made, said.ID
}

// holding lists the columns of the whole database that have the secret, in any of the forms that it may have there.
func holding(t *testing.T, s *scenario.Scenario) []string {
	t.Helper()
	pool := s.App.DB.Pool()
	rows, err := pool.Query(t.Context(), `SELECT format('%I.%I', table_schema, table_name), quote_ident(column_name) FROM information_schema.columns
		WHERE table_schema IN ('muster', 'control', 'river') AND data_type IN ('text', 'character varying', 'jsonb', 'json', 'ARRAY', 'tsvector')`)
	if err != nil {
		t.Fatal(err)
	}
	type place struct{ table, column string }
	places, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (p place, err error) { return p, r.Scan(&p.table, &p.column) })
	if err != nil {
		t.Fatal(err)
	}
	if len(places) < 100 {
		t.Fatalf("only %d columns are looked at", len(places))
	}
	var found []string
	for _, p := range places {
		var count int
		// The word that the search index makes of it, and the parts between the markup.
		sql := fmt.Sprintf(`SELECT count(*) FROM %s WHERE %s::text ~* 'kanari|v0gel'`, p.table, p.column)
		if err := pool.QueryRow(t.Context(), sql).Scan(&count); err != nil {
			t.Fatalf("%s.%s: %v", p.table, p.column, err)
		}
		if count > 0 {
			found = append(found, fmt.Sprintf("%s.%s (%d)", p.table, p.column, count))
		}
	}
	return found
}

func TestRedactedSecretIsNowhereLeft(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	made, said := leaks(t, s)
	if before := holding(t, s); len(before) < 15 {
		t.Fatalf("the secret was spread over %v only", before)
	}
	where := "/incidents/" + made.Reference
	latest, err := s.App.Rooms.Latest(s.Owner.Context(), made.ID)
	if err != nil {
		t.Fatal(err)
	}
	s.Owner.Get(where + "/redact").Is(http.StatusOK)
	s.Owner.Get(where+"/redactions/new?message="+string(said)).Is(http.StatusOK).Has("Remove a secret", "Never use")
	s.Owner.Get(where + "/redactions/new?message=" + string(made.ID)).Is(http.StatusNotFound)
	s.Owner.Post(where+"/redact", url.Values{"secret": {"short"}}).Is(http.StatusUnprocessableEntity).Has("at least 6")
	s.Owner.Post(where+"/redact", url.Values{"secret": {"nobody wrote this"}}).Is(http.StatusUnprocessableEntity).Has("nowhere")
	s.Owner.Post(where+"/redact", url.Values{"secret": {canary}}).Is(http.StatusOK).Has("It stands in", "messages", "audit entries", "names and summaries", "Remove from")
	if len(holding(t, s)) < 15 {
		t.Error("looking for it removed it")
	}
	s.Owner.Post(where+"/redact", url.Values{"secret": {canary}, "go": {"yes"}}).Is(http.StatusOK)
	s.Work()
	if left := holding(t, s); len(left) > 0 {
		t.Errorf("the secret is left in %v", left)
	}
	for _, path := range []string{"", "/timeline", "/log", "/actions", "/export/html", "/export/markdown"} {
		page := s.Owner.Get(where + path).Is(http.StatusOK)
		if strings.Contains(page.Body, "kanari") || path != "/actions" && !strings.Contains(page.Body, redaction.Mark) && !strings.Contains(page.Body, `\[redacted]`) {
			t.Errorf("%s shows neither the mark, or still the secret", where+path)
		}
	}
	s.Owner.Get(where + "/log").Has("removed something confidential from")
	// Browsers that have the room open are given the messages anew.
	changed, err := s.App.Rooms.After(s.Owner.Context(), made.ID, latest, 50)
	if err != nil || len(changed) == 0 {
		t.Errorf("after the redaction %d messages are fetched again, %v", len(changed), err)
	}
	// What people can still do with what is left.
	if _, err := s.App.Incidents.Rename(s.Owner.Context(), incident.Rename{Incident: made.ID, Name: "Leak"}); err != nil {
		t.Error(err)
	}
}

func TestSecretInTheWholeOrganisation(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	leaks(t, s)
	other, _ := leaks(t, s)
	private, err := s.App.Incidents.Declare(s.Person("Petra", authz.Responder).Context(), incident.Declare{Name: "Hidden", Private: true})
	if err != nil {
		t.Fatal(err)
	}
	report, err := s.App.Redactions.Redact(s.Owner.Context(), redaction.Secret{Text: canary})
	if err != nil || report.Incidents != 2 {
		t.Fatalf("%+v, %v", report, err)
	}
	if left := holding(t, s); len(left) > 0 {
		t.Errorf("the secret is left in %v", left)
	}
	if again, err := s.App.Redactions.Find(s.Owner.Context(), redaction.Secret{Text: canary}); err != nil || again.Total != 0 {
		t.Errorf("a second time: %+v, %v", again, err)
	}
	responder := s.Person("Ben", authz.Responder)
	for name, inc := range map[string]id.ID{"an incident": other.ID, "the organisation": ""} {
		if _, err := s.App.Redactions.Find(responder.Context(), redaction.Secret{Incident: inc, Text: canary}); !problem.Is(err, problem.Forbidden) {
			t.Errorf("a responder in %s: %v", name, err)
		}
	}
	if _, err := s.App.Redactions.Find(s.Owner.Context(), redaction.Secret{Incident: private.ID, Text: canary}); !problem.Is(err, problem.NotFound) {
		t.Errorf("an administrator in a private incident that they do not see: %v", err)
	}
	responder.Get("/incidents/" + other.Reference + "/redact").Is(http.StatusForbidden)
}

func TestRemovedFileIsGoneWithItsContent(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	made, message := leaks(t, s)
	said, err := s.App.Rooms.Message(s.Owner.Context(), message)
	if err != nil || len(said.Files) != 1 {
		t.Fatalf("%+v, %v", said.Files, err)
	}
	address := said.Files[0].URL
	s.Owner.Get(address).Is(http.StatusOK)
	s.Owner.Post("/incidents/"+made.Reference+"/redact/file", url.Values{"file": {string(said.Files[0].ID)}}).Is(http.StatusOK)
	s.Work()
	s.Owner.Get(address).Is(http.StatusNotFound)
	if said, err = s.App.Rooms.Message(s.Owner.Context(), message); err != nil || len(said.Files) != 0 {
		t.Errorf("the message still has %+v, %v", said.Files, err)
	}
	s.Owner.Get("/incidents/" + made.Reference + "/log").Has("removed a file")
}

// TestRedactedSecretGoesFromCopies takes a secret out of the room in which it was said: it goes from the private incident
// that was declared from the message and from the one into which it was merged, without telling that there is a private one.
func TestRedactedSecretGoesFromCopies(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]int{"where it was said": 0, "in the copy": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scenario.New(t)
			petra, ctx := s.Person("Petra", authz.Responder), s.Owner.Context()
			must := func(_ any, err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			first, err := s.App.Incidents.Declare(ctx, incident.Declare{Name: "Odd logins"})
			must(first, err)
			said, err := s.App.Rooms.Post(ctx, room.Post{Incident: first.ID, ClientKey: "1", Source: "Use **" + canary + "** to enter"})
			must(said, err)
			must(s.App.Rooms.Pin(ctx, room.Pin{Message: said.ID}))
			hidden, err := s.App.Incidents.Declare(petra.Context(), incident.Declare{Name: "Break-in", Private: true, Message: said.ID})
			must(hidden, err)
			s.Work()
			second, err := s.App.Incidents.Declare(ctx, incident.Declare{Name: "Badge readers"})
			must(second, err)
			must(s.App.Incidents.Merge(ctx, incident.Merge{Incident: first.ID, Into: second.ID}))
			s.Work()
			if got := count(lines(t, s, hidden.ID), "kanari"); got != 1 {
				t.Fatalf("the private incident has %d copies", got)
			}
			where := []id.ID{first.ID, second.ID}[of]
			seen, err := s.App.Redactions.Find(ctx, redaction.Secret{Incident: where, Text: canary})
			must(seen, err)
			report, err := s.App.Redactions.Redact(ctx, redaction.Secret{Incident: where, Text: canary})
			if err != nil || report.Total != seen.Total || report.Total != 2 {
				t.Errorf("the report counts what cannot be seen, or not what can: %+v after %+v, %v", report, seen, err)
			}
			s.Work()
			if left := holding(t, s); len(left) > 0 {
				t.Errorf("the secret is left in %v", left)
			}
			petra.Get("/incidents/" + hidden.Reference + "/log").Is(http.StatusOK).Has("removed something confidential")
			petra.Get("/incidents/" + hidden.Reference).Is(http.StatusOK).Has(redaction.Mark)
		})
	}
}

// TestRemovedFileGoesFromCopies removes a picture in a room in which its message was said or said again: it goes from all
// of them, from a private incident too, and another picture of that message stays.
func TestRemovedFileGoesFromCopies(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]int{"where it was said": 0, "in the copy": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scenario.New(t)
			petra, ctx := s.Person("Petra", authz.Responder), s.Owner.Context()
			must := func(_ any, err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			first, err := s.App.Incidents.Declare(ctx, incident.Declare{Name: "Odd logins"})
			must(first, err)
			var files []id.ID
			for _, width := range []int{3, 4} {
				var picture bytes.Buffer
				must(nil, png.Encode(&picture, image.NewGray(image.Rect(0, 0, width, 2))))
				file, err := s.App.Rooms.AttachPicture(ctx, room.AttachPicture{Incident: first.ID, Name: "screen.png", Content: &picture})
				must(file, err)
				files = append(files, file.ID)
			}
			said, err := s.App.Rooms.Post(ctx, room.Post{Incident: first.ID, ClientKey: "1", Source: "See the badge", Files: files})
			must(said, err)
			must(s.App.Rooms.Pin(ctx, room.Pin{Message: said.ID}))
			hidden, err := s.App.Incidents.Declare(petra.Context(), incident.Declare{Name: "Break-in", Private: true, Message: said.ID})
			must(hidden, err)
			s.Work()
			second, err := s.App.Incidents.Declare(ctx, incident.Declare{Name: "Badge readers"})
			must(second, err)
			must(s.App.Incidents.Merge(ctx, incident.Merge{Incident: first.ID, Into: second.ID}))
			s.Work()
			stored := func() []string {
				t.Helper()
				rows, err := s.App.DB.Pool().Query(t.Context(), `SELECT width || ' in ' || i.name FROM muster.blob b JOIN muster.incident i ON i.id = b.incident_id ORDER BY 1`)
				must(nil, err)
				all, err := pgx.CollectRows(rows, pgx.RowTo[string])
				must(nil, err)
				return all
			}
			all := []string{"3 in Badge readers", "3 in Break-in", "3 in Odd logins", "4 in Badge readers", "4 in Break-in", "4 in Odd logins"}
			if diff := cmp.Diff(all, stored()); diff != "" {
				t.Fatalf("the pictures and their copies (-want +got):\n%s", diff)
			}
			in := []id.ID{first.ID, second.ID}[of]
			var gone id.ID
			must(nil, s.App.DB.Pool().QueryRow(t.Context(), `SELECT id FROM muster.blob WHERE incident_id = $1 AND width = 3`, in).Scan(&gone))
			must(nil, s.App.Redactions.RemoveFile(ctx, redaction.RemoveFile{Incident: in, File: gone}))
			s.Work()
			if diff := cmp.Diff(all[3:], stored()); diff != "" {
				t.Errorf("what is left (-want +got):\n%s", diff)
			}
			petra.Get("/incidents/" + hidden.Reference + "/log").Is(http.StatusOK).Has("removed a file")
		})
	}
}

// TestRedactedUpdateIsNowhereLeft removes the words of an update that was edited, quoted and told to customers: they are
// gone from everywhere and from mails that wait, and what it changed stays.
func TestRedactedUpdateIsNowhereLeft(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	s.Device(s.Owner, "laptop")
	ben, ctx := s.Person("Ben", authz.Responder), s.Owner.Context()
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	brief, err := s.App.Incidents.Declare(ctx, incident.Declare{Name: "Logins"})
	must(brief, err)
	must(nil, s.App.Subscriptions.Subscribe(ben.Context(), subscription.Subscribe{Scope: subscription.ToIncident, Incident: brief.ID, Mail: true}))
	must(nil, s.App.Subscriptions.SetPace(ben.Context(), subscription.SetPace{Pace: subscription.Hourly}))
	severities, err := s.App.Incidents.Severities(ctx)
	must(nil, err)
	words := "The *kanari*en* of the v0gel is out,\n\n- and it sings for all of them"
	sent, err := s.App.Incidents.SendUpdate(ctx, incident.SendUpdate{Incident: brief.ID, Message: words + " " + mention(ben), Severity: severities[2].ID, NextMinutes: 30, Key: "1"})
	must(sent, err)
	updates, err := s.App.Incidents.Updates(ctx, brief.ID, 1)
	must(nil, err)
	s.Advance(10 * time.Minute)
	must(s.App.Incidents.EditUpdate(ctx, incident.EditUpdate{Incident: brief.ID, Update: sent.Update, Message: words, Version: updates[0].Version}))
	must(s.App.Customers.Change(ctx, customers.Change{Incident: brief.ID, Text: words}))
	must(s.App.Rooms.Post(ctx, room.Post{Incident: brief.ID, ClientKey: "1", Source: words}))
	other, err := s.App.Incidents.SendUpdate(ctx, incident.SendUpdate{Incident: brief.ID, Message: "Fixed", Key: "2"})
	must(other, err)
	speak(t, s, s.Owner, brief.ID, "Fixed it is")

	at := "/incidents/" + brief.Reference + "/updates"
	s.Owner.Get(at).Is(http.StatusOK).Has("Remove its words")
	ben.Get(at).Is(http.StatusOK).Lacks("Remove its words")
	ben.Get(at + "/" + string(sent.Update) + "/redact").Is(http.StatusForbidden)
	ben.Delete(at + "/" + string(sent.Update) + "/words").Is(http.StatusForbidden)
	s.Owner.Get(at+"/"+string(sent.Update)+"/redact").Is(http.StatusOK).Has("messages", "texts for customers", "updates", "it sings")
	if len(holding(t, s)) < 5 {
		t.Error("looking at it removed it")
	}
	s.Owner.Delete(at + "/" + string(sent.Update) + "/words").Is(http.StatusOK)
	if left := holding(t, s); len(left) > 0 {
		t.Errorf("the words are left in %v", left)
	}
	page := s.Owner.Get(at).Is(http.StatusOK).Has(redaction.Mark, severities[2].Name)
	if strings.Contains(page.Body, "sings") {
		t.Error("the page has the words still")
	}
	s.Owner.Get("/incidents/" + brief.Reference + "/log").Has("removed something confidential")
	before := len(s.Mails.Mails())
	s.Advance(2 * time.Hour)
	for _, mail := range s.Mails.Mails()[before:] {
		if strings.Contains(mail.Text+mail.HTML, "sings") {
			t.Errorf("a mail that waited has the words: %s", mail.Subject)
		}
	}
	// What is too short to be told from other words goes from the update alone.
	s.Owner.Delete(at + "/" + string(other.Update) + "/words").Is(http.StatusOK)
	if got := count(lines(t, s, brief.ID), "Fixed it is"); got != 1 {
		t.Error("another's words went too")
	}
	s.Owner.Delete(at + "/" + string(other.Update) + "/words").Is(http.StatusConflict)
}
