package announcement

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// Directory knows the channels of a chat platform's workspaces, by what it says of them now.
type Directory interface {
	// Teams lists the organisation's workspaces, the one that was connected first before the others.
	Teams(ctx context.Context) ([]string, error)
	// Places returns a page of a workspace's channels and where the next one begins, empty after the last.
	Places(ctx context.Context, team, cursor string) (places []Place, next string, err error)
	// Place returns the channel with an id, a NotFound problem where there is none.
	Place(ctx context.Context, id string) (Place, error)
}

// listed is what was read of a workspace's channels, and when.
type listed struct {
	places []Place
	at     time.Time
}

const (
	// fresh is how long a list of channels is good, patience how long one waits for the platform, mostPages how much of a
	// large workspace is listed.
	fresh     = 5 * time.Minute
	patience  = 3 * time.Second
	mostPages = 15
)

// Places lists the channels that a rule can post in, by name. Where the platform does not answer the list is shorter, and
// whole says so.
func (s *Service) Places(ctx context.Context) (places []Place, whole bool, err error) {
	if _, err := tenant.Require(ctx, authz.UpdateOrganisation); err != nil {
		return nil, false, err
	}
	teams, err := s.Directory.Teams(ctx)
	if err != nil {
		return nil, false, err
	}
	whole = true
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, team := range teams {
		found, complete := s.placesOf(ctx, team)
		places, whole = append(places, found...), whole && complete
	}
	return places, whole, nil
}

func (s *Service) placesOf(ctx context.Context, team string) ([]Place, bool) {
	now := s.clock.Now()
	s.mu.Lock()
	known, there := s.lists[team]
	s.mu.Unlock()
	if there && now.Sub(known.at) < fresh {
		return known.places, true
	}
	var found []Place
	for cursor, page := "", 0; page < mostPages; page++ {
		places, next, err := s.Directory.Places(ctx, team, cursor)
		if err != nil {
			return known.places, false
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
	return found, true
}

// Find returns the channels that somebody named: by "#name", by the platform's id, or by both as T024BE7LD/C061EG9SL.
func (s *Service) Find(ctx context.Context, named []string) ([]Place, error) {
	listed, _, err := s.Places(ctx)
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
		place, err := s.find(ctx, one, listed, teams)
		if err != nil {
			return nil, err
		}
		found = append(found, place)
	}
	return found, nil
}

func (s *Service) find(ctx context.Context, named string, listed []Place, teams []string) (Place, error) {
	name := strings.ToLower(strings.TrimPrefix(named, "#"))
	for _, p := range listed {
		if p.Name == name || p.ID == named {
			return p, nil
		}
	}
	unknown := problem.Field("channels", "unknown", "Muster sees no channel %s. Into a private one invite Muster first; any channel can be named by its id, which Slack shows under the channel's details.", named)
	at := named
	if !strings.Contains(named, "/") {
		if len(teams) == 0 {
			return Place{}, unknown
		}
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
		return Place{ID: at, Name: channel}, nil
	}
}

// channelID reports whether a text looks like Slack's id of a channel, and not like a name.
func channelID(text string) bool {
	if len(text) < 9 || text[0] != 'C' && text[0] != 'G' {
		return false
	}
	return strings.IndexFunc(text, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') }) < 0
}
