package app

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/musterhq/muster/internal/app/config"
	"github.com/musterhq/muster/internal/domain/organisation"
	"github.com/musterhq/muster/internal/surface/web/assets"
)

// with builds the application for one errand of the command line.
func with[T any](ctx context.Context, cfg *config.Config, do func(a *App) (T, error)) (T, error) {
	a, err := New(ctx, cfg, Options{Name: "admin"})
	if err != nil {
		var none T
		return none, err
	}
	defer a.Close()
	return do(a)
}

// Welcome returns the address that sets up a Muster without organisations, or nothing when it has some.
func Welcome(ctx context.Context, cfg *config.Config) (string, error) {
	return with(ctx, cfg, func(a *App) (string, error) {
		token, err := a.Organisations.PrepareSetup(ctx)
		if err != nil || token == "" {
			return "", err
		}
		return cfg.URL + "/setup?token=" + url.QueryEscape(token), nil
	})
}

// SignInLink returns an address that signs the account of a mail address in, once.
func SignInLink(ctx context.Context, cfg *config.Config, email string) (string, error) {
	return with(ctx, cfg, func(a *App) (string, error) { return a.Auth.SignInLink(ctx, email, "") })
}

// Assets says what is wrong with the bundle of styles and scripts in this build.
func Assets() error {
	if !assets.Bundled() {
		return errors.New("this build has no styles and scripts; run make assets and build again")
	}
	return nil
}

// CreateOrganisation creates an organisation, with its owner if the address is unknown, and returns its slug.
func CreateOrganisation(ctx context.Context, cfg *config.Config, name, owner string) (string, error) {
	return with(ctx, cfg, func(a *App) (string, error) {
		called, _, _ := strings.Cut(owner, "@")
		begun, err := a.Organisations.CreateWithOwner(ctx, organisation.CreateWithOwner{Name: name, OwnerName: called, OwnerEmail: owner})
		return begun.Slug, err
	})
}
