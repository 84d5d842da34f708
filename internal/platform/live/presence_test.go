package live

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/kernel/id"
)

// world is processes that hear each other at once, and a clock that is moved by hand.
type world struct {
	now       time.Time
	processes []*Presence
}

func newWorld(n int) *world {
	w := &world{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	for range n {
		hub := NewHub("")
		p := &Presence{hub: hub, now: func() time.Time { return w.now }, places: map[place]map[id.ID]*seat{}, changed: map[place]bool{}}
		p.send = func(s Signal) {
			for _, other := range w.processes {
				other.hear(s)
			}
		}
		w.processes = append(w.processes, p)
	}
	return w
}

// pass lets time go by in steps, as Run does.
func (w *world) pass(d time.Duration, alive ...int) {
	for end := w.now.Add(d); w.now.Before(end); {
		w.now = w.now.Add(time.Second)
		for n, p := range w.processes {
			p.forget()
			if w.now.Unix()%15 == 0 && len(alive) == 0 || contains(alive, n) && w.now.Unix()%15 == 0 {
				p.announce()
			}
		}
	}
}

func contains(all []int, n int) bool {
	for _, one := range all {
		if one == n {
			return true
		}
	}
	return false
}

const org, room, ada, ben = id.ID("org"), id.ID("room"), id.ID("ada"), id.ID("ben")

func TestEveryProcessKnowsWhoIsHere(t *testing.T) {
	w := newWorld(2)
	one, two := w.processes[0], w.processes[1]
	leaveAda := one.Enter(org, room, ada)
	w.pass(time.Second)
	leaveTab := one.Enter(org, room, ada) // a second page of the same person
	two.Enter(org, room, ben)
	two.Mark(org, room, ben, Typing)
	want := []Present{{User: ada}, {User: ben, Typing: true}}
	for _, p := range w.processes {
		if diff := cmp.Diff(want, p.Here(org, room)); diff != "" {
			t.Errorf("who is here (-want +got):\n%s", diff)
		}
		if there := p.Here(org, "another"); len(there) != 0 {
			t.Errorf("another room has %v", there)
		}
	}
	w.pass(6 * time.Second)
	one.Mark(org, room, ada, Idle)
	if diff := cmp.Diff([]Present{{User: ada, Idle: true}, {User: ben}}, two.Here(org, room)); diff != "" {
		t.Errorf("some seconds later (-want +got):\n%s", diff)
	}
	leaveTab()
	w.pass(10 * time.Second)
	if len(two.Here(org, room)) != 2 {
		t.Error("who closed one of two pages is gone")
	}
	leaveAda()
	if len(two.Here(org, room)) != 2 {
		t.Error("who loads the page anew is gone at once")
	}
	w.pass(5 * time.Second)
	if diff := cmp.Diff([]Present{{User: ben}}, one.Here(org, room)); diff != "" {
		t.Errorf("after the last page was closed (-want +got):\n%s", diff)
	}
}

func TestPresenceLastsWhileItIsSaidAndNoLonger(t *testing.T) {
	w := newWorld(2)
	w.processes[0].Enter(org, room, ada)
	w.pass(5 * time.Minute)
	if len(w.processes[1].Here(org, room)) != 1 {
		t.Fatal("who is here was forgotten")
	}
	w.pass(time.Minute, 1) // the first process is killed and says nothing any more
	if there := w.processes[1].Here(org, room); len(there) != 0 {
		t.Errorf("the dead process's people are here: %v", there)
	}
	if len(w.processes[1].places) != 0 {
		t.Error("an empty room is kept")
	}
}

func TestChangesAreToldOnceForManyOfThem(t *testing.T) {
	w := newWorld(1)
	p := w.processes[0]
	heard := p.hub.Subscribe(org)
	defer heard.Close()
	for _, user := range []id.ID{ada, ben, "carl"} {
		p.Enter(org, room, user)
	}
	p.tell()
	p.tell()
	if n := len(heard.C); n != 1 {
		t.Fatalf("%d signals for three who came, want one", n)
	}
	if s := <-heard.C; s.Kind != PresenceChanged || s.Stream != room || !s.Private {
		t.Errorf("the signal is %+v", s)
	}
	p.Mark(org, room, ada, Here) // nothing new
	p.tell()
	if len(heard.C) != 0 {
		t.Error("a signal for nothing new")
	}
}
