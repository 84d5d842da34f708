package nudge

import (
	"slices"
	"time"
)

// Kind is what a nudge reminds of.
type Kind string

// The kinds of nudge.
const (
	NoLead       Kind = "no_lead"
	NoSeverity   Kind = "no_severity"
	UpdateDue    Kind = "update_due"
	CanBeClosed  Kind = "can_be_closed"
	NoSummary    Kind = "no_summary"
	LeadIsDeep   Kind = "lead_is_deep"
	QuietRoom    Kind = "quiet_room"
	LongRunning  Kind = "long_running"
	FirstTimer   Kind = "first_time_responder"
	Unowned      Kind = "unowned_follow_up"
	longestDelay      = 14 * 24 * 60
	mostTimes         = 20
)

// Rule says when a nudge of a kind comes.
type Rule struct {
	Enabled bool
	// Delay is how long the cause must have been there.
	Delay time.Duration
	// Most is how often the nudge comes in one incident.
	Most int
	// WorkingHours keeps it to weekdays from 9 to 18 in the organisation's time zone.
	WorkingHours bool
}

// Nature is what is the same for a kind everywhere.
type Nature struct {
	Kind Kind
	// Title and Meaning are for the settings: what it reminds of and why.
	Title, Meaning string
	// Every is how long after one the next of the kind comes.
	Every time.Duration
	// Initial is the rule where nobody set another.
	Initial Rule
}

// natures lists the kinds, the most urgent first.
var natures = []Nature{
	{NoLead, "Nobody leads", "An incident without a lead has nobody who decides.", 5 * time.Minute, Rule{true, 2 * time.Minute, 5, false}},
	{UpdateDue, "An update is due", "The next update was promised for now. The lead is reminded when it is due and every ten minutes after that.", 0, Rule{true, time.Minute, 3, false}},
	{LeadIsDeep, "The lead is deep in the work", "The lead writes a lot in the room and updates stall: hand over, or name someone for comms.", 30 * time.Minute, Rule{false, 45 * time.Minute, 2, false}},
	{NoSeverity, "No severity yet", "Without one nobody knows how bad it is.", 10 * time.Minute, Rule{false, 5 * time.Minute, 5, false}},
	{NoSummary, "The summary is empty", "Everyone who comes reads it first.", 30 * time.Minute, Rule{false, 10 * time.Minute, 2, false}},
	{FirstTimer, "Someone responds for the first time", "Tells the others to help them find their feet.", time.Hour, Rule{false, time.Minute, 1, false}},
	{LongRunning, "It goes on for long", "People tire without noticing: eat, rest, hand over.", 3 * time.Hour, Rule{false, 4 * time.Hour, 3, false}},
	{QuietRoom, "The room is silent", "Nobody has said or done anything for a while. Is it still going on?", 2 * time.Hour, Rule{false, time.Hour, 3, false}},
	{Unowned, "A follow-up has no owner", "What nobody has is not done. Asked once a day, after the incident and for a week once it is closed.", 24 * time.Hour, Rule{false, time.Hour, 3, true}},
	{CanBeClosed, "Can this be closed?", "Nothing has happened for a day. Asked once a day.", 24 * time.Hour, Rule{true, 24 * time.Hour, 10, true}},
}

// Natures lists the kinds of nudge, the most urgent first.
func Natures() []Nature { return slices.Clone(natures) }

func natureOf(kind Kind) (Nature, bool) {
	n := slices.IndexFunc(natures, func(n Nature) bool { return n.Kind == kind })
	if n < 0 {
		return Nature{}, false
	}
	return natures[n], true
}
