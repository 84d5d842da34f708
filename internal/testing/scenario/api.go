package scenario

import (
	"context"
	"net/netip"
	"sync"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/rest"
)

// keys are those of the public API that the test made.
type keys struct {
	mu       sync.Mutex
	bySecret map[string]rest.Caller
}

func (k *keys) authenticate(_ context.Context, secret string, _ netip.Addr) (rest.Caller, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	caller, known := k.bySecret[secret]
	if !known {
		return rest.Caller{}, problem.New(problem.Unauthenticated, "unknown_key", "The key is not known.")
	}
	return caller, nil
}

// APIKey is the secret of a key that may do a set of things in an organisation.
func (s *Scenario) APIKey(organisation id.ID, may authz.Set) string {
	s.keys.mu.Lock()
	defer s.keys.mu.Unlock()
	if s.keys.bySecret == nil {
		s.keys.bySecret = map[string]rest.Caller{}
	}
	key := id.New(s.Clock.Now())
	s.keys.bySecret["inc_"+key.String()] = rest.Caller{Key: key, Scope: tenant.Scope{
		Organisation: organisation, Actor: tenant.Actor{Type: tenant.APIKey, ID: key, Name: "Terraform"}, Permissions: may,
	}}
	return "inc_" + key.String()
}
