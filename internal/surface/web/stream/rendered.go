package stream

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/musterhq/muster/internal/platform/live"
)

// rendered keeps the HTML of the latest signals, so that a message is rendered once and not once a browser.
type rendered struct {
	render func(ctx context.Context, signal live.Signal) (string, error)
	group  singleflight.Group
	mu     sync.Mutex
	kept   map[string]string
	order  []string
}

// keep is how many messages are kept: the last moments of a busy process.
const keep = 512

func newRendered(render func(ctx context.Context, signal live.Signal) (string, error)) *rendered {
	return &rendered{render: render, kept: map[string]string{}}
}

func (r *rendered) html(ctx context.Context, signal live.Signal) (string, error) {
	key := fmt.Sprintf("%s/%d/%s", signal.Stream, signal.Seq, signal.Kind)
	if html, found := r.get(key); found {
		return html, nil
	}
	made, err, _ := r.group.Do(key, func() (any, error) {
		if html, found := r.get(key); found {
			return html, nil
		}
		// One browser that leaves must not take the rendering from the others.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		html, err := r.render(scope(ctx, signal.Organisation), signal)
		if err == nil {
			r.put(key, html)
		}
		return html, err
	})
	if err != nil {
		return "", err
	}
	return made.(string), nil
}

func (r *rendered) get(key string) (string, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	html, found := r.kept[key]
	return html, found
}

func (r *rendered) put(key, html string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept[key] = html
	r.order = append(r.order, key)
	if len(r.order) > keep {
		delete(r.kept, r.order[0])
		r.order = r.order[1:]
	}
}
