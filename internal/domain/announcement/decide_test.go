package announcement

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

func when(subject string, op form.Operation, values ...string) form.Groups {
	return form.Groups{{{Subject: subject, Operation: op, Values: values}}}
}

// TestRulesAndIncidents asks of each incident what is to be seen in #all and in #major.
func TestRulesAndIncidents(t *testing.T) {
	ranks := map[id.ID]int32{"01MINOR": 1, "01MAJOR": 2}
	rule := func(name string, unmatched Unmatched, conditions form.Groups, places ...string) Rule {
		r := Rule{ID: id.ID(name), Name: name, Conditions: conditions, Mode: Post, Unmatched: unmatched, Enabled: true}
		for _, at := range places {
			r.Places = append(r.Places, Place{ID: at})
		}
		return r
	}
	bad := rule("bad", Remove, when("severity", form.AtLeast, "01MAJOR"), "#major", "#all")
	every := rule("every", Leave, nil, "#all")
	looking := rule("looking", Leave, when("status", form.OneOf, "01TRIAGE", "01FIXING", "01CLOSED"), "#all")
	off := every
	off.Enabled = false
	live := func(severity id.ID) facts {
		return facts{category: incident.CategoryLive, mode: incident.Standard, situation: form.Situation{Severity: severity, Status: "01FIXING", Ranks: ranks}}
	}
	as := func(f facts, change func(*facts)) facts {
		change(&f)
		return f
	}
	in := func(category incident.Category, status id.ID) facts {
		return as(live("01MAJOR"), func(f *facts) { f.category, f.situation.Status = category, status })
	}
	both := map[string]standing{"#major": {rule: "bad", state: posted}, "#all": {rule: "bad", state: posted}}
	only := func(rule, state string) map[string]standing {
		return map[string]standing{"#all": {rule: id.ID(rule), state: state}}
	}
	private := func(f *facts) { f.private = true }
	quiet := func(f *facts) { f.quiet = true }
	for name, c := range map[string]struct {
		rules []Rule
		facts facts
		there map[string]standing
		want  map[string]string
	}{
		"nothing is said without a rule":                  {nil, live("01MAJOR"), nil, nil},
		"a rule that is off says nothing":                 {[]Rule{off}, live("01MAJOR"), nil, nil},
		"of two that match the first speaks in a channel": {[]Rule{bad, every}, live("01MAJOR"), nil, map[string]string{"#major": "bad", "#all": "bad"}},
		"the order decides":                               {[]Rule{every, bad}, live("01MAJOR"), nil, map[string]string{"#major": "bad", "#all": "every"}},
		"what does not match is left to the next rule":    {[]Rule{bad, every}, live("01MINOR"), nil, map[string]string{"#all": "every"}},
		"no severity yet is not bad enough":               {[]Rule{bad}, live(""), nil, nil},
		"less bad: removed, and the other rule takes over a post": {
			[]Rule{bad, every}, live("01MINOR"), both, map[string]string{"#major": "removed", "#all": "every"},
		},
		"matches no more and stays":                {[]Rule{looking}, in(incident.CategoryLive, "01WATCHING"), only("looking", posted), map[string]string{"#all": "looking silent"}},
		"the rule is gone and the post stays":      {nil, live("01MAJOR"), only("bad", posted), map[string]string{"#all": "bad silent"}},
		"the rule is off and the post follows it":  {[]Rule{func() Rule { r := bad; r.Enabled = false; return r }()}, live("01MAJOR"), only("bad", posted), map[string]string{"#all": "removed"}},
		"private from the beginning":               {[]Rule{every}, as(live("01MAJOR"), private), nil, nil},
		"private later":                            {[]Rule{every}, as(live("01MAJOR"), private), only("every", posted), map[string]string{"#all": "removed"}},
		"private while it was being posted":        {[]Rule{every}, as(live("01MAJOR"), private), only("every", posting), map[string]string{"#all": "removed"}},
		"a test":                                   {[]Rule{every}, as(live("01MAJOR"), func(f *facts) { f.mode = incident.Test }), nil, nil},
		"a tutorial":                               {[]Rule{every}, as(live("01MAJOR"), func(f *facts) { f.mode = incident.Tutorial }), nil, nil},
		"what was over when it was written down":   {[]Rule{every}, as(live("01MAJOR"), func(f *facts) { f.mode = incident.Retrospective }), nil, nil},
		"quiet":                                    {[]Rule{every}, as(live("01MAJOR"), quiet), nil, nil},
		"quiet later: the post stays, in silence":  {[]Rule{every}, as(live("01MAJOR"), quiet), only("every", posted), map[string]string{"#all": "every silent"}},
		"quiet later, and the rule removes":        {[]Rule{bad}, as(live("01MAJOR"), quiet), only("bad", posted), map[string]string{"#all": "removed"}},
		"in triage":                                {[]Rule{every}, in(incident.CategoryTriage, "01TRIAGE"), nil, nil},
		"in triage, which another rule asked for":  {[]Rule{every, looking}, in(incident.CategoryTriage, "01TRIAGE"), nil, map[string]string{"#all": "looking"}},
		"declined before it was announced":         {[]Rule{every}, in(incident.CategoryDeclined, "01DECLINED"), nil, nil},
		"canceled before it was announced":         {[]Rule{every}, in(incident.CategoryCanceled, "01CANCELED"), nil, nil},
		"canceled after: the post says so":         {[]Rule{every}, in(incident.CategoryCanceled, "01CANCELED"), only("every", posted), map[string]string{"#all": "every"}},
		"closed long ago":                          {[]Rule{every}, in(incident.CategoryClosed, "01CLOSED"), nil, nil},
		"closed, which the rule asked for":         {[]Rule{looking}, in(incident.CategoryClosed, "01CLOSED"), nil, map[string]string{"#all": "looking"}},
		"closed after: the post says so":           {[]Rule{every}, in(incident.CategoryClosed, "01CLOSED"), only("every", posted), map[string]string{"#all": "every"}},
		"worse again: posted anew":                 {[]Rule{bad}, live("01MAJOR"), only("bad", removed), map[string]string{"#major": "bad", "#all": "bad"}},
		"taken away by somebody":                   {[]Rule{every}, live("01MAJOR"), only("every", lost), map[string]string{"#all": "removed"}},
		"removed stays removed when quiet":         {[]Rule{bad}, as(live("01MAJOR"), quiet), only("bad", removed), nil},
		"paused is as live":                        {[]Rule{every}, in(incident.CategoryPaused, "01PAUSED"), nil, map[string]string{"#all": "every"}},
		"on its way and no longer wanted: removed": {[]Rule{every}, as(live("01MAJOR"), quiet), only("every", posting), map[string]string{"#all": "removed"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := map[string]string{}
			for at, course := range choose(c.rules, c.facts, c.there) {
				got[at] = string(course.rule.ID)
				switch {
				case !course.shown:
					got[at] = "removed"
				case course.silent:
					got[at] += " silent"
				}
			}
			if c.want == nil {
				c.want = map[string]string{}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRulesAreChecked(t *testing.T) {
	taken := []Rule{{ID: "01TAKEN", Name: "Everything"}}
	fine := func(change func(*SaveRule)) SaveRule {
		cmd := SaveRule{Name: " Major  ones ", Places: []Place{{ID: "T1/C2", Name: "#incidents"}, {ID: "T1/C2"}}, Mode: Thread, Unmatched: Leave, Enabled: true}
		change(&cmd)
		return cmd
	}
	for name, c := range map[string]struct {
		cmd  SaveRule
		code string
	}{
		"as it should be":     {fine(func(*SaveRule) {}), ""},
		"no name":             {fine(func(c *SaveRule) { c.Name = " " }), "is_required"},
		"a name that is used": {fine(func(c *SaveRule) { c.Name = "everything" }), "taken"},
		"no channel":          {fine(func(c *SaveRule) { c.Places = nil }), "is_required"},
		"no id of a channel":  {fine(func(c *SaveRule) { c.Places = []Place{{ID: "T1/C2/../x"}} }), "unknown"},
		"no mode":             {fine(func(c *SaveRule) { c.Mode = "shout" }), "unknown"},
		"no fate":             {fine(func(c *SaveRule) { c.Unmatched = "" }), "unknown"},
		"a condition on the visibility": {fine(func(c *SaveRule) {
			c.Conditions = when("visibility", form.OneOf, "private")
		}), "unknown"},
		"a rule that is not there": {fine(func(c *SaveRule) { c.Rule = "01GONE" }), "not_found"},
		"seen before it changed":   {fine(func(c *SaveRule) { c.Rule, c.Version = "01TAKEN", 7 }), "stale"},
	} {
		t.Run(name, func(t *testing.T) {
			rule, err := decideRule(c.cmd, taken)
			if code := codeOf(err); code != c.code {
				t.Errorf("%q (%v), want %q", code, err, c.code)
			}
			if err == nil && (rule.Name != "Major ones" || len(rule.Places) != 1 || rule.Places[0].Name != "incidents") {
				t.Errorf("tidied to %+v", rule)
			}
		})
	}
}

func codeOf(err error) string {
	all := problem.All(err)
	if err == nil || len(all) == 0 {
		return ""
	}
	return all[0].Code
}
