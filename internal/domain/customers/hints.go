package customers

import (
	"regexp"
	"slices"
	"strings"
)

// Hint is a word that customers may not understand, or should not see, and why.
type Hint struct{ Word, Why string }

// mostHints is how many hints are given at once; more help nobody.
const mostHints = 4

// jargon maps words of engineers to what customers would say.
var jargon = map[string]string{
	"rollback": "say “we are undoing the change”", "rolled back": "say “we undid the change”", "rolling back": "say “we are undoing the change”",
	"deploy": "say “a change that we made”", "deployed": "say “changed”", "deployment": "say “a change that we made”", "release": "say “a change that we made”",
	"hotfix": "say “a correction”", "latency": "say “slow”", "throughput": "say how many, or how fast", "timeout": "say “takes too long and stops”",
	"timeouts": "say “takes too long and stops”", "5xx": "say “errors”", "500s": "say “errors”", "backend": "leave it out", "frontend": "say “the page” or “the app”",
	"database": "say what customers cannot do", "db": "say what customers cannot do", "replica": "leave it out", "shard": "leave it out", "cluster": "leave it out", "node": "leave it out",
	"pod": "leave it out", "pods": "leave it out", "kubernetes": "leave it out", "k8s": "leave it out", "cache": "leave it out", "queue": "say “waiting”", "cron": "leave it out", "api": "name what stops working",
	"dns": "leave it out", "endpoint": "name what stops working", "failover": "say “we moved to another system”", "microservice": "leave it out", "root cause": "say “the cause”",
	"mitigated": "say “works again for now”", "mitigation": "say what you did", "degraded": "say what is slow or missing", "degradation": "say what is slow or missing", "outage": "say what does not work",
	"regression": "say “a mistake of ours”", "instance": "leave it out", "cpu": "leave it out", "oom": "leave it out", "exception": "say “error”", "null pointer": "say “error”", "stack trace": "leave it out",
}

// shapes are words that give themselves away by how they look; which comes first decides.
var shapes = []struct {
	looks *regexp.Regexp
	why   string
}{
	{regexp.MustCompile(`(?i)\bINC-\d+\b`), "a number of ours: customers do not know it"},
	{regexp.MustCompile(`(?i)\bp(?:50|75|90|95|99|999)\b`), "a measurement: say how long people wait"},
	{regexp.MustCompile(`\b\d{1,3}(?:\.\d{1,3}){3}\b`), "an address of a machine: leave it out"},
	{regexp.MustCompile(`(?i)\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:internal|local|svc|cluster|lan|corp)\b`), "a name of a machine: leave it out"},
	{regexp.MustCompile(`(?i)\b(?:[a-z]+-)+(?:prod|stage|staging|eu|us|db|api|svc|worker|node)(?:-?\d+)?\b`), "a name of ours: say what it does for customers"},
	{regexp.MustCompile(`\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}\b|\b[0-9A-HJKMNP-TV-Z]{26}\b`), "an id: leave it out"},
	{regexp.MustCompile(`\b(?:[0-9]+[a-f][0-9a-f]{5,}|[a-f]+[0-9][0-9a-f]{5,})\b`), "a commit or an id: leave it out"},
	{regexp.MustCompile(`\bv?\d+\.\d+\.\d+\b`), "a version of ours: customers do not know it"},
	{regexp.MustCompile(`\b[a-z]+(?:_[a-z0-9]+)+\b`), "a name from the code: say it in words"},
	{regexp.MustCompile("`[^`]+`"), "written as code: say it in words"},
	{regexp.MustCompile(`(?i)\b(?:PR|MR|JIRA|[A-Z]{2,6})-\d{2,}\b`), "a number of ours: customers do not know it"},
}

// Hints finds what customers may not understand; they are advice and stop nobody.
func Hints(text string) []Hint {
	type found struct {
		at   int
		hint Hint
	}
	var all []found
	add := func(at int, word, why string) {
		if !slices.ContainsFunc(all, func(f found) bool {
			return strings.EqualFold(f.hint.Word, word) || (at >= f.at && at < f.at+len(f.hint.Word))
		}) {
			all = append(all, found{at, Hint{Word: word, Why: why}})
		}
	}
	for _, shape := range shapes {
		for _, span := range shape.looks.FindAllStringIndex(text, mostHints) {
			add(span[0], text[span[0]:span[1]], shape.why)
		}
	}
	for _, span := range jargonWords.FindAllStringIndex(text, -1) {
		word := text[span[0]:span[1]]
		add(span[0], word, jargon[strings.ToLower(word)])
	}
	slices.SortFunc(all, func(a, b found) int { return a.at - b.at })
	hints := make([]Hint, 0, min(len(all), mostHints))
	for _, f := range all[:min(len(all), mostHints)] {
		hints = append(hints, f.hint)
	}
	return hints
}

// jargonWords finds any of the words of jargon, the longer ones first.
var jargonWords = func() *regexp.Regexp {
	words := make([]string, 0, len(jargon))
	for word := range jargon {
		words = append(words, regexp.QuoteMeta(word))
	}
	slices.SortFunc(words, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	return regexp.MustCompile(`(?i)\b(?:` + strings.Join(words, "|") + `)\b`)
}()
