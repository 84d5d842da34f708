package verbs

import (
	"context"
	"testing"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/domain/escalation"
	"github.com/musterhq/muster/internal/testing/scenario"
)

var escalations = map[string]Verb{
	"Escalate": edits(func(ctx context.Context, a *app.App, w *World) (escalation.Escalation, error) {
		return a.Escalations.Escalate(ctx, escalation.Escalate{Incident: w.Incident, Targets: []escalation.To{{User: w.Member}, {Pager: w.Pager}}})
	}),
	"Acknowledge": edits(func(ctx context.Context, a *app.App, w *World) (escalation.Escalation, error) {
		return a.Escalations.Acknowledge(ctx, escalation.Acknowledge{Escalation: w.Escalation, TakeLead: true})
	}),
	"AcknowledgeMine": edits(func(ctx context.Context, a *app.App, w *World) ([]escalation.Escalation, error) {
		return a.Escalations.AcknowledgeMine(ctx, w.Incident)
	}),
	"Cancel": edits(func(ctx context.Context, a *app.App, w *World) (escalation.Escalation, error) {
		return a.Escalations.Cancel(ctx, escalation.Cancel{Escalation: w.Escalation})
	}),
	"Get": reads(func(ctx context.Context, a *app.App, w *World) (escalation.Escalation, error) {
		return a.Escalations.Get(ctx, w.Escalation)
	}),
	"List": reads(func(ctx context.Context, a *app.App, w *World) ([]escalation.Escalation, error) {
		return a.Escalations.List(ctx, w.Incident)
	}),
	"CallingMe": lists(func(ctx context.Context, a *app.App, _ *World) ([]escalation.Calling, error) {
		return a.Escalations.CallingMe(ctx)
	}),
	"Pagers": lists(func(ctx context.Context, a *app.App, _ *World) ([]escalation.Pager, error) {
		return a.Escalations.Pagers(ctx)
	}),
	"CreatePager": {Stranger: Own, Forbidden: true, Call: called(func(ctx context.Context, a *app.App, _ *World) (escalation.Pager, error) {
		made, _, err := a.Escalations.CreatePager(ctx, escalation.CreatePager{Name: "Other pager", Kind: escalation.Webhook, Address: "https://pages.example.test/"})
		return made, err
	})},
	"EditPager": edits(func(ctx context.Context, a *app.App, w *World) (escalation.Pager, error) {
		return a.Escalations.EditPager(ctx, escalation.EditPager{Pager: w.Pager, Name: "Edited", Address: "https://pages.example.test/other"})
	}),
	"SwitchPager": edits(func(ctx context.Context, a *app.App, w *World) (escalation.Pager, error) {
		return a.Escalations.SwitchPager(ctx, escalation.SwitchPager{Pager: w.Pager, Disabled: true})
	}),
	"DeletePager": edits(func(ctx context.Context, a *app.App, w *World) (escalation.Pager, error) {
		return a.Escalations.DeletePager(ctx, escalation.DeletePager{Pager: w.Pager})
	}),
	"TestPager":         outside("it speaks to the network, which no transaction of a test can take back; its permission and the pager's tenant are tested with it"),
	"AnswerFromOutside": outside("the signature in the address is the right to it"),
}

// escalations makes a pager, and a call that waits for an answer.
func (w *World) escalations(t testing.TB, s *scenario.Scenario) {
	t.Helper()
	pager, _, err := s.App.Escalations.CreatePager(w.Context, escalation.CreatePager{Name: Marker + " pager", Kind: escalation.Webhook, Address: "https://pages.example.test/" + Marker})
	if err != nil {
		t.Fatal(err)
	}
	w.Pager = pager.ID
	made, err := s.App.Escalations.Escalate(w.Context, escalation.Escalate{Incident: w.Incident, Targets: []escalation.To{{User: w.Member}}, Message: Marker + " call"})
	if err != nil {
		t.Fatal(err)
	}
	w.Escalation = made.ID
}
