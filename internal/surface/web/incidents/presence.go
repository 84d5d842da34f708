package incidents

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/live"
	"github.com/musterhq/muster/internal/surface/web/lens"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// hereView is who has the room open.
type hereView struct {
	People []presentView
	// Typing names those who write, for the script, which leaves the reader out: JSON of [{id, name}].
	Typing string
}

type presentView struct {
	Person ui.PersonView
	Idle   bool
}

// shownHere is how many are named, and shownFaces how many faces stand above the room.
const (
	shownHere  = 100
	shownFaces = 4
)

// pushPresence makes the HTML of who is in a room.
func (p *Pages) pushPresence(ctx context.Context, signal live.Signal) (string, error) {
	here := p.Presence.Here(signal.Organisation, signal.Stream)
	ids := make([]id.ID, len(here))
	for n, one := range here {
		ids[n] = one.User
	}
	known, err := p.Users.ByID(ctx, ids...)
	if err != nil {
		return "", err
	}
	l := lens.Of(page.WithViewer(ctx, page.Viewer{}), p.Clock.Now(), p.Picture)
	var v hereView
	type typing struct {
		ID   id.ID  `json:"id"`
		Name string `json:"name"`
	}
	var writing []typing
	for _, one := range here {
		user, found := known[one.User]
		if !found {
			continue
		}
		v.People = append(v.People, presentView{Person: l.Named(user.ID, user.Name, user.AvatarKey), Idle: one.Idle})
		if one.Typing {
			writing = append(writing, typing{user.ID, user.Name})
		}
	}
	names, err := json.Marshal(writing)
	if err != nil {
		return "", fmt.Errorf("name those who write: %w", err)
	}
	v.Typing = string(names)
	var html strings.Builder
	err = presentPeople(v).Render(ctx, &html)
	return html.String(), err
}

// markPresence takes what the reader does in the room; nothing of it is stored.
func (p *Pages) markPresence(w http.ResponseWriter, r *http.Request) error {
	found, err := p.here(r)
	if err != nil {
		return err
	}
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	state := live.State(form.Value("state"))
	switch state {
	case live.Here, live.Idle, live.Typing:
	default:
		return problem.Field("state", "unknown", "%q is no state; use here, idle or typing.", string(state))
	}
	viewer, _ := page.ViewerOf(r.Context())
	p.Presence.Mark(viewer.Organisation, found, viewer.User, state)
	w.WriteHeader(http.StatusNoContent)
	return nil
}
