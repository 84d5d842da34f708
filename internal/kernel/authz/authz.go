// Package authz is the one vocabulary of permissions, and the roles of people and of API keys that bundle them.
package authz

import (
	"maps"
	"slices"
)

// Set is a set of permissions; its zero value allows nothing.
type Set struct {
	all   bool
	holds map[Permission]struct{}
}

// Of returns the set of the given permissions.
func Of(permissions ...Permission) Set {
	holds := make(map[Permission]struct{}, len(permissions))
	for _, p := range permissions {
		holds[p] = struct{}{}
	}
	return Set{holds: holds}
}

// Everything returns the set that holds every permission.
func Everything() Set { return Set{all: true} }

// Has reports whether the set holds the permission.
func (s Set) Has(p Permission) bool {
	if s.all {
		return true
	}
	_, ok := s.holds[p]
	return ok
}

// With returns the set with more permissions in it.
func (s Set) With(permissions ...Permission) Set {
	if s.all {
		return s
	}
	return Of(append(s.List(), permissions...)...)
}

// Within returns what both sets hold.
func (s Set) Within(other Set) Set {
	if s.all {
		return other
	}
	both := Of()
	for p := range s.holds {
		if other.Has(p) {
			both.holds[p] = struct{}{}
		}
	}
	return both
}

// Covers reports whether the set holds all that the other does.
func (s Set) Covers(other Set) bool {
	return s.all || !other.all && len(other.Within(s).holds) == len(other.holds)
}

// List returns the permissions by name; of the set that holds everything, none.
func (s Set) List() []Permission { return slices.Sorted(maps.Keys(s.holds)) }
