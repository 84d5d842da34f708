package settings

import (
	"net/http"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// mostEntries is how many entries of the log a page has.
const mostEntries = 100

// auditView is a page of the log.
type auditView struct {
	// Abandoned says that nobody sees some private incidents, to who can take them over.
	Abandoned string
	Days      []auditDay
	// Older leads to what was before, empty at the beginning of time; Later marks that this is not the newest page.
	Older string
	Later bool
}

// auditDay is what was changed on one day in the reader's zone.
type auditDay struct {
	Day     string
	Entries []auditEntry
}

// auditEntry is one change.
type auditEntry struct {
	Actor   ui.PersonView
	Machine bool
	Words   string
	At      ui.Moment
	Changes []changed
	Address string
	// Incident is the address of the incident that was changed.
	Incident string
}

func (p *Pages) audit(w http.ResponseWriter, r *http.Request) error {
	before := id.ID(r.FormValue("before"))
	logged, err := p.Audit.Latest(r.Context(), before, mostEntries+1)
	if err != nil {
		return err
	}
	viewer, _ := page.ViewerOf(r.Context())
	v := auditView{Later: !before.Empty()}
	if len(logged) > mostEntries {
		logged = logged[:mostEntries]
		v.Older = "/settings/audit?before=" + string(logged[mostEntries-1].ID)
	}
	if v.Abandoned, err = p.abandoned(r); err != nil {
		return err
	}
	names, err := p.auditNames(r.Context())
	if err != nil {
		return err
	}
	now := p.Clock.Now()
	for _, one := range logged {
		before, after := values(one.Before), values(one.After)
		e := auditEntry{
			Actor:   ui.PersonView{ID: string(one.Actor.ID), Name: one.Actor.Name, You: !one.Actor.ID.Empty() && one.Actor.ID == viewer.User},
			Machine: one.Actor.ID.Empty(), Words: actionWords(one, before, after, names),
			At: ui.Moment{At: one.OccurredAt, Now: now, Zone: viewer.Zone}, Changes: changes(before, after, names, viewer.Zone), Address: one.Address,
		}
		if one.TargetType == "incident" {
			e.Incident = "/incidents/" + string(one.TargetID)
		}
		day := one.OccurredAt.In(viewer.Zone).Format("Monday 2 January 2006")
		if len(v.Days) == 0 || v.Days[len(v.Days)-1].Day != day {
			v.Days = append(v.Days, auditDay{Day: day})
		}
		last := &v.Days[len(v.Days)-1]
		last.Entries = append(last.Entries, e)
	}
	return p.show(w, r, http.StatusOK, "audit", "Audit log", auditPage(v))
}
