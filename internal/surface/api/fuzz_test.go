package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/testing/apitest"
)

// door is one operation of the API's own document.
type door struct {
	method, path string
	drawn        *openapi3.Operation
}

// rig is a running API with something in it, and what its document says about its operations.
type rig struct {
	*apitest.Client
	doors []door
	// ids are of records that exist, by the list in which they stand.
	ids  map[string]string
	sent int
}

func rigOf(t testing.TB) *rig {
	t.Helper()
	r := &rig{Client: apitest.New(t), ids: map[string]string{}}
	severities := r.Call("GET", "/v1/severities", nil).Want(200)
	field := r.Call("POST", "/v2/custom_fields", map[string]any{"name": "Team", "description": "Whose it is.", "field_type": "single_select"}).Want(201)
	r.Call("POST", "/v1/custom_field_options", map[string]any{"custom_field_id": field.Get("custom_field", "id"), "value": "Payments"}).Want(201)
	r.Call("POST", "/v2/incidents", map[string]any{"idempotency_key": "a", "visibility": "public", "name": "Down", "severity_id": severities.Get("severities", 0, "id")}).Want(200)
	r.APIKey(r.Organisation, authz.Of()) // the newest key, which is rotated and revoked in place of the test's own
	doc, err := openapi3.NewLoader().LoadFromData(r.Call("GET", "/v1/openapiV3.json", nil).Want(200).Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths.Map())) {
		operations := doc.Paths.Value(path).Operations()
		for _, method := range slices.Sorted(maps.Keys(operations)) {
			r.doors = append(r.doors, door{method, path, operations[method]})
		}
	}
	slices.SortStableFunc(r.doors, func(a, b door) int { return strings.Compare(last(a.method), last(b.method)) })
	for _, d := range r.doors { // the ids of what there is, so that requests come further than "there is no such"
		if d.method != "GET" || strings.Contains(d.path, "{") {
			continue
		}
		var lists map[string]json.RawMessage
		if json.Unmarshal(r.Call("GET", d.path, nil).Body, &lists) != nil {
			continue
		}
		for _, list := range lists {
			var records []struct {
				ID string `json:"id"`
			}
			if json.Unmarshal(list, &records) == nil && len(records) > 0 && records[0].ID != "" {
				r.ids[d.path] = records[0].ID
			}
		}
	}
	return r
}

// last puts what takes away after all that would miss it.
func last(method string) string {
	if method == "DELETE" {
		return "z"
	}
	return ""
}

// known is the id of something that a field or a part of a path names, if there is one.
func (r *rig) known(name string) string {
	noun := strings.TrimSuffix(name, "_id")
	for _, list := range slices.Sorted(maps.Keys(r.ids)) {
		if last := list[strings.LastIndex(list, "/")+1:]; strings.HasPrefix(last, strings.TrimSuffix(noun, "y")) {
			return r.ids[list]
		}
	}
	return "01FCNDV6P870EA6S7TK1DSYDG0"
}

// at is the path with an id in it: the one given, or one that exists.
func (r *rig) at(d door, id string) string {
	path := d.path
	for {
		head, rest, more := strings.Cut(path, "{")
		if !more {
			return path
		}
		name, tail, _ := strings.Cut(rest, "}")
		value := url.PathEscape(id)
		if id == "" {
			value = r.known(name)
			if found := r.ids[strings.TrimSuffix(head, "/")]; found != "" {
				value = found
			}
		}
		path = head + value + tail
	}
}

// send sends a request that may be as wrong as can be, and holds that the answer is none of a fault.
func (r *rig) send(t *testing.T, d door, id, query string, body []byte) {
	t.Helper()
	r.sent++
	r.Clock.Advance(time.Second) // so that the key has never sent too many
	request, err := http.NewRequestWithContext(t.Context(), d.method, r.URL+r.at(d, id), bytes.NewReader(body))
	if err != nil {
		t.Skipf("no address at all: %v", err)
	}
	request.URL.RawQuery = printable(query)
	request.Header.Set("Authorization", "Bearer "+r.Key)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatalf("%s %s: %v", d.method, request.URL, err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", d.method, request.URL, err)
	}
	if response.StatusCode == http.StatusUnauthorized { // the key has just revoked itself
		r.Key = r.APIKey(r.Organisation, authz.Everything())
	}
	if wrong := judge(response, answer); wrong != "" {
		t.Errorf("%s %s %.300q: %s: %d %.600s", d.method, request.URL, body, wrong, response.StatusCode, answer)
	}
}

// printable escapes what the client refuses to put on the wire.
func printable(query string) string {
	var b strings.Builder
	for n := range len(query) {
		if c := query[n]; c <= ' ' || c >= 0x7f || c == '#' {
			b.WriteString("%" + strings.ToUpper(string("0123456789abcdef"[c>>4])+string("0123456789abcdef"[c&15])))
			continue
		}
		b.WriteByte(query[n])
	}
	return b.String()
}

