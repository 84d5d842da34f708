package faults_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/escalation"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/testing/installation"
	"github.com/musterhq/muster/internal/testing/pagersink"
	"github.com/musterhq/muster/internal/testing/pushsink"
	"github.com/musterhq/muster/internal/testing/smtpsink"
)

// ending is how a call for people ends.
type ending string

const (
	unheard  ending = "unheard"  // nobody answers Ben's, the pager's and Cleo's calls
	inMuster ending = "inmuster" // Cleo, who is called after the pager, answers before Ben is
	outside  ending = "outside"  // whoever the pager woke answers before Cleo is called
)

// call is one that was acknowledged to whoever made it.
type call struct {
	escalation id.ID
	reference  string // of its incident, which has no other
	ends       ending
	levels     []string // whom it calls for, in order
	reached    int      // how many of them
}

// calls is the script of people who call for others while processes are killed.
type calls struct {
	*script
	mails  *smtpsink.Sink
	pushes *pushsink.Sink
	pager  *pagersink.Sink
	people map[string]participant
	at     id.ID // the pager

	mu  sync.Mutex
	all []call
}

const thePager = "pager"

// make calls for people in an incident of its own and sees it through to the answer.
func (c *calls) make(by participant, ends ending, n int) bool {
	key := fmt.Sprintf("%s-%s-%d", ends, by.name, n)
	where, ok := c.declare(by, "Card payments fail, "+key, key)
	if !ok {
		return false
	}
	one := call{ends: ends, reference: strings.TrimPrefix(where, "/incidents/"), levels: []string{"Ben", thePager, "Cleo"}, reached: 3}
	switch ends {
	case inMuster:
		one.levels, one.reached = []string{thePager, "Cleo", "Ben"}, 2
	case outside:
		one.reached = 2
	}
	form := url.Values{"message": {"Look at " + key}, "minutes": {"5"}, "key": {key}}
	for level, slot := range []string{"who", "then", "last"} {
		if form.Set(slot, "pager:"+string(c.at)); one.levels[level] != thePager {
			form.Set(slot, string(c.people[one.levels[level]].id))
		}
	}
	if _, ok := c.insist(by, http.MethodPost, where+"/escalations", form); !ok {
		return false
	}
	if one.escalation, ok = c.made(key); !ok {
		return false
	}
	c.mu.Lock()
	c.all = append(c.all, one)
	c.mu.Unlock()
	switch ends {
	case inMuster:
		if !c.until("the pager rings and Cleo has mail about "+one.reference, func() bool {
			return len(c.mailed("Cleo", one)) > 0 && len(c.paged(one, "escalation.paged")) > 0
		}) {
			return false
		}
		_, ok = c.insist(c.people["Cleo"], http.MethodPost, where+"/escalations/"+string(one.escalation)+"/acknowledged", url.Values{})
	case outside:
		var answer string
		if !c.until("Ben has mail and the pager rings about "+one.reference, func() bool {
			if pages := c.paged(one, "escalation.paged"); len(pages) > 0 {
				answer, _ = pages[0].Event["acknowledge_url"].(string)
			}
			return answer != "" && len(c.mailed("Ben", one)) > 0
		}) {
			return false
		}
		_, ok = c.insist(by, http.MethodPost, strings.TrimPrefix(answer, by.URL), url.Values{"by": {"Whoever is on call"}})
	}
	return ok
}

// until waits for what has to come in spite of everything.
func (c *calls) until(what string, condition func() bool) bool {
	for !condition() {
		select {
		case <-c.patience.Done():
			c.t.Errorf("it never was so that %s", what)
			return false
		case <-time.After(40 * time.Millisecond):
		}
	}
	return true
}

// ask puts a question to the database as soon as it can answer.
func (c *calls) ask(fn func(conn *pgx.Conn) error) bool {
	return c.until("the database answers", func() bool {
		address, err := c.here.SuperuserURL(c.patience)
		if err != nil {
			return false
		}
		conn, err := pgx.Connect(c.patience, address)
		if err != nil {
			return false
		}
		defer func() { _ = conn.Close(context.WithoutCancel(c.patience)) }()
		return fn(conn) == nil
	})
}

// made is the escalation of an idempotency key that was acknowledged.
func (c *calls) made(key string) (made id.ID, ok bool) {
	ok = c.ask(func(conn *pgx.Conn) error {
		return conn.QueryRow(c.patience, `SELECT id FROM muster.escalation WHERE idempotency_key = $1`, key).Scan(&made)
	})
	return made, ok
}

