package operators

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/musterhq/muster/internal/platform/jobs"
	"github.com/musterhq/muster/internal/platform/telemetry"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// most is how many rows a list of the page shows.
const most = 50

// shown is how many bytes of an output the page shows.
const shown = 8 << 10

// overviewView is the operators' page.
type overviewView struct {
	Queues      []queueView
	Paused      []pausedView
	Quarantined []quarantinedView
	Failures    []failureView
	Crashes     []crashView
	Errors      []errorView
	Workers     []workerView
	Actions     []actionView
	Tools       []Tool
}

// targetView is what a form acts on.
type targetView struct {
	Job                            string
	Queue, Event, Subscriber, Name string
}

func (t targetView) query() string {
	return url.Values{"job": {t.Job}, "queue": {t.Queue}, "event": {t.Event}, "subscriber": {t.Subscriber}}.Encode()
}

// halt pauses, or resumes what is paused.
func (t targetView) halt(paused bool) ui.MenuItem {
	if paused {
		return ui.MenuItem{Label: "Resume", Icon: "play", Href: "/operators/pause?" + t.query(), Method: "DELETE"}
	}
	return ui.MenuItem{Label: "Pause", Icon: "pause", Href: "/operators/pause?" + t.query(), Method: "PUT", Asks: "Pause " + t.Name + "?"}
}

// acts is what can be done with a queue or kind as it is.
func acts(t targetView, paused bool, c countsView) []ui.MenuItem {
	items := []ui.MenuItem{t.halt(paused)}
	if c.Failed {
		items = append(items, ui.MenuItem{Label: "Replay what failed", Icon: "rotate-cw", Href: "/operators/replays?" + t.query(), Method: "POST", Asks: "Replay what failed in " + t.Name + "?"})
	}
	if c.Clearable {
		items = append(items, ui.MenuItem{Label: "Clear…", Icon: "trash-2", Href: "/operators/clearings/new?" + t.query(), Danger: true})
	}
	return items
}

// numbered is an id on the page.
func numbered(name string, n int) string { return name + "-" + strconv.Itoa(n) }

type queueView struct {
	Target targetView
	Paused bool
	Counts countsView
	Kinds  []kindView
}

type kindView struct {
	Target targetView
	Paused bool
	Unsafe bool
	Counts countsView
}

type countsView struct {
	Waiting, Running, Retrying, Sleeping, GivenUp, Suspect string
	Oldest                                                 *ui.Moment
	Failed, Clearable                                      bool
}

type pausedView struct {
	Target targetView
	By     string
	At     ui.Moment
}

type failureView struct {
	Target       targetView
	Organisation string
	Attempt      string
	GivenUp      bool
	Error        string
	FailedAt     ui.Moment
	NextAt       ui.Moment
}

type quarantinedView struct {
	Job, Name, Organisation, Event, Deaths, Status, Output string
	At                                                     ui.Moment
}

type crashView struct {
	Role, Kind, Status, Instance, Output string
	At                                   ui.Moment
}

type errorView struct {
	Message, Where, Error, Stack string
	At                           ui.Moment
}

type workerView struct {
	Instance, Host, PID, Silent string
	Lone                        bool
	StartedAt                   ui.Moment
}

type actionView struct {
	Operator, Action, Target, Touched string
	At                                ui.Moment
}

func (p *Pages) overview(w http.ResponseWriter, r *http.Request, _ jobs.Operator) error {
	v, err := p.gather(r)
	if err != nil {
		return err
	}
	if page.Quiet(r) {
		return page.Part(w, r, http.StatusOK, overview(v))
	}
	return p.needs.Frame.Show(w, r, page.Page{Title: "Operators", Section: "operators", Content: overviewPage(v)})
}