// judge says what is wrong with an answer, whatever was asked.
func judge(response *http.Response, answer []byte) string {
	status := response.StatusCode
	switch {
	case status >= 500:
		return "a fault of ours"
	case status == http.StatusUnauthorized, status == http.StatusTooManyRequests:
		return "the test has spoiled its own key"
	case status >= 300 && status < 400:
		return "an API leads nowhere else"
	case len(answer) == 0 && status < 300:
		return ""
	case !strings.HasPrefix(response.Header.Get("Content-Type"), "application/json") || !json.Valid(answer):
		return "no JSON"
	case status < 300:
		return ""
	}
	var failure struct {
		Type      string `json:"type"`
		Status    int    `json:"status"`
		RequestID string `json:"request_id"`
		Errors    []struct {
			Code    string `json:"code"`
			Message string `json:"message"`
			Source  *struct {
				Field   string `json:"field"`
				Pointer string `json:"pointer"`
			} `json:"source"`
		} `json:"errors"`
	}
	if err := json.Unmarshal(answer, &failure); err != nil {
		return err.Error()
	}
	if failure.Type == "" || failure.Status != status || failure.RequestID == "" || len(failure.Errors) == 0 {
		return "a failure without its shape"
	}
	for _, one := range failure.Errors {
		if one.Code == "" || one.Message == "" || one.Source != nil && (one.Source.Field == "" || one.Source.Pointer != "" && one.Source.Pointer[0] != '/') {
			return "a mistake without its shape"
		}
	}
	return ""
}

// making is how a body is made: with all fields or with those that are demanded and the ones on the way to one chosen, and
// with an odd value in place of some.
type making struct {
	lean   bool
	chosen string
	odd    func(path string) (json.RawMessage, bool)
}

// value makes a value that a schema takes, out of its examples.
func (r *rig) value(name string, ref *openapi3.SchemaRef, depth int, how making) any {
	if how.odd != nil {
		if text, ok := how.odd(name); ok {
			return text
		}
	}
	s := ref.Value
	switch {
	case strings.HasSuffix(name, "_id"):
		return r.known(name[strings.LastIndex(name, ".")+1:])
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Type.Is("array"):
		if depth > 5 {
			return []any{}
		}
		return []any{r.value(name+"[]", s.Items, depth+1, how)}
	case len(s.Properties) > 0 && depth <= 5:
		object := map[string]any{}
		for _, property := range slices.Sorted(maps.Keys(s.Properties)) {
			path := strings.TrimPrefix(name+"."+property, ".")
			if how.lean && !slices.Contains(s.Required, property) && !strings.HasPrefix(how.chosen, path) {
				continue
			}
			object[property] = r.value(path, s.Properties[property], depth+1, how)
		}
		return object
	case s.Example != nil:
		return s.Example
	case s.Type.Is("object"):
		return map[string]any{"a": "b"}
	case s.Type.Is("boolean"):
		return true
	case s.Type.Is("integer"), s.Type.Is("number"):
		return 1
	case s.Format == "date-time":
		return "2026-01-27T09:30:00Z"
	}
	return "text"
}

// odds are values that stand where others belong.
var odds = []string{
	`null`, `true`, `0`, `-1`, `1.5`, `1e999`, `-9223372036854775809`, `184467440737095516160000000000`, `""`, `" "`, `"\u0000"`, `"\ud800"`, "\"\xff\xfe\"", "\"\u202e\u200b😀\"",
	`"` + strings.Repeat("long ", 5000) + `"`, `[]`, `[null]`, `[[[[1]]]]`, `{}`, `{"":""}`, `{"id":null}`, strings.Repeat("[", 63) + strings.Repeat("]", 63),
	`"2026-13-40T99:99:99Z"`, `"0000-01-01T00:00:00Z"`, `"01FCNDV6P870EA6S7TK1DSYDG0"`, `"'; DROP TABLE muster.incident; --"`, `"{{a | truncate: 0}}"`,
}

// broken are bodies that are no objects of JSON.
var broken = []string{
	"", " ", "{", "}", "{]", "[]", "null", "3", `"text"`, `{"a":1}{"a":1}`, `{"a":1,}`, `{a:1}`, "\ufeff{}", "\x00", "{\"\xff\":1}", "<xml/>", "a=b&c=d", `{"a":01}`, `{"a":NaN}`,
	strings.Repeat("[", 100_000), strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000), `{"a":"` + strings.Repeat("a", 3<<20) + `"}`, `{"a":"\u12"}`,
}

