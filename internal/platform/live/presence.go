package live

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/musterhq/muster/internal/kernel/id"
)

// PresenceChanged is the kind of the signal, within a process, that other people have a stream open than before; its
// number is another each time.
const PresenceChanged = "presence.changed"

// presence is the kind of the signals by which processes tell each other who is there. Nothing of it is ever stored.
const presence = "presence"

// State is what somebody does who has a stream open.
type State string

// The states; a process says Gone of who has closed the last of their pages.
const (
	Here   State = "here"
	Idle   State = "idle"
	Typing State = "typing"
	Gone   State = "gone"
)

// How long things are believed without being said again. A page that is loaded anew is away for less than grace.
const (
	announced  = 15 * time.Second
	believed   = 40 * time.Second
	grace      = 4 * time.Second
	typingFor  = 5 * time.Second
	tellEvery  = 500 * time.Millisecond
	mostInRoom = 1000
)

// Present is somebody who has a stream open.
type Present struct {
	User   id.ID
	Idle   bool
	Typing bool
}

// Presence knows who has which stream open in all processes, by what they tell each other; whoever is not heard of any
// more is forgotten.
type Presence struct {
	hub  *Hub
	send func(Signal)
	now  func() time.Time

	mu      sync.Mutex
	places  map[place]map[id.ID]*seat
	changed map[place]bool
	version int64
}

type place struct{ organisation, stream id.ID }

type seat struct {
	since, until, typing time.Time
	idle                 bool
	pages                int // open in this process
}

// NewPresence returns the presence of the processes that the hub hears.
func NewPresence(hub *Hub, notifier *Notifier) *Presence {
	p := &Presence{hub: hub, send: notifier.Send, now: time.Now, places: map[place]map[id.ID]*seat{}, changed: map[place]bool{}}
	hub.hearPresence(p.hear)
	return p
}

// Enter says that a user has opened a stream; leave is called when that page is closed.
func (p *Presence) Enter(organisation, stream, user id.ID) (leave func()) {
	at := place{organisation, stream}
	p.mu.Lock()
	if s := p.seat(at, user); s != nil {
		s.pages++
		p.changed[at] = true // also who was here already: the new page has yet to be told
	}
	p.mu.Unlock()
	p.Mark(organisation, stream, user, Here)
	return sync.OnceFunc(func() {
		p.mu.Lock()
		s := p.places[at][user]
		last := s != nil && s.pages == 1
		if s != nil {
			s.pages--
		}
		p.mu.Unlock()
		if last {
			p.Mark(organisation, stream, user, Gone)
		}
	})
}

// Mark says what a user does in a stream that they may see.
func (p *Presence) Mark(organisation, stream, user id.ID, state State) {
	signal := Signal{Organisation: organisation, Stream: stream, Subject: user, Kind: presence, State: state, Private: true}
	p.hear(signal) // at once here; what comes back over the database says the same
	p.send(signal)
}

// Here returns who has a stream open, those who came first before the others.
func (p *Presence) Here(organisation, stream id.ID) []Present {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	seats := p.places[place{organisation, stream}]
	users := make([]id.ID, 0, len(seats))
	for user, s := range seats {
		if s.until.After(now) {
			users = append(users, user)
		}
	}
	slices.SortFunc(users, func(a, b id.ID) int {
		return cmp.Or(seats[a].since.Compare(seats[b].since), cmp.Compare(a, b))
	})
	here := make([]Present, len(users))
	for n, user := range users {
		here[n] = Present{User: user, Idle: seats[user].idle, Typing: seats[user].typing.After(now)}
	}
	return here
}

// Run tells those who listen what changed, says again who is here, and forgets, until ctx ends.
func (p *Presence) Run(ctx context.Context) {
	ticker := time.NewTicker(tellEvery)
	defer ticker.Stop()
	again := p.now().Add(announced)
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		p.forget()
		if now := p.now(); now.After(again) {
			again = now.Add(announced)
			p.announce()
		}
		p.tell()
	}
}

// seat finds or makes somebody's seat; nil where a stream has too many. The lock is held.
func (p *Presence) seat(at place, user id.ID) *seat {
	seats := p.places[at]
	if seats == nil {
		seats = map[id.ID]*seat{}
		p.places[at] = seats
	}
	if s := seats[user]; s != nil || len(seats) >= mostInRoom {
		return s
	}
	now := p.now()
	seats[user] = &seat{since: now, until: now.Add(believed)}
	p.changed[at] = true
	return seats[user]
}

// hear takes what this process or another says of somebody.
func (p *Presence) hear(signal Signal) {
	at, now := place{signal.Organisation, signal.Stream}, p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, there := p.places[at][signal.Subject]; !there && signal.State == Gone {
		return
	}
	s := p.seat(at, signal.Subject)
	if s == nil {
		return
	}
	was := Present{Idle: s.idle, Typing: s.typing.After(now)}
	switch signal.State {
	case Gone:
		if s.pages > 0 { // gone from another process, and still here
			return
		}
		s.until, s.typing = now.Add(grace), time.Time{}
	case Typing:
		s.until, s.typing, s.idle = now.Add(believed), now.Add(typingFor), false
	default:
		s.until, s.idle, s.typing = now.Add(believed), signal.State == Idle, time.Time{}
	}
	if was != (Present{Idle: s.idle, Typing: s.typing.After(now)}) {
		p.changed[at] = true
	}
}

// forget drops those who were not heard of, and those who stopped typing without a word.
func (p *Presence) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	for at, seats := range p.places {
		for user, s := range seats {
			if !s.typing.IsZero() && !s.typing.After(now) {
				s.typing = time.Time{}
				p.changed[at] = true
			}
			if s.pages == 0 && !s.until.After(now) {
				delete(seats, user)
				p.changed[at] = true
			}
		}
		if len(seats) == 0 {
			delete(p.places, at)
		}
	}
}

// announce says again who is here in this process.
func (p *Presence) announce() {
	var all []Signal
	p.mu.Lock()
	now := p.now()
	for at, seats := range p.places {
		for user, s := range seats {
			if s.pages == 0 {
				continue
			}
			state := Here
			switch {
			case s.idle:
				state = Idle
			case s.typing.After(now):
				state = Typing
			}
			s.until = now.Add(believed)
			all = append(all, Signal{Organisation: at.organisation, Stream: at.stream, Subject: user, Kind: presence, State: state, Private: true})
		}
	}
	p.mu.Unlock()
	for _, signal := range all {
		p.send(signal)
	}
}

// tell hands out one signal for each stream that changed, however much did.
func (p *Presence) tell() {
	p.mu.Lock()
	var signals []Signal
	for at := range p.changed {
		p.version++
		signals = append(signals, Signal{Organisation: at.organisation, Stream: at.stream, Kind: PresenceChanged, Seq: p.version, Private: true})
	}
	clear(p.changed)
	p.mu.Unlock()
	for _, signal := range signals {
		p.hub.dispatch(signal)
	}
}
