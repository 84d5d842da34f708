package scenario

import (
	"context"
	"fmt"
	"net/netip"
	"sync"

	"github.com/musterhq/muster/internal/domain/apikey"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/rest"
)

// keys are those of the public API that may do just what the test says, whatever their roles are.
type keys struct {
	mu  sync.Mutex
	may map[string]tenant.Scope
}

func (s *Scenario) authenticate(ctx context.Context, secret string, from netip.Addr) (rest.Caller, error) {
	caller, err := s.App.Caller(ctx, secret, from)
	s.keys.mu.Lock()
	defer s.keys.mu.Unlock()
	if may, said := s.keys.may[secret]; said {
		caller.Scope.Permissions, caller.Scope.SeesPrivate = may.Permissions, may.SeesPrivate
	}
	return caller, err
}

// APIKey is the secret of a key that may do a set of things in an organisation.
func (s *Scenario) APIKey(organisation id.ID, may authz.Set) string {
	return s.addKey(organisation, tenant.Scope{Permissions: may})
}

// PrivateAPIKey is that of a key which sees private incidents too.
func (s *Scenario) PrivateAPIKey(organisation id.ID, may authz.Set) string {
	return s.addKey(organisation, tenant.Scope{Permissions: may, SeesPrivate: true})
}

func (s *Scenario) addKey(organisation id.ID, may tenant.Scope) string {
	what := apikey.What{Name: "Terraform", Roles: []authz.KeyRole{authz.KeyViewer}}
	_, token, err := s.App.APIKeys.Create(tenant.AsSystem(context.Background(), organisation), apikey.Create{What: what})
	if err != nil {
		panic(fmt.Sprintf("make a key: %v", err)) // within a fuzz target the scenario's own test must not be called
	}
	s.keys.mu.Lock()
	defer s.keys.mu.Unlock()
	if s.keys.may == nil {
		s.keys.may = map[string]tenant.Scope{}
	}
	s.keys.may[token] = may
	return token
}
