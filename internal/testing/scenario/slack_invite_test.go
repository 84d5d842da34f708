package scenario_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/testing/scenario"
)

func TestRulesInviteOnceWhomeverAnIncidentComesToMatch(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	cleo, dan := h.Person("Cleo", authz.Responder), h.Person("Dan", authz.Responder)
	inSlack := map[string]string{"Cleo": h.InSlack(scenario.Team, cleo), "Dan": h.InSlack(scenario.Team, dan)}
	severities, err := h.App.Incidents.Severities(h.System())
	if err != nil {
		t.Fatal(err)
	}
	mild, worst := severities[0], severities[len(severities)-1]
	bad := "severity|gte|" + string(worst.ID)
	h.Owner.Post("/settings/slack/channels/invitations", url.Values{"when.0.0": {bad}, "enabled": {"on"}}).Is(http.StatusUnprocessableEntity).Has("Choose at least one person")
	h.Owner.Post("/settings/slack/channels/invitations", url.Values{"when.0.0": {bad}, "person.0": {string(cleo.ID)}, "enabled": {"on"}}).Is(http.StatusOK).Has("Cleo", "severity is")
	h.ben.Get("/settings/slack/channels/invitations/new").Is(http.StatusForbidden)

	inc, where := h.declared("Card payments fail")
	in := func(name string) bool { return slices.Contains(h.channelOf(inc.ID).Members, inSlack[name]) }
	if in("Cleo") {
		t.Fatal("Cleo was invited before it was bad")
	}
	grow := func(to incident.Severity) {
		t.Helper()
		if _, err := h.App.Incidents.ChangeSeverity(h.ben.Context(), incident.ChangeSeverity{Incident: inc.ID, Severity: to.ID}); err != nil {
			t.Fatal(err)
		}
		h.Settle()
	}
	grow(worst)
	if !in("Cleo") {
		t.Fatal("Cleo was not invited when it became bad")
	}
	h.Slack.Leave(inSlack["Cleo"], where.ID)
	h.Settle()
	grow(mild)
	grow(worst)
	if in("Cleo") {
		t.Error("Cleo was brought back after leaving")
	}

	h.Owner.Post("/settings/slack/channels/invitations", url.Values{"person.0": {string(dan.ID)}, "person.1": {string(cleo.ID)}, "enabled": {"on"}}).Is(http.StatusOK).Has("Every incident")
	h.Settle()
	if !in("Dan") || in("Cleo") {
		t.Errorf("after a rule for all: Dan %t, Cleo %t", in("Dan"), in("Cleo"))
	}
	brief, err := h.App.Incidents.Declare(h.ben.Context(), incident.Declare{Name: "A laptop is gone", Private: true, Severity: worst.ID})
	if err != nil {
		t.Fatal(err)
	}
	h.Settle()
	if members := h.channelOf(brief.ID).Members; slices.Contains(members, inSlack["Cleo"]) || slices.Contains(members, inSlack["Dan"]) {
		t.Error("a rule let somebody into a private incident")
	}
}
