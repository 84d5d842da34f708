package incident

import "github.com/musterhq/muster/internal/domain/feature"

// The switches of an organisation for what incidents can do beyond day one. A switch decides what is offered; verbs
// and addresses work all the same.
var (
	// PrivateIncidents offers to declare in private: rare, and nobody looks for the choice in a hurry.
	PrivateIncidents = feature.Define("private_incidents", false,
		"Offers to declare an incident in private: only those who are invited see that it exists. No role sees them all, neither owners nor administrators.", feature.FirstUse).Called("Private incidents")
	// TriageIncidents offers to declare what may turn out to be none.
	TriageIncidents = feature.Define("triage", false,
		"Offers to declare something for a first look. Somebody accepts it as an incident, declines it, or merges it into another.", feature.FirstUse).Called("Triage")
	// QuietIncidents offers to declare what nobody needs to be told of.
	QuietIncidents = feature.Define("quiet_incidents", false,
		"Offers quiet incidents, for a notebook or a bug hunt: listed, but nothing reminds and nobody is told. Raising the severity ends the quiet.", feature.FirstUse).Called("Quiet incidents")
	// RetrospectiveIncidents offers to write down what is over.
	RetrospectiveIncidents = feature.Define("retrospective_incidents", false,
		"Offers to write an incident down after it is over, with the times at which things happened. Nobody is told.", feature.FirstUse).Called("Retrospective incidents")
	// TestIncidents offers to try things out.
	TestIncidents = feature.Define("test_incidents", false,
		"Offers test incidents, to try things out: marked as a test, in no counts, and nobody is told.", feature.FirstUse).Called("Test incidents")
)
