// Package tenant carries in a context whose organisation is acted on and who acts.
package tenant

import (
	"context"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// ActorType is what sort of thing acted.
type ActorType string

// The sorts of actor, as PRODUCT's vocabulary and the public API name them.
const (
	User     ActorType = "user"
	APIKey   ActorType = "api_key"
	Workflow ActorType = "workflow"
	Alert    ActorType = "alert"
	System   ActorType = "system"
)

// Actor is who did something, with the name that they had then.
type Actor struct {
	Type ActorType `json:"type"`
	ID   id.ID     `json:"id,omitempty"`
	Name string    `json:"name"`
}

// Muster is the actor for what the product does by itself.
var Muster = Actor{Type: System, Name: "Muster"}

// Scope is everything that decides what a piece of work may see and do.
type Scope struct {
	Organisation id.ID
	Actor        Actor
	Permissions  authz.Set
	// SeesPrivate lets the work see every private incident; the product's own jobs have it, and API keys that were given it.
	SeesPrivate bool
}

type key struct{}

// With returns a context in which work is done for scope.
func With(ctx context.Context, scope Scope) context.Context {
	return context.WithValue(ctx, key{}, scope)
}

// AsSystem returns a context in which the product itself works for an organisation, with every permission.
func AsSystem(ctx context.Context, organisation id.ID) context.Context {
	return With(ctx, Scope{Organisation: organisation, Actor: Muster, Permissions: authz.Everything(), SeesPrivate: true})
}

// From returns the scope of ctx; without one it is an error, before any database is touched.
func From(ctx context.Context) (Scope, error) {
	scope, ok := ctx.Value(key{}).(Scope)
	if !ok || scope.Organisation.Empty() {
		return Scope{}, problem.New(problem.Internal, "no_tenant", "The work names no organisation.")
	}
	return scope, nil
}

// Also returns a context in which the same actor holds more permissions, within the same sight: to show somebody what
// they have just made, and to find what they name, when they may do that but not look around.
func Also(ctx context.Context, permissions ...authz.Permission) context.Context {
	scope, err := From(ctx)
	if err != nil {
		return ctx
	}
	scope.Permissions = scope.Permissions.With(permissions...)
	return With(ctx, scope)
}

// Require returns the scope of ctx if it holds the permission, and a Forbidden problem that names it if not.
func Require(ctx context.Context, permission authz.Permission) (Scope, error) {
	scope, err := From(ctx)
	if err != nil {
		return Scope{}, err
	}
	if !scope.Permissions.Has(permission) {
		return Scope{}, problem.New(problem.Forbidden, "missing_permission",
			"You may not do this: it needs the permission %s. An administrator can change your role.", permission)
	}
	return scope, nil
}
