package announcement

import (
	"slices"

	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
)

// facts are what decides whether an incident is announced.
type facts struct {
	situation form.Situation
	category  incident.Category
	mode      incident.Mode
	private   bool
	quiet     bool
}

func factsOf(inc incident.Incident) facts {
	return facts{situation: inc.Situation(), category: inc.Status.Category, mode: inc.Mode, private: inc.Private, quiet: inc.Quiet}
}

// unspoken are incidents that no channel hears of, whatever was said of them before.
func (f facts) unspoken() bool { return f.private || f.mode != incident.Standard }

// mayBegin reports whether a first post is made of the incident by the rule. What is only looked at in triage, and what
// is over, is news for those alone who asked for that status; what turned out to be nothing is none.
func (f facts) mayBegin(r Rule) bool {
	switch f.category {
	case incident.CategoryLive, incident.CategoryPaused:
		return true
	case incident.CategoryTriage, incident.CategoryLearning, incident.CategoryClosed:
		return r.names(f.situation.Status)
	default:
		return false
	}
}

// names reports whether a rule asks for a status.
func (r Rule) names(status id.ID) bool {
	return slices.ContainsFunc(r.Conditions, func(group []form.Condition) bool {
		return slices.ContainsFunc(group, func(c form.Condition) bool {
			return c.Subject == string(form.Status) && c.Operation == form.OneOf && slices.Contains(c.Values, string(status))
		})
	})
}

// standing is the post of an incident in a channel, as far as the decision needs it.
type standing struct {
	rule  id.ID
	state string
}

// The states of a post: on its way, there, taken away by Muster, or gone by somebody else's hand.
const (
	posting = "posting"
	posted  = "posted"
	removed = "removed"
	lost    = "lost"
)

func (s standing) there() bool { return s.state == posting || s.state == posted }

// course is what is to be seen of an incident in a channel.
type course struct {
	// rule speaks there; for a silent one it is the rule that made the post.
	rule Rule
	// shown says that there is a post, silent that it is kept as the incident is and nothing else is said.
	shown, silent bool
}

// choose decides for each channel what is to be seen there.
func choose(rules []Rule, f facts, there map[string]standing) map[string]course {
	courses := map[string]course{}
	if !f.unspoken() && !f.quiet {
		for _, r := range rules {
			if !r.Enabled || !r.Conditions.Hold(f.situation) {
				continue
			}
			for _, place := range r.Places {
				if _, taken := courses[place.ID]; taken || !there[place.ID].there() && !f.mayBegin(r) {
					continue
				}
				courses[place.ID] = course{rule: r, shown: there[place.ID].state != lost}
			}
		}
	}
	for conversation, post := range there {
		if _, spoken := courses[conversation]; spoken || !post.there() {
			continue
		}
		at := slices.IndexFunc(rules, func(r Rule) bool { return r.ID == post.rule })
		keep := !f.unspoken() && (at < 0 || rules[at].Unmatched == Leave)
		left := course{shown: keep && post.state == posted, silent: true, rule: Rule{ID: post.rule}}
		if at >= 0 {
			left.rule = rules[at]
		}
		courses[conversation] = left
	}
	return courses
}
