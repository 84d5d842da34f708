package channel

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/supervise"
)

// Place is a channel of a chat platform, an incident's or not.
type Place struct {
	ID   string `json:"id"`   // the platform's: "T024BE7LD/C061EG9SL"
	Name string `json:"name"` // without "#"
	// Unseen tells that the platform did not answer when it was looked for, and Private that only those in it see it.
	Unseen  bool `json:"-"`
	Private bool `json:"-"`
}

// Directory knows the channels of a chat platform's workspaces, by what it says of them now.
type Directory interface {
	// Teams lists the organisation's workspaces, the one that was connected first before the others.
	Teams(ctx context.Context) ([]string, error)
	// Places returns a page of a workspace's public channels and where the next one begins, empty after the last.
	Places(ctx context.Context, team, cursor string) (places []Place, next string, err error)
	// Place returns the channel with an id, a NotFound problem where there is none that Muster sees.
	Place(ctx context.Context, id string) (Place, error)
	// Inside reports whether a user of Muster is in a channel.
	Inside(ctx context.Context, id string, user id.ID) (bool, error)
}

// listed is what was read of a workspace's channels, and when.
type listed struct {
	places []Place
	at     time.Time
}

const (
	// fresh is how long a list of channels is good, patience how long one waits for the platform, mostPages how much of a
	// large workspace is listed, and reading how long that may take.
	fresh     = 5 * time.Minute
	patience  = 3 * time.Second
	mostPages = 15
	reading   = time.Minute
)

// Places lists the public channels of the organisation's workspaces, by name. Where the platform does not answer soon the
// list is shorter, and whole says so.
func (s *Service) Places(ctx context.Context) (places []Place, whole bool, err error) {
	if _, err := tenant.Require(ctx, authz.EditIncidents); err != nil {
		return nil, false, err
	}
	teams, err := s.Directory.Teams(ctx)
	if err != nil {
		return nil, false, err
	}
	whole = true
	late := time.After(patience)
	for _, team := range teams {
		found, complete := s.placesOf(ctx, team, late)
		places, whole = append(places, found...), whole && complete
	}
	return places, whole, nil
}

// placesOf lists a workspace's channels as they were read lately. Reading goes on after nobody waits for it any more, so
// that a large workspace is listed the next time.
func (s *Service) placesOf(ctx context.Context, team string, late <-chan time.Time) ([]Place, bool) {
	s.mu.Lock()
	known, there := s.lists[team]
	s.mu.Unlock()
	if there && s.clock.Now().Sub(known.at) < fresh {
		return known.places, true
	}
	read := make(chan []Place, 1)
	supervise.Go(context.WithoutCancel(ctx), "list channels", func(ctx context.Context) {
		defer close(read)
		ctx, cancel := context.WithTimeout(ctx, reading)
		defer cancel()
		if found, err := s.list(ctx, team); err == nil {
			read <- found
		}
	})
	select {
	case found, ok := <-read:
		if ok {
			return found, true
		}
	case <-late:
	case <-ctx.Done():
	}
	return known.places, false
}

func (s *Service) list(ctx context.Context, team string) ([]Place, error) {
	now := s.clock.Now()
	var found []Place
	for cursor, page := "", 0; page < mostPages; page++ {
		places, next, err := s.Directory.Places(ctx, team, cursor)
		if err != nil {
			return nil, err
		}
		found, cursor = append(found, places...), next
		if cursor == "" {
			break
		}
	}
	slices.SortFunc(found, func(a, b Place) int { return cmp.Compare(a.Name, b.Name) })
	s.mu.Lock()
	s.lists[team] = listed{places: found, at: now}
	s.mu.Unlock()
	return found, nil
}

// Find returns the channels that somebody named: by "#name", by a link to it, by the platform's id, or by both ids as
// T024BE7LD/C061EG9SL. Problems are about "channels".
func (s *Service) Find(ctx context.Context, named []string) ([]Place, error) {
	listed, whole, err := s.Places(ctx)
	if err != nil {
		return nil, err
	}
	teams, err := s.Directory.Teams(ctx)
	if err != nil {
		return nil, err
	}
	var found []Place
	for _, one := range named {
		one = strings.TrimSpace(one)
		if one == "" {
			continue
		}
		place, err := s.look(ctx, one, listed, teams, whole)
		if err != nil {
			return nil, err
		}
		found = append(found, place)
	}
	return found, nil
}

// linked is a link to a channel, or to a message in it: https://demo.slack.com/archives/C061EG9SL/p1700000000000100,
// https://app.slack.com/client/T024BE7LD/C061EG9SL.
var linked = regexp.MustCompile(`^https?://[^/]+/(?:archives|client/(T[A-Z0-9]+))/([CG][A-Z0-9]{8,})(?:[/?#]|$)`)

func (s *Service) look(ctx context.Context, named string, listed []Place, teams []string, whole bool) (Place, error) {
	name := strings.ToLower(strings.TrimPrefix(named, "#"))
	for _, p := range listed {
		if p.Name == name || p.ID == named {
			return p, nil
		}
	}
	unknown := problem.Field("channels", "unknown", "Muster sees no channel %s. Into a private one invite Muster first (/invite @Muster), and name it by its link or its id, which Slack shows under the channel's details.", named)
	if !whole {
		unknown = problem.Field("channels", "unknown", "Slack does not say at the moment whether there is a channel %s. Name it by its link or its id, which Slack shows under the channel's details.", named)
	}
	if len(teams) == 0 {
		return Place{}, unknown
	}
	at := named
	if parts := linked.FindStringSubmatch(named); parts != nil {
		at = cmp.Or(parts[1], teams[0]) + "/" + parts[2]
	} else if !strings.Contains(named, "/") {
		at = teams[0] + "/" + named
	}
	team, channel, _ := strings.Cut(at, "/")
	if !slices.Contains(teams, team) || !channelID(channel) {
		return Place{}, unknown
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	place, err := s.Directory.Place(ctx, at)
	switch {
	case err == nil:
		return place, nil
	case problem.Is(err, problem.NotFound):
		return Place{}, unknown
	default: // the platform is away: the id is good enough
		return Place{ID: at, Name: channel, Unseen: true}, nil
	}
}

// channelID reports whether a text looks like Slack's id of a channel, and not like a name.
func channelID(text string) bool {
	if len(text) < 9 || text[0] != 'C' && text[0] != 'G' {
		return false
	}
	return strings.IndexFunc(text, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') }) < 0
}
