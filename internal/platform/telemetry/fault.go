package telemetry

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"time"
)

// Fault is one error as operators are told of it.
type Fault struct {
	At      time.Time
	Message string // of the log line
	Where   string // place that the log line names, may be empty
	Error   string // text of the error
	Type    string // Go type of the innermost error
	Stack   string
	Context map[string]string // further attributes of the line: request_id, trace_id, organisation, ...
}

// variable is what differs between two occurrences of one fault: ids, numbers, addresses, quoted values.
var variable = regexp.MustCompile(`"[^"]*"|\b[0-9A-HJKMNP-TV-Z]{26}\b|0x[0-9a-f]+|[0-9a-f]{16,}|\d+`)

// Fingerprint is the same for occurrences of one fault, whatever ids and numbers they name.
func (f Fault) Fingerprint() string {
	return f.Message + "|" + variable.ReplaceAllString(f.Where+"|"+f.Error, "#")
}

func faultOf(record slog.Record, given []slog.Attr) Fault {
	fault := Fault{At: record.Time, Message: record.Message, Context: map[string]string{}}
	take := func(attr slog.Attr) bool {
		value := attr.Value.Resolve()
		switch attr.Key {
		case "error", "err":
			fault.Error = value.String()
			if err, ok := value.Any().(error); ok {
				fault.Type = innermost(err)
			}
		case "stack":
			fault.Stack = value.String()
		case "where":
			fault.Where = value.String()
		default:
			fault.Context[attr.Key] = value.String()
		}
		return true
	}
	for _, attr := range given {
		take(attr)
	}
	record.Attrs(take)
	return fault
}

func innermost(err error) string {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return fmt.Sprintf("%T", err)
		}
		err = next
	}
}
