// Package faults_test kills the processes of the real program while people work, and holds it to its promises: nothing
// acknowledged is lost, nothing of ours is doubled, and what others see twice carries the same key.
package faults_test

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/notification"
	"github.com/musterhq/muster/internal/domain/organisation"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/testing/installation"
	"github.com/musterhq/muster/internal/testing/pushsink"
	"github.com/musterhq/muster/internal/testing/smtpsink"
)

// programs is the folder of the programs that the tests run, which are built when they are first asked for.
var programs string

func TestMain(m *testing.M) {
	var err error
	if programs, err = os.MkdirTemp("/tmp", "muster-faults-"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(programs)
	os.Exit(code)
}

var muster = sync.OnceValues(func() (string, error) {
	return installation.Build(context.Background(), programs, "cmd/muster")
})

// install prepares an installation that is removed with the test.
func install(t *testing.T, settings ...string) *installation.Installation {
	t.Helper()
	program, err := muster()
	if err != nil {
		t.Fatal(err)
	}
	return installed(t, program, settings...)
}

func installed(t *testing.T, program string, settings ...string) *installation.Installation {
	t.Helper()
	here, err := installation.New(program, settings...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := here.Remove(); err != nil {
			t.Error(err)
		}
	})
	return here
}

func start(t *testing.T, here *installation.Installation) time.Duration {
	t.Helper()
	took, err := here.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return took
}

func address(name string) string { return strings.ToLower(name) + "@example.test" }

func newcomer(name string, role authz.Role) user.Enrol {
	return user.Enrol{Name: name, Email: address(name), Role: role}
}

