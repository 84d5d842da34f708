package timeline

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/kernel/id"
)

// TestDraftTellsWhatCameOfIt holds what a person would write: each thing as it is in the end.
func TestDraftTellsWhatCameOfIt(t *testing.T) {
	t.Parallel()
	named := func(name string, rank int32) *Named { return &Named{ID: id.ID(name), Name: name, Rank: rank} }
	minor, major, critical := named("Minor", 0), named("Major", 1), named("Critical", 2)
	lead, comms := named("Incident Lead", 0), named("Communications", 0)
	maya, jonas := named("Maya", 0), named("Jonas", 0)
	severity := func(from, to *Named) Activity {
		return Activity{Kind: "incident.severity_changed", Details: Details{Severity: &Shift{From: from, To: to}}}
	}
	role := func(role, from, to *Named) Activity {
		return Activity{Kind: "incident.role_assigned", Details: Details{Role: role, Lead: role == lead, From: from, To: to}}
	}
	act := func(kind, name string, to *Named) Activity {
		return Activity{Kind: "action." + kind, Subject: id.ID(name), Details: Details{Text: name, To: to}}
	}
	pin := func(kind, message string) Activity {
		return Activity{Kind: "room.message_" + kind, Subject: id.ID(message)}
	}
	news := func(kind, name, text string) Activity {
		return Activity{Kind: "stream." + kind, Subject: id.ID(name), Details: Details{Stream: named(name, 0), Text: text}}
	}
	for name, c := range map[string]struct {
		happened []Activity
		want     string
	}{
		"nothing":                            {nil, ""},
		"raised twice is raised once":        {[]Activity{severity(minor, major), severity(major, critical)}, "The severity was raised from Minor to Critical."},
		"raised and lowered is nothing":      {[]Activity{severity(minor, major), severity(major, minor)}, ""},
		"lowered":                            {[]Activity{severity(critical, major)}, "The severity was lowered from Critical to Major."},
		"who holds what in the end":          {[]Activity{role(lead, nil, jonas), role(lead, jonas, maya), role(comms, nil, jonas)}, "Maya leads now. Jonas is Communications now."},
		"a role given and taken back":        {[]Activity{role(lead, maya, jonas), role(lead, jonas, maya)}, ""},
		"what was begun and done":            {[]Activity{act("created", "Roll back", nil), act("completed", "Roll back", nil)}, "Done: Roll back"},
		"what is in hand":                    {[]Activity{act("created", "Call", nil), act("assigned", "Call", maya), act("created", "Look", nil), act("created", "Sleep", nil), act("not_doing", "Sleep", nil)}, "In hand:\n- Call (Maya)\n- Look"},
		"done and not done after all":        {[]Activity{act("completed", "Roll back", nil), act("reopened", "Roll back", nil)}, ""},
		"the last of each stream":            {[]Activity{news("opened", "Shops", ""), news("update_sent", "Pool", "Full"), news("update_sent", "Pool", "Empty"), news("closed", "Shops", "All told")}, "- Shops: All told\n- Pool: Empty"},
		"a stream of which nobody told":      {[]Activity{news("opened", "Shops", "")}, ""},
		"what was pinned, and what still is": {[]Activity{pin("pinned", "A"), pin("pinned", "B"), pin("unpinned", "B")}, "Noted: Tomás: “Found it.”"},
	} {
		if diff := cmp.Diff(c.want, draftOf(c.happened, map[id.ID]saying{"A": {by: "Tomás", text: "Found it."}, "B": {by: "Tomás", text: "Perhaps."}})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