// hurry lets minutes pass for those who are called, but not for whoever is about to answer, until ctx ends.
func (c *calls) hurry(ctx context.Context) {
	for ctx.Err() == nil {
		c.ask(func(conn *pgx.Conn) error {
			_, err := conn.Exec(c.patience, `UPDATE control.timer t SET due_at = now() - interval '1 second' FROM muster.escalation e
				WHERE e.id = t.subject_id AND t.kind = 'escalation.step' AND t.due_at > now() AND (e.idempotency_key LIKE 'unheard-%' OR e.position = 0)`)
			return err
		})
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// mailed lists the mails that call somebody.
func (c *calls) mailed(name string, one call) []smtpsink.Mail {
	return slices.DeleteFunc(c.mails.Mails(), func(m smtpsink.Mail) bool {
		return m.To != address(name) || !strings.Contains(m.Subject, " needs you in "+one.reference+":")
	})
}

// paged lists what the pager was told of a call.
func (c *calls) paged(one call, event string) []pagersink.Request {
	return slices.DeleteFunc(c.pager.Requests(), func(r pagersink.Request) bool {
		return r.Event["event"] != event || r.Event["key"] != "muster-"+string(one.escalation)
	})
}

func TestKillsDuringEscalationsLoseNoCallAndChangeNoKey(t *testing.T) {
	chance := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 2)) //nolint:gosec // only when to kill
	mails, pushes, pager := smtpsink.New(t), pushsink.New(t), pagersink.New(t)
	door, certificate := pushDoor(t, pushes)
	here := install(t, "MUSTER_SMTP_URL="+mails.URL(), "MUSTER_MAIL_FROM=Muster <muster@example.test>", "MUSTER_ALLOW_PRIVATE_ADDRESSES=true", "SSL_CERT_FILE="+certificate)
	start(t, here)
	org := found(t, here)
	over := make(chan struct{})
	patience, giveUp := context.WithTimeout(t.Context(), 4*time.Minute)
	defer giveUp()
	c := &calls{script: newScript(t, here, over, patience), mails: mails, pushes: pushes, pager: pager, people: map[string]participant{}}
	for _, one := range enrol(t, here, org, "Ada", "Ben", "Cleo", "Dora", "Edda") {
		c.people[one.name] = one
	}
	subscribe(t, here, org, c.people["Cleo"], pushes, door)
	c.at = connect(t, here, org, pager.URL())
	struck := strikeOnTheWire(here, pager, pushes)

	var hand, callers sync.WaitGroup
	hurrying, stop := context.WithCancel(t.Context())
	defer stop()
	hand.Go(func() { c.hurry(hurrying) })
	for who, ends := range map[string]ending{"Ada": unheard, "Dora": inMuster, "Edda": outside} {
		callers.Go(func() {
			c.loop(150*time.Millisecond, func(n int) bool { return c.make(c.people[who], ends, n) })
		})
	}
	strike(t, here, chance, 8)
	within(t, 2*time.Minute, "each sort of call was made thrice", c.thrice)
	close(over)
	callers.Wait()
	k := newCheck(t, here, org)
	within(t, time.Minute, "every call has ended", func() error {
		if n := k.count(`SELECT count(*) FROM muster.escalation WHERE state = 'pending'`); n > 0 {
			return fmt.Errorf("%d are pending", n)
		}
		return nil
	})
	stop()
	hand.Wait()
	within(t, 90*time.Second, "all jobs are done", k.idle)
	t.Logf("%d calls were acknowledged, %d deliveries were cut off on the wire, %d requests were sent again", len(c.all), struck.Load(), c.again)
	k.calls(c)
	k.told(mails.Mails(), pushes.Notifications())
	k.none("a job that was given up", `SELECT id, state, args, errors FROM river.river_job WHERE state IN ('cancelled', 'discarded')`)
	k.none("a quarantined job", `SELECT * FROM control.quarantine`)
	k.none("a timer of a call that is over", `SELECT * FROM control.timer WHERE kind LIKE 'escalation.%'`)
	if struck.Load() == 0 {
		t.Error("no worker was killed between a delivery and writing it down")
	}
}

