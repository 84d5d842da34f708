// Package feature owns the switches of each organisation: layers of the product that appear when wanted, and what is
// not finished. A flag is a typed variable in the package that asks it.
package feature

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// Layer is how near to day one a capability is: 0 is always there, 3 only when asked for.
type Layer int

// The layers of the product.
const (
	DayOne    Layer = 0
	FirstUse  Layer = 1
	Configure Layer = 2
	OnRequest Layer = 3
)

// Flag is a switch of type T, by its name.
type Flag[T any] struct {
	name    string
	initial T
}

// Name is what the flag is stored under.
func (f *Flag[T]) Name() string { return f.name }

// Called gives the flag a name for people. A switch that has one stands on the organisation's own page of what it uses,
// with its meaning beside it; the others are for operators.
func (f *Flag[T]) Called(title string) *Flag[T] {
	mu.Lock()
	defer mu.Unlock()
	d := defined[f.name]
	d.title = title
	defined[f.name] = d
	return f
}

// definition is what pages know of a flag.
type definition struct {
	name, title, meaning, kind string

	layer   Layer
	initial json.RawMessage
	check   func(value json.RawMessage) error
}

var (
	mu      sync.Mutex
	defined = map[string]definition{}
)

// Define makes a flag with the value that it has where nobody set it. It is called once for each name, for a package
// variable; a second definition of a name panics at start.
func Define[T any](name string, initial T, meaning string, layer Layer) *Flag[T] {
	text, err := json.Marshal(initial)
	if err != nil {
		panic(fmt.Sprintf("the feature flag %s cannot be stored: %v", name, err))
	}
	mu.Lock()
	defer mu.Unlock()
	if _, twice := defined[name]; twice {
		panic("the feature flag " + name + " is defined twice")
	}
	defined[name] = definition{
		name: name, meaning: meaning, kind: fmt.Sprintf("%T", initial), layer: layer, initial: text,
		check: func(value json.RawMessage) error {
			var read T
			return json.Unmarshal(value, &read)
		},
	}
	return &Flag[T]{name: name, initial: initial}
}

func definitions() []definition {
	mu.Lock()
	defer mu.Unlock()
	all := slices.Collect(maps.Values(defined))
	slices.SortFunc(all, func(a, b definition) int {
		if a.layer != b.layer {
			return int(a.layer - b.layer)
		}
		if a.name < b.name {
			return -1
		}
		return 1
	})
	return all
}

func definitionOf(name string) (definition, bool) {
	mu.Lock()
	defer mu.Unlock()
	d, ok := defined[name]
	return d, ok
}
