package managed_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/managed"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/scenario"
)

func TestTheLastClaimCounts(t *testing.T) {
	s := scenario.New(t)
	ctx := s.Owner.Context()
	claim := func(of id.ID, notes map[string]string) {
		t.Helper()
		if _, err := s.App.Managed.Claim(ctx, managed.Claim{Type: "schedule", ID: of, Annotations: notes}); err != nil {
			t.Fatal(err)
		}
	}
	terraform := map[string]string{"incident.io/terraform/version": "3.0.0"}
	claim("A", map[string]string{"by": "a script"})
	claim("A", terraform)
	claim("A", terraform) // a second time, which changes nothing
	claim("B", nil)
	found, err := s.App.Managed.Of(ctx, "schedule", "A", "B", "C")
	if err != nil {
		t.Fatal(err)
	}
	want := map[id.ID]managed.Resource{
		"A": {Type: "schedule", ID: "A", Annotations: terraform},
		"B": {Type: "schedule", ID: "B", Annotations: map[string]string{}},
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Error(diff)
	}
	if found["A"].ManagedBy() != managed.Terraform || found["B"].ManagedBy() != managed.External {
		t.Errorf("managed by %s and %s", found["A"].ManagedBy(), found["B"].ManagedBy())
	}
	if other, err := s.App.Managed.Of(ctx, "workflow", "A"); err != nil || len(other) > 0 {
		t.Errorf("a workflow of the same id is managed too: %v %v", other, err)
	}
	log, err := s.App.Audit.List(ctx, audit.Filter{Actions: []string{"managed_resource.claimed"}}, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(log.Entries) != 3 {
		t.Errorf("the audit log has %d claims, want 3", len(log.Entries))
	}
}
