package announcement

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/announcement/internal/db"
	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// previewed is how far back a preview looks.
const previewed = 30 * 24 * time.Hour

// Past is an incident that conditions would have announced.
type Past struct {
	Incident   id.ID
	Reference  string
	Name       string
	DeclaredAt time.Time
}

// Preview is what conditions would have announced in the last 30 days, the newest first.
type Preview struct {
	Past []Past
	// Of is how many incidents there were that a rule can announce, 1,000 at most.
	Of int
}

// Preview judges the incidents of the last 30 days by conditions: by what is known of them today, and by every status that
// they can have had on their way.
func (s *Service) Preview(ctx context.Context, conditions form.Groups) (Preview, error) {
	if _, err := tenant.Require(ctx, authz.UpdateOrganisation); err != nil {
		return Preview{}, err
	}
	if err := form.CheckIncidentConditions(conditions); err != nil {
		return Preview{}, err
	}
	severities, err := s.Incidents.Severities(ctx)
	if err != nil {
		return Preview{}, err
	}
	statuses, err := s.Incidents.Statuses(ctx)
	if err != nil {
		return Preview{}, err
	}
	ranks := map[id.ID]int32{}
	for _, one := range severities {
		ranks[one.ID] = one.Rank
	}
	var rows []db.PastRow
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		rows, err = db.New(tx).Past(ctx, s.clock.Now().Add(-previewed))
		return err
	})
	if err != nil {
		return Preview{}, fmt.Errorf("read the incidents of late: %w", err)
	}
	var preview Preview
	for _, row := range rows {
		if category := incident.Category(row.StatusCategory); row.Quiet || category == incident.CategoryDeclined || category == incident.CategoryCanceled {
			continue
		}
		preview.Of++
		f := facts{mode: incident.Standard, situation: form.Situation{Name: row.Name, Severity: row.SeverityID, Type: row.TypeID, Ranks: ranks}}
		if err := json.Unmarshal(row.Fields, &f.situation.Fields); err != nil {
			return Preview{}, fmt.Errorf("read the fields of an incident: %w", err)
		}
		if f.wouldBegin(Rule{Conditions: conditions}, statuses) {
			preview.Past = append(preview.Past, Past{Incident: row.ID, Reference: incident.Reference(number(row.Number)), Name: row.Name, DeclaredAt: row.DeclaredAt})
		}
	}
	return preview, nil
}

func number(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// wouldBegin reports whether the rule makes a post at one of the statuses.
func (f facts) wouldBegin(r Rule, statuses []incident.Status) bool {
	for _, status := range statuses {
		f.situation.Status, f.category = status.ID, status.Category
		if f.mayBegin(r) && r.Conditions.Hold(f.situation) {
			return true
		}
	}
	return false
}
