package form

import (
	"slices"
	"strings"

	"github.com/musterhq/muster/internal/kernel/problem"
)

// mostConditions is how many a rule has.
const mostConditions = 20

// ruleOperations are those that make sense of an incident as a whole.
var ruleOperations = []Operation{OneOf, NotOneOf, AtLeast, AtMost, IsSet, IsBlank}

// CheckIncidentConditions refuses what a rule about incidents cannot ask. Problems are about "conditions".
func CheckIncidentConditions(groups Groups) error {
	count := 0
	for _, group := range groups {
		count += len(group)
		for _, c := range group {
			known := slices.Contains([]string{"severity", "status", "type"}, c.Subject) || strings.HasPrefix(c.Subject, FieldKey(""))
			if !known || !slices.Contains(ruleOperations, c.Operation) || len(c.Values) > 100 {
				return problem.Field("conditions", "unknown", "Conditions are about the severity, the status, the type or a field.")
			}
		}
	}
	if count > mostConditions {
		return problem.Field("conditions", "too_many", "A rule has %d conditions at most.", mostConditions)
	}
	return nil
}
