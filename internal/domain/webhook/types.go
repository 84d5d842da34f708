package webhook

import "slices"

// Type is one sort of thing that endpoints are told of.
type Type struct {
	// Key names it here: the part of the wire's names that public and private ones share.
	Key string
	// Public and Private are its names on the wire; one of the two may be missing.
	Public, Private string
	// Group is the noun under which it is offered, Label what happened in words.
	Group, Label string

	// covered is the type that tells the same when both come from one change: what is created is not updated as well.
	covered string
}

// Name is what the type is called on the wire; empty where it is not told.
func (t Type) Name(private bool) string {
	if private {
		return t.Private
	}
	return t.Public
}

// The keys of the types of today.
const (
	IncidentCreated   = "incident_created_v2"
	IncidentUpdated   = "incident_updated_v2"
	StatusUpdated     = "incident_status_updated_v2"
	MemberGranted     = "membership_granted_v1"
	MemberRevoked     = "membership_revoked_v1"
	ActionCreated     = "action_created_v1"
	ActionUpdated     = "action_updated_v1"
	FollowUpCreatedV1 = "follow_up_created_v1"
	FollowUpUpdatedV1 = "follow_up_updated_v1"
	FollowUpCreatedV2 = "follow_up_created_v2"
	FollowUpUpdatedV2 = "follow_up_updated_v2"
)

// groupIncidents are the types that are about the incident itself, or about who sees it.
const groupIncidents = "Incidents"

func both(key, covered, group, label string) Type {
	return Type{Key: key, Public: "public_incident." + key, Private: "private_incident." + key, Group: group, Label: label, covered: covered}
}

// types are all that can happen by now; what comes with later nouns is added when it can happen.
var types = []Type{
	both(IncidentCreated, "", groupIncidents, "Incident created"),
	both(IncidentUpdated, IncidentCreated, groupIncidents, "Incident changed"),
	{Key: StatusUpdated, Public: "public_incident." + StatusUpdated, Group: groupIncidents, Label: "Status changed"},
	{Key: MemberGranted, Private: "private_incident." + MemberGranted, Group: groupIncidents, Label: "Somebody let into a private incident"},
	{Key: MemberRevoked, Private: "private_incident." + MemberRevoked, Group: groupIncidents, Label: "Somebody shut out of a private incident"},
	both(ActionCreated, "", "Actions", "Action created"),
	both(ActionUpdated, ActionCreated, "Actions", "Action changed"),
	both(FollowUpCreatedV2, "", "Follow-ups", "Follow-up created"),
	both(FollowUpUpdatedV2, FollowUpCreatedV2, "Follow-ups", "Follow-up changed"),
	both(FollowUpCreatedV1, "", "Follow-ups", "Follow-up created, in the old shape"),
	both(FollowUpUpdatedV1, FollowUpCreatedV1, "Follow-ups", "Follow-up changed, in the old shape"),
}

// Types lists what endpoints can be told of, in the order in which it is offered.
func Types() []Type { return slices.Clone(types) }

// TypeOf finds a type by its key.
func TypeOf(key string) (Type, bool) {
	at := slices.IndexFunc(types, func(t Type) bool { return t.Key == key })
	if at < 0 {
		return Type{}, false
	}
	return types[at], true
}
