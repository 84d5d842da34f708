// Package problem is the one error type that verbs answer with and that surfaces translate for people and programs.
package problem

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says what sort of failure a problem is; each surface maps it to its own code.
type Kind string

// The kinds of problem, from the client's mistakes to our own.
const (
	Invalid         Kind = "invalid"         // an argument is wrong: HTTP 422
	Unauthenticated Kind = "unauthenticated" // nobody is signed in: HTTP 401
	Forbidden       Kind = "forbidden"       // signed in, but not allowed: HTTP 403
	NotFound        Kind = "not_found"       // absent, or hidden from this actor: HTTP 404
	Conflict        Kind = "conflict"        // someone else changed it first, or it is in another state: HTTP 409
	TooLarge        Kind = "too_large"       // more bytes than are taken: HTTP 413
	TooMany         Kind = "too_many"        // too often: HTTP 429
	Unavailable     Kind = "unavailable"     // something we need is away; try again: HTTP 503
	Internal        Kind = "internal"        // our fault: HTTP 500
)

// Error is one problem: what sort, a stable code for programs, a sentence for people, and the field it is about if any.
type Error struct {
	Kind    Kind
	Code    string
	Message string
	Field   string
	cause   error
}

// Error returns the sentence for people, with the cause behind it for logs.
func (e *Error) Error() string {
	text := e.Message
	if e.Field != "" {
		text = e.Field + ": " + text
	}
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// Because returns a copy of the problem that carries the error which caused it.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// New makes a problem of a kind with a code and a formatted sentence.
func New(kind Kind, code, format string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Message: fmt.Sprintf(format, args...)}
}

// Field makes an Invalid problem about one field; the sentence says what was wrong and what would be right.
func Field(field, code, format string, args ...any) *Error {
	return &Error{Kind: Invalid, Code: code, Message: fmt.Sprintf(format, args...), Field: field}
}

// Missing makes the NotFound problem for a thing by its noun ("incident").
func Missing(noun string) *Error {
	return &Error{Kind: NotFound, Code: "not_found", Message: "There is no such " + noun + ", or you do not have access to it."}
}

// In returns a copy of the problem that is about a field: what is missing is what the field names, not what was asked for.
func (e *Error) In(field string) *Error {
	c := *e
	c.Field = field
	return &c
}

// List is several problems at once, as a form has them.
type List []*Error

// Error joins the sentences.
func (l List) Error() string {
	parts := make([]string, len(l))
	for n, e := range l {
		parts[n] = e.Error()
	}
	return strings.Join(parts, "; ")
}

// Err returns the list as an error, or nil when it is empty.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// All returns every problem that err holds; an error that is no problem becomes one Internal problem with it as its cause.
func All(err error) List {
	if err == nil {
		return nil
	}
	var many List
	if errors.As(err, &many) {
		return many
	}
	var one *Error
	if errors.As(err, &one) {
		return List{one}
	}
	return List{New(Internal, "internal", "Something went wrong on our side.").Because(err)}
}

// KindOf returns the kind of err: that of its first problem, Internal for other errors, empty for nil.
func KindOf(err error) Kind {
	all := All(err)
	if len(all) == 0 {
		return ""
	}
	return all[0].Kind
}

// Is reports whether err is a problem of the kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }
