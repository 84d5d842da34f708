package authz

import "slices"

// KeyRole is a role that an API key has; a key may have several.
type KeyRole string

// The roles of API keys.
const (
	KeyViewer                 KeyRole = "viewer"
	KeyIncidentCreator        KeyRole = "incident_creator"
	KeyIncidentEditor         KeyRole = "incident_editor"
	KeyManageSettings         KeyRole = "manage_settings"
	KeyGlobalAccess           KeyRole = "global_access"
	KeyCatalogViewer          KeyRole = "catalog_viewer"
	KeyCatalogEditor          KeyRole = "catalog_editor"
	KeyAccessEditor           KeyRole = "incident_memberships_editor"
	KeySchedulesEditor        KeyRole = "schedules_editor"
	KeySchedulesReader        KeyRole = "schedules_reader"
	KeyOverridesEditor        KeyRole = "schedule_overrides_editor"
	KeyWorkflowsEditor        KeyRole = "workflows_editor"
	KeyWorkflowsViewer        KeyRole = "workflows_viewer"
	KeyPrivateWorkflows       KeyRole = "private_workflows_editor"
	KeyPrivateEscalations     KeyRole = "private_escalation_workflows_editor"
	KeyOnCallEditor           KeyRole = "on_call_editor"
	KeyOnCallViewer           KeyRole = "on_call_viewer"
	KeyEscalationCreator      KeyRole = "escalation_creator"
	KeyPostIncidentFlowOptOut KeyRole = "post_incident_flow_opt_out"
	KeySecurityEditor         KeyRole = "security_settings_editor"
	KeyInvestigations         KeyRole = "investigation_download"
	KeyTeamMemberships        KeyRole = "team_memberships_manage"
	KeyStatusPagePublisher    KeyRole = "status_page_publisher"
	KeyPostmortems            KeyRole = "postmortems_manage"
	KeyAPIKeys                KeyRole = "api_keys_manage"
	KeyNotificationMethods    KeyRole = "notification_methods_manage"
	KeyNotificationAddresses  KeyRole = "notification_methods_unredacted_viewer"
	KeyWorkloadViewer         KeyRole = "incident_workload_viewer"
	KeyPrivateWorkloadViewer  KeyRole = "incident_workload_private_viewer"
	KeyActForUsers            KeyRole = "act_on_behalf_of_users"
	KeySecrets                KeyRole = "secrets_manage"
	KeySecretsUse             KeyRole = "secrets_use"
	KeyTranscriptsViewer      KeyRole = "call_transcripts_viewer"
	KeyHeartbeats             KeyRole = "heartbeats_ping"
)

// KeyRoleAbout is what a role of API keys is for.
type KeyRoleAbout struct {
	Role KeyRole
	// Group is what the role is about, Name what people call it, Description what it may do.
	Group, Name, Description string
	// Teams reports whether the role can be given for some teams only.
	Teams bool

	holds group
}

