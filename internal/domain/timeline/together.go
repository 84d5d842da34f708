package timeline

import (
	"fmt"

	"github.com/musterhq/muster/internal/kernel/id"
)

// Together words what one person did to actions in a row as one sentence: "Maya added 2 actions: “A” and “B”",
// "Maya added an action: “A”, gave it to Ana and completed it".
func Together(all []Activity, viewer id.ID) Sentence {
	var clauses []Sentence
	alone := false // what was spoken of last is one action, which "it" can mean
	for n := 0; n < len(all); {
		same := n + 1
		for same < len(all) && all[n].several() != "" && all[same].several() == all[n].several() {
			same++
		}
		switch {
		case same-n > 1:
			clauses = append(clauses, counted(all[n:same]))
		case alone && all[n].Subject == all[n-1].Subject:
			clauses = append(clauses, all[n].ofIt(viewer))
		default: // the whole sentence without who did it
			clauses = append(clauses, all[n].Sentence(viewer)[1:])
		}
		n, alone = same, same-n == 1
	}
	if len(clauses) == 0 {
		return nil
	}
	whole := &writer{viewer: viewer, actor: all[0].Actor}
	whole.subject()
	for n, clause := range clauses {
		switch {
		case n > 0 && n == len(clauses)-1:
			whole.words(" and")
		case n > 0:
			whole.words(",")
		}
		whole.parts = append(whole.parts, clause...)
	}
	return whole.parts
}

// several is how it is said of more than one action at once; empty for what is told of each by itself.
func (a Activity) several() string {
	switch {
	case a.Kind == "action.created" && a.Details.To == nil && a.Details.Moment == nil:
		return "added %d actions: "
	case a.Kind == "action.completed":
		return "completed %d actions: "
	case a.Kind == "action.reopened":
		return "reopened %d actions: "
	case a.Kind == "action.not_doing" && a.Details.FollowUp:
		return "turned %d actions into follow-ups: "
	case a.Kind == "action.not_doing":
		return "dropped %d actions: "
	default:
		return ""
	}
}

func counted(all []Activity) Sentence {
	w := &writer{}
	w.words(" " + fmt.Sprintf(all[0].several(), len(all)))
	for n, a := range all {
		switch {
		case n > 0 && n == len(all)-1:
			w.words(" and ")
		case n > 0:
			w.words(", ")
		}
		w.quote(a.Details.Text)
	}
	return w.parts
}

// ofIt tells of the action that was spoken of just before.
func (a Activity) ofIt(viewer id.ID) Sentence {
	w, d := &writer{viewer: viewer, actor: a.Actor}, a.Details
	switch a.Kind {
	case "action.assigned":
		switch {
		case d.To == nil:
			w.words(" took it from ").person(d.From)
		case w.self(d.To):
			w.words(" took it on")
		default:
			w.words(" gave it to ").person(d.To)
		}
	case "action.due_set":
		if d.Moment == nil {
			w.words(" took its due time off")
		} else {
			w.words(" made it due ").when(*d.Moment)
		}
	case "action.completed":
		w.words(" completed it")
	case "action.reopened":
		w.words(" reopened it")
	case "action.not_doing":
		if d.FollowUp {
			w.words(" turned it into a follow-up")
		} else {
			w.words(" dropped it")
		}
	default:
		return a.Sentence(viewer)[1:]
	}
	return w.parts
}
