package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/musterhq/muster/internal/kernel/problem"
)

// parameter is a field of an input that comes from the path or the query.
type parameter struct {
	name      string
	index     []int
	kind      reflect.Type
	enum      []string
	operators []string
	field     reflect.StructField
	required  bool
	// least and most bound a page size; most is 0 for other numbers.
	least, most, usual int
}

// plan is how an input is read, worked out once.
type plan struct {
	path, query []parameter
	body        []int // index of the field Body, nil for none
	bodyType    reflect.Type
	demanding   bool // the body has required fields, so it must be there
}

var (
	filterType     = reflect.TypeFor[Filter]()
	filterByIDType = reflect.TypeFor[FilterByID]()
	pageType       = reflect.TypeFor[Page]()
)

// planOf reads the tags of an input.
func planOf(in reflect.Type, op Op) plan {
	var p plan
	if in.Kind() != reflect.Struct {
		panic(fmt.Sprintf("%s: an input is a struct, not %s", op.ID, in))
	}
	for _, field := range reflect.VisibleFields(in) {
		if field.Type == pageType && field.Anonymous {
			continue
		}
		one := parameter{index: field.Index, kind: field.Type, field: field, enum: list(field.Tag.Get("enum")), operators: list(field.Tag.Get("operators")), required: field.Tag.Get("required") == "true"}
		if one.name = field.Tag.Get("path"); one.name != "" {
			if !strings.Contains(op.Path, "{"+one.name+"}") {
				panic(fmt.Sprintf("%s: the path %s has no {%s}", op.ID, op.Path, one.name))
			}
			p.path = append(p.path, one)
			continue
		}
		if one.name = field.Tag.Get("query"); one.name != "" {
			if one.name == "page_size" {
				one.bound(in, op)
			}
			p.query = append(p.query, one)
			continue
		}
		if field.Name == "Body" {
			p.body, p.bodyType, p.demanding = field.Index, field.Type, demands(field.Type)
		}
	}
	return p
}

// bound reads the tag of the embedded Page.
func (p *parameter) bound(in reflect.Type, op Op) {
	page, found := in.FieldByName("Page")
	sizes := list(page.Tag.Get("page"))
	if !found || len(sizes) != 2 {
		panic(op.ID + `: rest.Page is embedded with a tag like page:"25,250"`)
	}
	usual, err := strconv.Atoi(sizes[0])
	most, err2 := strconv.Atoi(sizes[1])
	if err != nil || err2 != nil {
		panic(op.ID + ": the page sizes are no numbers: " + page.Tag.Get("page"))
	}
	p.least, p.usual, p.most = 1, usual, most
}

func list(tag string) []string {
	if tag == "" {
		return nil
	}
	return strings.Split(tag, ",")
}

// read fills the input from a request and gathers everything that is wrong with it.
func (p plan) read(w http.ResponseWriter, r *http.Request, into reflect.Value) error {
	for _, one := range p.path {
		value := r.PathValue(one.name)
		if !clean(value) {
			return problem.Missing("record")
		}
		into.FieldByIndex(one.index).SetString(value)
	}
	if err := p.readQuery(r.URL.RawQuery, into); err != nil {
		return err
	}
	if p.body == nil {
		return nil
	}
	text, err := io.ReadAll(r.Body)
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return problem.New(problem.TooLarge, "payload_too_large", "The body is larger than %d bytes.", tooLarge.Limit)
	}
	if err != nil {
		return refusal{status: http.StatusBadRequest, kind: "invalid_request_error", code: "unreadable_body", message: "The body could not be read to its end. Send it again."}
	}
	return readBody(text, p, into.FieldByIndex(p.body))
}

// clean reports whether the text can be stored and compared: it is UTF-8 and has no NUL.
func clean(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }

// readQuery reads every parameter; those that the operation does not know are ignored, as unknown fields are.
func (p plan) readQuery(raw string, into reflect.Value) error {
	asked, err := url.ParseQuery(raw)
	if err != nil {
		return refusal{status: http.StatusBadRequest, kind: "invalid_request_error", code: "invalid_query", message: "The query string cannot be read: " + err.Error() + "."}
	}
	var wrong problem.List
	seen := map[string]bool{}
	for _, key := range sortedKeys(asked) {
		name, inside, closed := brackets(key)
		at := slices.IndexFunc(p.query, func(one parameter) bool { return one.name == name })
		if at < 0 {
			continue
		}
		seen[name] = true
		if !closed || !clean(key) || !slices.ContainsFunc(asked[key], func(string) bool { return true }) || slices.ContainsFunc(asked[key], func(v string) bool { return !clean(v) }) {
			wrong = append(wrong, problem.Field(name, "invalid_value", "The parameter %q cannot be read.", strings.ToValidUTF8(key, "�")))
			continue
		}
		if err := p.query[at].set(into.FieldByIndex(p.query[at].index), inside, asked[key], key); err != nil {
			wrong = append(wrong, err)
		}
	}
	for _, one := range p.query {
		if one.most > 0 && into.FieldByIndex(one.index).Int() == 0 {
			into.FieldByIndex(one.index).SetInt(int64(one.usual))
		}
		if one.required && !seen[one.name] {
			wrong = append(wrong, problem.Field(one.name, "is_required", "The parameter %s is required.", one.name))
		}
	}
	if len(wrong) > 0 {
		return query{wrong}
	}
	return nil
}

