package authz

// Permission names one thing that an actor may do; the public API calls it a scope.
type Permission string

// The permissions around incidents.
const (
	ViewIncidents      Permission = "incidents.view"
	CreateIncidents    Permission = "incidents.create"
	EditIncidents      Permission = "incidents.edit"
	ViewActions        Permission = "actions.view" // of follow-ups too
	CreateActions      Permission = "actions.create"
	UpdateActions      Permission = "actions.update"
	DestroyActions     Permission = "actions.destroy"
	CreateFollowUps    Permission = "follow_ups.create"
	UpdateFollowUps    Permission = "follow_ups.update"
	DestroyFollowUps   Permission = "follow_ups.destroy"
	ConnectIssues      Permission = "follow_ups.connect_external_issue"
	ViewAttachments    Permission = "attachments.view"
	CreateAttachments  Permission = "attachments.create"
	DestroyAttachments Permission = "attachments.destroy"
	GrantAccess        Permission = "incident_memberships.grant"
	RevokeAccess       Permission = "incident_memberships.revoke"
	GrantTeamAccess    Permission = "incident_team_memberships.grant"
	RevokeTeamAccess   Permission = "incident_team_memberships.revoke"
	ViewWorkloads      Permission = "incident_workloads.view"
	ViewTranscripts    Permission = "call_transcripts.view"

	AttachPostmortems      Permission = "external_postmortems.create"
	CopyPostmortems        Permission = "in_app_postmortems.copy_as_markdown"
	ImportPostmortems      Permission = "in_app_postmortems.import"
	UpdatePostmortemStatus Permission = "in_app_postmortems.update_status"
	PublishUpdates         Permission = "status_pages.publish_updates"
)

// The permissions over the organisation's own lists and settings.
const (
	ViewSeverities     Permission = "severities.view"
	ViewStatuses       Permission = "incident_statuses.view"
	ViewTypes          Permission = "incident_types.view"
	ViewRoles          Permission = "incident_roles.view"
	ViewFields         Permission = "custom_fields.view"
	UpdateLifecycles   Permission = "incident_lifecycles.update"
	UpdateOrganisation Permission = "organisation_settings.update"
	UpdateSecurity     Permission = "security_settings.update"
)

// The permissions over people and what they prefer.
const (
	ViewUsers                 Permission = "users.view"
	ViewPreferences           Permission = "user_preferences.view"
	EditPagingProvider        Permission = "users.preferred_paging_provider.edit"
	ViewNotificationMethods   Permission = "notification_methods.view"
	CreateNotificationMethods Permission = "notification_methods.create"
	ViewNotificationRules     Permission = "notification_rules.view"
	CreateNotificationRules   Permission = "notification_rules.create"
)

// The permissions over API keys and secrets.
const (
	ViewAPIKeys        Permission = "api_keys.view"
	CreateAPIKeys      Permission = "api_keys.create"
	UpdateAPIKeys      Permission = "api_keys.update"
	RotateAPIKeys      Permission = "api_keys.rotate"
	DestroyAPIKeys     Permission = "api_keys.destroy"
	ViewSecretMetadata Permission = "secrets.view_metadata"
	CreateSecrets      Permission = "secrets.create"
	UpdateSecrets      Permission = "secrets.update"
	DeleteSecrets      Permission = "secrets.delete"
)

// The permissions over alerts and where they come from and go.
const (
	ViewAlerts                 Permission = "alerts.view"
	EditAlerts                 Permission = "alerts.edit"
	ResolveAlerts              Permission = "alerts.resolve"
	ViewAlertSources           Permission = "alert_sources.view"
	CreateAlertSources         Permission = "alert_source.create"
	UpdateAlertSources         Permission = "alert_source.update"
	DestroyAlertSources        Permission = "alert_source.destroy"
	ViewAlertRoutes            Permission = "alert_routes.view"
	CreateAlertRoutes          Permission = "alert_route.create"
	UpdateAlertRoutes          Permission = "alert_route.update"
	DestroyAlertRoutes         Permission = "alert_route.destroy"
	ViewAlertSchema            Permission = "alert_schema.view"
	UpdateAlertSchema          Permission = "alert_schema.update"
	ViewMaintenanceWindows     Permission = "maintenance_windows.view"
	CreateMaintenanceWindows   Permission = "maintenance_window.create"
	UpdateMaintenanceWindows   Permission = "maintenance_window.update"
	DestroyMaintenanceWindows  Permission = "maintenance_window.destroy"
	ViewWorkflows              Permission = "workflows.view"
	CreateWorkflows            Permission = "workflows.create"
	UpdateWorkflows            Permission = "workflows.update"
	DestroyWorkflows           Permission = "workflows.destroy"
	ViewCatalogTypes           Permission = "catalog_types.view"
	CreateCatalogTypes         Permission = "catalog_types.create"
	EditCatalogTypes           Permission = "catalog_types.edit"
	DestroyCatalogTypes        Permission = "catalog_types.destroy"
	ViewCatalogEntries         Permission = "catalog_entries.view"
	CreateCatalogEntries       Permission = "catalog_entries.create"
	EditCatalogEntries         Permission = "catalog_entries.edit"
	DestroyCatalogEntries      Permission = "catalog_entries.destroy"
	ViewEscalations            Permission = "escalations.view"
	CreateEscalations          Permission = "escalations.create"
	CancelEscalations          Permission = "escalations.cancel"
	ViewEscalationPaths        Permission = "escalation_paths.view"
	CreateEscalationPaths      Permission = "escalation_paths.create"
	UpdateEscalationPaths      Permission = "escalation_paths.update"
	DestroyEscalationPaths     Permission = "escalation_paths.destroy"
	ViewSchedules              Permission = "schedules.view"
	CreateSchedules            Permission = "schedules.create"
	UpdateSchedules            Permission = "schedules.update"
	DestroySchedules           Permission = "schedules.destroy"
	CreateScheduleOverrides    Permission = "schedule_overrides.create"
	UpdateScheduleOverrides    Permission = "schedule_overrides.update"
	DestroyScheduleOverrides   Permission = "schedule_overrides.destroy"
	CreateScheduleSyncRules    Permission = "schedule_sync_rules.create"
	UpdateScheduleSyncRules    Permission = "schedule_sync_rules.update"
	DestroyScheduleSyncRules   Permission = "schedule_sync_rules.destroy"
	CreateScheduleSyncTargets  Permission = "schedule_sync_targets.create"
	UpdateScheduleSyncTargets  Permission = "schedule_sync_targets.update"
	DestroyScheduleSyncTargets Permission = "schedule_sync_targets.destroy"
)

