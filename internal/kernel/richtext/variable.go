package richtext

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"github.com/musterhq/muster/internal/kernel/problem"
)

// The filters of a variable, and the attributes of its node that hold them.
const (
	truncate        = "truncate"      // {{name | truncate: 100}}: at most so many characters
	omitIfUnset     = "omit_if_unset" // {{name | omit_if_unset}}: nothing is shown while it has no value
	nameAttr        = "name"
	truncateToAttr  = "truncateTo"
	omitIfUnsetAttr = "omitIfUnset"
	longestVariable = 1000 // bytes between the braces
	mostCharacters  = 1 << 20
)

// V makes a variable; a truncateTo of 0 shows its value whole, and omitted shows nothing while it has no value.
func V(name string, truncateTo int, omitted bool) Node {
	attrs := map[string]any{nameAttr: name}
	if truncateTo > 0 {
		attrs[truncateToAttr] = float64(truncateTo) // as JSON reads it
	}
	if omitted {
		attrs[omitIfUnsetAttr] = true
	}
	return Node{Kind: Variable, Variable: attrs}
}

// ParseTemplate reads Markdown with variables for a field that a program fills in: what Parse would leave as text because
// it is no variable, or read without its markup because it is too long, is a problem of that field.
func ParseTemplate(source, field string, options Options) (Document, error) {
	if len(source) > mostMarkup {
		return Document{}, problem.Field(field, "too_long", "The text has %d bytes; %d are the most.", len(source), mostMarkup)
	}
	options.Variables = true
	d, err := parse(source, options)
	if err == nil {
		return d, nil
	}
	var mistake *problem.Error
	if errors.As(err, &mistake) {
		mistake.Field = field
	}
	return Document{}, err
}

// braceParser reads {{name | filter}} where variables are wanted.
type braceParser struct{}

func (braceParser) Trigger() []byte { return []byte{'{'} }

func (braceParser) Parse(_ ast.Node, block text.Reader, context parser.Context) ast.Node {
	s := stateOf(context)
	line, _ := block.PeekLine()
	if !s.options.Variables || !bytes.HasPrefix(line, []byte("{{")) {
		return nil
	}
	variable, length, err := readVariable(string(line[:min(len(line), longestVariable+4)]))
	if err != nil {
		if s.mistake == nil {
			s.mistake = err
		}
		return nil
	}
	block.Advance(length)
	return &inlineNode{node: variable}
}

// readVariable reads the variable that a text begins with, up to the nearest closing braces, and returns its length in bytes.
func readVariable(line string) (Node, int, error) {
	inside, _, closed := strings.Cut(strings.TrimPrefix(line, "{{"), "}}")
	if !closed {
		return Node{}, 0, problem.New(problem.Invalid, "unclosed_variable", "The variable %s has no closing braces }} on its line. Write \\{{ for braces that are none.", quoted(line))
	}
	typed := "{{" + inside + "}}"
	if strings.Contains(inside, "{{") {
		return Node{}, 0, problem.New(problem.Invalid, "nested_variable", "There is a variable inside another in %s. Close the first one before the next.", quoted(typed))
	}
	name, filters, _ := strings.Cut(inside, "|")
	if name = strings.TrimSpace(name); name == "" {
		return Node{}, 0, problem.New(problem.Invalid, "empty_variable_name", "The variable %s has no name. Write it as {{name}}.", quoted(typed))
	}
	truncateTo, omitted := 0, false
	if strings.Contains(inside, "|") {
		for filter := range strings.SplitSeq(filters, "|") {
			if err := readFilter(filter, &truncateTo, &omitted); err != nil {
				return Node{}, 0, err
			}
		}
	}
	return V(name, truncateTo, omitted), len(typed), nil
}

func readFilter(typed string, truncateTo *int, omitted *bool) error {
	name, argument, given := strings.Cut(typed, ":")
	name, argument = strings.TrimSpace(name), strings.TrimSpace(argument)
	switch name {
	case truncate:
		limit, err := strconv.Atoi(argument)
		if err != nil || limit < 1 || limit > mostCharacters {
			return problem.New(problem.Invalid, "invalid_filter_argument", "The filter truncate takes a number of characters from 1, not %s: truncate: 100.", quoted(argument))
		}
		*truncateTo = limit
	case omitIfUnset:
		if given {
			return problem.New(problem.Invalid, "invalid_filter_argument", "The filter omit_if_unset takes nothing after it, not %s.", quoted(argument))
		}
		*omitted = true
	default:
		return problem.New(problem.Invalid, "unknown_filter", "There is no filter %s. There are truncate: 100 and omit_if_unset.", quoted(name))
	}
	return nil
}

func quoted(typed string) string { return strconv.Quote(Truncate(clean(typed), 60)) }

// filters returns how a variable is shown. A limit that is no number of characters is none.
func (n Node) filters() (truncateTo int, omitted bool) {
	if limit, _ := n.Variable[truncateToAttr].(float64); limit >= 1 && limit <= mostCharacters {
		truncateTo = int(limit)
	}
	omitted, _ = n.Variable[omitIfUnsetAttr].(bool)
	return truncateTo, omitted
}

// variableSource writes a variable as it is typed.
func variableSource(n Node) string {
	name, _ := n.Variable[nameAttr].(string)
	source := "{{" + name
	truncateTo, omitted := n.filters()
	if truncateTo > 0 {
		source += " | " + truncate + ": " + strconv.Itoa(truncateTo)
	}
	if omitted {
		source += " | " + omitIfUnset
	}
	return source + "}}"
}
