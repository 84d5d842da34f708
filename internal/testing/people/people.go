// Package people puts together what signing in needs, with mail and the job queue in memory, for tests.
package people

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/account"
	"github.com/musterhq/muster/internal/domain/auth"
	"github.com/musterhq/muster/internal/domain/feature"
	"github.com/musterhq/muster/internal/domain/organisation"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/platform/mail"
	"github.com/musterhq/muster/internal/platform/secrets"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// URL is the address of the installation in tests.
const URL = "https://muster.test"

// House is everything about people over one database.
type House struct {
	*testdb.Database
	Clock         *clock.Manual
	Bus           *event.Bus
	Organisations *organisation.Service
	Accounts      *account.Service
	Users         *user.Service
	Auth          *auth.Service
	Features      *feature.Service

	mu      sync.Mutex
	waiting []event.Delivery
	events  []event.Record
	mails   []mail.Message
}

// New puts it together over a database of its own; founders run for each new organisation.
func New(t testing.TB, founders ...organisation.Founder) *House {
	t.Helper()
	h := &House{Database: testdb.New(t), Clock: clock.NewManual(testdb.Start)}
	keys, err := secrets.Parse(secrets.Generate())
	if err != nil {
		t.Fatal(err)
	}
	h.Bus = event.NewBus(h.DB, h.Clock, h, h)
	h.Accounts = account.New(h.DB, h.Clock, account.Options{Passwords: account.Passwords{Memory: 64, Passes: 1, Lanes: 1}})
	h.Users = user.New(h.DB, h.Bus, h.Clock, h.Accounts, user.Options{Keys: keys, Mail: h, URL: URL})
	h.Organisations = organisation.New(h.DB, h.Bus, h.Clock, h.Users, founders...)
	h.Auth = auth.New(h.DB, h.Bus, h.Clock, h.Accounts, h.Users, auth.Options{Keys: keys, Mail: h, URL: URL})
	h.Features = feature.New(h.DB, h.Bus, h.Clock)
	h.Users.Subscribe(h.Bus)
	h.Auth.Subscribe(h.Bus)
	return h
}

// Enqueue keeps deliveries until Work.
func (h *House) Enqueue(_ context.Context, _ pgx.Tx, deliveries []event.Delivery) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.waiting = append(h.waiting, deliveries...)
	return nil
}

// Signal keeps the events that were committed.
func (h *House) Signal(r event.Record) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, r)
}

// Send keeps the mail.
func (h *House) Send(_ context.Context, m mail.Message) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.mails = append(h.mails, m)
	return nil
}

// Work runs the jobs that wait and returns the mails that they sent.
func (h *House) Work(t testing.TB) []mail.Message {
	t.Helper()
	h.mu.Lock()
	waiting := h.waiting
	h.waiting, h.mails = nil, nil
	h.mu.Unlock()
	for _, d := range waiting {
		if err := h.Bus.Deliver(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.mails
}

// Kinds returns the kinds of the events since the last call, in their order.
func (h *House) Kinds() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	kinds := make([]string, len(h.events))
	for n, r := range h.events {
		kinds[n] = r.Kind
	}
	h.events = nil
	return kinds
}

// Organisation creates one and returns it.
func (h *House) Organisation(t testing.TB, name, owner, email string) organisation.Begun {
	t.Helper()
	begun, err := h.Organisations.CreateWithOwner(t.Context(), organisation.CreateWithOwner{Name: name, OwnerName: owner, OwnerEmail: email})
	if err != nil {
		t.Fatal(err)
	}
	return begun
}

// Enrol adds an active user called after the local part of the address.
func (h *House) Enrol(t testing.TB, organisation id.ID, email string, role authz.Role) id.ID {
	t.Helper()
	name, _, _ := strings.Cut(email, "@")
	made, err := h.Users.Enrol(tenant.AsSystem(t.Context(), organisation), user.Enrol{Name: name, Email: email, Role: role})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// As returns a context in which the user acts with the role that they have.
func (h *House) As(t testing.TB, organisation, who id.ID) context.Context {
	t.Helper()
	u, err := h.Users.Get(tenant.AsSystem(t.Context(), organisation), who)
	if err != nil {
		t.Fatal(err)
	}
	return tenant.With(t.Context(), tenant.Scope{
		Organisation: organisation, Actor: tenant.Actor{Type: tenant.User, ID: who, Name: u.Name}, Permissions: u.Role.Permissions(),
	})
}

// SignIn opens a session for the address by a one-time link.
func (h *House) SignIn(t testing.TB, email string) auth.Opened {
	t.Helper()
	link, err := h.Auth.SignInLink(t.Context(), email, "")
	if err != nil {
		t.Fatal(err)
	}
	opened, _, err := h.Auth.SpendLink(t.Context(), Token(link), "Test browser")
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

// Password gives the account of a user a password.
func (h *House) Password(t testing.TB, organisation, who id.ID, password string) {
	t.Helper()
	if err := h.Accounts.ChangePassword(h.As(t, organisation, who), account.ChangePassword{New: password}); err != nil {
		t.Fatal(err)
	}
}

// Token returns the token in a link's query, where it stays out of access logs.
func Token(link string) string { return link[strings.LastIndex(link, "=")+1:] }

// LinkIn returns the first address of the installation in a mail's text.
func LinkIn(t testing.TB, m mail.Message) string {
	t.Helper()
	_, rest, found := strings.Cut(m.Text, URL)
	if !found {
		t.Fatalf("the mail has no link: %s", m.Text)
	}
	return URL + strings.Fields(rest)[0]
}

// From returns a context of a request from the n-th of many network addresses.
func From(ctx context.Context, n int) context.Context {
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	r.RemoteAddr = fmt.Sprintf("192.0.2.%d:1000", n)
	httpx.Identify(nil)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { ctx = r.Context() })).ServeHTTP(httptest.NewRecorder(), r)
	return ctx
}
