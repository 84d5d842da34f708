package rest

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/kernel/problem"
)

// maxDepth is how deep objects and lists of a body may lie in one another.
const maxDepth = 64

// maxMistakes is how many mistakes of one body are named.
const maxMistakes = 50

// parse reads JSON into maps, slices, strings, bools and json.Number.
func parse(text []byte) (any, error) {
	if depth(text) > maxDepth {
		return nil, refusal{status: http.StatusBadRequest, kind: "invalid_request_error", code: "too_deep", message: fmt.Sprintf("The body is nested deeper than %d levels.", maxDepth)}
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var tree any
	err := decoder.Decode(&tree)
	if err == nil {
		if _, more := decoder.Token(); more != io.EOF {
			err = fmt.Errorf("something follows after its end")
		}
	}
	if err != nil {
		return nil, refusal{status: http.StatusBadRequest, kind: "invalid_request_error", code: "invalid_json", message: fmt.Sprintf("The body is no JSON: %v, after %d bytes.", err, decoder.InputOffset())}
	}
	return tree, nil
}

// depth is how deep brackets lie in one another; those within strings do not count.
func depth(text []byte) int {
	deepest, now, quoted := 0, 0, false
	for n := 0; n < len(text); n++ {
		switch c := text[n]; {
		case quoted && c == '\\':
			n++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			now++
			deepest = max(deepest, now)
		case c == '}' || c == ']':
			now--
		}
	}
	return deepest
}

// property is a field of a body's type.
type property struct {
	name     string
	kind     reflect.Type
	field    reflect.StructField
	required bool // in a request
	sent     bool // always, in an answer
	enum     []string
}

// propertiesOf lists the fields of a struct as encoding/json sees them.
func propertiesOf(kind reflect.Type) []property {
	var all []property
	for _, field := range reflect.VisibleFields(kind) {
		tag, tagged := field.Tag.Lookup("json")
		name, options, _ := strings.Cut(tag, ",")
		if name == "-" || !field.IsExported() || (field.Anonymous && !tagged) || len(field.Index) > 1 && !flattened(kind, field.Index) {
			continue
		}
		if name == "" {
			panic(fmt.Sprintf("the field %s of %s has no name in JSON", field.Name, kind))
		}
		all = append(all, property{
			name: name, kind: field.Type, field: field, required: field.Tag.Get("required") == "true",
			sent: !strings.Contains(options, "omitempty") && !strings.Contains(options, "omitzero"), enum: list(field.Tag.Get("enum")),
		})
	}
	return all
}

// flattened reports whether a promoted field comes from structs that stand in the outer one without a name in JSON.
func flattened(kind reflect.Type, index []int) bool {
	for _, at := range index[:len(index)-1] {
		if kind.Kind() == reflect.Pointer {
			kind = kind.Elem()
		}
		field := kind.Field(at)
		if _, tagged := field.Tag.Lookup("json"); tagged {
			return false
		}
		kind = field.Type
	}
	return true
}

// demands reports whether a body must have something in it.
func demands(kind reflect.Type) bool {
	return kind.Kind() == reflect.Struct && slices.ContainsFunc(propertiesOf(kind), func(p property) bool { return p.required })
}

var (
	timeType        = reflect.TypeFor[time.Time]()
	fileType        = reflect.TypeFor[File]()
	rawType         = reflect.TypeFor[json.RawMessage]()
	wrapperType     = reflect.TypeFor[wrapper]()
	textDecoderType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// check compares what was parsed with the type that is wanted.
func check(tree any, want reflect.Type) problem.List {
	c := checker{}
	c.value(tree, want, nil, "")
	return c.wrong
}

type checker struct{ wrong problem.List }

func (c *checker) refuse(at, code, format string, args ...any) {
	if len(c.wrong) < maxMistakes {
		if at == "" {
			at = "body"
		}
		c.wrong = append(c.wrong, problem.Field(at, code, format, args...))
	}
}

// value checks one value; null has been dealt with by who has it.
func (c *checker) value(tree any, want reflect.Type, enum []string, at string) {
	for want.Kind() == reflect.Pointer {
		want = want.Elem()
	}
	if want.Implements(wrapperType) {
		c.value(tree, reflect.Zero(want).Interface().(wrapper).inner(), enum, at)
		return
	}
	switch {
	case want == rawType || want.Kind() == reflect.Interface:
		c.anything(tree, at)
	case want == timeType:
		c.moment(tree, at)
	case want.Kind() == reflect.String || reflect.PointerTo(want).Implements(textDecoderType):
		c.text(tree, enum, at)
	case want.Kind() == reflect.Bool:
		if _, ok := tree.(bool); !ok {
			c.refuse(at, "invalid_type", "%s is true or false, not %s.", named(at), sort(tree))
		}
	case want.Kind() == reflect.Struct:
		c.object(tree, want, at)
	case want.Kind() == reflect.Map:
		c.mapping(tree, want, at)
	case want.Kind() == reflect.Slice:
		c.list(tree, want.Elem(), enum, at)
	default:
		c.number(tree, want, at)
	}
}

func (c *checker) object(tree any, want reflect.Type, at string) {
	object, ok := tree.(map[string]any)
	if !ok {
		c.refuse(at, "invalid_type", "%s is an object, not %s.", named(at), sort(tree))
		return
	}
	for _, p := range propertiesOf(want) {
		value, there := object[p.name]
		switch {
		case there && value != nil:
			c.value(value, p.kind, p.enum, join(at, p.name))
		case p.required:
			c.refuse(join(at, p.name), "is_required", "%s is required.", p.name)
		}
	}
}

func (c *checker) mapping(tree any, want reflect.Type, at string) {
	object, ok := tree.(map[string]any)
	if !ok {
		c.refuse(at, "invalid_type", "%s is an object, not %s.", named(at), sort(tree))
		return
	}
	for name, value := range object {
		if !clean(name) {
			c.refuse(at, "invalid_value", "A name in %s has a character that cannot be stored.", named(at))
		}
		if value != nil {
			c.value(value, want.Elem(), nil, join(at, name))
		}
	}
}

func (c *checker) list(tree any, want reflect.Type, enum []string, at string) {
	items, ok := tree.([]any)
	if !ok {
		c.refuse(at, "invalid_type", "%s is a list, not %s.", named(at), sort(tree))
		return
	}
	for n, item := range items {
		place := at + "[" + strconv.Itoa(n) + "]"
		if item == nil {
			c.refuse(place, "invalid_type", "%s is null; leave it out of the list.", place)
			continue
		}
		c.value(item, want, enum, place)
	}
}

func (c *checker) text(tree any, enum []string, at string) {
	text, ok := tree.(string)
	switch {
	case !ok:
		c.refuse(at, "invalid_type", "%s is text, not %s.", named(at), sort(tree))
	case strings.ContainsRune(text, 0):
		c.refuse(at, "invalid_value", "%s has a NUL character in it, which cannot be stored.", named(at))
	case len(enum) > 0 && !slices.Contains(enum, text):
		c.refuse(at, "invalid_value", "%s is one of %s, not %q.", named(at), strings.Join(enum, ", "), text)
	}
}

func (c *checker) moment(tree any, at string) {
	text, ok := tree.(string)
	if !ok {
		c.refuse(at, "invalid_type", "%s is a time, not %s.", named(at), sort(tree))
		return
	}
	// Years beyond these can be written, but neither stored nor sent back.
	if when, err := time.Parse(time.RFC3339, text); err != nil || when.Year() < 1 || when.UTC().Year() > 9999 {
		c.refuse(at, "invalid_value", "%s is a time as 2021-08-17T13:28:57Z, not %q.", named(at), text)
	}
}

func (c *checker) number(tree any, want reflect.Type, at string) {
	number, ok := tree.(json.Number)
	if !ok {
		c.refuse(at, "invalid_type", "%s is a number, not %s.", named(at), sort(tree))
		return
	}
	var err error
	switch want.Kind() {
	case reflect.Float32, reflect.Float64:
		_, err = strconv.ParseFloat(number.String(), want.Bits())
	case reflect.Uint, reflect.Uint32, reflect.Uint64:
		_, err = strconv.ParseUint(number.String(), 10, want.Bits())
	default:
		_, err = strconv.ParseInt(number.String(), 10, want.Bits())
	}
	if err != nil {
		c.refuse(at, "invalid_value", "%s is a whole number of at most %d bits, not %s.", named(at), want.Bits(), number)
	}
}

// anything lets all through that can be stored.
func (c *checker) anything(tree any, at string) {
	switch value := tree.(type) {
	case string:
		c.text(value, nil, at)
	case []any:
		for n, item := range value {
			c.anything(item, at+"["+strconv.Itoa(n)+"]")
		}
	case map[string]any:
		for name, item := range value {
			c.text(name, nil, at)
			c.anything(item, join(at, name))
		}
	}
}

func join(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

func named(at string) string {
	if at == "" {
		return "The body"
	}
	return at
}

// sort is what a value is, in words.
func sort(tree any) string {
	switch tree.(type) {
	case nil:
		return "null"
	case string:
		return "text"
	case bool:
		return "true or false"
	case json.Number:
		return "a number"
	case []any:
		return "a list"
	default:
		return "an object"
	}
}
