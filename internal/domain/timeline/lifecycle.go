package timeline

import (
	"context"
	"fmt"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/platform/event"
)

// subscribeLifecycle keeps the decisions about an incident: all of them are in the log, and those that others would
// tell of are in the story.
func subscribeLifecycle(bus *event.Bus) {
	log(bus, accepted, always[incident.Accepted])
	log(bus, func(_ context.Context, _ names, e incident.Declined) (*Details, error) {
		return &Details{Text: e.Reason}, nil
	}, always[incident.Declined])
	log(bus, func(_ context.Context, _ names, e incident.Canceled) (*Details, error) {
		return &Details{Text: e.Reason}, nil
	}, always[incident.Canceled])
	log(bus, func(_ context.Context, _ names, e incident.Merged) (*Details, error) {
		return &Details{Other: e.Told}, nil
	}, always[incident.Merged])
	log(bus, func(_ context.Context, _ names, e incident.MergedIn) (*Details, error) {
		return &Details{Other: e.Told}, nil
	}, always[incident.MergedIn])
	log(bus, paused, always[incident.Paused])
	log(bus, resumed, always[incident.Resumed])
	log(bus, quietChanged, nil)
	log(bus, func(_ context.Context, _ names, e incident.DeclaredElsewhere) (*Details, error) {
		return &Details{Other: e.Told}, nil
	}, nil)
}

// accepted leaves what an update decided to the update.
func accepted(_ context.Context, _ names, e incident.Accepted) (*Details, error) {
	if !e.Update.Empty() {
		return nil, nil
	}
	return &Details{}, nil
}

// paused keeps for how long, which is the same in every zone.
func paused(_ context.Context, _ names, e incident.Paused) (*Details, error) {
	if !e.Update.Empty() {
		return nil, nil
	}
	return &Details{Minutes: e.Minutes, Text: e.Reason}, nil
}

func resumed(ctx context.Context, n names, e incident.Resumed) (*Details, error) {
	if !e.Update.Empty() {
		return nil, nil
	}
	status, err := n.statuses(ctx, "", e.Status)
	return &Details{Status: status, On: e.Woken}, err
}

func quietChanged(ctx context.Context, n names, e incident.QuietChanged) (*Details, error) {
	severity, err := n.severities(ctx, "", e.Severity)
	return &Details{On: e.Quiet, Severity: severity}, err
}

// mode tells how an incident was declared, when not as any other.
func (w *writer) mode(d Details) {
	switch incident.Mode(d.Mode) {
	case incident.Test:
		w.words(", as a test")
	case incident.Retrospective:
		w.words(", after it was over")
	case incident.Tutorial:
		w.words(", to learn how it works")
	}
	if d.On {
		w.words(" from a message in another one")
	}
}

func (w *writer) lifecycle(kind string, d Details) {
	switch kind {
	case "incident.accepted":
		w.did("accepted it as an incident")
	case "incident.declined":
		w.did("declined the incident").because(d.Text)
	case "incident.canceled":
		w.did("canceled the incident").because(d.Text)
	case "incident.merged":
		w.did("merged the incident into ").other(d)
	case "incident.merged_in":
		w.did("merged ").other(d).words(" into this one")
	case "incident.paused":
		w.did("paused the incident")
		if d.Minutes > 0 {
			w.words(" for " + span(d.Minutes))
		}
		w.because(d.Text)
	case "incident.resumed":
		if d.On {
			w.words("The pause is over")
		} else {
			w.did("took the incident up again")
		}
		if d.Status != nil {
			w.words(", back to ").value(d.Status.To)
		}
	case "incident.quiet_changed":
		switch {
		case d.On:
			w.did("made the incident quiet")
		case d.Severity != nil:
			w.words("No longer quiet, because the severity was raised to ").value(d.Severity.To)
		default:
			w.did("ended the quiet")
		}
	default:
		w.did("declared ").other(d).words(" from a message here")
	}
}

func (w *writer) because(reason string) *writer {
	if reason == "" {
		return w
	}
	return w.words(": ").quote(reason)
}

func (w *writer) other(d Details) *writer {
	if d.Other == "" {
		return w.words("another incident")
	}
	return w.quote(d.Other)
}

// span words a pause of any length, to the hour from half a day on and to the day from three.
func span(n int) string {
	const day = 24 * 60
	switch {
	case n >= 3*day:
		return fmt.Sprintf("%d days", (n+day/2)/day)
	case n >= 12*60:
		return fmt.Sprintf("%d hours", (n+30)/60)
	default:
		return minutes(n)
	}
}
