package settings

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

const auditPath = "/settings/audit"

// mostEntries is how many entries of the log a page has.
const mostEntries = 100

// auditView is a page of the log; what is filtered is in its address.
type auditView struct {
	// Abandoned says that nobody sees some private incidents, to who can take them over.
	Abandoned string
	// Kept says for how long entries are there.
	Kept string
	auditFilter
	Days []auditDay
	// Older leads to what was before, empty at the beginning of time; Newest to the first page from a later one.
	Older, Newest string
	// Downloads take out what is shown, in each form.
	Downloads []ui.ButtonView
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
	Key     bool
	auditSentence
	At      ui.Moment
	Changes []changed
	Address string
	// Same leads to everything else about what was changed.
	Same string
}

func (p *Pages) audit(w http.ResponseWriter, r *http.Request) error {
	ctx, query := r.Context(), r.URL.Query()
	names, err := p.auditNames(ctx)
	if err != nil {
		return err
	}
	filter, shown, err := p.auditFilter(ctx, query)
	if err != nil {
		return err
	}
	logged, err := p.Audit.List(ctx, filter, audit.Cursor(query.Get("after")), mostEntries)
	if err != nil {
		return err
	}
	v := auditView{auditFilter: shown, Kept: keptWords(p.AuditKept)}
	if query.Get("after") != "" {
		v.Newest = auditAddress(query, "", "")
	}
	if logged.Next != "" {
		v.Older = auditAddress(query, "after", string(logged.Next))
	}
	for _, format := range downloads {
		v.Downloads = append(v.Downloads, ui.ButtonView{Label: format.label, Icon: "download", Look: "plain", Small: true, Href: strings.Replace(auditAddress(query, "", ""), auditPath, auditPath+"/"+format.name, 1)})
	}
	if v.Abandoned, err = p.abandoned(r); err != nil {
		return err
	}
	incidents, err := p.Incidents.Named(ctx, incidentsOf(logged.Entries))
	if err != nil {
		return err
	}
	v.Days = p.auditDays(ctx, logged.Entries, names, incidents)
	return p.show(w, r, http.StatusOK, "audit", "Audit log", auditPage(v))
}

// auditDays are entries as a reader sees them, by the days of their zone.
func (p *Pages) auditDays(ctx context.Context, entries []audit.Logged, names map[id.ID]string, incidents map[id.ID]incident.Named) []auditDay {
	viewer, _ := page.ViewerOf(ctx)
	now := p.Clock.Now()
	var days []auditDay
	for _, one := range entries {
		before, after := values(one.Before), values(one.After)
		e := auditEntry{
			Actor:   ui.PersonView{ID: string(one.Actor.ID), Name: one.Actor.Name, You: !one.Actor.ID.Empty() && one.Actor.ID == viewer.User},
			Machine: one.Actor.ID.Empty(), Key: one.Actor.Type == "api_key",
			auditSentence: auditWords(one, before, after, names, incidents),
			At:            ui.Moment{At: one.OccurredAt, Now: now, Zone: viewer.Zone}, Changes: changes(before, after, names, viewer.Zone), Address: one.Address,
			Same: auditPath + "?about=" + url.QueryEscape(string(one.TargetID)),
		}
		day := one.OccurredAt.In(viewer.Zone).Format("Monday 2 January 2006")
		if len(days) == 0 || days[len(days)-1].Day != day {
			days = append(days, auditDay{Day: day})
		}
		last := &days[len(days)-1]
		last.Entries = append(last.Entries, e)
	}
	return days
}

// inBrief is what changed in a few words, for the line of the entry; empty where that is more than a line.
func (e auditEntry) inBrief() string {
	var parts []string
	length := 0
	for _, c := range e.Changes {
		part := c.Label + ": " + c.After
		if c.Before != "" {
			part = c.Label + ": " + c.Before + " → " + orNothing(c.After)
		}
		if length += len(part); strings.Contains(part, "\n") || length > 120 {
			return ""
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

func orNothing(words string) string {
	if words == "" {
		return "nothing"
	}
	return words
}

func incidentsOf(entries []audit.Logged) []id.ID {
	seen := map[id.ID]bool{}
	var of []id.ID
	for _, one := range entries {
		if !one.Incident.Empty() && !seen[one.Incident] {
			seen[one.Incident] = true
			of = append(of, one.Incident)
		}
	}
	return of
}

// keptWords says for how long the log goes back.
func keptWords(kept time.Duration) string {
	switch days := int(kept.Hours() / 24); {
	case days == 0:
		return "Entries are kept for good."
	case days == 365:
		return "Entries are kept for a year."
	default:
		return fmt.Sprintf("Entries are kept for %d days.", days)
	}
}
