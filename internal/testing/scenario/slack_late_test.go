package scenario_test

import (
	"context"
	"testing"
	"time"
)

// slow keeps a table for itself, so that nothing that needs it is answered until release.
func (h *slackHouse) slow(query string) (release func()) {
	h.t.Helper()
	ctx := context.WithoutCancel(h.t.Context())
	tx, err := h.App.DB.Pool().Begin(ctx)
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := tx.Exec(ctx, query); err != nil {
		h.t.Fatal(err)
	}
	done := false
	release = func() {
		if !done {
			done = true
			_ = tx.Rollback(ctx)
		}
	}
	h.t.Cleanup(release)
	return release
}

// TestFormThatComesLateWasAnnouncedInTime holds up what the form asks for, and then what the form does.
func TestFormThatComesLateWasAnnouncedInTime(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	release := h.slow("LOCK TABLE muster.severity IN ACCESS EXCLUSIVE MODE")
	if a := h.Slack.Command(h.bob, h.general, "/inc", ""); !a.OK() {
		t.Fatalf("the command was answered with %+v", a)
	}
	waiting := h.view(h.bob, "One moment…")
	release()
	form := h.view(h.bob, "How bad is it")
	if form.ID != waiting.ID {
		t.Errorf("the form %s is another than %s, which said to wait", form.ID, waiting.ID)
	}
	if opened := h.Slack.Calls("views.open"); len(opened) != 1 {
		t.Errorf("%d forms were opened", len(opened))
	}

	h.Slack.ChangeInput(h.bob, form, "name", "Search is slow")
	release = h.slow("LOCK TABLE muster.incident IN ACCESS EXCLUSIVE MODE")
	a := h.Slack.Submit(h.bob, form, nil)
	if !a.OK() || a.Closed || a.Updated == nil || a.Took > 3*time.Second {
		t.Fatalf("a form that takes long was answered with %+v", a)
	}
	release()
	h.view(h.bob, "You declared INC-1")
	h.Settle()
	live, err := h.App.Incidents.Live(h.System())
	if err != nil || len(live) != 1 || live[0].Name != "Search is slow" {
		t.Fatalf("%+v, %v", live, err)
	}
}
