package reference

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// deepest is how far an example goes into objects within objects.
const deepest = 4

// ordered is an object of JSON that keeps the order of its fields.
type ordered []member

type member struct {
	name  string
	value any
}

// MarshalJSON writes the object in its order.
func (o ordered) MarshalJSON() ([]byte, error) {
	parts := make([]string, len(o))
	for n, m := range o {
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, fmt.Errorf("write the example of %s: %w", m.name, err)
		}
		parts[n] = fmt.Sprintf("%q:%s", m.name, value)
	}
	return []byte("{" + strings.Join(parts, ",") + "}"), nil
}

// example makes a value of a schema out of the examples of its fields.
func example(ref *openapi3.SchemaRef, above []string) any {
	s := ref.Value
	if ref.Ref != "" {
		above = append(slices.Clone(above), ref.Ref)
	}
	switch {
	case s.Example != nil:
		return s.Example
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Type.Is("array"):
		if slices.Contains(above, s.Items.Ref) && s.Items.Ref != "" {
			return []any{}
		}
		return []any{example(s.Items, above)}
	case len(s.Properties) > 0:
		object := ordered{}
		for _, name := range names(s) {
			inner := s.Properties[name]
			if inner.Ref != "" && (slices.Contains(above, inner.Ref) || len(above) >= deepest) {
				continue
			}
			object = append(object, member{name, example(inner, above)})
		}
		return object
	case s.Type.Is("object"):
		return map[string]any{}
	case s.Format == "date-time":
		return "2026-01-27T09:30:00Z"
	case s.Type.Is("string"):
		return "…"
	case s.Type.Is("boolean"):
		return true
	case s.Type.Is("integer"), s.Type.Is("number"):
		return 1
	}
	return nil
}

func pretty(value any) string {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil { // no example is better than a page that fails
		return ""
	}
	return string(text)
}

// written is a value as people read it in a line.
func written(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return value
	case []string:
		return strings.Join(value, ", ")
	}
	return fmt.Sprint(value)
}

// command calls an operation with curl.
func command(server string, o Operation, body any) string {
	path := o.Path
	for _, p := range o.Parameters {
		if p.Place == "path" && p.Example != "" {
			path = strings.ReplaceAll(path, "{"+p.Name+"}", p.Example)
		}
	}
	lines := []string{"curl " + server + path}
	if o.Method != "GET" {
		lines[0] = "curl -X " + o.Method + " " + server + path
	}
	if !o.Public {
		lines = append(lines, `-H "Authorization: Bearer $MUSTER_API_KEY"`)
	}
	if body != nil {
		lines = append(lines, `-H "Content-Type: application/json"`, "-d '"+strings.ReplaceAll(pretty(body), "'", `'\''`)+"'")
	}
	return strings.Join(lines, " \\\n  ")
}