func (p *Pages) gather(r *http.Request) (overviewView, error) {
	ctx, control := r.Context(), p.needs.Control
	v := overviewView{Tools: p.needs.Tools}
	viewer, _ := page.ViewerOf(ctx)
	now := p.needs.Clock.Now()
	at := func(t time.Time) ui.Moment { return ui.Moment{At: t, Now: now, Zone: viewer.Zone} }
	queues, err := control.Queues(ctx)
	if err != nil {
		return v, err
	}
	paused, err := control.PausedKinds(ctx)
	if err != nil {
		return v, err
	}
	failures, err := control.Failures(ctx, most)
	if err != nil {
		return v, err
	}
	quarantine, err := control.Quarantined(ctx)
	if err != nil {
		return v, err
	}
	crashes, err := control.Crashes(ctx, most)
	if err != nil {
		return v, err
	}
	workers, err := control.Workers(ctx)
	if err != nil {
		return v, err
	}
	actions, err := control.Actions(ctx, most)
	if err != nil {
		return v, err
	}
	for _, q := range queues {
		v.Queues = append(v.Queues, queueOf(q, at))
	}
	for _, k := range paused {
		v.Paused = append(v.Paused, pausedView{Target: kindTarget(k.Kind), By: k.By, At: at(k.At)})
	}
	for _, f := range failures {
		v.Failures = append(v.Failures, failureView{
			Target:       targetView{Job: strconv.FormatInt(f.Job, 10), Name: f.Subscriber + " after " + f.Kind},
			Organisation: f.Organisation, Attempt: strconv.Itoa(f.Attempt), GivenUp: f.GivenUp, Error: f.Error,
			FailedAt: at(f.FailedAt), NextAt: at(f.NextAt),
		})
	}
	for _, q := range quarantine {
		v.Quarantined = append(v.Quarantined, quarantinedView{
			Job: strconv.FormatInt(q.Job, 10), Name: q.Subscriber + " after " + q.Kind, Organisation: q.Organisation, Event: q.Event,
			Deaths: strconv.Itoa(q.Deaths), Status: q.Status, Output: head(q.Output), At: at(q.At),
		})
	}
	for _, c := range crashes {
		v.Crashes = append(v.Crashes, crashView{Role: c.Role, Kind: c.Kind, Status: c.Status, Instance: c.Instance, Output: head(c.Output), At: at(c.At)})
	}
	for _, k := range workers {
		v.Workers = append(v.Workers, workerView{
			Instance: k.Instance, Host: k.Host, PID: strconv.Itoa(k.PID), Lone: k.Lone,
			Silent: k.Silent.Round(time.Second).String(), StartedAt: at(k.StartedAt),
		})
	}
	for _, a := range actions {
		shown := actionView{Operator: a.Operator, Action: a.Action, Target: a.Target, At: at(a.At)}
		if a.Touched > 0 {
			shown.Touched = plural(a.Touched)
		}
		v.Actions = append(v.Actions, shown)
	}
	for _, f := range p.errors() {
		v.Errors = append(v.Errors, errorView{Message: f.Message, Where: f.Where, Error: f.Error, Stack: head(f.Stack), At: at(f.At)})
	}
	return v, nil
}

func (p *Pages) errors() []telemetry.Fault {
	if p.needs.Errors == nil {
		return nil
	}
	faults := p.needs.Errors()
	return faults[:min(len(faults), most)]
}

func queueOf(q jobs.QueueState, at func(time.Time) ui.Moment) queueView {
	v := queueView{Target: targetView{Queue: string(q.Queue), Name: string(q.Queue)}, Paused: q.Paused, Counts: countsOf(q.Counts, at)}
	for _, k := range q.Kinds {
		target := kindTarget(k.Kind)
		target.Queue = string(q.Queue)
		v.Kinds = append(v.Kinds, kindView{Target: target, Paused: k.Paused, Unsafe: k.Unsafe, Counts: countsOf(k.Counts, at)})
	}
	return v
}

func countsOf(c jobs.Counts, at func(time.Time) ui.Moment) countsView {
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	v := countsView{
		Waiting: number(c.Waiting), Running: number(c.Running), Retrying: number(c.Retrying),
		Sleeping: number(c.Sleeping), GivenUp: number(c.GivenUp), Suspect: number(c.Suspect),
		Failed: c.Retrying+c.GivenUp > 0, Clearable: c.Waiting+c.Retrying+c.Sleeping+c.GivenUp > 0,
	}
	if !c.Oldest.IsZero() {
		moment := at(c.Oldest)
		v.Oldest = &moment
	}
	return v
}

func kindTarget(k jobs.Kind) targetView {
	return targetView{Event: k.Event, Subscriber: k.Subscriber, Name: k.String()}
}

// head is the beginning of an output, where a crash says what happened.
func head(output string) string {
	if len(output) <= shown {
		return output
	}
	return output[:shown] + fmt.Sprintf("\n… and %d bytes more", len(output)-shown)
}

func plural(jobs int64) string {
	if jobs == 1 {
		return "1 job"
	}
	return fmt.Sprintf("%d jobs", jobs)
}
