package audit

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// Download says what is taken out of the log, and in which form.
type Download struct {
	Filter Filter
	// Format is written into the log.
	Format string
}

// Download writes down that the log is taken out, and hands each entry that matches to fn, the newest first. It reads a
// page at a time and holds no transaction between, so a slow reader costs nothing; what is written meanwhile is newer and
// not in it.
func (s *Service) Download(ctx context.Context, d Download, fn func(Logged) error) error {
	scope, err := tenant.Require(ctx, authz.ViewAudit)
	if err != nil {
		return err
	}
	page, err := s.list(ctx, d.Filter, "", MostListed) // a filter that is wrong is told before anything is written
	if err != nil {
		return err
	}
	if err := s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return Write(ctx, tx, s.clock.Now(), Entry{
			Action: "audit_log.downloaded", TargetType: "organisation", TargetID: scope.Organisation, After: d.shown(),
		})
	}); err != nil {
		return err
	}
	for {
		for _, one := range page.Entries {
			if err := fn(one); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		if page, err = s.list(ctx, d.Filter, page.Next, MostListed); err != nil {
			return err
		}
	}
}

// shown is what was asked for, as the log tells it.
func (d Download) shown() map[string]any {
	shown := map[string]any{"format": d.Format}
	f := d.Filter
	for name, value := range map[string]string{"who": string(f.Actor), "by": string(f.ActorType), "about": string(f.Target), "incident": string(f.Incident)} {
		if value != "" {
			shown[name] = value
		}
	}
	if len(f.Actions) > 0 {
		shown["what"] = f.Actions
	}
	if !f.From.IsZero() {
		shown["from"] = f.From
	}
	if !f.Until.IsZero() {
		shown["until"] = f.Until
	}
	return shown
}
