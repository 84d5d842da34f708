package site

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/layout"
	"github.com/musterhq/muster/internal/surface/web/lens"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// mostInNav is how many incidents the navigation has room for.
const mostInNav = 8

// Nav reads what the navigation shows: the incidents that are live, the worst first.
func (s *Site) Nav(ctx context.Context) (layout.Nav, error) {
	ongoing, err := s.Incidents.Live(ctx)
	if err != nil {
		return layout.Nav{}, err
	}
	some, err := s.FollowUps.Any(ctx)
	if err != nil {
		return layout.Nav{}, err
	}
	now := s.Clock.Now()
	l := lens.Of(ctx, now, nil)
	nav := layout.Nav{FollowUps: some}
	for _, one := range ongoing {
		if !one.Live() || one.Mode == incident.Test {
			continue
		}
		if nav.Total++; len(nav.Live) >= mostInNav {
			continue
		}
		if l.Severities == nil {
			if l.Severities, err = s.severities(ctx); err != nil {
				return layout.Nav{}, err
			}
		}
		nav.Live = append(nav.Live, layout.LiveItem{Href: path(one), Name: one.Name, Severity: l.Severity(one.Severity), Since: one.DeclaredAt, Now: now})
	}
	return nav, nil
}

// nav answers with the navigation alone, for a page on which it moves.
func (s *Site) nav(w http.ResponseWriter, r *http.Request) error {
	nav, err := s.Nav(r.Context())
	if err != nil {
		return err
	}
	nav.Section = r.URL.Query().Get("section")
	return page.Part(w, r, http.StatusOK, layout.NavItems(nav))
}

// path leads to an incident: by its reference, or by its id when it has none.
func path(one incident.Listed) string {
	if one.Reference == "" {
		return "/incidents/" + string(one.ID)
	}
	return "/incidents/" + one.Reference
}

// scales remembers the severities of each organisation, which every page needs and hardly anything changes.
type scales struct {
	mu   sync.Mutex
	kept map[id.ID]scale
}

type scale struct {
	severities []incident.Severity
	until      time.Time
}

// scaleLasts bounds how long a changed order of severities is not seen in the navigation.
const scaleLasts = 15 * time.Second

func (s *Site) severities(ctx context.Context) ([]incident.Severity, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	s.scales.mu.Lock()
	known, found := s.scales.kept[scope.Organisation]
	s.scales.mu.Unlock()
	if found && now.Before(known.until) {
		return known.severities, nil
	}
	all, err := s.Incidents.Severities(ctx)
	if err != nil {
		return nil, err
	}
	s.scales.mu.Lock()
	defer s.scales.mu.Unlock()
	if s.scales.kept == nil || len(s.scales.kept) > 1000 {
		s.scales.kept = map[id.ID]scale{}
	}
	s.scales.kept[scope.Organisation] = scale{severities: all, until: now.Add(scaleLasts)}
	return all, nil
}
