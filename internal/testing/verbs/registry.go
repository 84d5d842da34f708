// Package verbs registers every exported method of the domain services with arguments that are valid in one
// organisation, so that tests can call each of them as somebody who must not.
package verbs

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"github.com/musterhq/muster/internal/app"
)

// Answer is what a stranger, who belongs to another organisation, must get.
type Answer int

// The answers.
const (
	// NotFound: the arguments name things of the organisation, which to a stranger do not exist.
	NotFound Answer = iota
	// Nothing: the arguments name things of the organisation, and the answer is empty.
	Nothing
	// Own: the arguments name nothing, and the answer is about the caller's own.
	Own
	// Outside: the method is not for people within an organisation; Why says what guards it.
	Outside
)

// Verb is how one method is called.
type Verb struct {
	// Call runs the method with arguments of the world and returns its results except for the error.
	Call func(ctx context.Context, a *app.App, w *World) (any, error)
	// Stranger is what somebody of another organisation gets.
	Stranger Answer
	// Forbidden tells that a viewer of the organisation may not.
	Forbidden bool
	// Why says what guards a method that is Outside.
	Why string
}

// Exported lists the methods of the domain services in the application that take a context: "incident.AssignRole".
func Exported(a *app.App) []string {
	var names []string
	fields := reflect.ValueOf(a).Elem()
	for n := range fields.NumField() {
		if !fields.Type().Field(n).IsExported() {
			continue
		}
		service := fields.Field(n).Type()
		if service.Kind() != reflect.Pointer || !strings.Contains(service.Elem().PkgPath(), "/internal/domain/") {
			continue
		}
		_, noun, _ := strings.Cut(service.Elem().PkgPath(), "/internal/domain/")
		for m := range service.NumMethod() {
			method := service.Method(m)
			if method.Type.NumIn() > 1 && method.Type.In(1) == reflect.TypeFor[context.Context]() {
				names = append(names, noun+"."+method.Name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// All returns every registered method by its name.
func All() map[string]Verb {
	all := map[string]Verb{}
	for name, verb := range draftVerbs {
		all["timeline."+name] = verb
	}
	for _, verbs := range []map[string]Verb{timestampVerbs, fieldVerbs, updateVerbs, lifecycleVerbs, recordVerbs, private} { // an incident has many
		for name, verb := range verbs {
			all["incident."+name] = verb
		}
	}
	for noun, verbs := range map[string]map[string]Verb{
		"account":      account,
		"action":       actions,
		"attachment":   attachments,
		"apikey":       apiKeys,
		"audit":        audits,
		"auth":         auths,
		"channel":      channels,
		"announcement": announcements,
		"customers":    customersTexts,
		"escalation":   escalations,
		"export":       exports,
		"feature":      features,
		"followup":     followUps,
		"stream":       streams,
		"form":         forms,
		"hint":         hints,
		"managed":      managedVerbs,
		"incident":     incidents,
		"notification": notifications,
		"nudge":        nudges,
		"organisation": organisations,
		"question":     questions,
		"redaction":    redactions,
		"room":         rooms,
		"search":       searches,
		"subscription": subscriptions,
		"timeline":     timelines,
		"user":         users, "tutorial": tutorials,
		"view":      savedViews,
		"webhook":   webhooks,
		"workspace": workspaces,
	} {
		for name, verb := range verbs {
			all[noun+"."+name] = verb
		}
	}
	return all
}

// outside registers a method that people within an organisation do not call.
func outside(why string) Verb { return Verb{Stranger: Outside, Why: why} }

// called makes a Call of a method that answers with one value.
func called[T any](fn func(ctx context.Context, a *app.App, w *World) (T, error)) func(context.Context, *app.App, *World) (any, error) {
	return func(ctx context.Context, a *app.App, w *World) (any, error) { return fn(ctx, a, w) }
}

// done makes a Call of a method that answers with nothing but an error.
func done(fn func(ctx context.Context, a *app.App, w *World) error) func(context.Context, *app.App, *World) (any, error) {
	return func(ctx context.Context, a *app.App, w *World) (any, error) { return nil, fn(ctx, a, w) }
}
