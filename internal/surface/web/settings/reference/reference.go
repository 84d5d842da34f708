// Package reference shows the document of the public API as pages for people: a list of every operation, and a page for
// each family with what goes in and what comes out.
package reference

import (
	"maps"
	"slices"
	"strings"

	"github.com/a-h/templ"
	"github.com/getkin/kin-openapi/openapi3"

	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/platform/rest"
)

// Path is where the reference lies.
const Path = "/settings/api-reference"

// Reference is the whole document, ready to be shown.
type Reference struct {
	Introduction templ.Component
	// Server is the address that programs call.
	Server   string
	Families []Family
}

// Family is the operations of one tag.
type Family struct {
	Name, Slug string
	Operations []Operation
}

// Href is the address of the family's page.
func (f Family) Href() string { return Path + "/" + f.Slug }

// Operation is one operation.
type Operation struct {
	Summary, Anchor, Method, Path string
	Description                   templ.Component
	// Scopes are what the key has to hold.
	Scopes             []string
	Public, Deprecated bool
	// Parameters come in the path and the query.
	Parameters []Field
	Body       []Field
	Status     string
	Answer     []Field
	// Command calls the operation from a shell, Example is what it answers.
	Command, Example string
}

// Field is a parameter or a field of JSON.
type Field struct {
	Name, Kind, Description, Example string
	// Place is path or query, empty for a field of JSON.
	Place string
	// Demanded means in a request that it must be there, Sent in an answer that it always is.
	Demanded, Sent bool
	Values         []string
	Fields         []Field
}

// Of makes the reference of an API, families by name and operations in the order in which they were registered.
func Of(api *rest.API) Reference {
	doc := api.Document()
	r := Reference{Introduction: markdown(doc.Info.Description)}
	if len(doc.Servers) > 0 {
		r.Server = strings.TrimSuffix(doc.Servers[0].URL, "/")
	}
	byName := map[string]*Family{}
	for _, op := range api.Operations() {
		drawn := doc.Paths.Value(op.Path).GetOperation(op.Method)
		family := byName[op.Tag()]
		if family == nil {
			family = &Family{Name: op.Tag(), Slug: slug(op.Tag())}
			byName[op.Tag()] = family
		}
		family.Operations = append(family.Operations, r.operation(op, drawn))
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		r.Families = append(r.Families, *byName[name])
	}
	return r
}

// Family finds a family by its slug.
func (r Reference) Family(slug string) (Family, bool) {
	at := slices.IndexFunc(r.Families, func(f Family) bool { return f.Slug == slug })
	if at < 0 {
		return Family{}, false
	}
	return r.Families[at], true
}

func (r Reference) operation(op rest.Operation, drawn *openapi3.Operation) Operation {
	_, own, _ := strings.Cut(op.ID, "#")
	o := Operation{
		Summary: op.Summary, Anchor: slug(own), Method: op.Method, Path: op.Path, Description: markdown(op.Description), Public: op.Public, Deprecated: op.Deprecated,
	}
	for _, scope := range op.Scopes {
		o.Scopes = append(o.Scopes, string(scope))
	}
	for _, ref := range drawn.Parameters {
		o.Parameters = append(o.Parameters, parameter(ref.Value))
	}
	var body any
	if drawn.RequestBody != nil {
		schema := drawn.RequestBody.Value.Content.Get("application/json").Schema
		o.Body, body = fields(schema, nil), example(schema, nil)
	}
	for status, ref := range drawn.Responses.Map() {
		if status == "default" {
			continue
		}
		o.Status = status
		if media := ref.Value.Content.Get("application/json"); media != nil {
			o.Answer, o.Example = fields(media.Schema, nil), pretty(example(media.Schema, nil))
		}
	}
	o.Command = command(r.Server, o, body)
	return o
}

func parameter(p *openapi3.Parameter) Field {
	f := field(p.Name, p.Schema, nil)
	f.Place, f.Description, f.Demanded = p.In, p.Description, p.Required
	if wire, ok := p.Extensions["x-wire"].(string); ok {
		f.Name = wire
		f.Kind, f.Fields = "filter", nil
		if operators, ok := p.Extensions["x-operators"].([]string); ok {
			f.Values = operators
		}
	}
	return f
}

// fields are those of an object; above are the components in which it lies, so that one that holds itself comes to an end.
func fields(ref *openapi3.SchemaRef, above []string) []Field {
	object := ref.Value
	if object.Items != nil {
		ref, object = object.Items, object.Items.Value
	}
	if ref.Ref != "" {
		if slices.Contains(above, ref.Ref) {
			return nil
		}
		above = append(slices.Clone(above), ref.Ref)
	}
	var out []Field
	for _, name := range names(object) {
		f := field(name, object.Properties[name], above)
		f.Demanded = slices.Contains(object.Required, name)
		f.Sent = f.Demanded
		out = append(out, f)
	}
	return out
}

// names are the properties of an object, those that are required first.
func names(object *openapi3.Schema) []string {
	return slices.SortedFunc(maps.Keys(object.Properties), func(a, b string) int {
		needA, needB := slices.Contains(object.Required, a), slices.Contains(object.Required, b)
		switch {
		case needA != needB && needA:
			return -1
		case needA != needB:
			return 1
		case a == "id" || b == "id":
			return strings.Compare(strings.TrimPrefix(a, "id"), strings.TrimPrefix(b, "id"))
		}
		return strings.Compare(a, b)
	})
}

func field(name string, ref *openapi3.SchemaRef, above []string) Field {
	schema := ref.Value
	f := Field{Name: name, Kind: kind(schema), Description: schema.Description, Example: written(schema.Example), Fields: fields(ref, above)}
	values := schema.Enum
	if schema.Items != nil {
		values = append(values, schema.Items.Value.Enum...)
	}
	for _, value := range values {
		f.Values = append(f.Values, written(value))
	}
	return f
}

// kind is the sort of a value in words.
func kind(s *openapi3.Schema) string {
	switch {
	case s.Type.Is("string") && s.Format == "date-time":
		return "time"
	case s.Type.Is("string"):
		return "text"
	case s.Type.Is("integer"), s.Type.Is("number"):
		return "number"
	case s.Type.Is("boolean"):
		return "true or false"
	case s.Type.Is("array"):
		return "list of " + plural(kind(s.Items.Value))
	case s.AdditionalProperties.Schema != nil:
		return "object of names and values"
	case s.Type.Is("object"):
		return "object"
	}
	return "any value"
}

func plural(kind string) string {
	switch kind {
	case "text":
		return "texts"
	case "time", "number", "object":
		return kind + "s"
	}
	return kind
}

// slug is a name as it stands in an address.
func slug(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0:
			b.WriteByte('-')
		}
	}
	return strings.Trim(b.String(), "-")
}

func markdown(text string) templ.Component {
	if text == "" {
		return nil
	}
	return templ.Raw(richtext.Parse(text, richtext.Options{}).HTML(richtext.HTMLOptions{HeadingOffset: 2}))
}
