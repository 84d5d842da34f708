package verbs

import (
	"context"
	"testing"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/scenario"
)

// privateWorld is an incident that only the owner and the member see, and what Asker sent to see it.
type privateWorld struct{ Private, AccessRequest, Asker id.ID }

// private are the verbs of who sees an incident.
var private = map[string]Verb{
	"Access": reads(func(ctx context.Context, a *app.App, w *World) (incident.Access, error) {
		return a.Incidents.Access(ctx, w.Private)
	}),
	"Candidates": reads(func(ctx context.Context, a *app.App, w *World) ([]incident.Candidate, error) {
		return a.Incidents.Candidates(ctx, w.Incident)
	}),
	"Request": reads(func(ctx context.Context, a *app.App, w *World) (incident.AccessRequest, error) {
		return a.Incidents.Request(ctx, w.AccessRequest)
	}),
	"NotIn": reads(func(ctx context.Context, a *app.App, w *World) ([]incident.Person, error) {
		return a.Incidents.NotIn(ctx, w.Private, []id.ID{w.Asker})
	}),
	"RequestsOf": reads(func(ctx context.Context, a *app.App, w *World) ([]id.ID, error) {
		return a.Incidents.RequestsOf(ctx, w.Private, w.Asker)
	}),
	"MakePrivate": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.MakePrivate(ctx, incident.MakePrivate{Incident: w.Incident})
	}),
	"MakePublic": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.MakePublic(ctx, incident.MakePublic{Incident: w.Private, Confirmed: true})
	}),
	"GrantAccess": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.GrantAccess(ctx, incident.GrantAccess{Incident: w.Private, User: w.Asker})
	}),
	"RevokeAccess": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.RevokeAccess(ctx, incident.RevokeAccess{Incident: w.Private, User: w.Member})
	}),
	"AllowAccess": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.AllowAccess(ctx, incident.AllowAccess{Request: w.AccessRequest})
	}),
	"DenyAccess": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.DenyAccess(ctx, incident.DenyAccess{Request: w.AccessRequest})
	}),
	"Abandoned": {Stranger: Own, Forbidden: true, Call: called(func(ctx context.Context, a *app.App, _ *World) (int, error) {
		return a.Incidents.Abandoned(ctx)
	})},
	"LastMembers": {Stranger: Own, Forbidden: true, Call: called(func(ctx context.Context, a *app.App, _ *World) (map[id.ID]int, error) {
		return a.Incidents.LastMembers(ctx)
	})},
	"TakeOver": {Stranger: Own, Forbidden: true, Call: called(func(ctx context.Context, a *app.App, _ *World) ([]incident.Brief, error) {
		return a.Incidents.TakeOver(ctx, incident.TakeOver{Reason: "Nobody is left."})
	})},
	// The same answer, whatever there is.
	"RequestAccess": {Stranger: Own, Call: func(ctx context.Context, a *app.App, w *World) (any, error) {
		_, err := a.Incidents.RequestAccess(ctx, incident.RequestAccess{Reference: string(w.Private)})
		return nil, err
	}},
}

// private adds an incident that only the owner and the member see, and that somebody asks to see; and one that nobody
// sees any more.
func (w *World) private(t testing.TB, s *scenario.Scenario) {
	t.Helper()
	brief, err := s.App.Incidents.Declare(w.Context, incident.Declare{Name: Marker + " private", Private: true})
	if err != nil {
		t.Fatal(err)
	}
	w.Private = brief.ID
	if _, err := s.App.Incidents.GrantAccess(w.Context, incident.GrantAccess{Incident: w.Private, User: w.Member}); err != nil {
		t.Fatal(err)
	}
	asker := s.PersonOf(w.Organisation, Marker+"asker", authz.Responder)
	w.Asker = asker.ID
	if _, err := s.App.Incidents.RequestAccess(asker.Context(), incident.RequestAccess{Reference: string(w.Private)}); err != nil {
		t.Fatal(err)
	}
	s.Work()
	access, err := s.App.Incidents.Access(w.Context, w.Private)
	if err != nil || len(access.Requests) != 1 {
		t.Fatalf("nobody asks for access: %+v, %v", access, err)
	}
	w.AccessRequest = access.Requests[0].ID
	hermit := s.PersonOf(w.Organisation, Marker+"hermit", authz.Responder)
	if _, err := s.App.Incidents.Declare(hermit.Context(), incident.Declare{Name: Marker + " abandoned", Private: true}); err != nil {
		t.Fatal(err)
	}
	if err := s.App.Users.Deactivate(w.Context, hermit.ID); err != nil {
		t.Fatal(err)
	}
}
