package rest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Document describes every registered operation as OpenAPI 3.0.3 (https://spec.openapis.org/oas/v3.0.3).
func (a *API) Document() *openapi3.T {
	d := drawing{schemas: openapi3.Schemas{}, drawn: map[string]reflect.Type{}, answered: map[reflect.Type]bool{}}
	for _, op := range a.operations {
		d.collect(op.Out)
	}
	failed := d.ref(reflect.TypeFor[Failure](), answering)
	doc := &openapi3.T{
		OpenAPI: "3.0.3",
		Info:    &openapi3.Info{Title: a.options.Title, Version: a.options.Version, Description: a.options.Description},
		Servers: openapi3.Servers{{URL: a.options.Server}},
		Components: &openapi3.Components{SecuritySchemes: openapi3.SecuritySchemes{"bearerAuth": {
			Value: openapi3.NewSecurityScheme().WithType("http").WithScheme("bearer").WithDescription("A key of the organisation, as made in Settings, API keys."),
		}}},
		Security: *openapi3.NewSecurityRequirements().With(openapi3.SecurityRequirement{"bearerAuth": {}}),
		Paths:    openapi3.NewPaths(),
	}
	var tags []string
	for _, op := range a.operations {
		if !slices.Contains(tags, op.Tag()) {
			tags = append(tags, op.Tag())
		}
		doc.AddOperation(op.Path, op.Method, d.operation(op, failed))
	}
	slices.Sort(tags)
	for _, tag := range tags {
		doc.Tags = append(doc.Tags, &openapi3.Tag{Name: tag})
	}
	doc.Components.Schemas = d.schemas
	return doc
}

// DocumentJSON is the document as it is served.
func (a *API) DocumentJSON() (json.RawMessage, error) {
	text, err := json.Marshal(a.Document())
	if err != nil {
		return nil, fmt.Errorf("write the document of the API: %w", err)
	}
	return text, nil
}

// operation draws one operation.
func (d *drawing) operation(op Operation, failed *openapi3.SchemaRef) *openapi3.Operation {
	plan := planOf(op.In, op.Op)
	drawn := &openapi3.Operation{
		OperationID: op.ID, Tags: []string{op.Tag()}, Summary: op.Summary, Description: op.Description, Deprecated: op.Deprecated,
		Responses: openapi3.NewResponsesWithCapacity(2),
	}
	if len(op.Scopes) > 0 {
		drawn.Extensions = map[string]any{"x-rbac-scopes": op.Scopes}
	}
	if op.Public {
		drawn.Security = openapi3.NewSecurityRequirements()
	}
	for _, one := range plan.path {
		drawn.AddParameter(openapi3.NewPathParameter(one.name).WithSchema(openapi3.NewStringSchema()).WithDescription(one.field.Tag.Get("doc")))
	}
	for _, one := range plan.query {
		drawn.AddParameter(d.parameter(one))
	}
	if plan.body != nil {
		body := openapi3.NewRequestBody().WithJSONSchemaRef(d.ref(plan.bodyType, asking))
		drawn.RequestBody = &openapi3.RequestBodyRef{Value: body.WithRequired(plan.demanding)}
	}
	good := openapi3.NewResponse().WithDescription(http.StatusText(op.Status))
	if op.Out != reflect.TypeFor[Nothing]() {
		good = good.WithJSONSchemaRef(d.ref(op.Out, answering))
	}
	drawn.AddResponse(op.Status, good)
	drawn.Responses.Set("default", &openapi3.ResponseRef{Value: openapi3.NewResponse().WithDescription("What was wrong.").WithJSONSchemaRef(failed)})
	return drawn
}

// parameter draws a parameter of the query.
func (d *drawing) parameter(one parameter) *openapi3.Parameter {
	drawn := openapi3.NewQueryParameter(one.name).WithDescription(one.field.Tag.Get("doc")).WithRequired(one.required)
	schema := d.schema(one.kind, asking)
	switch one.kind {
	case filterType, filterByIDType:
		style, explode := "deepObject", true
		drawn.Style, drawn.Explode = style, &explode
		drawn.Extensions = map[string]any{"x-wire": one.wire()}
		if len(one.operators) > 0 {
			drawn.Extensions["x-operators"] = one.operators
		}
	default:
		schema = detailed(schema, one.field, one.enum)
	}
	if one.most > 0 {
		least, most := float64(one.least), float64(one.most)
		schema.Value.Min, schema.Value.Max, schema.Value.Default = &least, &most, one.usual
	}
	drawn.Schema = schema
	return drawn
}

// wire is how a filter is written.
func (p parameter) wire() string {
	if p.kind == filterByIDType {
		return p.name + "[{id}][{operator}]={value}"
	}
	return p.name + "[{operator}]={value}"
}

// direction is whether a type is asked for or answered with: what is required differs.
type direction bool

const (
	asking    direction = false
	answering direction = true
)

// drawing turns types into schemas, each struct once.
type drawing struct {
	schemas openapi3.Schemas
	drawn   map[string]reflect.Type
	// answered are the structs that answers hold. One that is asked for too is another component there, because other
	// fields of it are required.
	answered map[reflect.Type]bool
}

// collect remembers the structs of an answer.
func (d *drawing) collect(kind reflect.Type) {
	switch kind.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		d.collect(kind.Elem())
	case reflect.Struct:
		if kind == timeType || d.answered[kind] {
			return
		}
		d.answered[kind] = true
		for _, p := range propertiesOf(kind) {
			d.collect(p.kind)
		}
	}
}