// found begins an organisation that Olga owns.
func found(t *testing.T, here *installation.Installation) id.ID {
	t.Helper()
	a, err := here.App(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	begun, err := a.Organisations.CreateWithOwner(t.Context(), organisation.CreateWithOwner{Name: "Night shift", OwnerName: "Olga", OwnerEmail: address("Olga")})
	if err != nil {
		t.Fatal(err)
	}
	return begun.ID
}

// defaultRounds is how many processes are killed unless MUSTER_FAULT_ROUNDS says more.
const defaultRounds = 24

func TestKillsDuringAnIncidentLoseAndDoubleNothing(t *testing.T) {
	rounds := defaultRounds
	if text := os.Getenv("MUSTER_FAULT_ROUNDS"); text != "" {
		var err error
		if rounds, err = strconv.Atoi(text); err != nil {
			t.Fatalf("MUSTER_FAULT_ROUNDS: %v", err)
		}
	}
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("MUSTER_FAULT_SEED"); text != "" {
		seed, _ = strconv.ParseUint(text, 10, 64)
	}
	t.Logf("MUSTER_FAULT_SEED=%d", seed)
	chance := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // chance that can be repeated

	mails, pushes := smtpsink.New(t), pushsink.New(t)
	door, certificate := pushDoor(t, pushes)
	here := install(t, "MUSTER_SMTP_URL="+mails.URL(), "MUSTER_MAIL_FROM=Muster <muster@example.test>", "MUSTER_ALLOW_PRIVATE_ADDRESSES=true", "SSL_CERT_FILE="+certificate)
	start(t, here)
	org := found(t, here)
	people := enrol(t, here, org, "Ada", "Ben", "Cleo", "Dora", "Edda", "Finn")
	ada, ben, cleo, dora, edda, finn := people[0], people[1], people[2], people[3], people[4], people[5]
	subscribe(t, here, org, finn, pushes, door)

	over := make(chan struct{})
	patience, giveUp := context.WithTimeout(t.Context(), time.Duration(rounds)*6*time.Second+2*time.Minute)
	defer giveUp()
	s := newScript(t, here, over, patience)
	where, ok := s.declare(ada, "Card payments fail at checkout", "declare-first")
	if !ok {
		t.FailNow()
	}
	r := &reader{s: s, who: finn, where: where, topic: "incident:" + string(incidentOf(t, here, org, where)), at: "0", seen: map[string]int{}, rows: map[string]int{}}
	listening, stopListening := context.WithCancel(patience)
	defer stopListening()

	var writers, listener sync.WaitGroup
	listener.Go(func() { r.listen(listening) })
	writers.Go(func() { s.talk(ada, where, []participant{edda, finn}) })
	writers.Go(func() { s.talk(ben, where, []participant{finn, edda}) })
	writers.Go(func() { s.talk(cleo, where, []participant{edda}) })
	writers.Go(func() { s.lead(dora, where) })
	writers.Go(func() { s.report(edda) })
	strike(t, here, chance, rounds)
	within(t, 2*time.Minute, "enough was done", s.enough) // a slow machine needs longer
	close(over)
	writers.Wait()
	if err := here.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d messages, %d updates, %d actions and %d incidents were acknowledged; %d requests were sent again", len(s.said), len(s.updated), len(s.acted), len(s.declared), s.again)

	within(t, time.Minute, "the reader has seen every message by the live stream alone", func() error {
		if missing := r.lacks(s.said); len(missing) > 0 {
			return fmt.Errorf("%d are missing, such as %s", len(missing), missing[0])
		}
		return nil
	})
	stopListening()
	listener.Wait()
	for row, n := range r.rows {
		if n > 1 {
			t.Errorf("the reader was given message %s %d times", row, n)
		}
	}
	c := newCheck(t, here, org)
	within(t, 90*time.Second, "all jobs are done", c.idle)
	within(t, 30*time.Second, "all timers that are due have fired", c.nothingDue)
	within(t, 90*time.Second, "all jobs are done", c.idle)
	c.acknowledged(s)
	c.nothingDoubled(s)
	c.told(mails.Mails(), pushes.Notifications())
	for _, line := range here.Errors() {
		if strings.Contains(line, "panic") || strings.Contains(line, "quarantine") {
			t.Errorf("an innocent process panicked, or an innocent job was quarantined: %s", line)
		}
	}
}

// strike kills processes at random moments; the test stands for whoever restarts a supervisor.
func strike(t *testing.T, here *installation.Installation, chance *rand.Rand, rounds int) {
	targets := []string{"worker", "web", "clock", "postgres", "supervisor"}
	killed := map[string]int{}
	for n := range rounds {
		time.Sleep(time.Duration(200+chance.IntN(1400)) * time.Millisecond)
		if n%len(targets) == 0 {
			chance.Shuffle(len(targets), func(a, b int) { targets[a], targets[b] = targets[b], targets[a] })
		}
		target := targets[n%len(targets)]
		if target == "supervisor" {
			here.KillSupervisor()
			killed[target]++
			if err := here.Launch(); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if here.Kill(target) {
			killed[target]++
		}
	}
	t.Logf("killed %v", killed)
	for _, target := range targets {
		if rounds >= 2*len(targets) && killed[target] == 0 {
			t.Errorf("there was never a %s to kill", target)
		}
	}
}

// pushDoor puts TLS before the push service, as browsers know only such, and writes down whom to trust.
func pushDoor(t *testing.T, sink *pushsink.Sink) (url, certificate string) {
	t.Helper()
	door := httptest.NewTLSServer(http.HandlerFunc(sink.ServeHTTP))
	t.Cleanup(door.Close)
	certificate = filepath.Join(t.TempDir(), "push.pem")
	block := &pem.Block{Type: "CERTIFICATE", Bytes: certificateOf(door).Raw}
	if err := os.WriteFile(certificate, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	return door.URL, certificate
}

func certificateOf(server *httptest.Server) *x509.Certificate { return server.Certificate() }

func subscribe(t *testing.T, here *installation.Installation, org id.ID, who participant, sink *pushsink.Sink, door string) {
	t.Helper()
	a, err := here.App(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	browser := sink.Subscribe(t, "phone")
	ctx := tenant.With(t.Context(), tenant.Scope{Organisation: org, Actor: tenant.Actor{Type: tenant.User, ID: who.id, Name: who.name}, Permissions: authz.Responder.Permissions()})
	_, err = a.Notifications.SubscribeDevice(ctx, notification.SubscribeDevice{Endpoint: door + "/push/phone", P256DH: browser.P256dh, Auth: browser.Auth, Device: "phone"})
	if err != nil {
		t.Fatal(err)
	}
}

func incidentOf(t *testing.T, here *installation.Installation, org id.ID, where string) id.ID {
	t.Helper()
	a, err := here.App(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	found, err := a.Incidents.ByReference(tenant.AsSystem(t.Context(), org), where[strings.LastIndex(where, "/")+1:])
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// fallDue lets the promised update of an incident be due now, whatever is down at the moment.
func (s *script) fallDue(where string) bool {
	number := strings.TrimPrefix(where, "/incidents/INC-")
	for s.patience.Err() == nil {
		err := func() error {
			address, err := s.here.SuperuserURL(s.patience)
			if err != nil {
				return err
			}
			conn, err := pgx.Connect(s.patience, address)
			if err != nil {
				return err
			}
			defer func() { _ = conn.Close(context.WithoutCancel(s.patience)) }()
			_, err = conn.Exec(s.patience, `WITH due AS (UPDATE muster.incident SET next_update_due_at = now() - interval '1 second' WHERE number = $1::bigint AND update_reminders = 0 RETURNING id)
				UPDATE control.timer t SET due_at = now() - interval '1 second' FROM due WHERE t.subject_id = due.id AND t.kind = 'incident.update_due'`, number)
			return err
		}()
		if err == nil {
			return true
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.t.Errorf("%s could not be made due", where)
	return false
}

// within waits for a condition; what it lacks is said when it does not come.
func within(t *testing.T, patience time.Duration, what string, condition func() error) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		err := condition()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("it is not so that %s: %v", what, err)
		}
	}
}
