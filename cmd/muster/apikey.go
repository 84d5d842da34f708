package main

import (
	"context"
	"flag"
	"strings"

	"github.com/musterhq/muster/internal/app/config"
)

// apiKeyFlags say whose an API key is and what it may do.
type apiKeyFlags struct {
	organisation string
	roles        []string
}

func (f *apiKeyFlags) define(set *flag.FlagSet) {
	set.StringVar(&f.organisation, "organisation", "", "`name` of the organisation of an API key, or its address")
	set.Func("role", "a `role` of the new API key; again for more, docs/api-keys.md has them all", func(text string) error {
		for role := range strings.SplitSeq(text, ",") {
			f.roles = append(f.roles, strings.TrimSpace(role))
		}
		return nil
	})
}

const apiKeyUsage = "admin api-key does one of: create --organisation NAME --role ROLE NAME; list --organisation NAME; revoke --organisation NAME ID"

// verb is what an operator does to API keys; words are what follows "api-key". Words before the name of a new key are
// roles too, as after --role viewer incident_editor.
func (f *apiKeyFlags) verb(p *program, words []string) (func(ctx context.Context, cfg *config.Config) (string, error), error) {
	if len(words) == 0 {
		return nil, usageError{apiKeyUsage}
	}
	if f.organisation == "" {
		return nil, usageError{"whose key? add --organisation NAME"}
	}
	switch {
	case words[0] == "create" && len(words) > 1:
		name, roles := words[len(words)-1], append(f.roles, words[1:len(words)-1]...)
		if len(roles) == 0 {
			return nil, usageError{"what may the key do? add --role ROLE, such as viewer or incident_editor"}
		}
		if p.product.createAPIKey == nil {
			return nil, errNotBuilt
		}
		return func(ctx context.Context, cfg *config.Config) (string, error) {
			return p.product.createAPIKey(ctx, cfg, f.organisation, name, roles)
		}, nil
	case words[0] == "list" && len(words) == 1 && p.product.listAPIKeys != nil:
		return func(ctx context.Context, cfg *config.Config) (string, error) {
			return p.product.listAPIKeys(ctx, cfg, f.organisation)
		}, nil
	case words[0] == "revoke" && len(words) == 2 && p.product.revokeAPIKey != nil:
		return func(ctx context.Context, cfg *config.Config) (string, error) {
			return p.product.revokeAPIKey(ctx, cfg, f.organisation, words[1])
		}, nil
	default:
		return nil, usageError{apiKeyUsage}
	}
}
