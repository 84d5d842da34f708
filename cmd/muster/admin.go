package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/mail"

	"github.com/musterhq/muster/internal/app/config"
)

var errNotBuilt = errors.New("this build of Muster cannot do that")

// admin does what operators do from a shell. Standard output gets the result and nothing else, for scripts.
func admin(ctx context.Context, p *program, args []string) error {
	var owner string
	var keys apiKeyFlags
	words, err := p.flags("admin", args, func(set *flag.FlagSet) {
		set.StringVar(&owner, "owner", "", "mail `address` of the owner of the new organisation")
		keys.define(set)
	})
	if err != nil {
		return err
	}
	var verb func(ctx context.Context, cfg *config.Config) (string, error)
	switch {
	case len(words) == 2 && words[0] == "sign-in-link":
		if err := address(words[1]); err != nil {
			return err
		}
		verb = func(ctx context.Context, cfg *config.Config) (string, error) {
			return p.signInLink(ctx, cfg, words[1])
		}
	case len(words) == 3 && words[0] == "organisation" && words[1] == "create":
		if owner == "" {
			return usageError{"whose organisation? add --owner EMAIL"}
		}
		if err := address(owner); err != nil {
			return err
		}
		verb = func(ctx context.Context, cfg *config.Config) (string, error) {
			if p.product.createOrganisation == nil {
				return "", errNotBuilt
			}
			return p.product.createOrganisation(ctx, cfg, words[2], owner)
		}
	case len(words) == 1 && words[0] == "demo":
		verb = p.demoLink
	case len(words) > 0 && words[0] == "api-key":
		if verb, err = keys.verb(p, words[1:]); err != nil {
			return err
		}
	default:
		return usageError{"admin does one of: sign-in-link EMAIL; organisation create NAME --owner EMAIL; api-key create, list or revoke; demo"}
	}
	cfg, err := p.settings("admin")
	if err != nil {
		return err
	}
	return withDatabase(ctx, cfg, func(ctx context.Context) error {
		if err := prepare(cfg); err != nil {
			return err
		}
		if err := p.product.migrate(ctx, cfg); err != nil {
			return err
		}
		result, err := verb(ctx, cfg)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(p.stdout, result)
		return err
	})
}

func address(text string) error {
	if parsed, err := mail.ParseAddress(text); err != nil || parsed.Address != text {
		return usageError{fmt.Sprintf("%q is no mail address", text)}
	}
	return nil
}

func (p *program) signInLink(ctx context.Context, cfg *config.Config, email string) (string, error) {
	if p.product.signInLink == nil {
		return "", errNotBuilt
	}
	return p.product.signInLink(ctx, cfg, email)
}

// demoLink makes the demo organisation unless it is there, and a link that signs its owner in.
func (p *program) demoLink(ctx context.Context, cfg *config.Config) (string, error) {
	if p.product.demo == nil {
		return "", errNotBuilt
	}
	owner, err := p.product.demo(ctx, cfg)
	if err != nil {
		return "", err
	}
	return p.signInLink(ctx, cfg, owner)
}
