package app

import (
	"context"
	"testing"
)

func TestRoleThatEndsByItselfIsNoGoodEnd(t *testing.T) {
	t.Parallel()
	over, end := context.WithCancel(t.Context())
	end()
	for name, c := range map[string]struct {
		ctx  context.Context
		work func(context.Context) error
		good bool
	}{
		"asked to":   {over, func(context.Context) error { return nil }, true},
		"by itself":  {t.Context(), func(context.Context) error { return nil }, false},
		"by a panic": {t.Context(), func(context.Context) error { panic("role") }, false},
	} {
		if err := complete(c.ctx, "web", c.work); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}