// connect gives the organisation a pager that is a webhook.
func connect(t *testing.T, here *installation.Installation, org id.ID, address string) id.ID {
	t.Helper()
	a, err := here.App(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	made, _, err := a.Escalations.CreatePager(tenant.AsSystem(t.Context(), org), escalation.CreatePager{Name: "On call", Kind: escalation.Webhook, Address: address, Resolves: true})
	if err != nil {
		t.Fatal(err)
	}
	return made.ID
}

// strikeOnTheWire kills the worker now and then when a delivery has arrived and cannot have been written down yet.
func strikeOnTheWire(here *installation.Installation, pager *pagersink.Sink, pushes *pushsink.Sink) *atomic.Int32 {
	var arrived, struck atomic.Int32
	kill := func() {
		if arrived.Add(1)%7 == 2 && struck.Load() < 4 && here.Kill("worker") {
			struck.Add(1)
		}
	}
	pager.Trouble(func(pagersink.Request) int { kill(); return 0 })
	pushes.Answer(func(string) (int, string) { kill(); return 0, "" })
	return &struck
}

// thrice tells what is lacking for the calls to prove something.
func (c *calls) thrice() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	made := map[ending]int{}
	for _, one := range c.all {
		made[one.ends]++
	}
	if made[unheard] < 3 || made[inMuster] < 3 || made[outside] < 3 {
		return fmt.Errorf("there are %v", made)
	}
	return nil
}

// calls holds what arrived against what was acknowledged.
func (k *check) calls(c *calls) {
	k.t.Helper()
	if n := k.count(`SELECT count(*) FROM muster.escalation`); n != len(c.all) {
		k.t.Errorf("%d calls were acknowledged and %d are there", len(c.all), n)
	}
	k.none("a target that was turned to twice", `SELECT subject_id, payload ->> 'position', payload ->> 'round', count(*) FROM muster.event
		WHERE kind = 'escalation.target_paged' GROUP BY 1, 2, 3 HAVING count(*) > 1`)
	k.none("a call that ended more than once", `SELECT subject_id, count(*) FROM muster.event
		WHERE kind IN ('escalation.acknowledged', 'escalation.expired', 'escalation.canceled') GROUP BY 1 HAVING count(*) <> 1`)
	again := 0
	for _, one := range c.all {
		state, by := "acknowledged", map[ending]string{inMuster: "Cleo", outside: "Whoever is on call"}[one.ends]
		if one.ends == unheard {
			state = "expired"
		}
		if n := k.count(`SELECT count(*) FROM muster.escalation WHERE id = $1 AND state = $2 AND ended_by_name = $3`, one.escalation, state, by); n != 1 {
			k.t.Errorf("the call in %s has not ended as %s by %q", one.reference, state, by)
		}
		for level, who := range one.levels {
			keys, arrived := c.keys(one, who)
			switch {
			case level < one.reached && arrived == 0:
				k.t.Errorf("level %d of the call in %s, %s, never heard of it", level+1, one.reference, who)
			case level >= one.reached && arrived > 0:
				k.t.Errorf("level %d of the call in %s, %s, was called %d times after it was answered", level+1, one.reference, who, arrived)
			case len(keys) > 1:
				k.t.Errorf("level %d of the call in %s, %s, was called under the keys %q", level+1, one.reference, who, keys)
			}
			again += max(0, arrived-1)
		}
		topics := map[string]bool{}
		for _, p := range c.pushes.Notifications() {
			if p.Tag == "escalation-"+string(one.escalation) {
				topics[p.Topic] = true
			}
		}
		if len(topics) > 1 {
			k.t.Errorf("Cleo's phone has the call in %s under %d topics", one.reference, len(topics))
		}
		if resolved := len(c.paged(one, "escalation.resolved")); (resolved > 0) != (one.ends == inMuster) {
			k.t.Errorf("the pager was told %d times that the call in %s, %s, is settled", resolved, one.reference, one.ends)
		}
	}
	k.t.Logf("%d deliveries arrived again under their key", again)
}

// keys are those under which a level was called, and how often it was.
func (c *calls) keys(one call, who string) (keys []string, arrived int) {
	if who == thePager {
		for _, r := range c.paged(one, "escalation.paged") {
			keys = append(keys, r.Header.Get("Idempotency-Key"))
		}
	} else {
		for _, m := range c.mailed(who, one) {
			keys = append(keys, m.Header.Get("Message-ID"))
		}
	}
	arrived = len(keys)
	slices.Sort(keys)
	return slices.Compact(keys), arrived
}
