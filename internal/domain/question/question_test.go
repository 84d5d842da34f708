package question

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/question/internal/db"
	"github.com/musterhq/muster/internal/kernel/problem"
)

func TestSimilarFindsWhatWasAsked(t *testing.T) {
	t.Parallel()
	list := []Question{
		{ID: "gift", Text: "Are gift cards affected too?", State: Open},
		{ID: "twice", Text: "Is anyone charged twice?", State: Answered},
		{ID: "refund", Text: "When do customers get refunds?", State: Answered},
		{ID: "charged", Text: "Will they be charged?", State: Open},
	}
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"other words around the same", "Do people get charged twice", []string{"twice", "charged"}},
		{"another ending", "What about a refund?", []string{"refund"}},
		{"an answer before an open one", "charged", []string{"twice", "charged"}},
		{"nothing alike", "Is the shop in Oslo open?", nil},
		{"small words only", "Is it what they are?", nil},
	} {
		var got []string
		for _, q := range Similar(c.text, list) {
			got = append(got, string(q.ID))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestDecideAnswer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		row     db.MusterQuestion
		text    string
		version int32
		needed  bool
		wrong   problem.Kind
	}{
		{"an open one", db.MusterQuestion{State: "open", RowVersion: 4}, "No.", 1, true, ""},
		{"the same again", db.MusterQuestion{State: "answered", Answer: "No.", RowVersion: 5}, "No.", 4, false, ""},
		{"a correction", db.MusterQuestion{State: "answered", Answer: "No.", RowVersion: 5}, "Yes.", 5, true, ""},
		{"an answer that was not seen", db.MusterQuestion{State: "answered", Answer: "No.", RowVersion: 5}, "Yes.", 4, false, problem.Conflict},
		{"a withdrawn one", db.MusterQuestion{State: "withdrawn"}, "No.", 0, false, problem.Conflict},
	} {
		needed, err := decideAnswer(c.row, c.text, c.version)
		if needed != c.needed || (c.wrong == "") != (err == nil) || (err != nil && problem.KindOf(err) != c.wrong) {
			t.Errorf("%s: needed %v, %v", c.name, needed, err)
		}
	}
}

func TestKeeperIsWhoHoldsCommsElseTheLead(t *testing.T) {
	t.Parallel()
	lead := incident.RoleHolder{Role: incident.Role{Kind: incident.RoleLead}, Holder: &incident.Person{ID: "maya"}}
	comms := incident.RoleHolder{Role: incident.Role{Shortform: incident.Comms}, Holder: &incident.Person{ID: "lena"}}
	nobody := incident.RoleHolder{Role: incident.Role{Shortform: incident.Comms}}
	for name, c := range map[string]struct {
		roles []incident.RoleHolder
		want  string
	}{
		"comms": {[]incident.RoleHolder{lead, comms}, "lena"}, "nobody holds comms": {[]incident.RoleHolder{lead, nobody}, "maya"}, "nobody at all": {nil, ""},
	} {
		got := ""
		if keeper := Keeper(incident.Incident{Roles: c.roles}); keeper != nil {
			got = string(keeper.ID)
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