// ref draws a type, a struct as a component that is referred to.
func (d *drawing) ref(kind reflect.Type, way direction) *openapi3.SchemaRef {
	for kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	if kind.Kind() != reflect.Struct || kind == timeType || kind.Implements(wrapperType) {
		return d.schema(kind, way)
	}
	name := d.name(kind)
	if way == asking && d.answered[kind] {
		name += "Input"
	}
	if before, there := d.drawn[name]; there && before != kind {
		panic(fmt.Sprintf("%s and %s would both be the component %s", before, kind, name))
	}
	if d.drawn[name] == nil {
		d.drawn[name] = kind
		component := openapi3.NewSchemaRef("", &openapi3.Schema{})
		d.schemas[name] = component // before its fields are drawn, as one may hold the same type
		*component.Value = *d.object(kind, way)
	}
	return openapi3.NewSchemaRef("#/components/schemas/"+name, d.schemas[name].Value)
}

// name is that of the type; a type that has none of its own, as one made of generics, gets one that is allowed.
func (d *drawing) name(kind reflect.Type) string {
	if named, ok := reflect.Zero(kind).Interface().(interface{ SchemaName() string }); ok {
		return named.SchemaName()
	}
	name, parts, _ := strings.Cut(kind.Name(), "[")
	for part := range strings.SplitSeq(strings.TrimSuffix(parts, "]"), ",") {
		name += part[strings.LastIndexAny(part, "./")+1:]
	}
	if name == "" {
		panic(fmt.Sprintf("a struct without a name is no component: %s", kind))
	}
	return name
}

// schema draws a type in place.
func (d *drawing) schema(kind reflect.Type, way direction) *openapi3.SchemaRef {
	for kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	inline := func(s *openapi3.Schema) *openapi3.SchemaRef { return openapi3.NewSchemaRef("", s) }
	switch {
	case kind.Implements(wrapperType):
		inner := *d.schema(reflect.Zero(kind).Interface().(wrapper).inner(), way)
		return &inner
	case kind == timeType:
		return inline(openapi3.NewDateTimeSchema())
	case kind == fileType:
		return inline(openapi3.NewStringSchema().WithFormat("binary"))
	case kind == rawType, kind.Kind() == reflect.Interface:
		return inline(openapi3.NewSchema())
	case kind.Kind() == reflect.String || reflect.PointerTo(kind).Implements(textDecoderType):
		return inline(openapi3.NewStringSchema())
	case kind.Kind() == reflect.Bool:
		return inline(openapi3.NewBoolSchema())
	case kind.Kind() == reflect.Struct:
		return d.ref(kind, way)
	case kind.Kind() == reflect.Slice:
		list := openapi3.NewArraySchema()
		list.Items = d.ref(kind.Elem(), way)
		return inline(list)
	case kind.Kind() == reflect.Map:
		object := openapi3.NewObjectSchema()
		object.AdditionalProperties = openapi3.AdditionalProperties{Schema: d.ref(kind.Elem(), way)}
		return inline(object)
	case kind.Kind() == reflect.Float64 || kind.Kind() == reflect.Float32:
		return inline(openapi3.NewFloat64Schema())
	default:
		return inline(openapi3.NewInt64Schema())
	}
}

// object draws a struct with its properties.
func (d *drawing) object(kind reflect.Type, way direction) *openapi3.Schema {
	object := openapi3.NewObjectSchema()
	for _, p := range propertiesOf(kind) {
		schema := d.ref(p.kind, way)
		if schema.Ref == "" {
			schema = detailed(schema, p.field, p.enum)
		}
		object.WithPropertyRef(p.name, schema)
		if way == answering && p.sent || way == asking && p.required {
			object.Required = append(object.Required, p.name)
		}
	}
	return object
}

// detailed adds what a field's tags say to its schema.
func detailed(ref *openapi3.SchemaRef, field reflect.StructField, enum []string) *openapi3.SchemaRef {
	schema := *ref.Value
	schema.Description = field.Tag.Get("doc")
	if text, ok := field.Tag.Lookup("example"); ok {
		schema.Example = example(text, &schema)
	}
	for _, one := range enum {
		if schema.Items != nil {
			items := *schema.Items.Value
			items.Enum = append(slices.Clone(items.Enum), one)
			schema.Items = openapi3.NewSchemaRef("", &items)
			continue
		}
		schema.Enum = append(slices.Clone(schema.Enum), one)
	}
	return openapi3.NewSchemaRef("", &schema)
}

// example is the text of a tag as a value of the schema's type.
func example(text string, schema *openapi3.Schema) any {
	switch {
	case schema.Type.Is("integer") || schema.Type.Is("number"):
		if number, err := strconv.ParseFloat(text, 64); err == nil {
			return number
		}
	case schema.Type.Is("boolean"):
		return text == "true"
	case schema.Type.Is("array"):
		return strings.Split(text, ",")
	}
	return text
}
