package chatops_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
)

func (d *desk) stands(in id.ID) incident.Incident {
	d.t.Helper()
	inc, err := d.needs.Incidents.Get(d.ctx, in)
	if err != nil {
		d.t.Fatal(err)
	}
	return inc
}

// TestDecisionsInOneLine takes each decision as people type it, and each bare word asks by a form.
func TestDecisionsInOneLine(t *testing.T) {
	d := sit(t)
	for _, bare := range []string{"/accept", "/decline", "/pause", "/cancel"} {
		if form := d.types(bare).Form; form == nil || form.Intro == nil {
			t.Errorf("%s asks nothing", bare)
		}
	}
	if got := told(d.types("/inc decline it is nothing")); !strings.Contains(got, "in triage") {
		t.Errorf("declining what is live: %q", got)
	}
	got := told(d.types("/inc pause 2h the night job has to run"))
	inc := d.stands(d.incident)
	if inc.Aside == nil || inc.Aside.Until == nil || !inc.Aside.Until.Equal(d.clock.Now().Add(2*time.Hour)) || inc.Aside.Reason != "the night job has to run" {
		t.Errorf("paused as %+v, told %q", inc.Aside, got)
	}
	d.types("/resume")
	if inc := d.stands(d.incident); !inc.Live() {
		t.Errorf("taken up again as %s", inc.Status.Name)
	}
	if got := told(d.types("/inc pause soon")); !strings.Contains(got, "tomorrow 9:00") {
		t.Errorf("no time: %q", got)
	}
	d.types("/inc quiet on")
	if !d.stands(d.incident).Quiet {
		t.Error("not quiet")
	}
	other := d.typesIn("", "/inc Database is down")
	if got := told(d.types("/inc merge inc-99")); !strings.Contains(got, "no incident") {
		t.Errorf("into what is not there: %q", got)
	}
	d.types("/inc merge into INC-2")
	if inc := d.stands(d.incident); inc.Aside == nil || inc.Aside.Into == nil || inc.Aside.Into.Reference != "INC-2" {
		t.Errorf("merged as %+v; the other is at %s", inc.Aside, other.Redirect)
	}
	d.types("/reopen")
	d.types("/inc cancel declared twice")
	if inc := d.stands(d.incident); inc.Status.Category != incident.CategoryCanceled {
		t.Errorf("canceled as %s", inc.Status.Name)
	}
	if got := d.typesIn("", "/inc test Does it ring"); got.Redirect != "/incidents/INC-3" {
		t.Errorf("a test: %+v", got)
	}
	if got := told(d.typesIn("", "/inc list")); !strings.Contains(got, "Database is down") || strings.Contains(got, "Does it ring") {
		t.Errorf("the list: %q", got)
	}
}

func TestHelpBeginsWithFiveWords(t *testing.T) {
	d := sit(t)
	shown := func(typed string) string {
		all, err := json.Marshal(d.types(typed).Ephemeral)
		if err != nil {
			t.Fatal(err)
		}
		return string(all)
	}
	few, all := shown("/inc help"), shown("/inc help all")
	if strings.Contains(few, "merge") || !strings.Contains(few, "severity") || !strings.Contains(all, "merge") {
		t.Errorf("few: %q, all: %q", few, all)
	}
}
