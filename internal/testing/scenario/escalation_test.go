package scenario_test

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/domain/escalation"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/pagersink"
	"github.com/musterhq/muster/internal/testing/scenario"
)

// call calls for people, pagers among them, with five minutes for each.
func call(ctx context.Context, t *testing.T, s *scenario.Scenario, in id.ID, targets ...escalation.To) escalation.Escalation {
	t.Helper()
	made, err := s.App.Escalations.Escalate(ctx, escalation.Escalate{Incident: in, Targets: targets, Message: "Checkout is down", Key: "call"})
	if err != nil {
		t.Fatal(err)
	}
	s.Work()
	return made
}

func escalated(t *testing.T, s *scenario.Scenario, which id.ID) escalation.Escalation {
	t.Helper()
	found, err := s.App.Escalations.Get(s.System(), which)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// standing is how it is with every target, in words.
func standing(e escalation.Escalation) []string {
	var out []string
	for _, target := range e.Targets {
		out = append(out, target.Name+": "+escalation.Standing(e, target, func(at time.Time) string { return at.UTC().Format("15:04") }))
	}
	return out
}

func TestEscalationRingsUntilSomebodyAnswers(t *testing.T) {
	s := scenario.New(t)
	maya, jonas := s.Person("Maya", authz.Responder), s.Person("Jonas", authz.Responder)
	s.Device(maya, "pixel")
	s.Device(jonas, "iphone")
	s.Device(s.Owner, "laptop")
	in := incidentAt(t, s, declare(t, s.Owner, "Checkout is down"))
	s.Work()
	before := len(s.Pushed("pixel"))
	made := call(s.Owner.Context(), t, s, in, escalation.To{User: maya.ID}, escalation.To{User: jonas.ID})
	if again := call(s.Owner.Context(), t, s, in, escalation.To{User: maya.ID}); again.ID != made.ID {
		t.Error("a second press of the button calls twice")
	}

	s.Advance(4*time.Minute + 59*time.Second)
	if got := len(s.Pushed("pixel")) - before; got != 3 {
		t.Errorf("Maya's phone rang %d times in five minutes, want 3", got)
	}
	if got := s.Mailed(maya); len(got) != 1 || !strings.HasPrefix(got[0], "Ada needs you in INC-1") {
		t.Errorf("mails to Maya: %q", got)
	}
	if got := s.Mailed(jonas); len(got) != 0 {
		t.Errorf("Jonas is called before his turn: %q", got)
	}
	s.Advance(2 * time.Second)
	found := escalated(t, s, made.ID)
	if found.Position != 1 || found.Targets[0].State != escalation.TargetPassed || len(s.Mailed(jonas)) != 1 {
		t.Errorf("after five minutes: %q, mails %q", standing(found), s.Mailed(jonas))
	}

	// One tap in the phone's page answers and takes the lead.
	page := jonas.Get("/incidents/INC-1/escalations/" + string(made.ID)).Is(200)
	page.Has("Ada needs you", "Acknowledge and take the lead")
	jonas.Post("/incidents/INC-1/escalations/"+string(made.ID)+"/acknowledged", url.Values{"lead": {"true"}}).Is(200)
	s.Advance(time.Hour)
	found = escalated(t, s, made.ID)
	if found.State != escalation.Answered || found.By.ID != jonas.ID || found.Targets[1].State != escalation.TargetAnswered {
		t.Errorf("answered: %+v", found)
	}
	inc, err := s.App.Incidents.Get(s.System(), in)
	if err != nil || inc.Lead() == nil || inc.Lead().ID != jonas.ID {
		t.Errorf("who leads: %+v, %v", inc.Lead(), err)
	}
	for device, want := range map[string]string{"laptop": "INC-1: Jonas is on it", "pixel": "INC-1: Jonas is on it"} {
		if got := s.Pushed(device); got[len(got)-1] != want {
			t.Errorf("%s shows %q at last, want %q", device, got[len(got)-1], want)
		}
	}
	want := []string{"Maya: push to pixel, mail at 09:00; no answer", "Jonas: push to iphone, mail at 09:05; answered at 09:05"}
	if diff := cmp.Diff(want, standing(found)); diff != "" {
		t.Errorf("how it stands (-want +got):\n%s", diff)
	}
	log, err := s.App.Timelines.Activity(s.Owner.Context(), in, 0, 50)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, one := range log {
		if strings.HasPrefix(one.Kind, "escalation.") {
			told = append(told, one.Sentence("").String())
		}
	}
	if diff := cmp.Diff([]string{"Jonas answered the call for Maya, then Jonas", "Ada called for Maya, then Jonas"}, told); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
	if got := lines(t, s, in); !strings.Contains(strings.Join(got, "\n"), "card escalation/"+string(made.ID)) {
		t.Errorf("the room has no card: %q", got)
	}
}

func TestNobodyAnswers(t *testing.T) {
	s := scenario.New(t)
	maya := s.Person("Maya", authz.Responder)
	in := incidentAt(t, s, declare(t, s.Owner, "Checkout is down"))
	made := call(s.Owner.Context(), t, s, in, escalation.To{User: maya.ID})
	s.Advance(6 * time.Minute)
	if got := escalated(t, s, made.ID); got.State != escalation.Unheard {
		t.Errorf("after six minutes: %s", got.State)
	}
	if got := s.Mailed(s.Owner); len(got) != 1 || !strings.HasPrefix(got[0], "Nobody answered in INC-1") {
		t.Errorf("mails to who called: %q", got)
	}
	// Late is better than never.
	if _, err := s.App.Escalations.Acknowledge(maya.Context(), escalation.Acknowledge{Escalation: made.ID}); err != nil {
		t.Error(err)
	}
	if got := escalated(t, s, made.ID); got.State != escalation.Answered {
		t.Errorf("answered late: %s", got.State)
	}
}

func TestWhoCannotBeReachedIsNotWaitedFor(t *testing.T) {
	s := scenario.New(t)
	maya, jonas := s.Person("Maya", authz.Responder), s.Person("Jonas", authz.Responder)
	s.Mails.AnswerRecipients(func(to string) string {
		if strings.HasPrefix(to, "maya@") {
			return "550 5.1.1 no such user"
		}
		return ""
	})
	in := incidentAt(t, s, declare(t, s.Owner, "Checkout is down"))
	made := call(s.Owner.Context(), t, s, in, escalation.To{User: maya.ID}, escalation.To{User: jonas.ID})
	s.Advance(time.Second)
	found := escalated(t, s, made.ID)
	if found.Position != 1 || !found.Targets[0].Unreachable || len(s.Mailed(jonas)) != 1 {
		t.Errorf("a second later: %q", standing(found))
	}
}

// connect connects a pager with a key and token that the stand-in takes.
func connect(t *testing.T, s *scenario.Scenario, kind escalation.Kind) (escalation.Pager, escalation.PagerSecrets) {
	t.Helper()
	cmd := escalation.CreatePager{Name: kind.Label(), Kind: kind, Address: "eu", Resolves: true, Secrets: escalation.PagerSecrets{Key: strings.Repeat("k", 32), Token: pagersink.Token}}
	if kind == escalation.Webhook {
		cmd.Address = "https://pages.example.test/muster"
	}
	made, held, err := s.App.Escalations.CreatePager(s.Owner.Context(), cmd)
	if err != nil {
		t.Fatal(err)
	}
	return made, held
}

func TestPagersTakeAPageOnceAndTellWhoAnswered(t *testing.T) {
	for _, kind := range []escalation.Kind{escalation.PagerDuty, escalation.Opsgenie} {
		t.Run(kind.Label(), func(t *testing.T) {
			s := scenario.New(t)
			pager, _ := connect(t, s, kind)
			in := incidentAt(t, s, declare(t, s.Owner, "Checkout is down"))

			// The service is in trouble at first, and slow down comes after that.
			statuses := []int{http.StatusServiceUnavailable, http.StatusTooManyRequests}
			s.Pagers.Trouble(func(r pagersink.Request) int {
				if len(statuses) == 0 || r.Method != http.MethodPost {
					return 0
				}
				status := statuses[0]
				statuses = statuses[1:]
				return status
			})
			made, err := s.App.Escalations.Escalate(s.Owner.Context(), escalation.Escalate{Incident: in, Targets: []escalation.To{{Pager: pager.ID}}, Message: "Checkout is down"})
			if err != nil {
				t.Fatal(err)
			}
			s.Stumble(3)
			key := "muster-" + string(made.ID)
			if got := s.Pagers.Alerts(); got[key].Sent != 1 || len(got) != 1 {
				t.Fatalf("alerts after two refusals: %+v", got)
			}
			for _, r := range s.Pagers.Requests() {
				if !strings.Contains(r.Host, ".eu.") || !strings.Contains(string(r.Body), key) {
					t.Errorf("%s %s: %s", r.Host, r.Path, r.Body)
				}
			}

			s.Pagers.Acknowledge("Priya Nair")
			s.Advance(40 * time.Second)
			found := escalated(t, s, made.ID)
			if found.State != escalation.Answered || found.By.Name != "Priya Nair" || found.In != kind.Label() {
				t.Errorf("read back: %+v", found)
			}
			if s.Pagers.Alerts()[key].Closed {
				t.Error("whoever answered there has lost the alert")
			}
			if _, err := s.App.Incidents.Close(s.Owner.Context(), incident.Close{Incident: in}); err != nil {
				t.Fatal(err)
			}
			s.Work()
			if !s.Pagers.Alerts()[key].Closed {
				t.Error("the incident is closed and the alert is not")
			}
		})
	}
}

func TestPageIsResolvedWhenSomebodyAnswersInMuster(t *testing.T) {
	s := scenario.New(t)
	pager, _ := connect(t, s, escalation.PagerDuty)
	in := incidentAt(t, s, declare(t, s.Owner, "Checkout is down"))
	made := call(s.Owner.Context(), t, s, in, escalation.To{Pager: pager.ID})
	if _, err := s.App.Escalations.DeletePager(s.Owner.Context(), escalation.DeletePager{Pager: pager.ID}); err == nil || !strings.Contains(err.Error(), "INC-1") {
		t.Errorf("a pager that is waited for is deleted: %v", err)
	}
	if _, err := s.App.Escalations.Acknowledge(s.Owner.Context(), escalation.Acknowledge{Escalation: made.ID}); err != nil {
		t.Fatal(err)
	}
	s.Work()
	if got := s.Pagers.Alerts()["muster-"+string(made.ID)]; !got.Closed {
		t.Errorf("the alert: %+v", got)
	}
}

func TestPageWhoseAnswerGotLostIsSentAgainUnderItsKey(t *testing.T) {
	s := scenario.New(t)
	pager, _ := connect(t, s, escalation.PagerDuty)
	in := incidentAt(t, s, declare(t, s.Owner, "Checkout is down"))
	s.Pagers.LoseAnswers(2)
	made, err := s.App.Escalations.Escalate(s.Owner.Context(), escalation.Escalate{Incident: in, Targets: []escalation.To{{Pager: pager.ID}}})
	if err != nil {
		t.Fatal(err)
	}
	s.Stumble(4)
	if got := s.Pagers.Alerts(); len(got) != 1 || got["muster-"+string(made.ID)].Sent != 3 {
		t.Errorf("alerts: %+v", got)
	}
	if got := escalated(t, s, made.ID).Targets[0].Attempts; len(got) != 1 || got[0].State != "sent" || got[0].Answer != "" {
		t.Errorf("attempts: %+v", got)
	}
}

func TestPageIsResolvedThatWasOnItsWayWhenSomebodyAnswered(t *testing.T) {
	s := scenario.New(t)
	maya := s.Person("Maya", authz.Responder)
	pager, _ := connect(t, s, escalation.PagerDuty)
	in := incidentAt(t, s, declare(t, s.Owner, "Checkout is down"))
	s.Work()
	answer := sync.OnceFunc(func() { // the service takes its time, and hears first that it is settled
		all, err := s.App.Escalations.List(s.System(), in)
		if err != nil || len(all) != 1 {
			t.Errorf("%d escalations: %v", len(all), err)
			return
		}
		if _, err := s.App.Escalations.Acknowledge(maya.Context(), escalation.Acknowledge{Escalation: all[0].ID}); err != nil {
			t.Error(err)
		}
		s.Work()
	})
	s.Pagers.Trouble(func(r pagersink.Request) int {
		if r.Event["event_action"] == "trigger" {
			answer()
		}
		return 0
	})
	made := call(s.Owner.Context(), t, s, in, escalation.To{Pager: pager.ID})
	if alert := s.Pagers.Alerts()["muster-"+string(made.ID)]; alert.Sent != 1 || !alert.Closed {
		t.Errorf("the pager keeps ringing: %+v", alert)
	}
}

func TestPageIsResolvedWhoseArrivalWasNeverWrittenDown(t *testing.T) {
	s := scenario.New(t)
	maya := s.Person("Maya", authz.Responder)
	pager, _ := connect(t, s, escalation.PagerDuty)
	in := incidentAt(t, s, declare(t, s.Owner, "Checkout is down"))
	s.Work()
	// What is killed when the service has taken the page leaves behind what was written before.
	written := func(trigger string) {
		if _, err := s.App.DB.Pool().Exec(t.Context(), trigger); err != nil {
			t.Fatal(err)
		}
	}
	written(`CREATE FUNCTION muster.killed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'killed'; END $$;
		CREATE TRIGGER killed BEFORE UPDATE ON muster.escalation_attempt FOR EACH ROW WHEN (NEW.act = 'page' AND NEW.state = 'sent') EXECUTE FUNCTION muster.killed()`)
	made, err := s.App.Escalations.Escalate(s.Owner.Context(), escalation.Escalate{Incident: in, Targets: []escalation.To{{Pager: pager.ID}}})
	if err != nil {
		t.Fatal(err)
	}
	s.Stumble(1)
	if got := standing(escalated(t, s, made.ID)); len(got) != 1 || !strings.HasSuffix(got[0], "is being called") {
		t.Errorf("before it is known what came of the page: %q", got)
	}
	if _, err := s.App.Escalations.Acknowledge(maya.Context(), escalation.Acknowledge{Escalation: made.ID}); err != nil {
		t.Fatal(err)
	}
	written(`DROP TRIGGER killed ON muster.escalation_attempt`)
	s.Advance(time.Minute)
	if alert := s.Pagers.Alerts()["muster-"+string(made.ID)]; alert.Sent != 1 || !alert.Closed {
		t.Errorf("the pager keeps ringing: %+v", alert)
	}
}

func TestPagerThatRefusesIsExplainedAndPassed(t *testing.T) {
	s := scenario.New(t)
	maya := s.Person("Maya", authz.Responder)
	pager, _ := connect(t, s, escalation.Opsgenie)
	s.Pagers.Trouble(func(pagersink.Request) int { return http.StatusForbidden })
	in := incidentAt(t, s, declare(t, s.Owner, "Checkout is down"))
	made := call(s.Owner.Context(), t, s, in, escalation.To{Pager: pager.ID}, escalation.To{User: maya.ID})
	s.Advance(time.Second)
	found := escalated(t, s, made.ID)
	if got := standing(found)[0]; found.Position != 1 || !strings.Contains(got, "the API key is not known in this region") {
		t.Errorf("at once: position %d, %q", found.Position, got)
	}
	if _, err := s.App.Escalations.TestPager(s.Owner.Context(), pager.ID); err == nil || !strings.Contains(err.Error(), "refused (403)") {
		t.Errorf("a test page: %v", err)
	}
	if _, err := s.App.Escalations.TestPager(maya.Context(), pager.ID); err == nil {
		t.Error("a responder may send test pages")
	}
}

func TestWebhookIsSignedAndCallsBack(t *testing.T) {
	s := scenario.New(t)
	pager, held := connect(t, s, escalation.Webhook)
	in := incidentAt(t, s, declare(t, s.Owner, "Checkout is down"))
	made := call(s.Owner.Context(), t, s, in, escalation.To{Pager: pager.ID})
	requests := s.Pagers.Requests()
	if len(requests) != 1 {
		t.Fatalf("%d requests", len(requests))
	}
	sent := requests[0]
	seconds, _, _ := strings.Cut(strings.TrimPrefix(sent.Header.Get(escalation.SignatureHeader), "t="), ",")
	at, _ := strconv.ParseInt(seconds, 10, 64)
	if got, want := sent.Header.Get(escalation.SignatureHeader), escalation.Signature(held.Key, at, sent.Body); got != want || at != s.Clock.Now().Unix() {
		t.Errorf("signature %q, want %q", got, want)
	}
	back, _ := sent.Event["acknowledge_url"].(string)
	answer := func(address, body string) int {
		response, err := http.Post(address, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		return response.StatusCode
	}
	if got := answer(strings.Replace(back, "position=0", "position=1", 1), `{"by":"Mallory"}`); got != http.StatusForbidden {
		t.Errorf("another address answers %d", got)
	}
	if got := answer(back, `{"by":"Priya Nair"}`); got != http.StatusOK {
		t.Errorf("the address answers %d", got)
	}
	if found := escalated(t, s, made.ID); found.State != escalation.Answered || found.By.Name != "Priya Nair" || found.In != "Webhook" {
		t.Errorf("called back: %+v", found)
	}
}

func TestPrivateIncidentsCallsAreSeenByThoseInvited(t *testing.T) {
	s := scenario.New(t)
	maya, mallory := s.Person("Maya", authz.Responder), s.Person("Mallory", authz.Responder)
	brief, err := s.App.Incidents.Declare(s.Owner.Context(), incident.Declare{Name: "A secret", Private: true})
	if err != nil {
		t.Fatal(err)
	}
	made := call(s.Owner.Context(), t, s, brief.ID, escalation.To{User: maya.ID})
	at := "/incidents/" + brief.Reference + "/escalations/" + string(made.ID)
	maya.Get(at).Is(200)
	mallory.Get(at).Is(404)
	mallory.Post(at+"/acknowledged", nil).Is(404)
}

// TestPageGoesOnUntilItIsTaken keeps a pager away for longer than everybody had time to answer: the page is tried all the
// while, the incident shows that, and it arrives under its key when the pager is back. Once somebody answers, it ends.
func TestPageGoesOnUntilItIsTaken(t *testing.T) {
	t.Parallel()
	for name, answered := range map[string]bool{"nobody answers": false, "somebody answers": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scenario.New(t)
			maya := s.Person("Maya", authz.Responder)
			pager, _ := connect(t, s, escalation.PagerDuty)
			in := incidentAt(t, s, declare(t, s.Owner, "Checkout is down"))
			s.Pagers.Trouble(func(pagersink.Request) int { return http.StatusBadGateway })
			made, err := s.App.Escalations.Escalate(s.Owner.Context(), escalation.Escalate{Incident: in, Targets: []escalation.To{{Pager: pager.ID}, {User: maya.ID}}, Minutes: 1})
			if err != nil {
				t.Fatal(err)
			}
			for range 60 * 12 { // an hour, in steps of 5 s
				s.Stumble(1)
				if _, err := s.App.Timers.Fire(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			found := escalated(t, s, made.ID)
			if found.State != escalation.Unheard || len(s.Mailed(maya)) != 1 {
				t.Errorf("after an hour it is %s, and Maya has the mails %q", found.State, s.Mailed(maya))
			}
			s.Owner.Get("/incidents/INC-1/escalations/" + string(made.ID)).Is(200).Has("did not get through yet and is tried again")
			if tries := len(s.Pagers.Requests()); tries < 60 {
				t.Errorf("the pager was tried %d times in an hour", tries)
			}
			if answered {
				if _, err := s.App.Escalations.Acknowledge(maya.Context(), escalation.Acknowledge{Escalation: made.ID}); err != nil {
					t.Fatal(err)
				}
			}
			s.Pagers.Trouble(nil)
			for range 13 {
				s.Stumble(1)
			}
			got := s.Pagers.Alerts()
			if answered && len(got) != 0 {
				t.Errorf("somebody answered, and the pager is called: %+v", got)
			}
			if !answered && (len(got) != 1 || got["muster-"+string(made.ID)].Sent != 1) {
				t.Errorf("alerts: %+v", got)
			}
		})
	}
}
