package app

import (
	"context"
	"strings"

	"github.com/musterhq/muster/internal/app/config"
	"github.com/musterhq/muster/internal/domain/export"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// Export takes everything that an organisation, by its slug or its name, has here into a folder.
func Export(ctx context.Context, cfg *config.Config, organisation string, order export.Take) (export.Manifest, error) {
	return with(ctx, cfg, func(a *App) (export.Manifest, error) {
		found, err := a.organisation(ctx, organisation)
		if err != nil {
			return export.Manifest{}, err
		}
		return a.Exports.Take(tenant.AsSystem(ctx, found), order)
	})
}

// organisation finds one by its slug or, where no other is called so, by its name.
func (a *App) organisation(ctx context.Context, wanted string) (id.ID, error) {
	found, err := a.Organisations.BySlug(ctx, wanted)
	if !problem.Is(err, problem.NotFound) {
		return found, err
	}
	all, err := a.Organisations.All(ctx)
	if err != nil {
		return "", err
	}
	var named []id.ID
	var slugs []string
	for _, one := range all {
		o, err := a.Organisations.Get(tenant.AsSystem(ctx, one))
		if err != nil {
			return "", err
		}
		slugs = append(slugs, o.Slug)
		if strings.EqualFold(o.Name, wanted) {
			named = append(named, one)
		}
	}
	switch len(named) {
	case 1:
		return named[0], nil
	case 0:
		return "", problem.New(problem.NotFound, "not_found", "There is no organisation %q; there are: %s.", wanted, strings.Join(slugs, ", "))
	default:
		return "", problem.New(problem.Conflict, "ambiguous", "%d organisations are called %q. Name one as its address does: %s.", len(named), wanted, strings.Join(slugs, ", "))
	}
}