// queries are odd ones for every operation; PARAM stands for one that it knows.
var queries = []string{
	"%", "%zz", "=", "&&&", ";", "a[b", "a]b", "PARAM=%00", "PARAM=%ff", "PARAM", "PARAM=", "PARAM[", "PARAM[]=", "PARAM[][]=", "PARAM[one_of]=", "PARAM[one_of]=%00", "PARAM[one_of]=x&PARAM[not_in]=y", "PARAM[nothing]=x",
	"PARAM[01FCNDV6P870EA6S7TK1DSYDG0][one_of]=x", "PARAM[x][is_blank]=maybe", "PARAM[one_of]=🙂", "PARAM=-1", "PARAM=99999999999999999999", "PARAM=1e9", "PARAM=" + strings.Repeat("x", 5000), "PARAM=a&PARAM=b",
	"PARAM[gte]=yesterday", "PARAM[date_range]=2024-99-99~", "PARAM[date_range]=~", "PARAM[gte]=0000-00-00T00:00:00Z", "PARAM=2026-01-01T00:00:00Z", "page_size=0", "page_size=1000000", "after=nothing", "after=%00",
}

var ids = []string{"nothing", "1", "-1", "99999999999999999999", "\x00", "\xff", "..", "a/b", strings.Repeat("x", 3000), "INC-1", "01FCNDV6P870EA6S7TK1DSYDG0", "' OR 1=1", "%2e"}

func TestNothingThatAProgramSendsIsAFault(t *testing.T) {
	r := rigOf(t)
	random := rand.New(rand.NewPCG(1, 2))
	for _, d := range r.doors {
		if strings.Contains(d.path, "{") {
			for _, id := range ids {
				r.send(t, d, id, "", []byte(`{}`))
			}
		}
		for _, query := range r.queriesOf(d, random) {
			r.send(t, d, "", query, []byte(`{}`))
		}
		if d.drawn.RequestBody == nil {
			continue
		}
		schema := d.drawn.RequestBody.Value.Content.Get("application/json").Schema
		for _, body := range broken {
			r.send(t, d, "", "", []byte(body))
		}
		r.send(t, d, "", "", encoded(r.value("", schema, 0, making{})))
		r.send(t, d, "", "", encoded(r.value("", schema, 0, making{lean: true})))
		for _, odd := range odds {
			// Each value once in one field at random, and once in about half of them.
			names := fieldsOf("", schema, 0)
			chosen := names[random.IntN(len(names))]
			r.send(t, d, "", "", encoded(r.value("", schema, 0, making{lean: true, chosen: chosen, odd: func(name string) (json.RawMessage, bool) {
				return json.RawMessage(odd), name == chosen
			}})))
			r.send(t, d, "", "", encoded(r.value("", schema, 0, making{odd: func(name string) (json.RawMessage, bool) {
				return json.RawMessage(odd), name != "" && random.Float64() < 0.5
			}})))
		}
	}
	t.Logf("%d requests to %d operations", r.sent, len(r.doors))
}

// queriesOf puts a parameter of the operation into each query.
func (r *rig) queriesOf(d door, random *rand.Rand) []string {
	names := []string{"page_size"}
	for _, p := range d.drawn.Parameters {
		if p.Value.In == "query" {
			names = append(names, p.Value.Name)
		}
	}
	var out []string
	for _, query := range queries {
		out = append(out, strings.ReplaceAll(query, "PARAM", names[random.IntN(len(names))]))
	}
	return out
}

// fieldsOf lists the fields of a body, those within others too.
func fieldsOf(name string, ref *openapi3.SchemaRef, depth int) []string {
	all := []string{name}
	if depth > 5 {
		return all
	}
	if ref.Value.Items != nil {
		all = append(all, fieldsOf(name+"[]", ref.Value.Items, depth+1)...)
	}
	for _, property := range slices.Sorted(maps.Keys(ref.Value.Properties)) {
		all = append(all, fieldsOf(strings.TrimPrefix(name+"."+property, "."), ref.Value.Properties[property], depth+1)...)
	}
	return all
}

// encoded writes JSON in which the odd values stand as they are, which encoding/json would refuse or mend.
func encoded(value any) []byte {
	var b bytes.Buffer
	write(&b, value)
	return b.Bytes()
}

func write(b *bytes.Buffer, value any) {
	switch value := value.(type) {
	case json.RawMessage:
		b.Write(value)
	case map[string]any:
		b.WriteByte('{')
		for n, name := range slices.Sorted(maps.Keys(value)) {
			if n > 0 {
				b.WriteByte(',')
			}
			write(b, name)
			b.WriteByte(':')
			write(b, value[name])
		}
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		for n, item := range value {
			if n > 0 {
				b.WriteByte(',')
			}
			write(b, item)
		}
		b.WriteByte(']')
	default:
		text, err := json.Marshal(value)
		if err != nil {
			panic(err) // an example of the document, which came as JSON
		}
		b.Write(text)
	}
}

func FuzzRequest(f *testing.F) {
	r := rigOf(f)
	for n, d := range r.doors {
		body := []byte(`{}`)
		if d.drawn.RequestBody != nil {
			body = encoded(r.value("", d.drawn.RequestBody.Value.Content.Get("application/json").Schema, 0, making{lean: true}))
		}
		f.Add(uint16(n), "", "page_size=2", body)
	}
	f.Fuzz(func(t *testing.T, n uint16, id, query string, body []byte) {
		r.send(t, r.doors[int(n)%len(r.doors)], id, query, body)
	})
}
