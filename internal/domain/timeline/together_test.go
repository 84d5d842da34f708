package timeline_test

import (
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/timeline"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

func TestWhatIsDoneToActionsInARowIsOneSentence(t *testing.T) {
	t.Parallel()
	maya := tenant.Actor{Type: tenant.User, ID: "01MAYA", Name: "Maya"}
	of := func(kind, text string, d timeline.Details) timeline.Activity {
		d.Text = text
		return timeline.Activity{Kind: "action." + kind, Subject: id.ID(text), Actor: maya, Details: d}
	}
	ana, at := &timeline.Named{ID: "01ANA", Name: "Ana"}, time.Date(2026, 3, 2, 14, 30, 0, 0, time.UTC)
	none := timeline.Details{}
	for want, row := range map[string][]timeline.Activity{
		"Maya added an action: “A”":                                                 {of("created", "A", none)},
		"Maya added 3 actions: “A”, “B” and “C”":                                    {of("created", "A", none), of("created", "B", none), of("created", "C", none)},
		"Maya added an action: “A” and dropped it":                                  {of("created", "A", none), of("not_doing", "A", none)},
		"Maya added an action: “A”, gave it to Ana and made it due 2 Mar 14:30 UTC": {of("created", "A", none), of("assigned", "A", timeline.Details{To: ana}), of("due_set", "A", timeline.Details{Moment: &at})},
		"Maya gave Ana an action: “A” and completed 2 actions: “B” and “C”":         {of("created", "A", timeline.Details{To: ana}), of("completed", "B", none), of("completed", "C", none)},
		"Maya completed an action: “A” and turned an action into a follow-up: “B”":  {of("completed", "A", none), of("not_doing", "B", timeline.Details{FollowUp: true})},
	} {
		if got := timeline.Together(row, "").String(); got != want {
			t.Errorf("said %q, wanted %q", got, want)
		}
	}
	if got := timeline.Together([]timeline.Activity{of("completed", "A", none), of("reopened", "A", none)}, maya.ID).String(); got != "You completed an action: “A” and reopened it" {
		t.Errorf("to herself: %q", got)
	}
}
