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
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// mostInNav is how many incidents the navigation has room for.
const mostInNav = 8

// Nav reads what the navigation shows: the incidents that are live, the worst first.
func (s *Site) Nav(ctx context.Context) (layout.Nav, error) {
	ongoing, err := s.Incidents.Live(ctx)
	if err != nil {
		return layout.Nav{}, err
	}
	now := s.Clock.Now()
	var nav layout.Nav
	for _, one := range ongoing {
		if !one.Live() || one.Mode == incident.Test {
			continue
		}
		if nav.Total++; len(nav.Live) >= mostInNav {
			continue
		}
		severity, err := s.severity(ctx, one.Severity)
		if err != nil {
			return layout.Nav{}, err
		}
		nav.Live = append(nav.Live, layout.LiveItem{Href: path(one), Name: one.Name, Severity: severity, Since: one.DeclaredAt, Now: now})
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

// scales remembers how many severities each organisation has, which every page needs and hardly anything changes.
type scales struct {
	mu   sync.Mutex
	kept map[id.ID]scale
}

// scale is the place of each severity, from the least to the worst.
type scale struct {
	places map[id.ID]int
	until  time.Time
}

// scaleLasts bounds how long a changed order of severities is not seen in the navigation.
const scaleLasts = 15 * time.Second

func (s *Site) severity(ctx context.Context, of *incident.Severity) (ui.SeverityView, error) {
	if of == nil {
		return ui.SeverityView{Name: "No severity"}, nil
	}
	known, err := s.scale(ctx)
	if err != nil {
		return ui.SeverityView{}, err
	}
	return ui.SeverityView{Name: of.Name, Level: ui.Level(known.places[of.ID], len(known.places))}, nil
}

func (s *Site) scale(ctx context.Context) (scale, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return scale{}, err
	}
	now := s.Clock.Now()
	s.scales.mu.Lock()
	known, found := s.scales.kept[scope.Organisation]
	s.scales.mu.Unlock()
	if found && now.Before(known.until) {
		return known, nil
	}
	all, err := s.Incidents.Severities(ctx)
	if err != nil {
		return scale{}, err
	}
	known = scale{places: map[id.ID]int{}, until: now.Add(scaleLasts)}
	for place, one := range all {
		known.places[one.ID] = place
	}
	s.scales.mu.Lock()
	defer s.scales.mu.Unlock()
	if s.scales.kept == nil || len(s.scales.kept) > 1000 {
		s.scales.kept = map[id.ID]scale{}
	}
	s.scales.kept[scope.Organisation] = known
	return known, nil
}
