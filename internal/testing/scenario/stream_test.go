package scenario_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/stream"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/testing/scenario"
)

func TestStreamsRollUpIntoTheIncident(t *testing.T) {
	s := scenario.New(t)
	maya := s.Person("Maya", authz.Responder)
	where := declare(t, s.Owner, "Checkout is down")
	in := incidentAt(t, s, where)
	s.Owner.Get(where).Is(200).Lacks("Streams", "Open a stream")

	for range 2 { // a second press, and a second command with the same key
		say(s.Owner, where, "/inc stream Database "+mention(maya), "one")
	}
	s.Owner.Post(where+"/streams", url.Values{"name": {"database"}, "key": {"two"}}).Is(422).Has("There is an open stream “Database” already.")
	all, err := s.App.Streams.List(s.Owner.Context(), in)
	if err != nil || len(all) != 1 || all[0].Lead == nil || all[0].Lead.ID != maya.ID {
		t.Fatalf("one stream led by Maya became %+v, %v", all, err)
	}
	s.Work()
	if mails := s.Mailed(maya); !slices.ContainsFunc(mails, func(m string) bool { return strings.Contains(m, "You lead “Database”") }) {
		t.Errorf("Maya was told %q", mails)
	}
	s.Owner.Get(where).Is(200).Has("Streams", "Open a stream")

	// The conversation is the thread of the stream's message, in which a command knows the stream.
	said, err := s.App.Rooms.Said(maya.Context(), in, []string{room.StreamKey(all[0].ID)})
	thread := said[room.StreamKey(all[0].ID)]
	if err != nil || thread.Empty() {
		t.Fatalf("the stream's message is %v, %v", said, err)
	}
	if _, err := s.App.Streams.Open(s.Owner.Context(), stream.Open{Incident: in, Name: "Telling the shops"}); err != nil {
		t.Fatal(err)
	}
	typed := url.Values{"text": {"/inc stream update The replica is back"}, "client_key": {"three"}, "thread": {string(thread)}}
	for range 2 {
		maya.Post(where+"/room/messages", typed).Is(200)
	}
	s.Work()
	s.Owner.Get(where).Is(200).Has("told of", "“The replica is back”")
	s.Owner.Get(where+"/room/threads/"+string(thread)).Is(200).Has("led by Maya", "The replica is back")
	s.Owner.Get(where+"/streams").Is(200).Has("Database", "The replica is back", "Telling the shops", "No update yet")
	s.Owner.Get(where + "/updates/new").Is(200).Has("Database: The replica is back")
	s.Owner.Get(where + "/regroup").Is(200).Has("The replica is back")
	s.Owner.Get(where + "/hand-over").Is(200).Has("Database (Maya): The replica is back")
	s.Owner.Get(where + "/timeline").Is(200).Has("The replica is back")
	s.Owner.Get(where+"/brief").Is(200).Lacks("Telling the shops", "stream")

	at := where + "/streams/" + string(all[0].ID)
	maya.Get(at + "/close").Is(200).Has("What came of it")
	maya.Put(at+"/closed", url.Values{"outcome": {"The pool is twice as large"}}).Is(200).Has("The pool is twice as large", "Closed")
	maya.Post(at+"/updates", url.Values{"message": {"One more thing"}, "key": {"four"}}).Is(409).Has("The stream is closed.")
	s.Owner.Get(where + "/regroup").Is(200).Lacks("Database (")
	s.Owner.Get(where + "/timeline").Is(200).Has("The pool is twice as large")
}

func TestStreamsOfPrivateIncidentsAreForThoseInvited(t *testing.T) {
	s := scenario.New(t)
	maya := s.Person("Maya", authz.Responder)
	brief, err := s.App.Incidents.Declare(s.Owner.Context(), incident.Declare{Name: "A secret", Private: true})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.App.Streams.Open(s.Owner.Context(), stream.Open{Incident: brief.ID, Name: "Quartz", Lead: maya.ID})
	if found := problem.All(err); len(found) != 1 || found[0].Code != incident.NotInvited {
		t.Fatalf("somebody outside was made the lead: %v", err)
	}
	opened, err := s.App.Streams.Open(s.Owner.Context(), stream.Open{Incident: brief.ID, Name: "Quartz"})
	if err != nil || !opened.Private {
		t.Fatalf("opened %+v, %v", opened, err)
	}
	if _, err := s.App.Streams.Get(maya.Context(), opened.ID); !problem.Is(err, problem.NotFound) {
		t.Errorf("Maya sees a stream of a private incident: %v", err)
	}
	if _, err := s.App.Streams.SendUpdate(maya.Context(), stream.SendUpdate{Stream: opened.ID, Message: "I was here"}); !problem.Is(err, problem.NotFound) {
		t.Errorf("Maya writes into a private incident: %v", err)
	}
}
