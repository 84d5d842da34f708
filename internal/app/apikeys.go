package app

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/musterhq/muster/internal/app/config"
	"github.com/musterhq/muster/internal/domain/apikey"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// operator is whoever has the command line: what they do is told apart from what the product does by itself.
var operator = tenant.Actor{Type: tenant.System, Name: "Operator"}

// CreateAPIKey makes a key of an organisation, which is named by its address or its name, and returns its secret.
func CreateAPIKey(ctx context.Context, cfg *config.Config, organisation, name string, roles []string) (string, error) {
	return with(ctx, cfg, func(a *App) (string, error) {
		ctx, err := a.asOperator(ctx, organisation)
		if err != nil {
			return "", err
		}
		what := apikey.What{Name: name}
		for _, role := range roles {
			what.Roles = append(what.Roles, authz.KeyRole(role))
		}
		_, token, err := a.APIKeys.Create(ctx, apikey.Create{What: what})
		return token, err
	})
}

// ListAPIKeys tells the keys of an organisation in lines: id, name, roles, when it was used last.
func ListAPIKeys(ctx context.Context, cfg *config.Config, organisation string) (string, error) {
	return with(ctx, cfg, func(a *App) (string, error) {
		ctx, err := a.asOperator(ctx, organisation)
		if err != nil {
			return "", err
		}
		var text strings.Builder
		table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
		for after, more := id.ID(""), true; more; {
			var keys []apikey.Key
			if keys, more, err = a.APIKeys.List(ctx, apikey.List{After: after, Count: 250}); err != nil {
				return "", err
			}
			for _, key := range keys {
				after = key.ID
				used := "never used"
				if key.LastUsedAt != nil {
					used = "used " + key.LastUsedAt.UTC().Format("2006-01-02 15:04")
				}
				var roles []string
				for _, role := range key.Roles {
					roles = append(roles, string(role))
				}
				_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", key.ID, key.Name, cmp.Or(strings.Join(roles, ","), "-"), used)
			}
		}
		if err := table.Flush(); err != nil {
			return "", fmt.Errorf("lay the list out: %w", err)
		}
		return strings.TrimRight(text.String(), "\n"), nil
	})
}

// RevokeAPIKey ends a key of an organisation by its id, and says so.
func RevokeAPIKey(ctx context.Context, cfg *config.Config, organisation, key string) (string, error) {
	return with(ctx, cfg, func(a *App) (string, error) {
		ctx, err := a.asOperator(ctx, organisation)
		if err != nil {
			return "", err
		}
		return "revoked " + key, a.APIKeys.Revoke(ctx, id.ID(key))
	})
}

// asOperator finds an organisation by its address or its name and acts in it for whoever has the command line.
func (a *App) asOperator(ctx context.Context, name string) (context.Context, error) {
	found, err := a.Organisations.BySlug(ctx, name)
	if problem.Is(err, problem.NotFound) {
		found, err = a.named(ctx, name)
	}
	if err != nil {
		return ctx, err
	}
	scope, err := tenant.From(tenant.AsSystem(ctx, found))
	if err != nil {
		return ctx, err
	}
	scope.Actor = operator
	return tenant.With(ctx, scope), nil
}

// named finds the one organisation with a name.
func (a *App) named(ctx context.Context, name string) (id.ID, error) {
	all, err := a.Organisations.All(ctx)
	if err != nil {
		return "", err
	}
	var found []id.ID
	var slugs []string
	for _, one := range all {
		here, err := a.Organisations.Get(tenant.AsSystem(ctx, one))
		if err != nil {
			return "", err
		}
		slugs = append(slugs, here.Slug)
		if strings.EqualFold(here.Name, name) {
			found = append(found, one)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return "", fmt.Errorf("there is no organisation %q; there is %s", name, cmp.Or(strings.Join(slugs, ", "), "none yet"))
	default:
		return "", fmt.Errorf("several organisations are called %q; name one by its address: %s", name, strings.Join(slugs, ", "))
	}
}
