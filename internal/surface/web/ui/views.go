// Package ui holds the components of the dashboard; each is shown in every state on the design page.
package ui

import (
	"fmt"
	"hash/fnv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/musterhq/muster/internal/surface/web/assets"
)

// SeverityView is a severity as it is shown: its level is the number of filled bars, 1 to 3; 0 means none is set.
type SeverityView struct {
	Name  string
	Level int
}

// Level maps the place of a severity among all (rank from 0) to the number of bars: the lowest has one, the highest three.
func Level(place, total int) int {
	switch {
	case total <= 1 || place <= 0:
		return 1
	case place >= total-1:
		return 3
	default:
		return 2
	}
}

// Look names the color of the severity.
func (s SeverityView) Look() string {
	return [...]string{"unset", "minor", "major", "critical"}[min(max(s.Level, 0), 3)]
}

// StatusView is a status as it is shown: the category gives the shape, the step fills the ring of a live one.
type StatusView struct {
	Name     string
	Category string
	// Step is 1 to 4 quarters of the ring of a live status, by its place.
	Step int
}

// Look names the hue of the category.
func (s StatusView) Look() string {
	switch s.Category {
	case "live", "learning", "closed":
		return s.Category
	default:
		return "triage"
	}
}

// PersonView is a person as shown; You is set where it is the reader.
type PersonView struct {
	ID          string
	Name        string
	Picture     string
	You         bool
	Deactivated bool
}

// Shown is the name, or "You".
func (p PersonView) Shown() string {
	if p.You {
		return "You"
	}
	return p.Name
}

// Object is the name within a sentence: "you" where it is the reader.
func (p PersonView) Object() string {
	if p.You {
		return "you"
	}
	return p.Name
}

// Initial is the first letter of the name.
func (p PersonView) Initial() string {
	first, _ := utf8.DecodeRuneInString(strings.ToUpper(strings.TrimSpace(p.Name)))
	if first == utf8.RuneError {
		return "?"
	}
	return string(first)
}

// Color is the ground of the initial, 1 to 6, the same for a person on every page.
func (p PersonView) Color() string {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(p.ID + p.Name))
	return fmt.Sprint(sum.Sum32()%6 + 1)
}

// Moment is a time to be shown to one reader.
type Moment struct {
	At   time.Time
	Now  time.Time
	Zone *time.Location
}

// ISO is the exact time for programs.
func (m Moment) ISO() string { return m.At.UTC().Format(time.RFC3339) }

// Clock is the time of day in the reader's zone, "14:02".
func (m Moment) Clock() string { return m.At.In(m.zone()).Format("15:04") }

// Exact is the full time in the reader's zone, shown on hover.
func (m Moment) Exact() string { return m.At.In(m.zone()).Format("Mon 2 Jan 2006, 15:04:05 MST") }

// Short is the time of day today, else the weekday within a week, else the date.
func (m Moment) Short() string {
	at, now := m.At.In(m.zone()), m.Now.In(m.zone())
	switch days := dayOf(now).Sub(dayOf(at)).Hours() / 24; {
	case days < 1 && days >= 0:
		return at.Format("15:04")
	case days < 2 && days >= 1:
		return "Yesterday " + at.Format("15:04")
	case days < 7 && days >= 2:
		return at.Format("Mon 15:04")
	case at.Year() == now.Year():
		return at.Format("Jan 2")
	default:
		return at.Format("Jan 2, 2006")
	}
}

// Ago is how long ago it was, "12 min ago", under a day; else as Short.
func (m Moment) Ago() string {
	since := m.Now.Sub(m.At)
	switch {
	case since < time.Minute && since > -time.Minute:
		return "just now"
	case since >= 0 && since < 24*time.Hour:
		return Span(since) + " ago"
	default:
		return m.Short()
	}
}

// In is the time within a day that the reader knows, else with the date: "14:05", "Mar 21, 14:05".
func (m Moment) In(sameDay bool) string {
	if sameDay {
		return m.Clock()
	}
	return m.At.In(m.zone()).Format("Jan 2, 15:04")
}

func (m Moment) zone() *time.Location {
	if m.Zone == nil {
		return time.UTC
	}
	return m.Zone
}

func dayOf(at time.Time) time.Time {
	return time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
}

// Span is a length of time in words: "47 min", "2 h 10", "3 days".
func Span(d time.Duration) string {
	d = d.Abs()
	switch minutes := int(d.Minutes()); {
	case minutes < 1:
		return "under 1 min"
	case minutes < 60:
		return fmt.Sprintf("%d min", minutes)
	case minutes < 24*60:
		return fmt.Sprintf("%d h %02d", minutes/60, minutes%60)
	case minutes < 48*60:
		return "1 day"
	default:
		return fmt.Sprintf("%d days", minutes/(24*60))
	}
}

