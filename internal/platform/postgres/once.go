package postgres

import "context"

// seen is what somebody read in a transaction; others may see something else.
type seen struct {
	key, actor, sight string
}

// Once reads something, and within a transaction that only reads, which sees one moment, no second time for the same
// actor: the services of a page's parts each ask for the incident. What it answers belongs to all who ask.
func Once[T any](ctx context.Context, key string, read func() (T, error)) (T, error) {
	state := current(ctx)
	if state == nil || !state.readOnly {
		return read()
	}
	at := seen{key: key, actor: string(state.scope.Actor.ID), sight: sight(state.scope)}
	if known, found := state.known[at].(T); found {
		return known, nil
	}
	value, err := read()
	if err != nil {
		return value, err
	}
	if state.known == nil {
		state.known = map[seen]any{}
	}
	state.known[at] = value
	return value, nil
}
