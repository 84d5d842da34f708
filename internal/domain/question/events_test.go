package question_test

import (
	"encoding/json"
	"testing"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/question"
	"github.com/musterhq/muster/internal/platform/event"
)

// TestPayloads holds the stored form of every event: what an earlier release queued, this one must still read.
func TestPayloads(t *testing.T) {
	t.Parallel()
	about := question.About{About: incident.About{Incident: "01INCIDENT", Private: true}, Question: "01QUESTION", Text: "a text"}
	const plain = `{"incident":"01INCIDENT","question":"01QUESTION"}`
	for _, c := range []struct {
		event event.Event
		kind  string
		want  string
	}{
		{question.Asked{About: about}, "question.asked", plain},
		{question.Reworded{About: about}, "question.reworded", plain},
		{question.TakenBack{About: about}, "question.withdrawn", plain},
		{question.Replied{About: about, Asker: "01USER", Corrected: true}, "question.answered", `{"incident":"01INCIDENT","question":"01QUESTION","asker":"01USER","corrected":true}`},
		{question.Followed{About: about, Stopped: true}, "question.followed", `{"incident":"01INCIDENT","question":"01QUESTION","stopped":true}`},
		{question.Moved{About: about, From: "01OTHER"}, "question.moved", `{"incident":"01INCIDENT","question":"01QUESTION","from":"01OTHER"}`},
		{question.Unanswered{About: about, Reminder: 2}, "question.unanswered", `{"incident":"01INCIDENT","question":"01QUESTION","reminder":2}`},
	} {
		if got, err := json.Marshal(c.event); err != nil || string(got) != c.want || c.event.Kind() != c.kind {
			t.Errorf("%s: %s, %v; want %s", c.event.Kind(), got, err, c.want)
		}
	}
}
