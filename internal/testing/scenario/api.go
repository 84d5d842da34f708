package scenario

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/rest"
)

// keys are those of the public API that may do just what the test says; others are the product's own.
type keys struct {
	mu       sync.Mutex
	bySecret map[string]rest.Caller
}

func (s *Scenario) authenticate(ctx context.Context, secret string, from netip.Addr) (rest.Caller, error) {
	s.keys.mu.Lock()
	caller, known := s.keys.bySecret[secret]
	s.keys.mu.Unlock()
	if !known {
		return s.App.Caller(ctx, secret, from)
	}
	return caller, nil
}

// APIKey is the secret of a key that may do a set of things in an organisation.
func (s *Scenario) APIKey(organisation id.ID, may authz.Set) string {
	return s.keys.add(tenant.Scope{Organisation: organisation, Permissions: may}, s.Clock.Now())
}

// PrivateAPIKey is that of a key which sees private incidents too.
func (s *Scenario) PrivateAPIKey(organisation id.ID, may authz.Set) string {
	return s.keys.add(tenant.Scope{Organisation: organisation, Permissions: may, SeesPrivate: true}, s.Clock.Now())
}

func (k *keys) add(scope tenant.Scope, at time.Time) (secret string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.bySecret == nil {
		k.bySecret = map[string]rest.Caller{}
	}
	key := id.New(at)
	scope.Actor = tenant.Actor{Type: tenant.APIKey, ID: key, Name: "Terraform"}
	k.bySecret["inc_"+key.String()] = rest.Caller{Key: key, Scope: scope}
	return "inc_" + key.String()
}
