package export

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/parquet-go/parquet-go"
)

// kind is what sort of value a column has in the files.
type kind int

const (
	textKind kind = iota
	boolKind
	intKind
	floatKind
	timeKind
	dateKind
	jsonKind
	listKind
)

// word is the kind as the manifest names it.
func (k kind) word() string {
	return [...]string{"text", "boolean", "integer", "number", "timestamp", "date", "json", "list of text"}[k]
}

// node is the kind as a column of Parquet; every one may be missing.
func (k kind) node() parquet.Node {
	switch k {
	case boolKind:
		return parquet.Optional(parquet.Leaf(parquet.BooleanType))
	case intKind:
		return parquet.Optional(parquet.Int(64))
	case floatKind:
		return parquet.Optional(parquet.Leaf(parquet.DoubleType))
	case timeKind:
		return parquet.Optional(parquet.Timestamp(parquet.Microsecond))
	case dateKind:
		return parquet.Optional(parquet.Date())
	case jsonKind:
		return parquet.Optional(parquet.JSON())
	case listKind:
		return parquet.Optional(parquet.List(parquet.String()))
	default:
		return parquet.Optional(parquet.String())
	}
}

// epoch is the beginning of PostgreSQL's time, 2000-01-01, after that of Unix.
const (
	epochMicros = 946_684_800_000_000
	epochDays   = 10_957
)

// micros reads a timestamp of PostgreSQL's binary format as microseconds since 1970. The ends of time stay the ends.
func micros(raw []byte) int64 {
	at := int64(binary.BigEndian.Uint64(raw)) //nolint:gosec // the bits of a signed number
	if at == math.MaxInt64 || at == math.MinInt64 {
		return at
	}
	return at + epochMicros
}

// days reads a date as days since 1970.
func days(raw []byte) int32 {
	at := int32(binary.BigEndian.Uint32(raw)) //nolint:gosec // the bits of a signed number
	if at == math.MaxInt32 || at == math.MinInt32 {
		return at
	}
	return at + epochDays
}

func integer(raw []byte) int64 {
	return int64(binary.BigEndian.Uint64(raw)) //nolint:gosec // the bits of a signed number
}

func float(raw []byte) float64 { return math.Float64frombits(binary.BigEndian.Uint64(raw)) }

// each hands the elements of a list of texts to fn; a missing one is nil.
func each(raw []byte, fn func(element []byte)) error {
	if len(raw) < 12 {
		return fmt.Errorf("a list has %d bytes", len(raw))
	}
	switch dimensions := binary.BigEndian.Uint32(raw); {
	case dimensions == 0:
		return nil
	case dimensions > 1 || len(raw) < 20:
		return fmt.Errorf("a list has %d dimensions", dimensions)
	}
	count, rest := binary.BigEndian.Uint32(raw[12:]), raw[20:]
	for range count {
		if len(rest) < 4 {
			return fmt.Errorf("a list of %d elements ends early", count)
		}
		length := int32(binary.BigEndian.Uint32(rest)) //nolint:gosec // -1 stands for a missing one
		rest = rest[4:]
		if length < 0 {
			fn(nil)
			continue
		}
		if int(length) > len(rest) {
			return fmt.Errorf("a list of %d elements ends early", count)
		}
		fn(rest[:length:length])
		rest = rest[length:]
	}
	return nil
}

// appendJSON writes a value as JSON: times in UTC as RFC 3339, JSON as itself.
func (k kind) appendJSON(line, raw []byte) ([]byte, error) {
	if raw == nil {
		return append(line, "null"...), nil
	}
	switch k {
	case boolKind:
		return strconv.AppendBool(line, raw[0] != 0), nil
	case intKind:
		return strconv.AppendInt(line, integer(raw), 10), nil
	case floatKind:
		if f := float(raw); !math.IsNaN(f) && !math.IsInf(f, 0) {
			return strconv.AppendFloat(line, f, 'g', -1, 64), nil
		}
		return append(line, "null"...), nil
	case timeKind:
		at := micros(raw)
		if at == math.MaxInt64 || at == math.MinInt64 {
			return append(line, infinite(at > 0)...), nil
		}
		line = append(line, '"')
		line = time.UnixMicro(at).UTC().AppendFormat(line, time.RFC3339Nano)
		return append(line, '"'), nil
	case dateKind:
		at := days(raw)
		if at == math.MaxInt32 || at == math.MinInt32 {
			return append(line, infinite(at > 0)...), nil
		}
		line = append(line, '"')
		line = time.Unix(int64(at)*86400, 0).UTC().AppendFormat(line, time.DateOnly)
		return append(line, '"'), nil
	case jsonKind:
		return append(line, raw...), nil
	case listKind:
		line = append(line, '[')
		first := true
		err := each(raw, func(element []byte) {
			if !first {
				line = append(line, ',')
			}
			first = false
			if element == nil {
				line = append(line, "null"...)
				return
			}
			line = appendText(line, element)
		})
		return append(line, ']'), err
	default:
		return appendText(line, raw), nil
	}
}

func infinite(late bool) string {
	if late {
		return `"infinity"`
	}
	return `"-infinity"`
}

const hexDigits = "0123456789abcdef"

// appendText writes UTF-8 as a string of JSON.
func appendText(line, text []byte) []byte {
	line = append(line, '"')
	from := 0
	for n, c := range text {
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		line = append(line, text[from:n]...)
		from = n + 1
		switch c {
		case '"', '\\':
			line = append(line, '\\', c)
		case '\n':
			line = append(line, '\\', 'n')
		default:
			line = append(line, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	line = append(line, text[from:]...)
	return append(line, '"')
}

// appendParquet adds a value to a row of Parquet, in the place of its column. Bytes are kept until the row is written.
func (k kind) appendParquet(row parquet.Row, raw []byte, place int, keep func([]byte) []byte) (parquet.Row, error) {
	if raw == nil {
		return append(row, parquet.NullValue().Level(0, 0, place)), nil
	}
	switch k {
	case boolKind:
		return append(row, parquet.BooleanValue(raw[0] != 0).Level(0, 1, place)), nil
	case intKind:
		return append(row, parquet.Int64Value(integer(raw)).Level(0, 1, place)), nil
	case floatKind:
		return append(row, parquet.DoubleValue(float(raw)).Level(0, 1, place)), nil
	case timeKind:
		return append(row, parquet.Int64Value(micros(raw)).Level(0, 1, place)), nil
	case dateKind:
		return append(row, parquet.Int32Value(days(raw)).Level(0, 1, place)), nil
	case listKind:
		again := 0
		err := each(raw, func(element []byte) { // a missing element is an empty one: lists here have none
			row = append(row, parquet.ByteArrayValue(keep(element)).Level(again, 2, place))
			again = 1
		})
		if again == 0 {
			row = append(row, parquet.NullValue().Level(0, 1, place))
		}
		return row, err
	default:
		return append(row, parquet.ByteArrayValue(keep(raw)).Level(0, 1, place)), nil
	}
}
