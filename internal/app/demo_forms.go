package app

import (
	"context"
	"time"

	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
)

// forms gives the organisation two fields, a second type that asks for more, and what it measures.
func (d *demo) forms() {
	d.do("", func(ctx context.Context) error {
		area, err := d.app.Forms.CreateField(ctx, form.CreateField{
			Name: "Affected area", Type: form.MultiSelect, Description: "What customers cannot do.", Options: []string{"Checkout", "Search", "Accounts", "Deliveries"},
			At: map[form.Moment]form.Required{form.Declare: form.Never},
		})
		if err != nil {
			return err
		}
		_, err = d.app.Forms.CreateField(ctx, form.CreateField{
			Name: "Customers affected", Type: form.Numeric, Placeholder: "120", At: map[form.Moment]form.Required{form.Update: form.Never, form.Resolve: form.Never},
		})
		if err != nil {
			return err
		}
		d.area = area
		_, err = d.app.Incidents.CreateType(ctx, incident.CreateType{Name: "Security", Description: "Somebody saw or did what they should not have."})
		return err
	})
	d.do("", func(ctx context.Context) error {
		stamps, err := d.app.Incidents.Timestamps(ctx)
		if err != nil {
			return err
		}
		at := map[string]id.ID{}
		for _, one := range stamps {
			at[one.Name] = one.ID
		}
		for _, one := range []incident.CreateDuration{
			{Name: "Time to identify", From: at["Impact started"], To: at["Identified"]}, {Name: "Time to resolve", From: at["Reported"], To: at["Resolved"]},
		} {
			if _, err := d.app.Incidents.CreateDuration(ctx, one); err != nil {
				return err
			}
		}
		d.stamps = at
		return nil
	})
}

// about answers the fields of a tale, and says when its impact began and when the cause was found.
func (t *tale) about(who string, customers string, started, identified time.Duration, areas ...string) {
	t.do(who, func(ctx context.Context) error {
		fields, err := t.app.Forms.Fields(ctx)
		if err != nil {
			return err
		}
		values := form.Values{t.area.ID: areas}
		for _, one := range fields {
			if one.Type == form.Numeric {
				values[one.ID] = []string{customers}
			}
		}
		if _, err := t.app.Incidents.SetFields(ctx, incident.SetFields{Incident: t.incident, Fields: values}); err != nil {
			return err
		}
		from, found := t.began.Add(started), t.began.Add(identified)
		_, err = t.app.Incidents.SetTimestamps(ctx, incident.SetTimestamps{Incident: t.incident, At: map[id.ID]*time.Time{
			t.stamps["Impact started"]: &from, t.stamps["Identified"]: &found,
		}})
		return err
	})
}
