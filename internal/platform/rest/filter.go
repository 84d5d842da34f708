package rest

import (
	"slices"
	"strings"

	"github.com/musterhq/muster/internal/kernel/problem"
)

// Filter is a query parameter with operators, status[one_of]=ID&status[one_of]=ID: the values of each operator.
type Filter map[string][]string

// FilterByID is a filter for each of several things, custom_field[ID][one_of]=VALUE.
type FilterByID map[string]Filter

// brackets takes "custom_field[ID][one_of]" apart into its name and what stands in brackets.
func brackets(key string) (name string, inside []string, ok bool) {
	at := strings.IndexByte(key, '[')
	if at < 0 {
		return key, nil, true
	}
	name, rest := key[:at], key[at:]
	for rest != "" {
		end := strings.IndexByte(rest, ']')
		if rest[0] != '[' || end < 0 {
			return name, nil, false
		}
		inside, rest = append(inside, rest[1:end]), rest[end+1:]
	}
	return name, inside, true
}

// add puts the values of one parameter into the filter.
func (p parameter) add(filter Filter, operator string, values []string, key string) *problem.Error {
	if len(p.operators) > 0 && !slices.Contains(p.operators, operator) {
		return problem.Field(key, "unknown_operator", "%s has no operator %q; use %s.", p.name, operator, strings.Join(p.operators, ", "))
	}
	filter[operator] = append(filter[operator], values...)
	return nil
}