// The permissions that are Muster's own: no operation of the public API is published with them.
const (
	ManageUsers  Permission = "users.manage"
	ManageOwners Permission = "owners.manage"
	ViewAudit    Permission = "audit_logs.view"
	Redact       Permission = "redactions.create"
	// ViewPrivate opens every private incident to an API key; a person is let into each by name.
	ViewPrivate Permission = "private_incidents.view"
	// ManagePrivate lets an API key say who has access to any private incident, without reading it.
	ManagePrivate Permission = "private_incidents.manage_access"
	// ActForUsers lets an API key name the person for whom it does something.
	ActForUsers               Permission = "users.act_for"
	EditPrivateWorkflows      Permission = "private_workflows.edit"
	EscalatePrivateWorkflows  Permission = "private_workflows.escalate"
	ViewPrivateWorkloads      Permission = "private_incident_workloads.view"
	SkipPostIncidentFlow      Permission = "post_incident_flow.opt_out"
	DownloadInvestigations    Permission = "investigations.download"
	ViewNotificationAddresses Permission = "notification_methods.view_unredacted"
	UseSecrets                Permission = "secrets.use"
	PingHeartbeats            Permission = "heartbeats.ping"
)

// group gathers permissions that go together, so that a role is told by what it is for.
type group = []Permission

var (
	readIncidents = group{ViewIncidents, ViewActions, ViewAttachments}
	readSettings  = group{ViewSeverities, ViewStatuses, ViewTypes, ViewRoles, ViewFields}
	readPeople    = group{ViewUsers}
	readCatalog   = group{ViewCatalogTypes, ViewCatalogEntries}
	readAlerts    = group{ViewAlerts, ViewAlertSources, ViewAlertRoutes, ViewAlertSchema, ViewMaintenanceWindows}
	readOnCall    = group{ViewEscalations, ViewEscalationPaths, ViewSchedules, ViewPreferences, ViewNotificationRules}
	readWorkflows = group{ViewWorkflows}

	workActions     = group{CreateActions, UpdateActions, DestroyActions, CreateFollowUps, UpdateFollowUps, DestroyFollowUps, ConnectIssues}
	workAttachments = group{CreateAttachments, DestroyAttachments}
	workAccess      = group{GrantAccess, RevokeAccess, GrantTeamAccess, RevokeTeamAccess}
	workAlerts      = group{EditAlerts, ResolveAlerts}
	workPostmortems = group{AttachPostmortems, CopyPostmortems, ImportPostmortems, UpdatePostmortemStatus}
	workOverrides   = group{CreateScheduleOverrides, UpdateScheduleOverrides, DestroyScheduleOverrides}

	changeLists     = group{UpdateOrganisation, UpdateLifecycles}
	changeCatalog   = group{CreateCatalogTypes, EditCatalogTypes, DestroyCatalogTypes, CreateCatalogEntries, EditCatalogEntries, DestroyCatalogEntries}
	changeAlerts    = group{CreateAlertSources, UpdateAlertSources, DestroyAlertSources, CreateAlertRoutes, UpdateAlertRoutes, DestroyAlertRoutes, UpdateAlertSchema, CreateMaintenanceWindows, UpdateMaintenanceWindows, DestroyMaintenanceWindows}
	changePaths     = group{CreateEscalationPaths, UpdateEscalationPaths, DestroyEscalationPaths}
	changeSchedules = group{CreateSchedules, UpdateSchedules, DestroySchedules, CreateScheduleSyncRules, UpdateScheduleSyncRules, DestroyScheduleSyncRules, CreateScheduleSyncTargets, UpdateScheduleSyncTargets, DestroyScheduleSyncTargets}
	changeWorkflows = group{CreateWorkflows, UpdateWorkflows, DestroyWorkflows}
	changeKeys      = group{ViewAPIKeys, CreateAPIKeys, UpdateAPIKeys, RotateAPIKeys, DestroyAPIKeys}
	changeSecrets   = group{ViewSecretMetadata, CreateSecrets, UpdateSecrets, DeleteSecrets}
	changeMethods   = group{ViewNotificationMethods, CreateNotificationMethods, ViewNotificationRules, CreateNotificationRules}
)
