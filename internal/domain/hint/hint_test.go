package hint_test

import (
	"context"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/hint"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/testing/scenario"
)

func offer(t *testing.T, s *scenario.Scenario, ctx context.Context, in id.ID, after hint.Moment) string {
	t.Helper()
	words, err := s.App.Hints.Offer(ctx, hint.Offer{Incident: in, After: after})
	if err != nil {
		t.Fatal(err)
	}
	return words
}

func TestAHintIsSeenTwiceAtMostAndNeverInTheWorst(t *testing.T) {
	s := scenario.New(t)
	maya := s.Person("maya", authz.Responder)
	ctx := maya.Context()
	severities, err := s.App.Incidents.Severities(ctx)
	if err != nil {
		t.Fatal(err)
	}
	declare := func(severity id.ID) id.ID {
		t.Helper()
		made, err := s.App.Incidents.Declare(ctx, incident.Declare{Name: "Card payments fail", Severity: severity})
		if err != nil {
			t.Fatal(err)
		}
		return made.ID
	}
	minor, worst := declare(severities[0].ID), declare(severities[len(severities)-1].ID)
	if words := offer(t, s, ctx, worst, hint.Said); words != "" {
		t.Errorf("in the worst severity stands %q", words)
	}
	if words := offer(t, s, ctx, minor, hint.Said); words == "" {
		t.Fatal("nothing is hinted at after the first message")
	}
	if words := offer(t, s, ctx, minor, hint.Pinned); words != "" {
		t.Errorf("another hint follows at once: %q", words)
	}
	for n, want := range []bool{true, false, false} {
		s.Advance(6 * time.Minute)
		if got := offer(t, s, ctx, minor, hint.Said) != ""; got != want {
			t.Errorf("time %d: shown %v", n+2, got)
		}
	}
	jonas := s.Person("jonas", authz.Responder)
	if offer(t, s, jonas.Context(), minor, hint.Said) == "" {
		t.Error("what one has seen, another does not see")
	}
	if err := s.App.Hints.Want(jonas.Context(), hint.Want{Wanted: false}); err != nil {
		t.Fatal(err)
	}
	s.Advance(6 * time.Minute)
	if words := offer(t, s, jonas.Context(), minor, hint.Pinned); words != "" {
		t.Errorf("who wants no hints reads %q", words)
	}
	if words := offer(t, s, tenant.AsSystem(t.Context(), s.Organisation), minor, hint.Said); words != "" {
		t.Errorf("Muster itself is told %q", words)
	}
}
