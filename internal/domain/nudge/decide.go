package nudge

import (
	"slices"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/nudge/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
)

// rules are how an organisation wants its nudges.
type rules struct {
	set  map[Kind]Rule
	of   map[typed]Rule
	zone *time.Location
}

type typed struct {
	kind Kind
	of   id.ID
}

// rule is the type's own, else the organisation's, else as it comes.
func (r rules) rule(n Nature, of id.ID) Rule {
	if rule, found := r.of[typed{n.Kind, of}]; found {
		return rule
	}
	if rule, found := r.set[n.Kind]; found {
		return rule
	}
	return n.Initial
}

// working reports whether it is a weekday between 9 and 18.
func (r rules) working(at time.Time) bool {
	local := at.In(r.zone)
	return local.Weekday() != time.Saturday && local.Weekday() != time.Sunday && local.Hour() >= 9 && local.Hour() < 18
}

// verdict is what is to be done about one incident.
type verdict struct {
	// appeared and gone are causes that were not there, or are not there any more.
	appeared, gone []Kind
	// raise is the nudge to give now, empty for none.
	raise Kind
}

func (v verdict) nothing() bool { return len(v.appeared) == 0 && len(v.gone) == 0 && v.raise == "" }

// decide looks at one incident: which causes came and went, and whether the time for a nudge has come.
func decide(f db.FactsRow, known []db.MusterNudge, r rules, at time.Time) verdict {
	var v verdict
	budget, least := true, int32(0)
	for _, k := range known {
		if k.RaisedAt != nil && at.Sub(*k.RaisedAt) < Apart {
			budget = false
		}
	}
	for _, n := range natures {
		if n.Kind == UpdateDue { // the incident's own timer reminds of it, to the minute
			continue
		}
		known := knownOf(known, n.Kind)
		since, there := cause(n.Kind, f)
		if !there {
			if known.Since != nil {
				v.gone = append(v.gone, n.Kind)
			}
			continue
		}
		if known.Since == nil {
			v.appeared = append(v.appeared, n.Kind)
		}
		if since.IsZero() {
			since = at
			if known.Since != nil {
				since = *known.Since
			}
		}
		// Of several that are due the one that came least often has its turn, else the more urgent one.
		if budget && (v.raise == "" || known.Raised < least) && due(n, r.rule(n, f.TypeID), known, since, r, at) {
			v.raise, least = n.Kind, known.Raised
		}
	}
	return v
}

func due(n Nature, rule Rule, known db.MusterNudge, since time.Time, r rules, at time.Time) bool {
	switch {
	case !rule.Enabled, known.DismissedAt != nil, int(known.Raised) >= rule.Most:
		return false
	case at.Sub(since) < rule.Delay:
		return false
	case known.RaisedAt != nil && at.Sub(*known.RaisedAt) < n.Every:
		return false
	case known.HeldUntil != nil && at.Before(*known.HeldUntil):
		return false
	default:
		return !rule.WorkingHours || r.working(at)
	}
}

// talkative is how much the lead writes in twenty minutes when they are deep in the work.
const talkative = 8

// cause reports whether an incident has what a nudge reminds of, and since when where its rows tell that.
func cause(kind Kind, f db.FactsRow) (since time.Time, there bool) {
	live := f.StatusCategory == string(incident.CategoryLive)
	switch kind {
	case NoLead:
		return time.Time{}, live && f.LeadID.Empty()
	case NoSeverity:
		return time.Time{}, live && f.SeverityID.Empty()
	case NoSummary:
		return time.Time{}, live && f.NoSummary
	case LeadIsDeep:
		return f.ToldAt, live && f.SaidByLead >= talkative
	case FirstTimer:
		return time.Time{}, live && f.Newcomer
	case LongRunning:
		return f.DeclaredAt, live
	case QuietRoom:
		return later(f.SaidAt, f.DoneAt), live && f.NextUpdateDueAt == nil
	case Unowned:
		return time.Time{}, !live && f.Unowned
	case CanBeClosed:
		return later(f.SaidAt, f.DoneAt), f.StatusCategory != string(incident.CategoryClosed)
	default:
		return time.Time{}, false
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func knownOf(known []db.MusterNudge, kind Kind) db.MusterNudge {
	n := slices.IndexFunc(known, func(k db.MusterNudge) bool { return k.Kind == string(kind) })
	if n < 0 {
		return db.MusterNudge{}
	}
	return known[n]
}
