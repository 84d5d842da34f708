package api_test

import (
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/domain/apikey"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/rest"
	"github.com/musterhq/muster/internal/testing/apitest"
	"github.com/musterhq/muster/internal/testing/verbs"
)

var inPath = regexp.MustCompile(`\{(\w+)\}`)

// TestEachRoleMayDoWhatItsScopesSayAndNoMore calls each operation with a key of each role, about things that are not
// there: whoever may is told so, whoever may not is refused before anything is looked for.
func TestEachRoleMayDoWhatItsScopesSayAndNoMore(t *testing.T) {
	c := apitest.New(t)
	nothing := id.New(c.Clock.Now()).String()
	for _, about := range authz.KeyRoles() {
		_, token, err := c.App.APIKeys.Create(c.Owner.Context(), apikey.Create{What: apikey.What{Name: about.Name, Roles: []authz.KeyRole{about.Role}}})
		if err != nil {
			t.Fatal(err)
		}
		program := c.With(token)
		for _, op := range c.App.API().Operations() {
			if op.Public {
				continue
			}
			may := about.Permissions().Covers(authz.Of(op.Scopes...))
			answer := program.Call(op.Method, inPath.ReplaceAllString(op.Path, nothing), bodyOf(op))
			switch {
			case answer.Status == http.StatusUnauthorized || answer.Status == http.StatusTooManyRequests || answer.Status >= 500:
				t.Errorf("%s: %s is answered with %d: %s", about.Role, op.ID, answer.Status, answer.Body)
			case !may && answer.Status != http.StatusForbidden:
				t.Errorf("%s may not %s, which asks for %v, and is answered with %d: %s", about.Role, op.ID, op.Scopes, answer.Status, answer.Body)
			case may && len(op.Scopes) > 0 && answer.Status == http.StatusForbidden:
				t.Errorf("%s may %s, and is refused: %s", about.Role, op.ID, answer.Body)
			}
		}
	}
}

// TestOthersThingsAreAsIfNotThere calls each operation that names something with the ids of another organisation: the
// answer is the same as for an id that nobody has.
func TestOthersThingsAreAsIfNotThere(t *testing.T) {
	c := apitest.New(t)
	w := verbs.NewWorld(t, c.Scenario, c.Owner)
	away := c.Begin("Elsewhere", "Eve", "eve@example.test")
	stranger := c.Of(away.ID, authz.Everything())
	nothing := id.New(c.Clock.Now())
	ours := map[string]id.ID{
		"severities": w.Severity, "incident_statuses": w.Status, "incident_types": w.Type, "incident_roles": w.Role, "incident_timestamps": w.Timestamps[0],
		"custom_fields": w.Field, "custom_field_options": w.Options[0], "users": w.Member, "incidents": w.Incident, "actions": w.Action, "follow_ups": w.FollowUp,
		"incident_attachments": w.Attachment, "incident_updates": w.Update, "api_keys": w.APIKey,
	}
	requests := regexp.MustCompile(`"request_id":"[^"]*"`)
	for _, op := range c.App.API().Operations() {
		if op.Public || !strings.Contains(op.Path, "{") {
			continue
		}
		family := strings.Split(op.Path, "/")[2]
		theirs, known := ours[family]
		if !known {
			t.Errorf("%s: say in this test which id of the other organisation to try for %s", op.ID, family)
			continue
		}
		ask := func(one id.ID) (int, string) {
			answer := stranger.Call(op.Method, inPath.ReplaceAllString(op.Path, string(one)), bodyOf(op))
			return answer.Status, strings.ReplaceAll(requests.ReplaceAllString(string(answer.Body), ""), string(one), "ID")
		}
		status, body := ask(theirs)
		otherStatus, otherBody := ask(nothing)
		if status != otherStatus || body != otherBody || status < 400 || status >= 500 || strings.Contains(body, verbs.Marker) {
			t.Errorf("%s with another organisation's id: %d %s\nwith an id of nobody: %d %s", op.ID, status, body, otherStatus, otherBody)
		}
	}
	for _, list := range c.App.API().Operations() {
		if list.Public || list.Method != http.MethodGet || strings.Contains(list.Path, "{") {
			continue
		}
		answer := stranger.Call(http.MethodGet, list.Path+"?incident_id="+string(w.Incident), nil)
		if strings.Contains(string(answer.Body), verbs.Marker) || answer.Status >= 500 {
			t.Errorf("%s shows what is another organisation's: %d %s", list.ID, answer.Status, answer.Body)
		}
	}
}

// bodyOf is a body with all that an operation demands, so that what it is about is looked for.
func bodyOf(op rest.Operation) any {
	field, has := op.In.FieldByName("Body")
	if !has {
		return nil
	}
	return demanded(field.Type)
}

func demanded(kind reflect.Type) any {
	switch kind.Kind() {
	case reflect.Struct:
		out := map[string]any{}
		for n := range kind.NumField() {
			field := kind.Field(n)
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if field.Tag.Get("required") != "true" || name == "" {
				continue
			}
			out[name] = demanded(field.Type)
			if enum := field.Tag.Get("enum"); enum != "" && field.Type.Kind() == reflect.String {
				out[name], _, _ = strings.Cut(enum, ",")
			} else if example := field.Tag.Get("example"); example != "" && field.Type.Kind() == reflect.String {
				out[name] = example
			}
		}
		return out
	case reflect.Pointer:
		return demanded(kind.Elem())
	case reflect.Slice:
		return []any{}
	case reflect.Map:
		return map[string]any{}
	case reflect.Bool:
		return false
	case reflect.String:
		return "01FCNDV6P870EA6S7TK1DSYDG0"
	default:
		return 1
	}
}
