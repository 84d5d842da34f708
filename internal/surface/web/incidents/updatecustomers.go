package incidents

import (
	"context"
	"errors"

	"github.com/musterhq/muster/internal/domain/customers"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// tellCustomers fills the form with what customers may be told. Words that the writer left as they were follow what
// others wrote meanwhile; words that they changed are kept.
func (u *updateFormView) tellCustomers(because error) {
	told := u.Outside.Told
	changed := u.Form.Has("customers") && u.Form.Value("customers") != u.Form.Value("was_customers")
	var stale *incident.Stale
	if errors.As(because, &stale) {
		u.ToldMeanwhile, u.Form.Problem = &stale.Now, ""
	}
	if !changed {
		u.Form.Keep("customers", told.Text)
	}
	if !changed || stale != nil { // else they have not seen what others wrote since
		u.Form.Keep("was_customers", told.Text)
		u.Form.Keep("customers_version", number32(told.Version))
	}
}

// sendWithCustomers sends the update, and changes what customers may be told where the writer changed it.
func (p *Pages) sendWithCustomers(ctx context.Context, cmd incident.SendUpdate, form *page.Form) (incident.Sent, error) {
	if !form.Has("customers") || form.Value("customers") == form.Value("was_customers") {
		return p.Incidents.SendUpdate(ctx, cmd)
	}
	seen, err := number("customers_version", form.Value("customers_version"))
	if err != nil {
		return incident.Sent{}, err
	}
	return p.Customers.SendUpdate(ctx, customers.SendUpdate{Update: cmd, Text: form.Value("customers"), Version: int32(seen)})
}
