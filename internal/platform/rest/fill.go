package rest

import (
	"reflect"
	"strings"
	"sync"
)

// fill makes lists that are always sent empty rather than null, however an operation left them.
func fill(value reflect.Value) {
	switch value.Kind() {
	case reflect.Pointer:
		if !value.IsNil() {
			fill(value.Elem())
		}
	case reflect.Slice:
		for n := range value.Len() {
			fill(value.Index(n))
		}
	case reflect.Struct:
		for _, part := range partsOf(value.Type()) {
			field := value.Field(part.index)
			if part.always && field.IsNil() {
				field.Set(reflect.MakeSlice(field.Type(), 0, 0))
				continue
			}
			if part.deeper {
				fill(field)
			}
		}
	}
}

// part is a field in which fill may have something to do.
type part struct {
	index int
	// always says that the field is a list that is always sent, deeper that there may be such lists within it.
	always, deeper bool
}

var partsByType sync.Map // of reflect.Type to []part

// partsOf are the fields of a struct that matter to fill, looked up once for each type.
func partsOf(kind reflect.Type) []part {
	if known, ok := partsByType.Load(kind); ok {
		return known.([]part)
	}
	var parts []part
	for n := range kind.NumField() {
		field := kind.Field(n)
		if !field.IsExported() || field.Type == rawType {
			continue
		}
		one := part{index: n, deeper: holdsLists(field.Type)}
		one.always = field.Type.Kind() == reflect.Slice && !strings.Contains(field.Tag.Get("json"), ",omit")
		if one.always || one.deeper {
			parts = append(parts, one)
		}
	}
	partsByType.Store(kind, parts)
	return parts
}

// holdsLists reports whether a value of the type may hold structs, and with them lists.
func holdsLists(kind reflect.Type) bool {
	for kind.Kind() == reflect.Pointer || kind.Kind() == reflect.Slice {
		kind = kind.Elem()
	}
	return kind.Kind() == reflect.Struct && kind != timeType
}
