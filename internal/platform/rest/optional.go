package rest

import (
	"encoding/json"
	"reflect"
)

// Optional is a field of a request that may be left out, or be null to clear something.
type Optional[T any] struct {
	// Set says that the field was there, Null that it was null.
	Set, Null bool
	Value     T
}

// UnmarshalJSON reads the field; encoding/json calls it only when the field is there.
func (o *Optional[T]) UnmarshalJSON(text []byte) error {
	o.Set = true
	if string(text) == "null" {
		o.Null = true
		return nil
	}
	return json.Unmarshal(text, &o.Value) // nothing to add: what was wrong is named by field before
}

// inner is the type of what is optional.
func (o Optional[T]) inner() reflect.Type { return reflect.TypeFor[T]() }

// wrapper is what Optional is to the code that knows types only when it runs.
type wrapper interface{ inner() reflect.Type }
