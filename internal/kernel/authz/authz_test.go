package authz

import (
	"slices"
	"testing"
)

func TestBaseRoleHoldsAllThatTheOneBelowDoes(t *testing.T) {
	roles := Roles()
	for n, role := range roles[:len(roles)-1] {
		above, below := role.Permissions(), roles[n+1].Permissions()
		if !above.Covers(below) || below.Covers(above) {
			t.Errorf("%s does not go beyond %s", role, roles[n+1])
		}
	}
	if Role("nobody").Permissions().Has(ViewIncidents) {
		t.Error("an unknown role may see incidents")
	}
}

func TestOwnerCanGiveEveryKeyRole(t *testing.T) {
	seen := map[KeyRole]bool{}
	for _, k := range KeyRoles() {
		if seen[k.Role] {
			t.Errorf("%s is listed twice", k.Role)
		}
		seen[k.Role] = true
		if len(k.holds) == 0 || k.Name == "" || k.Group == "" || k.Description == "" {
			t.Errorf("%s says not what it is for: %+v", k.Role, k)
		}
		if !Owner.Permissions().Covers(k.Permissions()) {
			t.Errorf("an owner cannot give %s", k.Role)
		}
		if slices.Contains(k.holds, ManageOwners) || slices.Contains(k.holds, ManageUsers) || slices.Contains(k.holds, Redact) {
			t.Errorf("a key with %s could take the organisation over, or destroy what was written", k.Role)
		}
	}
	if len(seen) != 34 {
		t.Errorf("there are %d roles of API keys, want 34", len(seen))
	}
}

func TestOnlyOwnerGivesWhatGoesBeyondOnePersonsSight(t *testing.T) {
	for _, k := range []KeyRole{KeyGlobalAccess, KeyAccessEditor, KeyActForUsers, KeyPrivateWorkflows, KeyPrivateEscalations, KeyPrivateWorkloadViewer} {
		if Administrator.Permissions().Covers(OfKeyRoles(k)) {
			t.Errorf("an administrator can give %s", k)
		}
	}
}

func TestRolesThatReadDoNotChange(t *testing.T) {
	for _, k := range []KeyRole{KeyViewer, KeyGlobalAccess, KeyCatalogViewer, KeySchedulesReader, KeyWorkflowsViewer, KeyOnCallViewer, KeyWorkloadViewer, KeyPrivateWorkloadViewer, KeyTranscriptsViewer} {
		about, known := k.About()
		if !known {
			t.Fatalf("%s is no role", k)
		}
		for _, p := range about.holds {
			if changes := !slices.Contains(slices.Concat(ofViewer, group{ViewPrivate, ViewWorkloads, ViewPrivateWorkloads, ViewTranscripts}), p); changes {
				t.Errorf("%s holds %s", k, p)
			}
		}
	}
}

func TestSetsMeet(t *testing.T) {
	few, some := Of(ViewIncidents), Of(ViewIncidents, EditIncidents)
	for _, c := range []struct {
		name string
		got  bool
	}{
		{"more covers less", some.Covers(few)},
		{"less does not cover more", !few.Covers(some)},
		{"everything covers all", Everything().Covers(some)},
		{"nothing but everything covers everything", !some.Covers(Everything())},
		{"within keeps what both hold", some.Within(few).Has(ViewIncidents) && !some.Within(few).Has(EditIncidents)},
		{"within everything is itself", !few.Within(Everything()).Has(EditIncidents) && !Everything().Within(few).Has(EditIncidents)},
		{"with adds and leaves the old one alone", few.With(EditIncidents).Has(EditIncidents) && !few.Has(EditIncidents)},
	} {
		if !c.got {
			t.Errorf("not so: %s", c.name)
		}
	}
}