// Tight is Span for the narrow list of live incidents: "47m", "2h", "3d".
func Tight(d time.Duration) string {
	switch minutes := int(d.Abs().Minutes()); {
	case minutes < 60:
		return fmt.Sprintf("%dm", minutes)
	case minutes < 24*60:
		return fmt.Sprintf("%dh", minutes/60)
	default:
		return fmt.Sprintf("%dd", minutes/(24*60))
	}
}

// DueView is when something is due and whether that is the reader's to do.
type DueView struct {
	At    time.Time
	Now   time.Time
	Yours bool
	// What is due, "update"; empty where the words around say it.
	What string
	// Brief leaves out what everybody can see is meant.
	Brief bool
}

// Words says it in words: "Next update in 4 min", "Your update is 6 min late".
func (d DueView) Words() string {
	left := d.At.Sub(d.Now)
	switch {
	case d.What == "" && left >= 0:
		return "in " + Span(left)
	case (d.Brief || d.What == "") && left < 0:
		return Span(left) + " late"
	case d.Brief && d.Yours:
		return "Due in " + Span(left)
	case d.Brief:
		return "Next in " + Span(left)
	case left < 0 && d.Yours:
		return "Your " + d.What + " is " + Span(left) + " late"
	case left < 0:
		return strings.ToUpper(d.What[:1]) + d.What[1:] + " is " + Span(left) + " late"
	case d.Yours:
		return "Your " + d.What + " is due in " + Span(left)
	default:
		return "Next " + d.What + " in " + Span(left)
	}
}

// Look is the class of the words: late, due (soon and the reader's) or none.
func (d DueView) Look() string {
	switch {
	case d.At.Before(d.Now):
		return "late"
	case d.Yours:
		return "due"
	default:
		return ""
	}
}

// FieldView is a labeled field of a form, with what was typed and what is wrong with it.
type FieldView struct {
	ID          string
	Name        string
	Label       string
	Hint        string
	Value       string
	Error       string
	Type        string // of the input; text when empty
	Placeholder string
	Required    bool
	Autofocus   bool
	Big         bool
	Rows        int // of a text area
	Max         int // characters
	// Draft names the draft that the browser keeps of a text area; empty for none.
	Draft string
	// Prefilled tells that nobody typed the value, so that a kept draft goes before it.
	Prefilled    bool
	Autocomplete string
	// Listed are texts to choose from while typing; others can be typed too.
	Listed []string
}

// Kind is the type of the input.
func (f FieldView) Kind() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

// Classes are those of the input.
func (f FieldView) Classes() string {
	if f.Big {
		return "input input--big"
	}
	return "input"
}

// Described names the elements that explain the field.
func (f FieldView) Described() string {
	if f.Error != "" {
		return f.ID + "-error"
	}
	if f.Hint != "" {
		return f.ID + "-hint"
	}
	return ""
}

// Option is one choice of several.
type Option struct {
	Value    string
	Label    string
	Hint     string
	Chosen   bool
	Severity *SeverityView
	Status   *StatusView
}

// ChoiceView is a group of choices of which one is taken.
type ChoiceView struct {
	Name    string
	Label   string
	Hint    string
	Error   string
	Options []Option
	Wrap    bool
}

// ButtonView is a button or, with Href, a link that looks like one.
type ButtonView struct {
	Label string
	Icon  string
	Key   string // the keyboard shortcut that it shows
	Href  string
	Look  string // solid, plain or empty
	Small bool
	// Submit makes it send its form; Name and Value go with it.
	Submit bool
	Name   string
	Value  string
	// Dialog loads Href into the page's dialog.
	Dialog bool
	// Asks is the question that is put before a destructive act.
	Asks string
}

// Classes are those of the button.
func (b ButtonView) Classes() string {
	classes := "btn"
	if b.Look != "" {
		classes += " btn--" + b.Look
	}
	if b.Small {
		classes += " btn--small"
	}
	if b.Label == "" {
		classes += " btn--icon"
	}
	return classes
}

// EmptyView says what an empty place is for and the one next thing to do.
type EmptyView struct {
	Title  string
	Text   string
	Action *ButtonView
}

// TabView is one tab of a page.
type TabView struct {
	Label   string
	Href    string
	Count   string
	Current bool
	Class   string
}

func icon(name string) string { return assets.Icon(name) }
