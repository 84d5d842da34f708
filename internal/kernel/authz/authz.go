// Package authz is the one vocabulary of permissions, and the roles that bundle them.
package authz

import "slices"

// Permission names one thing that an actor may do; the public API calls it a scope.
type Permission string

// The permissions that the verbs of today ask for.
const (
	ViewIncidents      Permission = "incidents.view"
	CreateIncidents    Permission = "incidents.create"
	EditIncidents      Permission = "incidents.edit"
	ViewActions        Permission = "actions.view"
	CreateActions      Permission = "actions.create"
	UpdateActions      Permission = "actions.update"
	ViewUsers          Permission = "users.view"
	ManageUsers        Permission = "users.manage"
	UpdateSeverities   Permission = "severities.update"
	UpdateLifecycles   Permission = "incident_lifecycles.update"
	UpdateOrganisation Permission = "organisation_settings.update"
	UpdateSecurity     Permission = "security_settings.update"
	ViewAudit          Permission = "audit_logs.view"
	ManageOwners       Permission = "owners.manage"
	Redact             Permission = "redactions.create"
)

// Role is a base role that a member of an organisation has.
type Role string

// The base roles, from most to least.
const (
	Owner         Role = "owner"
	Administrator Role = "administrator"
	Responder     Role = "responder"
	Viewer        Role = "viewer"
)

// Roles lists the base roles, from most to least.
func Roles() []Role { return []Role{Owner, Administrator, Responder, Viewer} }

// Valid reports whether the role is a base role.
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }

// Permissions returns what a member with the role may do.
func (r Role) Permissions() Set {
	viewer := []Permission{ViewIncidents, ViewActions, ViewUsers}
	responder := append(slices.Clone(viewer), CreateIncidents, EditIncidents, CreateActions, UpdateActions)
	administrator := append(slices.Clone(responder), ManageUsers, UpdateSeverities, UpdateLifecycles, UpdateOrganisation, UpdateSecurity, ViewAudit, Redact)
	switch r {
	case Owner:
		return Of(append(slices.Clone(administrator), ManageOwners)...)
	case Administrator:
		return Of(administrator...)
	case Responder:
		return Of(responder...)
	case Viewer:
		return Of(viewer...)
	default:
		return Set{}
	}
}

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