// keyRoles are in the order in which people choose among them.
var keyRoles = []KeyRoleAbout{
	{KeyViewer, "Incidents", "Viewer", "Reads incidents that are not private, their actions and follow-ups, people, alerts, on-call and settings.", false, ofViewer},
	{KeyIncidentCreator, "Incidents", "Incident creator", "Declares incidents.", false, group{CreateIncidents}},
	{KeyIncidentEditor, "Incidents", "Incident editor", "Declares and changes incidents, with their updates, actions, follow-ups and attachments. Reads them too.", false, slices.Concat(readIncidents, readSettings, readPeople, group{CreateIncidents, EditIncidents}, workActions, workAttachments)},
	{KeyGlobalAccess, "Incidents", "Global access", "Reads all that a viewer reads, and every private incident. Together with other roles it opens private incidents to these as well.", false, slices.Concat(ofViewer, group{ViewPrivate})},
	{KeyAccessEditor, "Incidents", "Private incident access", "Says who has access to a private incident, without reading it.", false, slices.Concat(workAccess, group{ManagePrivate})},
	{KeyActForUsers, "Incidents", "Act for people", "Names the person for whom it does something, who is then shown as the one who did it.", false, group{ActForUsers}},

	{KeyPostmortems, "After an incident", "Postmortems", "Attaches, imports and reads postmortems and moves them on.", false, slices.Concat(group{ViewIncidents}, workPostmortems)},
	{KeyPostIncidentFlowOptOut, "After an incident", "Skip what comes after", "Takes an incident out of the steps that follow it.", false, group{SkipPostIncidentFlow}},
	{KeyInvestigations, "After an incident", "Download investigations", "Downloads what was found out about an incident.", false, group{DownloadInvestigations}},
	{KeyTranscriptsViewer, "After an incident", "Call transcripts", "Reads the transcripts of incident calls.", false, group{ViewTranscripts}},
	{KeyWorkloadViewer, "After an incident", "Workload", "Reads how much time incidents that are not private took whom.", false, group{ViewWorkloads}},
	{KeyPrivateWorkloadViewer, "After an incident", "Workload, private incidents too", "Reads how much time incidents took whom, private ones included.", false, group{ViewWorkloads, ViewPrivateWorkloads}},
	{KeyStatusPagePublisher, "After an incident", "Status page publisher", "Publishes on status pages.", false, group{PublishUpdates}},

	{KeyManageSettings, "Settings", "Settings", "Reads and changes severities, statuses, types, roles, custom fields and the organisation's other settings.", false, slices.Concat(readSettings, readPeople, changeLists)},
	{KeyCatalogViewer, "Settings", "Catalog viewer", "Reads the catalog.", false, readCatalog},
	{KeyCatalogEditor, "Settings", "Catalog editor", "Reads and changes the catalog, its types and its entries.", true, slices.Concat(readCatalog, changeCatalog)},
	{KeyTeamMemberships, "Settings", "Team memberships", "Says who is in which team.", false, group{ViewUsers, ViewCatalogTypes, ViewCatalogEntries, EditCatalogEntries}},
	{KeyWorkflowsViewer, "Settings", "Workflows viewer", "Reads workflows and what they did.", false, readWorkflows},
	{KeyWorkflowsEditor, "Settings", "Workflows editor", "Reads and changes workflows that stay out of private incidents.", true, slices.Concat(readWorkflows, changeWorkflows)},
	{KeyPrivateWorkflows, "Settings", "Workflows editor, private incidents too", "Reads and changes workflows, also those that act in private incidents.", true, slices.Concat(readWorkflows, changeWorkflows, group{EditPrivateWorkflows})},
	{KeyPrivateEscalations, "Settings", "Private escalation workflows", "Reads and changes workflows that call people to private incidents.", false, slices.Concat(readWorkflows, changeWorkflows, group{EscalatePrivateWorkflows})},

	{KeyOnCallViewer, "On-call", "On-call viewer", "Reads schedules, escalations, escalation paths, alerts and where they come from.", false, slices.Concat(readOnCall, readAlerts, readPeople)},
	{KeyOnCallEditor, "On-call", "On-call editor", "Reads and changes schedules, escalation paths, alert sources, alert routes and maintenance windows, and works on alerts.", true, slices.Concat(readOnCall, readAlerts, readPeople, changeAlerts, changePaths, changeSchedules, workOverrides, workAlerts, group{EditPagingProvider})},
	{KeySchedulesReader, "On-call", "Schedules viewer", "Reads schedules.", true, group{ViewSchedules}},
	{KeySchedulesEditor, "On-call", "Schedules editor", "Reads and changes schedules and their overrides.", true, slices.Concat(group{ViewSchedules}, changeSchedules, workOverrides)},
	{KeyOverridesEditor, "On-call", "Schedule overrides", "Reads schedules and changes who steps in for whom.", true, slices.Concat(group{ViewSchedules}, workOverrides)},
	{KeyEscalationCreator, "On-call", "Escalation creator", "Calls people, reads escalations and calls them off.", true, group{CreateEscalations, ViewEscalations, CancelEscalations}},
	{KeyHeartbeats, "On-call", "Heartbeats", "Tells a heartbeat that all is well.", true, group{PingHeartbeats}},
	{KeyNotificationMethods, "On-call", "Notification methods", "Reads and adds the ways in which people are called. Numbers and addresses are shown in part.", false, changeMethods},
	{KeyNotificationAddresses, "On-call", "Notification methods in full", "Reads the ways in which people are called, with whole numbers and addresses.", false, group{ViewNotificationMethods, ViewNotificationRules, ViewNotificationAddresses}},

	{KeyAPIKeys, "Security", "API keys", "Makes, changes, rotates and deletes API keys that may do no more than itself.", true, changeKeys},
	{KeySecurityEditor, "Security", "Security settings", "Changes from which addresses the API may be used.", false, group{UpdateSecurity}},
	{KeySecrets, "Security", "Secrets", "Makes, changes and deletes secrets; what they say is never shown.", true, changeSecrets},
	{KeySecretsUse, "Security", "Use secrets", "Refers to secrets in workflows and other settings.", true, group{ViewSecretMetadata, UseSecrets}},
}

// KeyRoles lists the roles of API keys, in the order in which people choose among them.
func KeyRoles() []KeyRoleAbout { return slices.Clone(keyRoles) }

// Permissions returns what a key with the role may do.
func (k KeyRoleAbout) Permissions() Set { return Of(k.holds...) }

// About returns what the role is for; false for what is no role.
func (r KeyRole) About() (KeyRoleAbout, bool) {
	at := slices.IndexFunc(keyRoles, func(k KeyRoleAbout) bool { return k.Role == r })
	if at < 0 {
		return KeyRoleAbout{}, false
	}
	return keyRoles[at], true
}

// OfKeyRoles returns what a key with these roles may do.
func OfKeyRoles(roles ...KeyRole) Set {
	var holds group
	for _, r := range roles {
		about, _ := r.About()
		holds = append(holds, about.holds...)
	}
	return Of(holds...)
}
