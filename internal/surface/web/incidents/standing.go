package incidents

import (
	"strings"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// standingView tells why an incident is not being worked on, or that somebody has to decide whether it is.
type standingView struct {
	Icon string
	// Decide marks one that waits for a decision.
	Decide bool
	Words  string
	Reason string
	By     *ui.PersonView
	At     *ui.Moment
	// Into is where a merged incident lives on.
	Into, IntoName string
	Acts           []ui.ButtonView
	// Undo is the address whose removal undoes it, with the button's words.
	Undo, UndoWords string
}

// UndoIcon stands on the button.
func (s *standingView) UndoIcon() string {
	if s.UndoWords == "Reopen" {
		return "rotate-ccw"
	}
	return "play"
}

// relatedView is another incident that belongs to this one.
type relatedView struct{ Words, Href, Reference, Name string }

func (l sight) standing(inc incident.Incident, mayEdit bool) *standingView {
	at := path(inc)
	if inc.Status.Category == incident.CategoryTriage {
		v := standingView{Icon: "circle-help", Decide: true, Words: "Waits for a decision: is this an incident?"}
		if mayEdit {
			v.Acts = []ui.ButtonView{
				{Label: "Accept", Look: "solid", Href: at + "/edit/accept", Dialog: true},
				{Label: "Decline", Href: at + "/edit/decline", Dialog: true},
				{Label: "Merge", Href: at + "/edit/merge", Dialog: true},
			}
		}
		return &v
	}
	if inc.Aside == nil {
		return nil
	}
	moment, by := l.Moment(inc.Aside.At), l.Actor(inc.Aside.By)
	v := standingView{Icon: "x", Words: inc.Aside.Category.Label(), Reason: inc.Aside.Reason, By: &by, At: &moment}
	switch inc.Aside.Category {
	case incident.CategoryPaused:
		v.Icon = "circle-pause"
		if inc.Aside.Until != nil {
			v.Words = "Paused until " + l.day(*inc.Aside.Until)
		}
		if mayEdit {
			v.Acts = []ui.ButtonView{{Label: "Change", Href: at + "/edit/pause", Dialog: true}}
		}
		v.Undo, v.UndoWords = at+"/pause", "Resume"
	case incident.CategoryMerged:
		v.Icon, v.Words = "layers", "Merged into another incident"
		if into := inc.Aside.Into; into != nil {
			v.Words = "Merged into"
			v.Into, v.IntoName = path(incident.Incident{ID: into.ID, Reference: into.Reference}), strings.TrimSpace(into.Reference+" "+inc.Aside.IntoName)
		}
	}
	if v.Undo == "" {
		v.Undo, v.UndoWords = at+"/closed", "Reopen"
	}
	if !mayEdit {
		v.Undo = ""
	}
	return &v
}

// day names a moment as people say when something ends.
func (l sight) day(at time.Time) string {
	zone := l.Viewer.Zone
	if zone == nil {
		zone = time.UTC
	}
	at, now := at.In(zone), l.Now.In(zone)
	switch days := int(at.Truncate(24*time.Hour).Sub(now.Truncate(24*time.Hour)) / (24 * time.Hour)); {
	case at.YearDay() == now.YearDay() && at.Year() == now.Year():
		return at.Format("15:04")
	case at.YearDay() == now.AddDate(0, 0, 1).YearDay() && days < 3:
		return "tomorrow, " + at.Format("15:04")
	default:
		return at.Format("Mon 2 Jan, 15:04")
	}
}

func relatedViews(all []incident.Related) []relatedView {
	var out []relatedView
	for _, one := range all {
		v := relatedView{Href: path(incident.Incident{ID: one.ID, Reference: one.Reference}), Reference: one.Reference, Name: one.Name}
		switch one.Relation {
		case incident.MergedHere:
			v.Words = "Merged into this"
		case incident.DeclaredFrom:
			v.Words = "Declared from"
			v.Href += "#m-" + string(one.Message)
		case incident.DeclaredHere:
			v.Words = "Declared from here"
		}
		out = append(out, v)
	}
	return out
}

// lifecycleMenu is what can become of the incident besides being closed.
func (v incidentView) lifecycleMenu() []ui.MenuItem {
	var items []ui.MenuItem
	if v.Category == incident.CategoryLive {
		items = append(items, ui.MenuItem{Label: "Pause", Icon: "circle-pause", Href: v.Path + "/edit/pause", Dialog: true})
	}
	if v.Quiet {
		items = append(items, ui.MenuItem{Label: "End the quiet", Icon: "bell", Href: v.Path + "/quiet", Method: "DELETE"})
	} else if v.OffersQuiet && !v.Closed {
		items = append(items, ui.MenuItem{Label: "Make it quiet", Icon: "bell-off", Href: v.Path + "/quiet", Method: "PUT", Rare: true})
	}
	if v.Closed && v.Standing == nil { // the phone has no other place for it
		items = append(items, ui.MenuItem{Label: "Reopen", Icon: "rotate-ccw", Href: v.Path + "/closed", Method: "DELETE"})
	}
	if v.Closed || v.Mode == string(incident.Tutorial) {
		return items
	}
	if v.Category != incident.CategoryTriage {
		items = append(items, ui.MenuItem{Label: "Merge into another", Icon: "layers", Href: v.Path + "/edit/merge", Dialog: true, Rare: true})
	}
	return append(items, ui.MenuItem{Label: "Cancel: it is none", Icon: "x", Href: v.Path + "/edit/cancel", Dialog: true, Rare: true})
}

// updateLook lets the update stand back where something else is to be done first.
func (v incidentView) updateLook() string {
	if v.Standing != nil {
		return ""
	}
	return "solid"
}
