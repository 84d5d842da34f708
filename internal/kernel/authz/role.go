package authz

import "slices"

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

// Each base role holds all that the one below it does.
var (
	ofViewer        = slices.Concat(readIncidents, readSettings, readPeople, readCatalog, readAlerts, readOnCall, readWorkflows)
	ofResponder     = slices.Concat(ofViewer, group{CreateIncidents, EditIncidents}, workActions, workAttachments, workAccess, workAlerts, workPostmortems, workOverrides, group{CreateEscalations, CancelEscalations, PublishUpdates, ViewTranscripts})
	ofAdministrator = slices.Concat(ofResponder, changeLists, changeCatalog, changeAlerts, changePaths, changeSchedules, changeWorkflows, changeKeys, changeSecrets, changeMethods,
		group{ManageUsers, UpdateSecurity, ViewAudit, Redact, EditPagingProvider, ViewWorkloads, SkipPostIncidentFlow, DownloadInvestigations, UseSecrets, PingHeartbeats})
	// ofOwner are also those with which an API key goes beyond what any one person sees.
	ofOwner = slices.Concat(ofAdministrator, group{ManageOwners, ViewPrivate, ManagePrivate, ActForUsers, EditPrivateWorkflows, EscalatePrivateWorkflows, ViewPrivateWorkloads, ViewNotificationAddresses})

	baseRoles = map[Role]Set{Owner: Of(ofOwner...), Administrator: Of(ofAdministrator...), Responder: Of(ofResponder...), Viewer: Of(ofViewer...)}
)

// Permissions returns what a member with the role may do.
func (r Role) Permissions() Set { return baseRoles[r] }