func sortedKeys(values url.Values) []string {
	keys := make([]string, 0, len(values))
	for key := range values {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// set gives a parameter its values.
func (p parameter) set(into reflect.Value, inside, values []string, key string) *problem.Error {
	switch {
	case p.kind == filterType:
		if len(inside) != 1 {
			return problem.Field(p.name, "invalid_value", "%s takes an operator in brackets, as %s[%s]=…", key, p.name, first(p.operators, "one_of"))
		}
		if into.IsNil() {
			into.Set(reflect.MakeMap(p.kind))
		}
		return p.add(into.Interface().(Filter), inside[0], values, key)
	case p.kind == filterByIDType:
		if len(inside) != 2 {
			return problem.Field(p.name, "invalid_value", "%s takes an id and an operator in brackets, as %s[ID][%s]=…", key, p.name, first(p.operators, "one_of"))
		}
		if into.IsNil() {
			into.Set(reflect.MakeMap(p.kind))
		}
		byID := into.Interface().(FilterByID)
		if byID[inside[0]] == nil {
			byID[inside[0]] = Filter{}
		}
		return p.add(byID[inside[0]], inside[1], values, key)
	case p.kind.Kind() == reflect.Slice:
		// status=A&status=B, and status[]=A as some programs write lists.
		if len(inside) > 1 || len(inside) == 1 && inside[0] != "" {
			return problem.Field(p.name, "invalid_value", "%s takes no operator.", p.name)
		}
		for _, value := range values {
			one := reflect.New(p.kind.Elem()).Elem()
			if err := p.scalar(one, value); err != nil {
				return err
			}
			into.Set(reflect.Append(into, one))
		}
		return nil
	case len(inside) > 0:
		return problem.Field(p.name, "invalid_value", "%s takes no operator.", p.name)
	default:
		return p.scalar(into, values[len(values)-1])
	}
}

func first(of []string, otherwise string) string {
	if len(of) == 0 {
		return otherwise
	}
	return of[0]
}

// scalar reads one value; an empty one is as none.
func (p parameter) scalar(into reflect.Value, value string) *problem.Error {
	if value == "" {
		return nil
	}
	if into.Kind() == reflect.Pointer {
		into.Set(reflect.New(into.Type().Elem()))
		into = into.Elem()
	}
	switch into.Kind() {
	case reflect.String:
		if len(p.enum) > 0 && !slices.Contains(p.enum, value) {
			return problem.Field(p.name, "invalid_value", "%s is one of %s, not %q.", p.name, strings.Join(p.enum, ", "), value)
		}
		into.SetString(value)
	case reflect.Bool:
		on, err := strconv.ParseBool(value)
		if err != nil {
			return problem.Field(p.name, "invalid_type", "%s is true or false, not %q.", p.name, value)
		}
		into.SetBool(on)
	case reflect.Int, reflect.Int32, reflect.Int64:
		number, err := strconv.ParseInt(value, 10, into.Type().Bits())
		if err != nil {
			return problem.Field(p.name, "invalid_type", "%s is a whole number, not %q.", p.name, value)
		}
		if p.most > 0 && (number < int64(p.least) || number > int64(p.most)) {
			return problem.Field(p.name, "invalid_value", "%s is between %d and %d, not %d.", p.name, p.least, p.most, number)
		}
		into.SetInt(number)
	default:
		panic(fmt.Sprintf("the parameter %s has the type %s, which is not read", p.name, into.Type()))
	}
	return nil
}

// readBody checks a body against its type and decodes it.
func readBody(text []byte, p plan, into reflect.Value) error {
	if len(strings.TrimSpace(string(text))) == 0 {
		if !p.demanding {
			return nil
		}
		return refusal{status: http.StatusBadRequest, kind: "invalid_request_error", code: "missing_body", message: "The request has no body. Send a JSON object."}
	}
	tree, err := parse(text)
	if err != nil {
		return err
	}
	if wrong := check(tree, p.bodyType); len(wrong) > 0 {
		return wrong
	}
	if err := json.Unmarshal(text, into.Addr().Interface()); err != nil {
		return refusal{status: http.StatusBadRequest, kind: "invalid_request_error", code: "invalid_json", message: "The body cannot be read: " + err.Error() + "."}
	}
	return nil
}
