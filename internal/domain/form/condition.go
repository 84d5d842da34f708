package form

import (
	"math/big"
	"slices"
	"strings"

	"github.com/musterhq/muster/internal/kernel/id"
)

// Groups are conditions: one of the groups must hold, and of a group every condition. No groups at all hold always.
type Groups [][]Condition

// Condition compares what is known of an incident.
type Condition struct {
	// Subject is severity, status, type, visibility, or field_ID of a custom field.
	Subject   string    `json:"subject"`
	Operation Operation `json:"operation"`
	Values    []string  `json:"values,omitempty"`
}

// Operation is how a condition compares.
type Operation string

// The operations. AtLeast and AtMost compare the rank of severities and the value of numbers.
const (
	OneOf    Operation = "one_of"
	NotOneOf Operation = "not_one_of"
	AtLeast  Operation = "gte"
	AtMost   Operation = "lte"
	IsSet    Operation = "is_set"
	IsBlank  Operation = "is_blank"
)

// Values are answers to custom fields: ids of options for those that are chosen from, else one text, link or number.
type Values map[id.ID][]string

// Situation is what conditions look at.
type Situation struct {
	Name, Summary                string
	Severity, Status, Type, Lead id.ID
	Private                      bool
	Fields                       Values
	// Ranks order the severities.
	Ranks map[id.ID]int32
}

// of returns what is known of a subject.
func (s Situation) of(subject string) []string {
	one := func(value string) []string {
		if strings.TrimSpace(value) == "" {
			return nil
		}
		return []string{value}
	}
	switch Kind(subject) {
	case Name:
		return one(s.Name)
	case Summary:
		return one(s.Summary)
	case Severity:
		return one(string(s.Severity))
	case Status:
		return one(string(s.Status))
	case Type:
		return one(string(s.Type))
	case Lead:
		return one(string(s.Lead))
	case Visibility:
		if s.Private {
			return []string{"private"}
		}
		return []string{"public"}
	}
	field, _ := strings.CutPrefix(subject, FieldKey(""))
	return s.Fields[id.ID(field)]
}

// Hold reports whether the conditions are met.
func (g Groups) Hold(s Situation) bool {
	if len(g) == 0 {
		return true
	}
	return slices.ContainsFunc(g, func(group []Condition) bool {
		return !slices.ContainsFunc(group, func(c Condition) bool { return !c.holds(s) })
	})
}

func (c Condition) holds(s Situation) bool {
	known := s.of(c.Subject)
	among := slices.ContainsFunc(known, func(value string) bool { return slices.Contains(c.Values, value) })
	switch c.Operation {
	case OneOf:
		return among
	case NotOneOf:
		return !among
	case IsSet:
		return len(known) > 0
	case IsBlank:
		return len(known) == 0
	case AtLeast, AtMost:
		order, comparable := c.compare(s, known)
		return comparable && (order == 0 || (order > 0) == (c.Operation == AtLeast))
	default: // of a newer release
		return false
	}
}

// compare orders what is known against the condition's value: severities by their rank, numbers by their value.
func (c Condition) compare(s Situation, known []string) (int, bool) {
	if len(known) != 1 || len(c.Values) != 1 {
		return 0, false
	}
	if Kind(c.Subject) == Severity {
		a, knownA := s.Ranks[id.ID(known[0])]
		b, knownB := s.Ranks[id.ID(c.Values[0])]
		return int(a) - int(b), knownA && knownB
	}
	a, okA := new(big.Rat).SetString(known[0])
	b, okB := new(big.Rat).SetString(c.Values[0])
	if !okA || !okB {
		return 0, false
	}
	return a.Cmp(b), true
}

// refers reports whether a condition looks at a subject, or compares it with a value.
func (g Groups) refers(subject, value string) bool {
	return slices.ContainsFunc(g, func(group []Condition) bool {
		return slices.ContainsFunc(group, func(c Condition) bool {
			return c.Subject == subject && (value == "" || slices.Contains(c.Values, value))
		})
	})
}
