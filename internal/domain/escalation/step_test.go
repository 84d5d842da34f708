package escalation

import (
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
)

func TestMovesOfAnEscalation(t *testing.T) {
	person, pager := Target{Person: &incident.Person{}}, Target{Pager: "01PAGER"}
	gone := Target{Person: &incident.Person{}, Unreachable: true}
	for _, c := range []struct {
		name            string
		targets         []Target
		position, round int
		want            move
	}{
		{"a person is rung again", []Target{person, pager}, 0, 1, move{position: 0, round: 2}},
		{"and a third time", []Target{person, pager}, 0, 2, move{position: 0, round: 3}},
		{"then the next is called", []Target{person, pager}, 0, 3, move{position: 1, round: 1}},
		{"who cannot be reached is passed", []Target{gone, pager}, 0, 1, move{position: 1, round: 1}},
		{"a pager rings by itself", []Target{pager, person}, 0, 1, move{position: 1, round: 1}},
		{"nobody is left", []Target{person}, 0, 3, move{expire: true}},
		{"nobody is left after a pager", []Target{person, pager}, 1, 1, move{expire: true}},
		{"nobody can be reached", []Target{gone}, 0, 1, move{expire: true}},
	} {
		if got := decideMove(Escalation{Targets: c.targets, Position: c.position, round: c.round}); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestLooksAtPagersGrowApartAndEnd(t *testing.T) {
	var pauses []time.Duration
	sum, looks := time.Duration(0), 0
	for check := 1; sum+lookPause(check) <= lookFor; check++ {
		if got := checkAfter(sum + lookPause(check)); got != check {
			t.Errorf("after %s it is look %d, want %d", sum+lookPause(check), got, check)
		}
		sum += lookPause(check)
		pauses = append(pauses, lookPause(check))
		looks++
	}
	want := []time.Duration{15 * time.Second, 15 * time.Second, 30 * time.Second, 30 * time.Second, time.Minute, time.Minute, 2 * time.Minute}
	for n, pause := range want {
		if pauses[n] != pause {
			t.Errorf("pause %d is %s, want %s", n, pauses[n], pause)
		}
	}
	if looks > 40 {
		t.Errorf("a pager is asked %d times in an hour", looks)
	}
}
