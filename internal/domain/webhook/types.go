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

// The keys of the types.
const (
	incidentCreated  = "incident_created_v2"
	incidentUpdated  = "incident_updated_v2"
	statusUpdated    = "incident_status_updated_v2"
	memberGranted    = "membership_granted_v1"
	memberRevoked    = "membership_revoked_v1"
	actionCreated    = "action_created_v1"
	actionUpdated    = "action_updated_v1"
	followUpCreated1 = "follow_up_created_v1"
	followUpUpdated1 = "follow_up_updated_v1"
	followUpCreated2 = "follow_up_created_v2"
	followUpUpdated2 = "follow_up_updated_v2"
)

// groupIncidents are the types that are about the incident itself, or about who sees it.
const groupIncidents = "Incidents"

func both(key, covered, group, label string) Type {
	return Type{Key: key, Public: "public_incident." + key, Private: "private_incident." + key, Group: group, Label: label, covered: covered}
}

// types are all that can happen by now; what comes with later nouns is added when it can happen.
var types = []Type{
	both(incidentCreated, "", groupIncidents, "Incident created"),
	both(incidentUpdated, incidentCreated, groupIncidents, "Incident changed"),
	{Key: statusUpdated, Public: "public_incident." + statusUpdated, Group: groupIncidents, Label: "Status changed"},
	{Key: memberGranted, Private: "private_incident." + memberGranted, Group: groupIncidents, Label: "Somebody let into a private incident"},
	{Key: memberRevoked, Private: "private_incident." + memberRevoked, Group: groupIncidents, Label: "Somebody shut out of a private incident"},
	both(actionCreated, "", "Actions", "Action created"),
	both(actionUpdated, actionCreated, "Actions", "Action changed"),
	both(followUpCreated2, "", "Follow-ups", "Follow-up created"),
	both(followUpUpdated2, followUpCreated2, "Follow-ups", "Follow-up changed"),
	both(followUpCreated1, "", "Follow-ups", "Follow-up created, in the old shape"),
	both(followUpUpdated1, followUpCreated1, "Follow-ups", "Follow-up changed, in the old shape"),
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
