package notification_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/platform/push"
)

func TestFailedTargetsAreTriedAgainAndOthersNot(t *testing.T) {
	o := move(t)
	o.device("Lena", "good")
	o.device("Lena", "away")
	o.device("Jonas", "gone")
	tries := 0
	o.sent.answer = func(endpoint string) (push.Outcome, error) {
		switch {
		case strings.HasSuffix(endpoint, "/away"):
			if tries++; tries < 3 {
				return push.Outcome{Result: push.Retry}, errors.New("503")
			}
		case strings.HasSuffix(endpoint, "/gone"):
			return push.Outcome{Result: push.Gone}, errors.New("410")
		}
		return push.Outcome{Result: push.Sent}, nil
	}
	o.declare("Maya", incident.Declare{})
	if failed := o.run(3); failed != 0 {
		t.Errorf("%d jobs never came through", failed)
	}
	if diff := cmp.Diff([]string{"away", "away", "away", "gone", "good"}, o.endpoints()); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}
	topics := map[string]bool{}
	for _, p := range o.sent.pushes {
		if strings.HasSuffix(p.endpoint, "/away") {
			topics[p.topic] = true
		}
	}
	if len(topics) != 1 {
		t.Errorf("the service saw %d topics for one notification", len(topics))
	}
	if left, err := o.service.Devices(o.as("Jonas")); err != nil || len(left) != 0 {
		t.Errorf("a device that is gone is still there: %v, %v", left, err)
	}
}

func TestTargetThatAlwaysFailsIsGivenUp(t *testing.T) {
	o := move(t)
	in := o.declare("Maya", incident.Declare{}).ID
	o.run(1)
	o.sent.refuse = errors.New("connection refused")
	o.say("Maya", in, "@Lena look")
	if failed := o.run(8); failed != 0 {
		t.Errorf("%d jobs go on for ever", failed)
	}
	var state string
	var attempts int
	if err := o.DB.Pool().QueryRow(t.Context(), `SELECT state, attempts FROM muster.notification`).Scan(&state, &attempts); err != nil || state != "failed" || attempts != 8 {
		t.Errorf("state %q after %d attempts, %v", state, attempts, err)
	}
}

func TestRepeatedJobSendsNothingTwice(t *testing.T) {
	o := move(t)
	o.device("Lena", "lena-phone")
	o.declare("Maya", incident.Declare{})
	jobs := slices.Clone(o.sent.waiting)
	o.run(1)
	if _, err := o.DB.Pool().Exec(t.Context(), `DELETE FROM muster.event_handled`); err != nil { // as if the worker died before it could say so
		t.Fatal(err)
	}
	o.sent.waiting = jobs
	o.run(1)
	if got := o.endpoints(); len(got) != 1 {
		t.Errorf("pushes: %v", got)
	}
}
