package rest

import (
	"reflect"
	"strings"
)

// fill makes lists that are always sent empty rather than null, however an operation left them.
func fill(value reflect.Value) {
	switch value.Kind() {
	case reflect.Pointer:
		if !value.IsNil() {
			fill(value.Elem())
		}
	case reflect.Slice:
		if holdsStructs(value.Type()) {
			for n := range value.Len() {
				fill(value.Index(n))
			}
		}
	case reflect.Struct:
		if value.Type() == timeType {
			return
		}
		for n := range value.NumField() {
			field := value.Type().Field(n)
			if !field.IsExported() {
				continue
			}
			if field.Type.Kind() == reflect.Slice && field.Type != rawType && value.Field(n).IsNil() && !strings.Contains(field.Tag.Get("json"), ",omit") {
				value.Field(n).Set(reflect.MakeSlice(field.Type, 0, 0))
				continue
			}
			fill(value.Field(n))
		}
	}
}

func holdsStructs(list reflect.Type) bool {
	kind := list.Elem()
	for kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	return kind.Kind() == reflect.Struct
}
